"""What the files say where an editor has been: shown beside the editor's own, and taken or declined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from guides.addresses import address_of
from guides.loader import (
    GONE,
    KINDS,
    TEXTS,
    StoredRow,
    add_row,
    columns_of,
    delete_row,
    digest_of,
    label_of,
    parent_finder,
    remember,
    stored_rows,
    update_row,
)
from guides.models import Guide, LoadedItem, raise_revision
from guides.versions import Piece, word_diff
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGE_NAMES


class Refused(Exception):
    """Why a choice could not be carried out, in a sentence for the editor."""


@dataclass(frozen=True)
class FieldDifference:
    """A field in which two rows differ, and the difference word by word."""

    field: models.Field
    pieces: tuple[Piece, ...]

    @property
    def label(self) -> str:
        """Its name for readers."""
        return capfirst(str(self.field.verbose_name))


@dataclass(frozen=True)
class Change:
    """One row that files make, or change."""

    row: models.Model
    title: str
    is_new: bool
    differences: tuple[FieldDifference, ...]


@dataclass(frozen=True)
class Offer:
    """One choice to be made: an editor's row and the file's entry differ, or the editor deleted the row and the file
    has a new entry, or the editor changed the row and the files no longer have it. `token` differs as soon as either
    side changes; `texts` counts those that come back with a deleted guide."""

    item: LoadedItem
    is_deleted: bool
    is_vanished: bool
    title: str
    url: str
    token: str
    differences: tuple[FieldDifference, ...]
    texts: int = 0


def open_offers() -> list[Offer]:
    """What editors have still to choose about, in the order of the files."""
    items = LoadedItem.objects.filter(offered__isnull=False).order_by("key")
    by_kind = {kind: [item for item in items if item.kind == kind] for kind in KINDS}
    offers = []
    for kind, its_items in by_kind.items():
        rows = stored_rows(kind) if its_items else {}
        offers += [offer_of(item, rows.get(item.key)) for item in its_items]
    return offers


def offer_of(item: LoadedItem, row: StoredRow | None) -> Offer:
    theirs = dict(item.offered)
    texts = theirs.pop(TEXTS, [])
    vanished = item.offered == GONE
    return Offer(
        item=item,
        is_deleted=row is None and not vanished,
        is_vanished=vanished,
        title=title_of(item.kind, item.key),
        url=address_of(KINDS[item.kind].model._default_manager.get(pk=row.pk)) if row else "",
        token=_token(item, row),
        differences=() if vanished else tuple(differences(item.kind, row.values if row else {}, theirs)),
        texts=len(texts),
    )


def title_of(kind: str, label: str) -> str:
    """What an entry is called on the desk: “guide text: all/get-help, Russian”."""
    model = KINDS[kind].model
    names = label
    if kind in ("text", "profile"):
        names, _slash, language = label.rpartition("/")
        names = listed([names, str(LANGUAGE_NAMES.get(language, language))])
    return f"{capfirst(model._meta.verbose_name)}: {names}"


def differences(kind: str, mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[FieldDifference]:
    """The fields that two sides say differently, in the order of the file."""
    for name in KINDS[kind].fields:
        field = KINDS[kind].model._meta.get_field(name.split("__")[0])  # of `guide__slug` the guide
        before, after = in_words(field, mine.get(name)), in_words(field, theirs.get(name))
        if before != after:
            yield FieldDifference(field, tuple(word_diff(before, after)))


def in_words(field: Any, value: Any) -> str:
    """A stored value of a model's field as an editor reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(str(item) for item in value)
    if isinstance(field, models.DecimalField):
        return f"{field.to_python(value):f}"
    return str(dict(field.flatchoices).get(value, value))


@transaction.atomic
def take(pk: int, token: str) -> list[Change]:
    """Write what the files say, and return what that was. The row counts as untouched again."""
    item, row = _locked(pk, token)
    written = []
    if item.offered == GONE:
        if row and not delete_row(item.kind, row.pk):
            raise Refused(_("Something else still hangs on it: delete that first."))
        item.delete()
    else:
        values = dict(item.offered)
        texts = values.pop(TEXTS, [])
        written.append(_write(item.kind, values, row, item))
        for text in texts:
            known = LoadedItem.objects.filter(kind="text", key=label_of(_key("text", text))).first()
            written.append(_write("text", text, None, known))
    raise_revision()
    return written


@transaction.atomic
def keep(pk: int, token: str) -> None:
    """Leave the row as it is. The offer comes back only when the file changes again."""
    item, _row = _locked(pk, token)
    if item.offered == GONE:
        item.delete()  # from now on it is the editors' own
    else:
        LoadedItem.objects.filter(pk=item.pk).update(declined=digest_of(item.offered), offered=None)
    raise_revision()


def _locked(pk: int, token: str) -> tuple[LoadedItem, StoredRow | None]:
    item = LoadedItem.objects.select_for_update().filter(pk=pk, offered__isnull=False).first()
    if item is None:
        raise Refused(_("Somebody has already chosen."))
    row = stored_rows(item.kind).get(item.key)
    if row:
        _hold(item.kind, row.pk)
        row = stored_rows(item.kind, pk=row.pk).get(item.key)
    if _token(item, row) != token:
        raise Refused(_("It was changed meanwhile. Look at the difference once more, then choose."))
    return item, row


def _hold(kind: str, pk: int) -> None:
    """Until the transaction ends nobody else changes this row; who writes a text holds its guide."""
    model, which = (Guide, {"texts": pk}) if kind == "text" else (KINDS[kind].model, {"pk": pk})
    list(model._default_manager.select_for_update(of=("self",), no_key=True).filter(**which))


def _write(kind: str, values: dict[str, Any], row: StoredRow | None, item: LoadedItem | None) -> Change:
    model = KINDS[kind].model
    columns = columns_of(model, values, parent_finder())
    if columns is None:
        raise Refused(_("What it belongs to is not here any more."))
    columns = {name: model._meta.get_field(name).to_python(value) for name, value in columns.items()}
    found = tuple(differences(kind, row.values if row else {}, values))
    if row is None:
        stored = add_row(kind, columns)
    else:
        update_row(kind, row.pk, columns)
        stored = model._default_manager.get(pk=row.pk)
    label = label_of(_key(kind, values))
    remember(kind, label, digest_of(values), item)
    return Change(stored, title_of(kind, label), row is None, found)


def _key(kind: str, values: dict[str, Any]) -> tuple[str, ...]:
    return tuple(values[name] or "" for name in KINDS[kind].key)


def _token(item: LoadedItem, row: StoredRow | None) -> str:
    return digest_of({"mine": row.values if row else None, "theirs": item.offered})[:16]

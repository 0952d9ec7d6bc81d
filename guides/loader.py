"""Files -> database. Idempotent, in one transaction, and never over an editor's change.

For each entry of the files a `LoadedItem` keeps the digest of what was last written. A row that no longer
matches its digest was changed by an editor (or, if it is gone, deleted by one): it is left alone, and the
report says so. Where the files then say something new, that is offered to the editors: `guides/offers.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from guides import history
from guides.content_files import CONTENT, Entry, entries
from guides.models import (
    Channel,
    Fact,
    Guide,
    GuideText,
    LoadedItem,
    Operator,
    OperatorText,
    Tariff,
    raise_revision,
)

# Which wording of the source a translation follows: no change of the text itself, so that a row which a mended typo
# took along counts as untouched.
UNCOUNTED = "translated_from"


@dataclass(frozen=True)
class Kind:
    """One table that the files fill: how its rows are found, what the files say of each, and the relation
    whose rows would vanish with one."""

    model: type[models.Model]
    key: tuple[str, ...]
    others: tuple[str, ...]
    held_by: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return self.key + self.others


KINDS = {
    "operator": Kind(Operator, ("slug",), ("name", "network__slug", "prefixes", "website", "order"), "texts"),
    "channel": Kind(
        Channel,
        ("slug",),
        ("kind", "works_abroad", "payments", "payments_to_check", "credited", "fee", "source", "order"),
    ),
    "fact": Kind(Fact, ("key",), ("operator__slug", "kind", "value", "source", "seen_on", "confidence", "note")),
    "tariff": Kind(
        Tariff,
        ("operator__slug", "name", "period"),
        (
            *("price", "currency", "price_since", "data_mb", "minutes", "messages"),
            *("fallback_fee", "source", "seen_on", "confidence"),
        ),
    ),
    "profile": Kind(
        OperatorText,
        ("operator__slug", "language"),
        ("known_for", "suits_resident", "suits_visitor", "source", "checked_on"),
    ),
    "guide": Kind(
        Guide,
        ("operator__slug", "slug"),
        ("topic", "channel__slug", "on_operator_pages", "order", "published"),
        "texts",
    ),
    "text": Kind(
        GuideText,
        ("guide__operator__slug", "guide__slug", "language"),
        ("title", "summary", "need", "steps", "pros", "cons", "more", "source", "checked_on", "state", UNCOUNTED),
    ),
}
GONE: dict[str, Any] = {}  # what is offered where the files no longer have an entry
TEXTS = "texts"  # with a guide that an editor deleted, its texts are offered too


@dataclass
class Report:
    """What a load did, and what it left to the editors."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    offered: int = 0
    kept: list[str] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def load(folder: Path = CONTENT) -> Report:
    """Bring the database up to the files. Raises ContentError before anything is written."""
    return write(entries(folder))


@transaction.atomic
def write(wanted: list[Entry]) -> Report:
    """Make the rows match these entries, except where an editor has been."""
    report = Report()
    _hold_off_editors()
    items = {(item.kind, item.key): item for item in LoadedItem.objects.all()}
    by_kind: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for entry in wanted:
        by_kind[entry.kind].append(entry)
    for kind, its_entries in by_kind.items():
        _write_kind(kind, its_entries, items, report)
    _offer_deleted_guides(by_kind, items, report)
    _remove_vanished({(entry.kind, label_of(entry.key)) for entry in wanted}, items, report)
    if report.wrote:
        raise_revision()
    return report


def _hold_off_editors() -> None:
    """What an editor saves between our look at a row and our writing of it would be lost: on PostgreSQL, editors wait
    until all is written; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(kind.model._meta.db_table) for kind in KINDS.values())
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def _write_kind(kind: str, wanted: list[Entry], items: dict[Any, LoadedItem], report: Report) -> None:
    if not wanted:
        return
    rows = stored_rows(kind)
    model = KINDS[kind].model
    find_parent = parent_finder()
    untouched: dict[int, Entry] = {}
    for entry in wanted:
        label = label_of(entry.key)
        digest = digest_of(entry.values)
        item, row = items.get((kind, label)), rows.get(label)
        columns = columns_of(model, entry.values, find_parent)
        if row is None and columns is None:
            report.kept.append(f"{kind} {label}: an editor deleted what it belongs to; it is not loaded.")
        elif row is None and item is not None:
            if kind != "guide":  # which is offered with its texts
                is_news = digest != item.digest
                _leave_to_editors(kind, label, entry.values, item, report, said=_DELETED, is_news=is_news)
        elif row is None:
            model._default_manager.create(**columns)
            remember(kind, label, digest, item)
            report.added += 1
        elif row.digest == digest:
            if item is None or item.digest != digest or item.offered is not None:
                remember(kind, label, digest, item)
            report.unchanged += 1
            if row.values.get(UNCOUNTED) != entry.values.get(UNCOUNTED):
                untouched[row.pk] = entry
        elif item is not None and row.digest == item.digest and columns is not None:
            update_row(kind, row.pk, columns)
            remember(kind, label, digest, item)
            report.changed += 1
        else:
            is_news = item is None or digest != item.digest
            _leave_to_editors(kind, label, entry.values, item, report, said=_CHANGED, is_news=is_news)
    _follow_the_files(untouched)


def _follow_the_files(untouched: dict[int, Entry]) -> None:
    """Translations that the files say follow another wording of the source now, unless they already follow the one
    that readers have: an editor may have mended a typo in it."""
    behind = {text.pk for text, _source in history.texts_behind()} if untouched else set()
    for pk in behind & untouched.keys():
        GuideText.objects.filter(pk=pk).update(translated_from=untouched[pk].values[UNCOUNTED])


def update_row(kind: str, pk: int, columns: dict[str, Any]) -> None:
    """Write what the files say over a row; of a text, what readers had before stays in its history."""
    rows = KINDS[kind].model._default_manager.filter(pk=pk)
    if kind == "text":
        history.keep_wording(GuideText.objects.select_related("guide").get(pk=pk))
    if kind == "tariff":
        _save_over(rows.get(), columns)  # which notes the moment of a new price
    else:
        rows.update(**columns)
    if kind == "text":
        history.keep_wording(GuideText.objects.select_related("guide").get(pk=pk), timezone.now())


def _save_over(row: models.Model, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()


def add_row(kind: str, columns: dict[str, Any]) -> Any:
    """Write a row that an editor takes from files; what readers get of a text begins its history."""
    row = KINDS[kind].model._default_manager.create(**columns)
    if kind == "text":
        history.keep_wording(row, timezone.now())
    return row


_CHANGED, _DELETED = "changed by an editor", "deleted by an editor"


def _leave_to_editors(
    kind: str, label: str, values: dict[str, Any], item: LoadedItem | None, report: Report, *, said: str, is_news: bool
) -> None:
    """Offer what the file says, if it is news and no editor has declined it."""
    if item is not None and not is_news:
        _set_offer(item, None)
        report.kept.append(f"{kind} {label}: {said}; the file has not changed since.")
    elif item is not None and digest_of(values) == item.declined:
        _set_offer(item, None)
        report.kept.append(f"{kind} {label}: {said}, who keeps it although the file says something else.")
    else:
        _set_offer(item or LoadedItem.objects.create(kind=kind, key=label, digest=""), as_json(values))
        report.offered += 1
        report.kept.append(f"{kind} {label}: {said}, and the file says something else.")


def _offer_deleted_guides(by_kind: dict[str, list[Entry]], items: dict[Any, LoadedItem], report: Report) -> None:
    """A guide that an editor deleted is offered with all its texts, when the files say something new of any."""
    rows = stored_rows("guide")
    for guide in by_kind["guide"]:
        label = label_of(guide.key)
        item = items.get(("guide", label))
        if label in rows or item is None:
            continue
        texts = [entry for entry in by_kind["text"] if entry.key[:2] == guide.key]
        written = [(entry, items.get((entry.kind, label_of(entry.key)))) for entry in (guide, *texts)]
        is_news = any(its is None or digest_of(entry.values) != its.digest for entry, its in written)
        bundle = guide.values | {TEXTS: [text.values for text in texts]}
        _leave_to_editors("guide", label, bundle, item, report, said=_DELETED, is_news=is_news)


def _set_offer(item: LoadedItem, offered: dict[str, Any] | None) -> None:
    if item.offered != offered:
        LoadedItem.objects.filter(pk=item.pk).update(offered=offered)


def _remove_vanished(wanted: set[tuple[str, str]], items: dict[Any, LoadedItem], report: Report) -> None:
    """Rows whose entry is gone from the files go too, if nobody touched them; children before parents."""
    for kind in reversed(KINDS):
        gone = [item for (its_kind, label), item in items.items() if its_kind == kind and (kind, label) not in wanted]
        if not gone:
            continue
        rows = stored_rows(kind)
        for item in gone:
            row = rows.get(item.key)
            if row is None:
                item.delete()
            elif row.digest != item.digest:
                _set_offer(item, GONE)
                report.offered += 1
                report.kept.append(f"{kind} {item.key}: no longer in the files, but changed by an editor; it stays.")
            elif delete_row(kind, row.pk):
                item.delete()
                report.removed += 1
            else:
                report.kept.append(f"{kind} {item.key}: no longer in the files, but in use; it stays.")


def delete_row(kind: str, pk: int) -> bool:
    """Whether the row could go: nothing may hang on it."""
    instance = KINDS[kind].model._default_manager.get(pk=pk)
    if KINDS[kind].held_by and getattr(instance, KINDS[kind].held_by).exists():
        return False
    if kind == "text":
        history.keep_wording(instance)  # from where an editor can bring it back
    try:
        with transaction.atomic():
            instance.delete()
    except ProtectedError:
        return False
    return True


@dataclass(frozen=True)
class StoredRow:
    """A row as it stands, in the words of the files."""

    pk: int
    values: dict[str, Any]

    @cached_property
    def digest(self) -> str:
        return digest_of(self.values)


def stored_rows(kind: str, **narrowed: Any) -> dict[str, StoredRow]:
    """The rows as they stand, by the label of their key; `narrowed` by fields where not all are wanted."""
    rows = {}
    names = KINDS[kind].fields
    for row in KINDS[kind].model._default_manager.filter(**narrowed).order_by("pk").values("pk", *names):
        pk = row.pop("pk")
        row = {name: _as_in_files(value) for name, value in row.items()}
        rows[label_of(tuple(row[name] or "" for name in KINDS[kind].key))] = StoredRow(pk, row)
    return rows


def _as_in_files(value: Any) -> Any:
    """Text without what a file cannot keep: the line ends of forms, and empty lines around it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip("\n") if isinstance(value, str) else value


def columns_of(
    model: type[models.Model], values: dict[str, Any], find_parent: Callable[..., Any]
) -> dict[str, Any] | None:
    """The entry's values as the row's columns: a path such as `operator__slug` becomes the operator's id.
    None if a row that it names is not there."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        relation = name.split("__")[0]
        if relation == name:
            columns[name] = value
            continue
        if relation == "guide":
            parent = find_parent(Guide, values["guide__operator__slug"], values["guide__slug"])
        else:
            parent = find_parent(model._meta.get_field(relation).related_model, value)
        if parent is None and value is not None:
            return None
        columns[f"{relation}_id"] = parent
    return columns


def parent_finder() -> Callable[..., Any]:
    """Ids of operators, channels and guides by their short names, each table read once."""
    known: dict[type[models.Model], dict[tuple[str | None, ...], int]] = {}

    def find(model: type[models.Model], *key: str | None) -> int | None:
        if key == (None,):
            return None
        if model not in known or key not in known[model]:
            names = ("operator__slug", "slug") if model is Guide else ("slug",)
            known[model] = {tuple(row[1:]): row[0] for row in model._default_manager.values_list("pk", *names)}
        return known[model].get(key)

    return find


def remember(kind: str, label: str, digest: str, item: LoadedItem | None) -> None:
    """That the row now stands as the file says: untouched, and nothing left to offer."""
    if item is None:
        LoadedItem.objects.create(kind=kind, key=label, digest=digest)
    else:
        LoadedItem.objects.filter(pk=item.pk).update(digest=digest, offered=None, declined="")


def label_of(key: tuple[str, ...]) -> str:
    return "/".join(part or "all" for part in key)


def as_json(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they survive in a JSON column, with the same digest."""
    return json.loads(json.dumps(values, default=str))


def digest_of(values: dict[str, Any]) -> str:
    counted = {name: value for name, value in values.items() if name != UNCOUNTED}
    text = json.dumps(counted, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

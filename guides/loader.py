"""Files -> database. Idempotent, in one transaction, and never over an editor's change.

For each entry of the files a `LoadedItem` keeps the digest of what was last written. A row that no longer
matches its digest was changed by an editor (or, if it is gone, deleted by one): it is left alone, and the
report says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError

from guides.content_files import CONTENT, Entry, entries
from guides.models import (
    Channel,
    Fact,
    Guide,
    GuideText,
    LoadedItem,
    Operator,
    OperatorText,
    raise_revision,
)


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
    "profile": Kind(
        OperatorText,
        ("operator__slug", "language"),
        ("known_for", "suits_resident", "suits_visitor", "source", "checked_on"),
    ),
    "guide": Kind(Guide, ("operator__slug", "slug"), ("topic", "channel__slug", "on_operator_pages", "order"), "texts"),
    "text": Kind(
        GuideText,
        ("guide__operator__slug", "guide__slug", "language"),
        ("title", "summary", "need", "steps", "pros", "cons", "more", "source", "checked_on", "state"),
    ),
}


@dataclass
class Report:
    """What a load did, and what it left to the editors."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
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
    digests = {(item.kind, item.key): item for item in LoadedItem.objects.all()}
    by_kind: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    for entry in wanted:
        by_kind[entry.kind].append(entry)
    for kind, items in by_kind.items():
        _write_kind(kind, items, digests, report)
    _remove_vanished({(entry.kind, _label(entry.key)) for entry in wanted}, digests, report)
    if report.wrote:
        raise_revision()
    return report


def _write_kind(kind: str, items: list[Entry], digests: dict[Any, LoadedItem], report: Report) -> None:
    if not items:
        return
    rows = _stored_rows(kind)
    model = KINDS[kind].model
    find_parent = _parent_finder()
    for entry in items:
        label = _label(entry.key)
        digest = _digest(entry.values)
        loaded, row = digests.get((kind, label)), rows.get(label)
        columns = _columns(model, entry.values, find_parent)
        if row is None and loaded is not None:
            report.kept.append(f"{kind} {label}: an editor deleted it; it stays deleted.")
        elif row is None and columns.get("guide_id", 0) is None:
            report.kept.append(f"{kind} {label}: an editor deleted its guide; it is not loaded.")
        elif row is None:
            model._default_manager.create(**columns)
            _remember(kind, label, digest, loaded)
            report.added += 1
        elif row["digest"] == digest:
            if loaded is None or loaded.digest != digest:
                _remember(kind, label, digest, loaded)
            report.unchanged += 1
        elif loaded is not None and row["digest"] == loaded.digest:
            model._default_manager.filter(pk=row["pk"]).update(**columns)
            _remember(kind, label, digest, loaded)
            report.changed += 1
        elif loaded is not None and loaded.digest == digest:
            report.kept.append(f"{kind} {label}: changed by an editor; the file has not changed since.")
        else:
            report.kept.append(f"{kind} {label}: changed by an editor, and the file says something else.")


def _remove_vanished(wanted: set[tuple[str, str]], digests: dict[Any, LoadedItem], report: Report) -> None:
    """Rows whose entry is gone from the files go too, if nobody touched them; children before parents."""
    for kind in reversed(KINDS):
        gone = [item for (its_kind, label), item in digests.items() if its_kind == kind and (kind, label) not in wanted]
        if not gone:
            continue
        rows = _stored_rows(kind)
        for item in gone:
            row = rows.get(item.key)
            if row is not None and not _delete(kind, row, item.digest):
                report.kept.append(f"{kind} {item.key}: no longer in the files, but changed or in use; it stays.")
            else:
                report.removed += row is not None
            item.delete()


def _delete(kind: str, row: dict[str, Any], digest: str) -> bool:
    if row["digest"] != digest:
        return False
    instance = KINDS[kind].model._default_manager.get(pk=row["pk"])
    if KINDS[kind].held_by and getattr(instance, KINDS[kind].held_by).exists():
        return False
    try:
        with transaction.atomic():
            instance.delete()
    except ProtectedError:
        return False
    return True


def _stored_rows(kind: str) -> dict[str, dict[str, Any]]:
    """The rows as they stand, by the label of their key, each with the digest of what it holds."""
    rows = {}
    for row in KINDS[kind].model._default_manager.values("pk", *KINDS[kind].fields):
        pk = row.pop("pk")
        label = _label(tuple(row[name] or "" for name in KINDS[kind].key))
        rows[label] = {"pk": pk, "digest": _digest(row)}
    return rows


def _columns(model: type[models.Model], values: dict[str, Any], find_parent: Callable[..., Any]) -> dict[str, Any]:
    """The entry's values as the row's columns: a path such as `operator__slug` becomes the operator's id."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        relation = name.split("__")[0]
        if relation == name:
            columns[name] = value
        elif relation == "guide":
            columns["guide_id"] = find_parent(Guide, values["guide__operator__slug"], values["guide__slug"])
        else:
            columns[f"{relation}_id"] = find_parent(model._meta.get_field(relation).related_model, value)
    return columns


def _parent_finder() -> Callable[..., Any]:
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


def _remember(kind: str, label: str, digest: str, loaded: LoadedItem | None) -> None:
    if loaded is None:
        LoadedItem.objects.create(kind=kind, key=label, digest=digest)
    else:
        LoadedItem.objects.filter(pk=loaded.pk).update(digest=digest)


def _label(key: tuple[str, ...]) -> str:
    return "/".join(part or "all" for part in key)


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

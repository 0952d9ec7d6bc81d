"""Database -> files, in the form of `guides/content`, and such files back as an editor's change.

What is written here, `guides.content_files` reads to the same entries. A guide without any text has nothing to be
written; what is only being written stands in no file.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from guides.content_files import (
    CONTENT,
    GUIDE_SECTIONS,
    PROFILE_SECTIONS,
    ContentError,
    Entry,
    entries,
    escaped,
)
from guides.loader import KINDS, add_row, columns_of, label_of, parent_finder, stored_rows, update_row
from guides.offers import Change, differences, title_of

_LARGEST_TREE = 20_000_000  # bytes, unpacked
_MOST_FILES = 5_000
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NAME = r"[\w-][\w.-]{0,99}"
_OF_THE_TREE = re.compile(rf"{_NAME}\.yaml|operators/{_NAME}\.md|guides/{_NAME}/{_NAME}\.md", re.ASCII)


class BadArchive(Exception):
    """Why a file cannot be read as such an archive, in a sentence for the editor."""


# --- writing --------------------------------------------------------------------------------------------------------


def write_to(folder: Path) -> int:
    """Writes the whole tree into a folder; returns the number of files."""
    files = as_files()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return len(files)


def as_zip() -> bytes:
    """The whole tree as one archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in as_files().items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def as_files() -> dict[str, str]:
    """The text of each file of the tree, by its path."""
    rows = {kind: [row.values for row in stored_rows(kind).values()] for kind in KINDS}
    operators = sorted(rows["operator"], key=lambda row: (row["network__slug"] is not None, row["order"]))
    written = {(text["guide__operator__slug"], text["guide__slug"]) for text in rows["text"]}
    guides = [row for row in rows["guide"] if (row["operator__slug"], row["slug"]) in written]
    return {
        "operators.yaml": _yaml("operators.yaml", [_item(row) for row in operators]),
        "channels.yaml": _yaml("channels.yaml", [_item(row) for row in _by(rows["channel"], "order", "slug")]),
        "facts.yaml": _yaml("facts.yaml", dict(map(_fact, _by(rows["fact"], "key")))),
        "tariffs.yaml": _yaml("tariffs.yaml", [_item(row) for row in _by(rows["tariff"], "operator__slug", "name")]),
        "guides.yaml": _yaml("guides.yaml", list(_guides(_by(guides, "order", "slug")))),
        **dict(_profile(row) for row in rows["profile"]),
        **dict(_text(row) for row in rows["text"]),
    }


def _by(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [row[name] for name in names])


# What a file leaves out because it is so anyway.
_DEFAULTS = ("", None, [])
_PLAIN = {"on_operator_pages": True, "published": True, "state": "published", "currency": "KZT", "order": 0}


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as a mapping of a file: relations by their short names, without what goes without saying."""
    return {
        name.removesuffix("__slug"): _number(value)
        for name, value in row.items()
        if value not in _DEFAULTS and not (name in _PLAIN and value == _PLAIN[name])
    }


def _number(value: Any) -> Any:
    """YAML knows no Decimal."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _fact(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The operator stands in the key."""
    return row["key"], _item({name: value for name, value in row.items() if name not in ("key", "operator__slug")})


def _guides(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One entry for all operators' guides of one short name, and one more for an operator's that differs."""
    general: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["operator__slug"] is not None):
        about = {name: value for name, value in row.items() if name != "operator__slug"}
        if row["slug"] not in general and row["operator__slug"] is None:
            general[row["slug"]] = about
            yield _item(about)
        elif general.get(row["slug"]) != about:
            yield _item({"slug": row["slug"], "operator": row["operator__slug"]} | about)


def _profile(row: Mapping[str, Any]) -> tuple[str, str]:
    name = f"operators/{row['operator__slug']}.{row['language']}.md"
    return name, _document(row, ("source", "checked_on"), PROFILE_SECTIONS)


def _text(row: Mapping[str, Any]) -> tuple[str, str]:
    operator = f"{row['guide__operator__slug']}." if row["guide__operator__slug"] else ""
    name = f"guides/{row['guide__slug']}/{operator}{row['language']}.md"
    head = [one for one in KINDS["text"].others if one not in GUIDE_SECTIONS]
    return name, _document(row, head, GUIDE_SECTIONS)


def _document(row: Mapping[str, Any], head: Iterable[str], sections: Iterable[str]) -> str:
    fields = _item({name: row[name] for name in head})
    front = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=float("inf"))
    bodies = [f"# {name}\n{escaped(row[name])}\n" for name in sections if row[name]]
    return f"---\n{front}---\n" + "\n".join(bodies)


def _yaml(name: str, data: Any) -> str:
    """With the lines at the head of the repository's file, which explain its fields."""
    explained = re.match(r"(?:#.*\n)*", (CONTENT / name).read_text(encoding="utf-8"))
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)
    return (explained[0] + "\n" if explained and explained[0] else "") + text


# --- reading back ---------------------------------------------------------------------------------------------------


def entries_in_zip(data: bytes) -> list[Entry]:
    """What such an archive says, also if its tree stands in a folder of its own. Raises BadArchive or ContentError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _unpack(archive, folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError):
            raise _unreadable() from None
        try:
            return entries(folder)
        except FileNotFoundError as error:
            missing = Path(error.filename).name
            raise BadArchive(_("The archive lacks the file %(name)s.") % {"name": missing}) from None
        except UnicodeDecodeError:
            raise BadArchive(_("A file in the archive is no text in UTF-8.")) from None
        except ContentError as error:
            raise BadArchive(str(error).replace(f"{folder}/", "")) from None


def _unreadable() -> BadArchive:
    return BadArchive(_("This is not a zip archive that can be read."))


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """The files of the tree and nothing else, never outside the folder, never more than a tree can hold."""
    members = [member for member in archive.infolist() if member.filename.endswith((".yaml", ".md"))]
    if len(members) > _MOST_FILES or sum(member.file_size for member in members) > _LARGEST_TREE:
        raise BadArchive(_("This file is too large."))
    paths = {member: PurePosixPath(member.filename) for member in members}
    roots = [path.parent for path in paths.values() if path.name == "operators.yaml"]
    if not roots:
        raise BadArchive(_("The archive lacks the file %(name)s.") % {"name": "operators.yaml"})
    for member, path in paths.items():
        name = str(path.relative_to(roots[0])) if path.is_relative_to(roots[0]) else ""
        if not _OF_THE_TREE.fullmatch(name):
            continue
        if member.compress_type not in _PACKINGS:
            raise _unreadable()
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(member))


@dataclass
class Outcome:
    """What bringing in files changes, and what is wrong with them: where, and sentences each."""

    changes: list[Change] = field(default_factory=list)
    errors: list[tuple[str | int, list[str]]] = field(default_factory=list)


def bring_in(wanted: list[Entry]) -> Outcome:
    """Make the rows say what these entries say; what they do not name stays. It is an editor's change: the files of
    the repository will not overwrite it. For a preview, roll back the transaction around it."""
    outcome = Outcome()
    by_kind: dict[str, list[Entry]] = defaultdict(list)
    for entry in wanted:
        by_kind[entry.kind].append(entry)
    for kind in KINDS:
        rows, find_parent, model = stored_rows(kind), parent_finder(), KINDS[kind].model
        for entry in by_kind[kind]:
            label = label_of(entry.key)
            row = rows.get(label)
            found = tuple(differences(kind, row.values if row else {}, entry.values))
            if row and not found:
                continue
            try:
                columns = columns_of(model, entry.values, find_parent)
                if columns is None:
                    raise ValidationError(_("What it belongs to is not here any more."))
                instance = model._default_manager.get(pk=row.pk) if row else model()
                for name, value in columns.items():
                    setattr(instance, name, value)
                instance.full_clean()
            except ValidationError as error:
                outcome.errors.append((title_of(kind, label), sentences(model, error)))
                continue
            if row:
                update_row(kind, row.pk, columns)
            else:
                instance = add_row(kind, columns)
            outcome.changes.append(Change(instance, title_of(kind, label), row is None, found))
    return outcome


def sentences(model: Any, error: ValidationError) -> list[str]:
    """What is wrong with a row, each with the field's name for readers."""
    if not hasattr(error, "error_dict"):
        return error.messages
    names = {one.name: capfirst(str(one.verbose_name)) for one in model._meta.fields}
    return [
        message if name == NON_FIELD_ERRORS else f"{names.get(name, name)}: {message}"
        for name, messages in error.message_dict.items()
        for message in messages
    ]

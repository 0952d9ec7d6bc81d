"""The guides' files, read and checked: YAML and Markdown in, plain entries out. No database.

An entry is what one row should hold, in the words of the row's own fields. `guides/content/` explains
itself at the head of each file; docs/guides.md is the editors' handbook.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from guides.facts import errors_in, is_key
from guides.models import Abroad, ChannelKind, Confidence, Credited, FactKind, Fee, TextState, Topic
from guides.situation import PaymentMethod
from kzsim.common.languages import CODES

CONTENT = Path(__file__).parent / "content"

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_SECTION = re.compile(r"# *(\w+) *")
_GUIDE_SECTIONS = ("need", "steps", "pros", "cons", "more")
_PROFILE_SECTIONS = ("known_for", "suits_resident", "suits_visitor")
_LINE = "__line__"


class ContentError(Exception):
    """A file that cannot be loaded: one sentence with its name and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        name = path.relative_to(CONTENT.parent.parent) if path.is_relative_to(CONTENT.parent.parent) else path
        super().__init__(f"{name}, line {line}: {message}")


@dataclass(frozen=True)
class Entry:
    """What one row should hold: `kind` names its table, `key` finds the row, both in `values` too."""

    kind: str
    key: tuple[str, ...]
    values: dict[str, Any]


class _LineLoader(yaml.SafeLoader):
    """Remembers in each mapping the line where it began, and refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            if key_node.value in seen:
                raise yaml.MarkedYAMLError(problem=f"“{key_node.value}” stands twice", problem_mark=key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep) | {_LINE: node.start_mark.line + 1}


class _Fields:
    """One mapping of a YAML file, asked field by field; what nobody asked for is a mistake."""

    def __init__(self, path: Path, data: object, line: int) -> None:
        if not isinstance(data, dict):
            raise ContentError(path, line, "a list of fields like “slug: kcell” is expected here.")
        self.path, self.line = path, data.get(_LINE, line)
        self.rest = {key: value for key, value in data.items() if key != _LINE}

    def fail(self, message: str) -> ContentError:
        return ContentError(self.path, self.line, message)

    def text(self, name: str, default: str | None = None, among: Collection[str] = ()) -> str:
        value = self.rest.pop(name, default)
        if value is None:
            raise self.fail(f"“{name}” is missing.")
        if not isinstance(value, str):
            raise self.fail(f"“{name}” must be text; put it in quotes.")
        if among and value not in among:
            raise self.fail(f"“{name}: {value}” is not understood; use one of {', '.join(filter(None, among))}.")
        return value

    def whole_number(self, name: str) -> int:
        value = self.rest.pop(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(f"“{name}” must be a whole number.")
        return value

    def truth(self, name: str, default: bool) -> bool:
        value = self.rest.pop(name, default)
        if not isinstance(value, bool):
            raise self.fail(f"“{name}” must be true or false.")
        return value

    def day(self, name: str) -> date | None:
        value = self.rest.pop(name, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.fail(f"“{name}” must be a day like 2026-11-23.")
        return value

    def texts(self, name: str, among: Collection[str] = ()) -> list[str]:
        value = self.rest.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(f"“{name}” must be a list of texts like [cash, kaspi]; put numbers in quotes.")
        for item in value:
            if among and item not in among:
                raise self.fail(f"“{item}” in “{name}” is not understood; use {', '.join(among)}.")
        return value

    def done(self) -> None:
        if self.rest:
            raise self.fail(f"“{next(iter(self.rest))}” is not a field that exists here.")


def entries(folder: Path = CONTENT) -> list[Entry]:
    """All that the files say, in an order in which rows may be written. Raises ContentError."""
    operators = list(_operators(folder / "operators.yaml"))
    channels = list(_channels(folder / "channels.yaml"))
    slugs = {entry.key[0] for entry in operators}
    return [
        *operators,
        *channels,
        *_facts(folder / "facts.yaml", slugs),
        *_profiles(folder / "operators", slugs),
        *_guides(folder, slugs, {entry.key[0] for entry in channels}),
    ]


def _operators(path: Path) -> Iterator[Entry]:
    known: list[str] = []  # a network stands before its brands
    for item in _items(path):
        slug = item.text("slug")
        yield Entry(
            "operator",
            (slug,),
            {
                "slug": slug,
                "name": item.text("name"),
                "network__slug": item.text("network", "", among=("", *known)) or None,
                "prefixes": item.texts("prefixes"),
                "website": item.text("website", ""),
                "order": item.whole_number("order"),
            },
        )
        item.done()
        known.append(slug)


def _channels(path: Path) -> Iterator[Entry]:
    for item in _items(path):
        slug = item.text("slug")
        yield Entry(
            "channel",
            (slug,),
            {
                "slug": slug,
                "kind": item.text("kind", among=ChannelKind.values),
                "works_abroad": item.text("works_abroad", among=Abroad.values),
                "payments": item.texts("payments", PaymentMethod.values),
                "payments_to_check": item.texts("payments_to_check", PaymentMethod.values),
                "credited": item.text("credited", among=Credited.values),
                "fee": item.text("fee", among=Fee.values),
                "source": item.text("source", ""),
                "order": item.whole_number("order"),
            },
        )
        item.done()


def _facts(path: Path, operators: set[str]) -> Iterator[Entry]:
    data = _yaml(path, path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ContentError(path, 1, "facts like “beeline.website: {kind: site, ...}” are expected here.")
    for key, fields in data.items():
        if key == _LINE:
            continue
        item = _Fields(path, fields, data[_LINE])
        if not is_key(key):
            raise item.fail(f"“{key}” is not a fact's name; write it like beeline.data_left_code.")
        scope = key.split(".")[0]
        values = {
            "key": key,
            "operator__slug": scope if scope in operators else None,
            "kind": item.text("kind", among=FactKind.values),
            "value": item.text("value", ""),
            "source": item.text("source", ""),
            "seen_on": item.day("seen_on"),
            "confidence": item.text("confidence", among=Confidence.values),
            "note": item.text("note", ""),
        }
        if (values["confidence"] == "unknown") == bool(values["value"]):
            raise item.fail(f"“{key}” needs either a value or “confidence: unknown”.")
        if values["value"] and not values["source"]:
            raise item.fail(f"“{key}” has a value but no source.")
        item.done()
        yield Entry("fact", (key,), values)


def _profiles(folder: Path, operators: set[str]) -> Iterator[Entry]:
    for path in sorted(folder.glob("*.md")):
        operator, language = _operator_and_language(path, operators)
        if not operator:
            raise ContentError(path, 1, "name this file <operator>.<language>.md.")
        head, sections = _document(path, _PROFILE_SECTIONS)
        values = {
            "operator__slug": operator,
            "language": language,
            **sections,
            "source": head.text("source", ""),
            "checked_on": head.day("checked_on"),
        }
        head.done()
        yield Entry("profile", (operator, language), values)


def _guides(folder: Path, operators: set[str], channels: set[str]) -> list[Entry]:
    """The guides and their texts: first every guide, then the texts."""
    guides, texts = [], []
    listed = {}
    for item in _items(folder / "guides.yaml"):
        slug = item.text("slug")
        if slug in listed:
            raise item.fail(f"the guide “{slug}” stands twice.")
        listed[slug] = {
            "slug": slug,
            "topic": item.text("topic", among=Topic.values),
            "channel__slug": item.text("channel", "", among=("", *sorted(channels))) or None,
            "on_operator_pages": item.truth("on_operator_pages", True),
            "order": item.whole_number("order"),
        }
        item.done()
        if not any((folder / "guides" / slug).glob("*.md")):
            raise item.fail(f"the guide “{slug}” has no text in guides/{slug}/.")
    for path in sorted((folder / "guides").glob("*/*.md")):
        slug = path.parent.name
        if slug not in listed:
            raise ContentError(path, 1, f"guides.yaml names no guide “{slug}”.")
        operator, language = _operator_and_language(path, operators)
        guide = Entry("guide", (operator, slug), {"operator__slug": operator or None, **listed[slug]})
        if guide not in guides:
            guides.append(guide)
        head, sections = _document(path, _GUIDE_SECTIONS)
        title, summary = head.text("title"), head.text("summary", "")
        for line in (title, summary):
            for error in errors_in(line):
                raise ContentError(path, 1, f"{error}.")
        values = {
            "guide__operator__slug": operator or None,
            "guide__slug": slug,
            "language": language,
            "title": title,
            "summary": summary,
            **sections,
            "source": head.text("source", ""),
            "checked_on": head.day("checked_on"),
            "state": head.text("state", "published", among=TextState.values),
        }
        head.done()
        texts.append(Entry("text", (operator, slug, language), values))
    return [*guides, *texts]


def _items(path: Path) -> list[_Fields]:
    data = _yaml(path, path.read_text(encoding="utf-8"))
    if not isinstance(data, list):
        raise ContentError(path, 1, "a list of entries, each from “- slug: ...”, is expected here.")
    return [_Fields(path, item, 1) for item in data]


def _yaml(path: Path, text: str, first_line: int = 0) -> Any:
    try:
        return yaml.load(text, _LineLoader)  # noqa: S506  (a SafeLoader that remembers lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(path, first_line + line, f"{error.problem or 'this is not YAML'}.") from None


def _operator_and_language(path: Path, operators: set[str]) -> tuple[str, str]:
    """Both from the file's name: `en.md` is for every operator, `beeline.en.md` for one."""
    operator, _dot, language = path.stem.rpartition(".")
    if language not in CODES:
        raise ContentError(path, 1, f"“{language}” is no language of the site; use {', '.join(sorted(CODES))}.")
    if operator and operator not in operators:
        raise ContentError(path, 1, f"operators.yaml names no operator “{operator}”.")
    return operator, language


def _document(path: Path, names: tuple[str, ...]) -> tuple[_Fields, dict[str, str]]:
    """A Markdown file's front matter and its sections; a section left out is empty."""
    text = path.read_text(encoding="utf-8")
    match = _FRONT_MATTER.match(text)
    if not match:
        raise ContentError(path, 1, "the file must begin with its fields between two lines of “---”.")
    head = _Fields(path, _yaml(path, match[1], first_line=1), 2)
    head.line = 2
    sections: dict[str, list[str]] = {}
    starts: dict[str, int] = {}
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if number <= text[: match.end()].count("\n"):
            continue
        heading = _SECTION.fullmatch(line)
        if heading:
            current = heading[1]
            if current not in names:
                raise ContentError(path, number, f"“# {current}” is no section; use {', '.join(names)}.")
            if current in sections:
                raise ContentError(path, number, f"the section “# {current}” stands twice.")
            sections[current], starts[current] = [], number
        elif current:
            sections[current].append(line)
        elif line.strip():
            raise ContentError(path, number, f"this line stands before the first section, such as “# {names[0]}”.")
    found = {}
    for name in names:
        body = "\n".join(sections.get(name, []))
        for error in errors_in(body):
            raise ContentError(path, starts[name] + error.line, f"{error}.")
        found[name] = body.strip("\n")
    return head, found

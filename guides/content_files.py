"""The guides' files, read and checked: YAML and Markdown in, plain entries out. No database.

An entry is what one row should hold, in the words of the row's own fields. `guides/content/` explains
itself at the head of each file; docs/guides.md is the editors' handbook.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from guides.facts import errors_in, is_key
from guides.models import (
    SOURCE_LANGUAGE,
    Abroad,
    ChannelKind,
    Confidence,
    Credited,
    FactKind,
    Fee,
    Period,
    TextState,
    Topic,
)
from guides.models.operators import NOT_OPERATORS
from guides.situation import PaymentMethod
from kzsim.common.languages import CODES

CONTENT = Path(__file__).parent / "content"

_FRONT_MATTER = re.compile(r"---\n(.*?\n)---\n", re.DOTALL)
_SECTION = re.compile(r"# *(\w+) *")
_LIKE_A_SECTION = re.compile(r"(?m)^(\\*# *\w+ *)$")  # in a body, which a backslash more tells from a section
_ESCAPED = re.compile(r"(?m)^\\(\\*# *\w+ *)$")
GUIDE_SECTIONS = ("need", "steps", "pros", "cons", "more")
PROFILE_SECTIONS = ("known_for", "suits_resident", "suits_visitor")
_LINE = "__line__"


class ContentError(Exception):
    """A file that cannot be loaded: one sentence with its name and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        name = path.relative_to(CONTENT.parent.parent) if path.is_relative_to(CONTENT.parent.parent) else path
        super().__init__(_("%(file)s, line %(line)s: %(problem)s") % {"file": name, "line": line, "problem": message})


@dataclass(frozen=True)
class Entry:
    """What one row should hold: `kind` names its table, `key` finds the row, both in `values` too."""

    kind: str
    key: tuple[str, ...]
    values: dict[str, Any]


class _LineLoader(yaml.SafeLoader):
    """Remembers in each mapping the line where it began, and refuses a key that stands twice."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # a day that no month has, a number of thousands of digits
            raise yaml.MarkedYAMLError(problem=str(error), problem_mark=node.start_mark) from None

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merges nothing: a few lines of `<<` could fill the memory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _value in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"“{key}” stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep) | {_LINE: node.start_mark.line + 1}


class _Fields:
    """One mapping of a YAML file, asked field by field; what nobody asked for is a mistake."""

    def __init__(self, path: Path, data: object, line: int) -> None:
        if not isinstance(data, dict):
            raise ContentError(path, line, _("a list of fields like “slug: kcell” is expected here."))
        self.path, self.line = path, data.get(_LINE, line)
        self.rest = {key: value for key, value in data.items() if key != _LINE}

    def fail(self, message: str, **values: str) -> ContentError:
        return ContentError(self.path, self.line, message % values if values else message)

    def text(self, name: str, default: str | None = None, among: Collection[str] = ()) -> str:
        value = self.rest.pop(name, default)
        if value is None:
            raise self.fail(_("“%(name)s” is missing."), name=name)
        if not isinstance(value, str):
            raise self.fail(_("“%(name)s” must be text; put it in quotes."), name=name)
        if among and value not in among:
            choices = ", ".join(filter(None, among))
            raise self.fail(
                _("“%(name)s: %(value)s” is not understood; use one of %(choices)s."),
                name=name,
                value=value,
                choices=choices,
            )
        return _as_databases_keep_it(value)

    def whole_number(self, name: str) -> int:
        value = self.rest.pop(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(_("“%(name)s” must be a whole number."), name=name)
        return value

    def amount(self, name: str) -> int | None:
        """A whole number, or none where the source does not say."""
        return self.whole_number(name) if self.rest.get(name) is not None else self.rest.pop(name, None)

    def money(self, name: str) -> Decimal | None:
        value = self.rest.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 10**10:
            raise self.fail(_("“%(name)s” must be a sum like 4990 or 12.50."), name=name)
        return Decimal(str(value)).quantize(Decimal("0.01"))

    def truth(self, name: str, default: bool) -> bool:
        value = self.rest.pop(name, default)
        if not isinstance(value, bool):
            raise self.fail(_("“%(name)s” must be true or false."), name=name)
        return value

    def day(self, name: str) -> date | None:
        value = self.rest.pop(name, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.fail(_("“%(name)s” must be a day like 2026-11-23."), name=name)
        return value

    def texts(self, name: str, among: Collection[str] = ()) -> list[str]:
        value = self.rest.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(
                _("“%(name)s” must be a list of texts like [cash, kaspi]; put numbers in quotes."), name=name
            )
        for item in value:
            if among and item not in among:
                raise self.fail(
                    _("“%(value)s” in “%(name)s” is not understood; use %(choices)s."),
                    value=item,
                    name=name,
                    choices=", ".join(among),
                )
        return value

    def done(self) -> None:
        if self.rest:
            raise self.fail(_("“%(name)s” is not a field that exists here."), name=next(iter(self.rest)))


def entries(folder: Path = CONTENT) -> list[Entry]:
    """All that the files say, in an order in which rows may be written. Raises ContentError."""
    operators = list(_operators(folder / "operators.yaml"))
    channels = list(_channels(folder / "channels.yaml"))
    slugs = {entry.key[0] for entry in operators}
    return [
        *operators,
        *channels,
        *_facts(folder / "facts.yaml", slugs),
        *_tariffs(folder / "tariffs.yaml", slugs),
        *_profiles(folder / "operators", slugs),
        *_guides(folder, slugs, {entry.key[0] for entry in channels}),
    ]


def _operators(path: Path) -> Iterator[Entry]:
    known: list[str] = []  # a network stands before its brands
    for item in _items(path):
        slug = item.text("slug")
        if slug in NOT_OPERATORS:
            raise item.fail(_("“%(slug)s” has a page of its own and cannot name an operator."), slug=slug)
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
        raise ContentError(path, 1, _("facts like “beeline.website: {kind: site, ...}” are expected here."))
    for key, fields in data.items():
        if key == _LINE:
            continue
        item = _Fields(path, fields, data[_LINE])
        if not isinstance(key, str) or not is_key(key):
            raise item.fail(_("“%(key)s” is not a fact's name; write it like beeline.data_left_code."), key=key)
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
            raise item.fail(_("“%(key)s” needs either a value or “confidence: unknown”."), key=key)
        if values["value"] and not values["source"]:
            raise item.fail(_("“%(key)s” has a value but no source."), key=key)
        item.done()
        yield Entry("fact", (key,), values)


def _tariffs(path: Path, operators: set[str]) -> Iterator[Entry]:
    seen = set()
    for item in _items(path):
        operator, name = item.text("operator", among=sorted(operators)), item.text("name")
        period = item.text("period", "", among=("", *Period.values))
        if (operator, name, period) in seen:
            raise item.fail(_("the tariff “%(name)s” stands twice."), name=name)
        seen.add((operator, name, period))
        price = item.money("price")
        if price is None:
            raise item.fail(_("“%(name)s” is missing."), name="price")
        values = {
            "operator__slug": operator,
            "name": name,
            "period": period,
            "price": price,
            "currency": item.text("currency", "KZT"),
            "price_since": item.day("price_since"),
            "data_mb": item.amount("data_mb"),
            "minutes": item.amount("minutes"),
            "messages": item.amount("messages"),
            "fallback_fee": item.money("fallback_fee"),
            "source": item.text("source"),
            "seen_on": item.day("seen_on"),
            "confidence": item.text("confidence", among=[value for value in Confidence.values if value != "unknown"]),
        }
        item.done()
        yield Entry("tariff", (operator, name, period), values)


def _profiles(folder: Path, operators: set[str]) -> Iterator[Entry]:
    for path in sorted(folder.glob("*.md")):
        operator, language = _operator_and_language(path, operators)
        if not operator:
            raise ContentError(path, 1, _("name this file <operator>.<language>.md."))
        head, sections = _document(path, PROFILE_SECTIONS)
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
    listed: dict[tuple[str, str], dict[str, Any]] = {}
    paths = sorted((folder / "guides").glob("*/*.md"))
    written = {(path.parent.name, path.stem.rpartition(".")[0]) for path in paths}
    written |= {(slug, "") for slug, _operator in written}
    for item in _items(folder / "guides.yaml"):
        slug, operator = item.text("slug"), item.text("operator", "", among=("", *sorted(operators)))
        if (operator, slug) in listed:
            raise item.fail(_("the guide “%(slug)s” stands twice."), slug=slug)
        listed[operator, slug] = {
            "slug": slug,
            "topic": item.text("topic", among=Topic.values),
            "channel__slug": item.text("channel", "", among=("", *sorted(channels))) or None,
            "on_operator_pages": item.truth("on_operator_pages", True),
            "order": item.whole_number("order"),
            "published": item.truth("published", True),
        }
        item.done()
        if (slug, operator) not in written:
            raise item.fail(_("the guide “%(slug)s” has no text in guides/%(slug)s/."), slug=slug)
    for path in paths:
        slug = path.parent.name
        operator, language = _operator_and_language(path, operators)
        about = listed.get((operator, slug)) or listed.get(("", slug))
        if about is None:
            raise ContentError(path, 1, _("guides.yaml names no guide “%(slug)s”.") % {"slug": slug})
        guide = Entry("guide", (operator, slug), {"operator__slug": operator or None, **about})
        if guide not in guides:
            guides.append(guide)
        head, sections = _document(path, GUIDE_SECTIONS)
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
            "translated_from": "" if language == SOURCE_LANGUAGE else head.text("translated_from", ""),
        }
        head.done()
        texts.append(Entry("text", (operator, slug, language), values))
    return [*guides, *texts]


def _items(path: Path) -> list[_Fields]:
    data = _yaml(path, path.read_text(encoding="utf-8"))
    if not isinstance(data, list):
        raise ContentError(path, 1, _("a list of entries, each from “- slug: ...”, is expected here."))
    return [_Fields(path, item, 1) for item in data]


def _yaml(path: Path, text: str, first_line: int = 0) -> Any:
    try:
        return yaml.load(text, _LineLoader)  # noqa: S506  (a SafeLoader that remembers lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(
            path, first_line + line, f"{error.problem}." if error.problem else _("this is not YAML.")
        ) from None
    except (yaml.YAMLError, RecursionError):  # signs that YAML does not have, or brackets thousands deep
        raise ContentError(path, first_line + 1, _("this is not YAML.")) from None


def _operator_and_language(path: Path, operators: set[str]) -> tuple[str, str]:
    """Both from the file's name: `en.md` is for every operator, `beeline.en.md` for one."""
    operator, _dot, language = path.stem.rpartition(".")
    if language not in CODES:
        words = {"language": language, "choices": ", ".join(sorted(CODES))}
        raise ContentError(path, 1, _("“%(language)s” is no language of the site; use %(choices)s.") % words)
    if operator and operator not in operators:
        raise ContentError(path, 1, _("operators.yaml names no operator “%(slug)s”.") % {"slug": operator})
    return operator, language


def _document(path: Path, names: tuple[str, ...]) -> tuple[_Fields, dict[str, str]]:
    """A Markdown file's front matter and its sections; a section left out is empty."""
    text = _as_databases_keep_it(path.read_text(encoding="utf-8"))
    match = _FRONT_MATTER.match(text)
    if not match:
        raise ContentError(path, 1, _("the file must begin with its fields between two lines of “---”."))
    head = _Fields(path, _yaml(path, match[1], first_line=1), 2)
    head.line = 2
    sections: dict[str, list[str]] = {}
    starts: dict[str, int] = {}
    current = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if number <= text[: match.end()].count("\n"):
            continue
        heading = _SECTION.fullmatch(line)
        if heading:
            current = heading[1]
            if current not in names:
                words = {"name": current, "choices": ", ".join(names)}
                raise ContentError(path, number, _("“# %(name)s” is no section; use %(choices)s.") % words)
            if current in sections:
                raise ContentError(path, number, _("the section “# %(name)s” stands twice.") % {"name": current})
            sections[current], starts[current] = [], number
        elif current:
            sections[current].append(line)
        elif line.strip():
            problem = _("this line stands before the first section, such as “# %(name)s”.") % {"name": names[0]}
            raise ContentError(path, number, problem)
    found = {}
    for name in names:
        body = "\n".join(sections.get(name, []))
        for error in errors_in(body):
            raise ContentError(path, starts[name] + error.line, f"{error}.")
        found[name] = unescaped(body.strip("\n"))
    return head, found


def _as_databases_keep_it(text: str) -> str:
    """Without the signs that no database keeps, which YAML can write and no keyboard."""
    return text.encode(errors="ignore").decode().replace("\0", "")


def escaped(body: str) -> str:
    """A section's text as a file holds it: a line that looks like the head of a section gets a backslash."""
    return _LIKE_A_SECTION.sub(r"\\\1", body)


def unescaped(body: str) -> str:
    return _ESCAPED.sub(r"\1", body)

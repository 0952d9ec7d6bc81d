"""From the guides in the database to what the search knows of them: published texts, known facts, operators.

The index lives in each process and is made anew when the revision rises, so that it is the same on every
database; a search then costs one query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation

from guides.fact_names import name_of
from guides.facts import READER, Name, block_of, names_in, with_names_replaced
from guides.models import Fact, FactKind, Guide, GuideText, Operator, Topic, current_revision
from guides.search import Document, Index, Passage, Place
from guides.selection import published_guides
from guides.words import CONCEPT, OPERATOR
from kzsim.common.languages import CODES

GUIDE, FACT, BRAND = "guide", "fact", "operator"  # the kinds of things that are found

_PLACES = {"need": Place.REST, "steps": Place.STEPS, "pros": Place.REST, "cons": Place.REST, "more": Place.REST}
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_SIGNS = re.compile(r"^\s*(?:\d+[.)]|[-*>#]+)\s+|\*\*|`|\|")


@dataclass(frozen=True)
class Library:
    """All that can be found, at one revision. `guide_of_fact` is where a reader learns what to do with a fact."""

    index: Index
    guides: dict[str, Guide]
    operators: dict[int, Operator]
    guide_of_fact: dict[str, Guide]

    def brand(self, slug: str) -> Operator | None:
        return next((operator for operator in self.operators.values() if operator.slug == slug), None)


@dataclass(frozen=True)
class Line:
    """A line of a guide's text without its Markdown, and for which operators it stands there; none for all."""

    guide: Guide
    language: str
    field: str
    written: str
    only: frozenset[str]


def library() -> Library:
    """What can be found now."""
    return library_at(current_revision())


@lru_cache(maxsize=1)
def library_at(revision: int) -> Library:
    operators = {operator.pk: operator for operator in Operator.objects.prefetch_related("texts")}
    guides = list(published_guides(Guide.objects.all()))
    facts = {fact.key: fact for fact in Fact.objects.select_related("operator") if fact.is_known}
    slugs = [operator.slug for operator in operators.values()]
    named = _lines_naming(guides, slugs)
    documents = [
        *(document for guide in guides for document in _documents_of_guide(guide, facts, slugs)),
        *(document for operator in operators.values() for document in _documents_of_operator(operator)),
        *(document for key, fact in facts.items() for document in _documents_of_fact(fact, named.get(key, []))),
    ]
    return Library(
        Index(documents),
        {str(guide.pk): guide for guide in guides},
        operators,
        {key: lines[0].guide for key, lines in named.items()},
    )


def lines_of(guide: Guide, text: GuideText) -> Iterator[Line]:
    """What stands in a guide below its summary."""
    for name in _PLACES:
        only: frozenset[str] = frozenset()
        for line in getattr(text, name).splitlines():
            if line.startswith(":::"):
                only = block_of(line)
            elif written := _SIGNS.sub("", _LINK.sub(r"\1", line)).strip():
                yield Line(guide, text.language, name, written, only)


# --- guides ------------------------------------------------------------------------------------------


def _documents_of_guide(guide: Guide, facts: dict[str, Fact], slugs: list[str]) -> Iterator[Document]:
    renews = guide.topic == Topic.RENEW and guide.channel is not None
    about = {CONCEPT + guide.channel.kind} if guide.channel else set()
    about |= {CONCEPT + guide.topic} if renews or guide.topic != Topic.RENEW else set()
    for text in guide.published_texts:
        yield Document(
            key=(GUIDE, str(guide.pk)),
            language=text.language,
            passages=(
                Passage(Place.TITLE, _without_names(text.title)),
                Passage(Place.ABOUT, "", forms=frozenset(about)),
                Passage(Place.SUMMARY, _without_names(text.summary), text.summary),
                *(passage for line in lines_of(guide, text) for passage in _passages_of(line, facts, slugs)),
            ),
            owner=guide.operator.slug if guide.operator else "",
            worth=(1.15 if renews else 1.0) - guide.order / 100_000,  # what is equal stays in the editors' order
        )


def _passages_of(line: Line, facts: dict[str, Fact], slugs: list[str]) -> Iterator[Passage]:
    """A line as it stands for everybody, and once for each operator of whom it shows a fact."""
    names = [name for name in names_in(line.written) if not name.mark_only]
    values = [_searched(facts[name.key]) for name in names if name.key in facts]
    yield Passage(_PLACES[line.field], " ".join([_without_names(line.written), *values]), line.written, only=line.only)
    for what in dict.fromkeys(name.what for name in names if name.scope == READER):
        for slug in slugs if not line.only else sorted(line.only):
            if fact := facts.get(f"{slug}.{what}"):
                yield Passage(_PLACES[line.field], _searched(fact), line.written, only=frozenset({slug}))


# --- facts -------------------------------------------------------------------------------------------


def _lines_naming(guides: Iterable[Guide], slugs: list[str]) -> dict[str, list[Line]]:
    """For each fact the lines that name it, best first: a step before a remark, then in the editors' order."""
    lines: dict[str, list[Line]] = {}
    for guide in guides:
        for text in guide.published_texts:
            for line in lines_of(guide, text):
                for key in {key for name in names_in(line.written) for key in _keys(name, line, slugs)}:
                    lines.setdefault(key, []).append(line)
    return {
        key: sorted(found, key=lambda line: (line.field != "steps", line.guide.order)) for key, found in lines.items()
    }


def _keys(name: Name, line: Line, slugs: list[str]) -> list[str]:
    """The facts for which a name in a line can stand."""
    if name.mark_only or name.is_operator_name:
        return []
    if name.scope != READER:
        return [name.key]
    readers = line.only or ([line.guide.operator.slug] if line.guide.operator else slugs)
    return [f"{slug}.{name.what}" for slug in readers]


def _documents_of_fact(fact: Fact, lines: list[Line]) -> Iterator[Document]:
    """A fact in each language: by its value, its name, and the line that tells what it is good for. A rule is told
    by the texts alone: its value is for editors."""
    if not lines or fact.kind == FactKind.RULE:
        return
    about = frozenset({CONCEPT + "ussd"}) if fact.kind == FactKind.CODE else frozenset()
    for language in sorted(CODES):
        with translation.override(language):
            name = name_of(fact)
        told = next((line.written for line in lines if line.language == language), "")
        yield Document(
            key=(FACT, fact.key),
            language=language,
            passages=(
                Passage(Place.VALUE, _searched(fact)),
                Passage(Place.ABOUT, name, forms=about),
                Passage(Place.SUMMARY, _without_names(told)),
            ),
            owner=fact.operator.slug if fact.operator else "",
        )


def _searched(fact: Fact) -> str:
    """A fact's value as people type it: a number is dialled like a code."""
    if fact.kind == FactKind.RULE:
        return ""
    if fact.kind == FactKind.NUMBER:
        return f"{fact.value} *{re.sub('[^0-9]', '', fact.value)}#"
    return fact.value


# --- operators ---------------------------------------------------------------------------------------


def _documents_of_operator(operator: Operator) -> Iterator[Document]:
    """An operator by its name, its numbers' first digits, and what its profile says in each language."""
    head = (
        Passage(Place.TITLE, operator.name, forms=frozenset({OPERATOR + operator.slug})),
        Passage(Place.VALUE, " ".join(operator.prefixes)),
    )
    profiles = {text.language: text for text in operator.texts.all()}
    for language in sorted(CODES):
        said = profiles.get(language)
        texts = [getattr(said, name) for name in said.TEXT_FIELDS] if said else []
        lines = (Passage(Place.REST, _without_names(line), line) for text in texts for line in text.splitlines())
        yield Document((BRAND, operator.slug), language, (*head, *lines), owner=operator.slug)


def _without_names(text: str) -> str:
    return with_names_replaced(text, lambda name: " ")

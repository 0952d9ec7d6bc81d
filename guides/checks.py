"""What must never reach readers: `manage.py check_content` fails on each. Sentences for whoever mends it, in English.

A text is looked at as each operator's readers get it, since blocks and facts make it another text for each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import polib
import yaml
from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import to_locale
from markdown_it import MarkdownIt

from guides.content_files import CONTENT
from guides.facts import READER, errors_in, for_operator, names_in
from guides.history import texts_behind
from guides.models import Fact, Guide, GuideText, Operator, OperatorText, Promotion, Tariff
from guides.selection import EVERY_OPERATOR, guides_for, published_guides, text_for
from kzsim.common.languages import CODES

NOT_KNOWN = CONTENT / "not_known.yaml"

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_GOES_ON = "(?:[*#]|[^\\W一-鿿])"  # what makes a code, number or word longer; Chinese sets no space around one
_OUTSIDE = {"https", "mailto", "tel"}  # where a link of a text may lead beside our own pages


def errors() -> list[str]:
    """All that is wrong with what the database and the catalogues hold."""
    pages = list(_pages())
    return [
        *_wrong_names(),
        *_behind(),
        *_without_source(),
        *_broken_links(pages),
        *_not_known(pages),
        *catalogue_errors(Path(folder) for folder in settings.LOCALE_PATHS),
    ]


@dataclass(frozen=True)
class _Page:
    """A text as one operator's readers get it: where it stands, and what it says there."""

    language: str
    operator: str
    address: str
    text: GuideText | OperatorText

    def fields(self) -> Iterator[tuple[str, str]]:
        for name in self.text.TEXT_FIELDS:
            yield name, for_operator(getattr(self.text, name), self.operator)


def _pages() -> Iterator[_Page]:
    operators = {operator.pk: operator for operator in Operator.objects.prefetch_related("texts")}
    guides = list(published_guides(Guide.objects.all()))
    for language in sorted(CODES):
        for operator in (None, *operators.values()):
            slug = operator.slug if operator else EVERY_OPERATOR
            for item in guides_for(operator, guides, language, operators):
                parts = {"lang": language, "operator": slug, "guide": item.guide.slug}
                yield _Page(language, slug, reverse("guides:guide", kwargs=parts), item.text)
            if operator:
                network = operators.get(operator.network_id)
                profile = text_for(operator.texts.all(), language)
                profile = profile or (network and text_for(network.texts.all(), language))
                if profile:
                    parts = {"lang": language, "operator": slug}
                    yield _Page(language, slug, reverse("guides:operator", kwargs=parts), profile)


# --- names, sources, languages ----------------------------------------------------------------------------------


def _wrong_names() -> Iterator[str]:
    """Braces that mean nothing, and names without a fact. A fact of the reader's operator must exist for
    every network; for their brands a missing one is shown as not known."""
    keys = set(Fact.objects.values_list("key", flat=True))
    networks = list(Operator.objects.filter(network__isnull=True).values_list("slug", flat=True))
    texts = GuideText.objects.filter(state="published", guide__published=True).select_related("guide__operator")
    for text in (*OperatorText.objects.select_related("operator"), *texts):
        for field in text.TEXT_FIELDS:
            value = getattr(text, field)
            for error in errors_in(value):
                yield f"{text}, {field}, line {error.line}: {error}"
            wanted = {name.key for name in names_in(value) if name.scope != READER}
            for slug in networks:
                names = names_in(for_operator(value, slug))
                wanted |= {f"{slug}.{one.what}" for one in names if one.scope == READER and not one.is_operator_name}
            for key in sorted(wanted - keys):
                yield f"{text}, {field}: there is no fact named {key}"


def _behind() -> Iterator[str]:
    for text, source in texts_behind():
        yield f'guide {text}: behind its source; once it says the same, write translated_from: "{source}"'


def _without_source() -> Iterator[str]:
    """Also where the source is nothing but spaces, which the database lets pass."""
    rows = (*Fact.objects.exclude(value=""), *Tariff.objects.select_related("operator"), *Promotion.objects.all())
    for row in rows:
        if not row.source.strip():
            yield f"{row._meta.verbose_name} {row}: says nothing of where it comes from"


# --- links ------------------------------------------------------------------------------------------------------


def _broken_links(pages: Iterable[_Page]) -> Iterator[str]:
    """Links that lead nowhere for the readers of at least one operator, each said once."""
    pages = list(pages)
    there = {page.address for page in pages} | {
        reverse("guides:operator", kwargs={"lang": language, "operator": slug})
        for language in CODES
        for slug in (EVERY_OPERATOR, *Operator.objects.values_list("slug", flat=True))
    }
    said: dict[str, None] = {}
    for page in pages:
        for field, value in page.fields():
            for link in links_in(value):
                if not _leads_somewhere(link, page.address, there):
                    where = f"on the pages of {page.operator}"
                    said[f"{page.text}, {field}: the link to {link} leads nowhere {where}"] = None
    yield from said


@cache
def links_in(markdown: str) -> tuple[str, ...]:
    """Where the links of a text lead."""
    tokens = (token for block in _MARKDOWN.parse(markdown) for token in block.children or ())
    return tuple(str(token.attrs["href"]) for token in tokens if token.type == "link_open")


def _leads_somewhere(link: str, address: str, there: set[str]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme in _OUTSIDE
    path = urlsplit(urljoin(address, link)).path
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return path in there if found.view_name in ("guides:guide", "guides:operator") else True


# --- what is not known ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotKnown:
    """A value that may not be published for these operators (none named: for nobody), and why."""

    value: str
    operators: frozenset[str]
    reason: str

    def concerns(self, operator: str) -> bool:
        """Whether an operator's readers must not get it; the pages for every operator are everybody's."""
        return not self.operators or operator == EVERY_OPERATOR or operator in self.operators


def not_known(path: Path = NOT_KNOWN) -> list[NotKnown]:
    return [
        NotKnown(value, frozenset(item.get("operators", ())), item["reason"])
        for item in yaml.safe_load(path.read_text(encoding="utf-8"))
        for value in item["values"]
    ]


def publishes(text: str, value: str) -> bool:
    """Whether a text has this code, number or word, as one of its own and not as a part of a longer one."""
    text, value = (unicodedata.normalize("NFKC", one).casefold() for one in (text, value))
    if len(digits := re.sub(r"\D", "", value)) >= 7:  # a telephone number, however it is grouped
        return re.search(rf"{digits[-10:]}(?!\d)", re.sub(r"(?<=\d)[\s()-]+(?=\d)", "", text)) is not None
    return re.search(rf"(?<!{_GOES_ON}){re.escape(value)}(?!{_GOES_ON})", text) is not None


def _not_known(pages: Iterable[_Page]) -> Iterator[str]:
    forbidden = not_known()
    said: dict[str, None] = {}
    for page in pages:
        for field, value in page.fields():
            for one in forbidden:
                if one.concerns(page.operator) and publishes(value, one.value):
                    said[f"{page.text}, {field}: publishes {one.value} ({one.reason})"] = None
    for fact in Fact.objects.exclude(value="").select_related("operator"):
        operator = fact.operator.slug if fact.operator else EVERY_OPERATOR
        for one in forbidden:
            if one.concerns(operator) and publishes(fact.value, one.value):
                said[f"fact {fact}: publishes {one.value} ({one.reason})"] = None
    yield from said


# --- the interface ----------------------------------------------------------------------------------------------


def catalogue_errors(folders: Iterable[Path]) -> Iterator[str]:
    """Strings of the interface that are not translated, or only guessed."""
    folders = list(folders)
    for code in sorted(CODES - {"en"}):
        name = Path(to_locale(code)) / "LC_MESSAGES" / "django.po"
        found = [folder / name for folder in folders if (folder / name).exists()]
        if not found:
            yield f"{name}: this catalogue is missing"
        for path in found:
            for entry in polib.pofile(str(path)):
                if not entry.obsolete and (entry.fuzzy or not entry.translated()):
                    lack = "fuzzy" if entry.fuzzy else "not translated"
                    yield f"{name}, line {entry.linenum}: {entry.msgid!r} is {lack}"

"""The search page: what a reader asks in their own words, answered from the guides, facts and operators."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from guides.fact_names import name_of
from guides.facts import names_in
from guides.finding import BRAND, FACT, GUIDE, Library, library
from guides.marks import mark_html
from guides.models import Fact, Guide, GuideText, Operator
from guides.rendering import Page, as_line, value_html
from guides.reporting import with_readers_words
from guides.search import Found, Hit, cleaned, marked
from guides.selection import guide_url, guides_for, text_for
from kzsim.common.languages import LANGUAGE_NAMES, reading_order

from .common import alternates, in_the_language_of_the_address

_MOST_GUIDES, _MOST_FACTS, _MOST_BRANDS = 12, 6, 6
_AS_GOOD = 0.7  # a fact is shown if it answers nearly as well as the best one
_LONGEST_SNIPPET = 220


@dataclass(frozen=True)
class FoundGuide:
    """A guide in the list of results. `language` is empty where the reader's own is meant; `found_in` names the
    language of the text in which the words were found, if it is not the one that is read."""

    title: SafeString
    url: str
    operator: str
    snippet: SafeString
    language: str
    foreign: str
    snippet_language: str
    found_in: str


@dataclass(frozen=True)
class FoundFact:
    """A fact in the list of results, and the guide that says what to do with it."""

    about: str
    operator: str
    value: SafeString
    mark: SafeString
    guide: str
    url: str
    language: str


@in_the_language_of_the_address
def search(request: HttpRequest, lang: str) -> HttpResponse:
    """The results for `q`; while one types, only the part of the page that changes."""
    question = cleaned(request.GET.get("q", ""))
    here = reverse("guides:search", kwargs={"lang": lang})
    context = {
        "lang": lang,
        "page_title": _("Search: %(words)s") % {"words": question} if question else _("Search the guides"),
        "question": question,
        "here": f"{here}?{urlencode({'q': question})}" if question else here,
        "canonical": here,
        "alternates": alternates("guides:search"),
        **_results(question, lang, library()),
    }
    is_part = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = render(request, "guides/search_results.html" if is_part else "guides/search.html", context)
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request", "Cookie"])
    return response


def _results(question: str, lang: str, known: Library) -> dict[str, object]:
    found = known.index.search(question, reading_order(lang))
    brands = _brands(found, known)
    asked = brands[0] if len(found.operators) == 1 else None
    guides = _guides(found, known, asked, lang)
    facts = found.surest(FACT, _MOST_FACTS, _AS_GOOD)
    telling = _Telling(found, known, asked, lang, _facts_in(guides, facts, known, lang))
    return {
        "brands": brands,
        "asked": asked,
        "guides": [telling.guide(hit, guide) for hit, guide in guides],
        "facts": [telling.fact(telling.facts[hit.key[1]]) for hit in facts if hit.key[1] in telling.facts],
        "facts_first": found.is_code,
        "count": len(brands) + len(guides) + len(facts),
        "operators": known.operators.values(),
    }


def _brands(found: Found, known: Library) -> list[Operator]:
    """The operators that the question names, then those that answer it otherwise."""
    named = [*found.operators, *(hit.key[1] for hit in found.of_kind(BRAND, _MOST_BRANDS))]
    return [known.brand(slug) for slug in dict.fromkeys(named) if known.brand(slug)]


def _guides(found: Found, known: Library, asked: Operator | None, lang: str) -> list[tuple[Hit, Guide]]:
    """The guides that were found; where one operator is asked for, those that its readers get."""
    hits = [(hit, known.guides[hit.key[1]]) for hit in found.of_kind(GUIDE, len(known.guides))]
    if asked:
        shown = {item.guide.pk for item in guides_for(asked, known.guides.values(), lang, known.operators)}
        hits = [(hit, guide) for hit, guide in hits if guide.pk in shown or not guide.on_operator_pages]
    return hits[:_MOST_GUIDES]


def _facts_in(guides: list[tuple[Hit, Guide]], facts: list[Hit], known: Library, lang: str) -> dict[str, Fact]:
    """The facts that will be shown or named, with what readers said of them lately."""
    found = {hit.key[1] for hit in facts}
    told = [known.guide_of_fact[key] for key in found]
    texts = [_text(guide, lang) for guide in [*told, *(guide for _hit, guide in guides)]]
    lines = [line for text in texts for line in (text.title, text.summary)]
    lines += [hit.passage.written for hit, _guide in guides if hit.passage]
    slugs = [None, *(operator.slug for operator in known.operators.values())]
    named = {key for line in lines for name in names_in(line) for slug in slugs if (key := name.key_for(slug))}
    rows = Fact.objects.filter(key__in=found | named).select_related("operator")
    return {fact.key: fact for fact in with_readers_words(rows)}


def _text(guide: Guide, lang: str) -> GuideText:
    """The guide's text in the language nearest to the reader's; what was found has one."""
    return text_for(guide.published_texts, lang) or guide.published_texts[0]


@dataclass(frozen=True)
class _Telling:
    """What the hits say to this reader."""

    found: Found
    known: Library
    asked: Operator | None
    lang: str
    facts: dict[str, Fact]

    def guide(self, hit: Hit, guide: Guide) -> FoundGuide:
        operator = (self.asked or self.known.brand(hit.operator)) if guide.on_operator_pages else None
        page = Page(operator, self.facts)
        text = _text(guide, self.lang)
        written, language = (hit.passage.written, hit.language) if hit.passage else (text.summary, text.language)
        return FoundGuide(
            title=self._marked(as_line(text.title, page, text.language)),
            url=guide_url(guide.slug, operator, self.lang),
            operator=operator.name if operator else "",
            snippet=self._marked(self._shortened(as_line(written, page, language))),
            language=self._if_foreign(text.language),
            foreign=str(LANGUAGE_NAMES[text.language]) if self._if_foreign(text.language) else "",
            snippet_language=self._if_foreign(language),
            found_in="" if hit.language == text.language else str(LANGUAGE_NAMES[hit.language]),
        )

    def fact(self, fact: Fact) -> FoundFact:
        guide = self.known.guide_of_fact[fact.key]
        text = _text(guide, self.lang)
        operator = fact.operator if guide.on_operator_pages else None
        return FoundFact(
            about=name_of(fact),
            operator=fact.operator.name if fact.operator else "",
            value=value_html(fact),
            mark=mark_html(fact, reverse("guides:fact_report", kwargs={"lang": self.lang, "fact": fact.key})),
            guide=as_line(text.title, Page(operator, self.facts), text.language),
            url=guide_url(guide.slug, operator, self.lang),
            language=self._if_foreign(text.language),
        )

    def _if_foreign(self, language: str) -> str:
        return "" if language == self.lang else language

    def _marked(self, text: str) -> SafeString:
        """The text with the words that were sought marked, safe to show."""
        parts = marked(text, self.found.forms)
        return format_html_join("", "{}", ((_mark(part) if sought else part,) for part, sought in parts))

    def _shortened(self, text: str) -> str:
        """A line that is not too long, around the first word that was sought."""
        if len(text) <= _LONGEST_SNIPPET:
            return text
        before = takewhile(lambda part: not part[1], marked(text, self.found.forms))
        at = sum(len(part) for part, _sought in before)
        start = max(0, min(at - _LONGEST_SNIPPET // 3, len(text) - _LONGEST_SNIPPET))
        end = start + _LONGEST_SNIPPET
        return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"


def _mark(text: str) -> SafeString:
    return format_html("<mark>{}</mark>", text)

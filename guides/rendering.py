"""From a stored text to what a reader sees: facts in their places, each with its mark.

The Markdown is rendered and cleaned first, with inert signs where the facts stand; then the signs give way
to escaped values. So neither a text nor a fact can carry markup into the page that was not meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

import nh3
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from guides.facts import Name, for_operator, names_in, with_names_replaced
from guides.models import Confidence, Fact, FactKind, GuideText, Operator, OperatorText
from kzsim.common.formats import month_in_words
from kzsim.common.languages import written_language

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = {"p", "ol", "ul", "li", "strong", "em", "code", "a", "br", "h3", "h4", "blockquote"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_SIGN = re.compile("\ue000(\\d+)\ue001")
_CHINESE_BEFORE = re.compile(r"(?<=[一-鿿，。：；（]) (?=\{\{\s*operator\.name\s*\}\})")
_CHINESE_AFTER = re.compile(r"(?<=\{\{ operator\.name \}\}) (?=[一-鿿])")


@dataclass
class Page:
    """For whom texts are rendered: the operator whose page is read, and the facts that may be named.

    `used` gathers the facts that were really shown, for the list of sources below the text."""

    operator: Operator | None
    facts: dict[str, Fact]
    used: dict[str, Fact] = field(default_factory=dict)

    def fact(self, name: Name) -> Fact | None:
        """The known fact behind a name, or none. A brand never gets the codes and numbers of its network."""
        key = name.key_for(self.operator.slug if self.operator else None)
        fact = self.facts.get(key) if key else None
        if fact is None or not fact.is_known:
            return None
        own = self.operator is None or fact.operator_id in (None, self.operator.pk)
        if not own and self.operator and self.operator.network_id and fact.kind in (FactKind.CODE, FactKind.NUMBER):
            return None
        self.used[fact.key] = fact
        return fact


def facts_named_in(texts: Iterable[GuideText | OperatorText], operator: Operator | None) -> dict[str, Fact]:
    """The facts that these texts name on this operator's page, in one query."""
    names = {name for text in texts for field in text.TEXT_FIELDS for name in names_in(getattr(text, field))}
    slug = operator.slug if operator else None
    keys = {key for name in names if (key := name.key_for(slug))}
    return {fact.key: fact for fact in Fact.objects.filter(key__in=keys)}


def as_html(markdown: str, page: Page, language: str) -> SafeString:
    """A text as clean HTML, its facts resolved for the page, in words that a reader of the text reads."""
    with translation.override(written_language(language)):
        inserts: dict[str, SafeString] = {}

        def sign(name: Name) -> str:
            number = str(len(inserts))
            inserts[number] = _shown(name, page)
            return f"\ue000{number}\ue001"

        bare = markdown.replace("\ue000", "").replace("\ue001", "")
        text = with_names_replaced(_joined(for_operator(bare, page.operator and page.operator.slug), page), sign)
        html = nh3.clean(
            _rendered(text),
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"https", "mailto", "tel"},
            link_rel="noopener",
        )
        html = html.replace("<ol>", '<ol class="steps">')
        return mark_safe(_SIGN.sub(lambda match: inserts.get(match[1], ""), html))  # noqa: S308  (cleaned above)


def as_line(text: str, page: Page, language: str) -> str:
    """A title or summary as plain text."""
    with translation.override(written_language(language)):
        return with_names_replaced(_joined(text, page), lambda name: _plain(name, page))


def fact_html(fact: Fact | None) -> SafeString:
    """A fact's value, ready to tap, and its mark; or that nobody knows it yet."""
    if fact is None or not fact.is_known:
        return format_html('<em class="text-body-secondary">{}</em>', _("not known yet, ask the operator"))
    return format_html("{} {}", value_html(fact), mark_html(fact))


def value_html(fact: Fact) -> SafeString:
    if fact.kind == FactKind.CODE:
        return format_html(
            '<a class="btn btn-sm btn-outline-primary" href="tel:{}">{}</a>', quote(fact.value, safe="*"), fact.value
        )
    if fact.kind == FactKind.NUMBER:
        return format_html(
            '<a class="btn btn-sm btn-outline-primary" href="tel:{}">{}</a>',
            re.sub(r"[^+\d]", "", fact.value),
            fact.value,
        )
    if fact.kind == FactKind.SITE:
        shown = fact.value.removeprefix("https://").rstrip("/")
        return format_html('<a href="{}" rel="noopener">{}</a>', fact.value, shown)
    if fact.kind == FactKind.EMAIL:
        return format_html('<a href="mailto:{0}">{0}</a>', fact.value)
    return format_html("<strong>{}</strong>", fact.value)


def mark_html(fact: Fact) -> SafeString:
    """How sure a fact is and when it was seen, in words, small."""
    sure = fact.confidence == Confidence.CONFIRMED
    return format_html(
        '<small class="fact-mark {}" title="{}">({})</small>',
        "text-body-secondary" if sure else "text-warning-emphasis",
        fact.source,
        mark_text(fact),
    )


def mark_text(fact: Fact) -> str:
    words = Confidence(fact.confidence).label
    if fact.seen_on is None:
        return _("%(confidence)s; date not visible") % {"confidence": words}
    month = month_in_words(fact.seen_on)
    return _("%(confidence)s; seen %(month)s") % {"confidence": words, "month": month}


def source_line(fact: Fact) -> dict[str, str]:
    """One line of the list of sources: what it is about, how sure, and where it stands. A rule's value is
    for editors; readers have it in the words of the text."""
    return {
        "about": str(FactKind(fact.kind).label),
        "value": "" if fact.kind == FactKind.RULE else fact.value,
        "mark": mark_text(fact),
        "source": fact.source,
    }


def _rendered(markdown: str) -> str:
    """HTML in which each item of a list holds a paragraph, so that its text and links stay one block."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        token.hidden = False
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _shown(name: Name, page: Page) -> SafeString:
    if name.is_operator_name:
        return format_html("{}", _operator_name(page))
    fact = page.fact(name)
    if fact is None and page.operator is None and name.key_for(None) is None:
        return format_html('<em class="text-body-secondary">{}</em>', _("this depends on your operator"))
    if name.mark_only:
        return mark_html(fact) if fact else format_html('<small class="fact-mark">({})</small>', _("not known yet"))
    return fact_html(fact)


def _plain(name: Name, page: Page) -> str:
    if name.is_operator_name:
        return _operator_name(page)
    fact = page.fact(name)
    return fact.value if fact else _("not known yet, ask the operator")


def _operator_name(page: Page) -> str:
    return page.operator.name if page.operator else _("your operator")


def _joined(text: str, page: Page) -> str:
    """Chinese sets a space around a Latin name, but none around “your operator” in Chinese."""
    if page.operator is None:
        text = _CHINESE_AFTER.sub("", _CHINESE_BEFORE.sub("", text))
    return text

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
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from guides.fact_names import name_of
from guides.facts import Name, for_operator, names_in, with_names_replaced
from guides.marks import mark_html, mark_text
from guides.models import Fact, FactKind, GuideText, Operator, OperatorText
from guides.reporting import with_readers_words

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = {"p", "ol", "ul", "li", "strong", "em", "code", "a", "br", "h3", "h4", "blockquote"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_SIGN = re.compile("\ue000(\\d+)\ue001")
_CHINESE_BEFORE = re.compile(r"(?<=[一-鿿，。：；（]) (?=\{\{\s*operator\.name\s*\}\})")
_CHINESE_AFTER = re.compile(r"(?<=\{\{ operator\.name \}\}) (?=[一-鿿])")


@dataclass
class Page:
    """For whom texts are rendered: the operator whose page is read, and the facts that may be named.

    `used` gathers the facts that were really shown, for the list of sources below the text, and `missing` those that
    nobody knows. With `lang`, the language of the addresses, each mark leads to the fact's own page."""

    operator: Operator | None
    facts: dict[str, Fact]
    lang: str = ""
    used: dict[str, Fact] = field(default_factory=dict)
    missing: dict[str, Fact] = field(default_factory=dict)

    def fact(self, name: Name) -> Fact | None:
        """The known fact behind a name, or none. A brand never gets the codes and numbers of its network."""
        fact = self._named(name)
        if fact is None:
            return None
        own = self.operator is None or fact.operator_id in (None, self.operator.pk)
        if not own and self.operator and self.operator.network_id and fact.kind in (FactKind.CODE, FactKind.NUMBER):
            return None
        if not fact.is_known:
            self.missing[fact.key] = fact
            return None
        self.used[fact.key] = fact
        return fact

    def missing_fact(self, name: Name) -> Fact | None:
        """The fact behind a name of which we know that nobody knows it."""
        fact = self._named(name)
        return self.missing.get(fact.key) if fact else None

    def _named(self, name: Name) -> Fact | None:
        key = name.key_for(self.operator.slug if self.operator else None)
        return self.facts.get(key) if key else None

    def address_of(self, fact: Fact) -> str:
        """Where readers say whether a fact is right, or what they know of it; nothing where no page is read."""
        return reverse("guides:fact_report", kwargs={"lang": self.lang, "fact": fact.key}) if self.lang else ""


def facts_named_in(
    texts: Iterable[GuideText | OperatorText], operator: Operator | None, more: Iterable[Name] = ()
) -> dict[str, Fact]:
    """The facts that these texts name on this operator's page, and some more, with what readers reported of them
    lately, in two queries."""
    names = {name for text in texts for field in text.TEXT_FIELDS for name in names_in(getattr(text, field))}
    slug = operator.slug if operator else None
    keys = {key for name in names.union(more) if (key := name.key_for(slug))}
    return {fact.key: fact for fact in with_readers_words(Fact.objects.filter(key__in=keys))}


def as_html(markdown: str, page: Page, language: str) -> SafeString:
    """A text as clean HTML, its facts resolved for the page, in words that a reader of the text reads."""
    with translation.override(language):
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
            link_rel="noopener noreferrer",
        )
        html = html.replace("<ol>", '<ol class="steps">')
        return mark_safe(_SIGN.sub(lambda match: inserts.get(match[1], ""), html))  # noqa: S308  (cleaned above)


def as_line(text: str, page: Page, language: str) -> str:
    """A title or summary as plain text."""
    with translation.override(language):
        return with_names_replaced(_joined(text, page), lambda name: _plain(name, page))


def fact_html(fact: Fact | None, address: str = "") -> SafeString:
    """A fact's value, ready to tap, and its mark; or that nobody knows it yet. `address` is the fact's own page."""
    if fact is None or not fact.is_known:
        return _not_known(_("not known yet, ask the operator"), address)
    return format_html("{} {}", value_html(fact), mark_html(fact, address))


def _not_known(words: str, address: str) -> SafeString:
    if address:
        return format_html('<a class="fact-mark text-body-secondary" href="{}"><em>{}</em></a>', address, words)
    return format_html('<em class="text-body-secondary">{}</em>', words)


def value_html(fact: Fact) -> SafeString:
    if fact.kind in (FactKind.CODE, FactKind.NUMBER):
        dial = '<a class="btn btn-sm btn-outline-primary" href="{}">{}</a>'
        return format_html(dial, tel_address(fact), fact.value)
    if fact.kind == FactKind.SITE:
        shown = fact.value.removeprefix("https://").rstrip("/")
        return format_html('<a class="address" href="{}" rel="noopener noreferrer">{}</a>', fact.value, shown)
    if fact.kind == FactKind.EMAIL:
        return format_html('<a href="mailto:{0}">{0}</a>', fact.value)
    return format_html("<strong>{}</strong>", fact.value)


def tel_address(fact: Fact) -> str:
    """What a phone dials for a code or number: `tel:*106%23`."""
    digits = quote(fact.value, safe="*") if fact.kind == FactKind.CODE else re.sub(r"[^+\d]", "", fact.value)
    return f"tel:{digits}"


def source_line(fact: Fact, page: Page) -> dict[str, object]:
    """One line of the list of sources: what it is about, how sure, where it stands, and where to say whether it
    works. A rule's value is for editors; readers have it in the words of the text."""
    return {
        "about": name_of(fact),
        "value": "" if fact.kind == FactKind.RULE else fact.value,
        "mark": mark_text(fact),
        "source": fact.source,
        "address": page.address_of(fact),
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
    own_page = page.missing_fact(name) if fact is None else fact
    address = page.address_of(own_page) if own_page else ""
    if name.mark_only:
        return mark_html(fact, address) if fact else _not_known(_("not known yet"), address)
    return fact_html(fact, address)


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

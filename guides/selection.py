"""Which guides to show to whom: what the pages of SIMs and the messages ask.

A message may speak of hundreds of SIMs: make one `Shelf` for it, and every question after the first costs
no query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guides.assistant import ChannelTraits, Offer, Reason, offers_for
from guides.facts import Name
from guides.models import Channel, Fact, Guide, GuideText, Operator, OperatorText, TextState, Topic, current_revision
from guides.page_cache import today_in_almaty
from guides.rendering import Page, as_line, fact_html, mark_html
from guides.reporting import verdict_of, with_readers_words
from guides.reports import Standing
from guides.situation import PaymentMethod, Situation
from kzsim.common.formats import listed
from kzsim.common.languages import reading_order

Text = TypeVar("Text", GuideText, OperatorText)
KEEP_ALIVE = "keep-your-number"  # the guide to what a number needs when it is hardly used
EVERY_OPERATOR = "all"  # stands in addresses where no operator is meant
CHARGES = "how-charges-work"
CARE_GUIDES = ("back-up-your-phone", "codes-do-not-arrive")
DATA_GUIDES = ("check-your-data", "buy-or-change-a-plan")


@dataclass(frozen=True)
class GuideLink:
    """A guide to point to: `url` is a path in the reader's language, `reason` says why this one."""

    title: str
    url: str
    reason: str
    channel: str


@dataclass(frozen=True)
class ShownGuide:
    """A guide with the text that a reader of one language gets, and the operator it was written for."""

    guide: Guide
    text: GuideText


class Shelf:
    """All published guides with their texts, read once and asked often."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, Situation, str], list[GuideLink]] = {}

    @cached_property
    def operators(self) -> dict[int, Operator]:
        return {operator.pk: operator for operator in Operator.objects.all()}

    @cached_property
    def all_channels(self) -> list[Channel]:
        return list(Channel.objects.all())

    @cached_property
    def channels(self) -> list[ChannelTraits]:
        return [traits_of(channel) for channel in self.all_channels]

    @cached_property
    def guides(self) -> list[Guide]:
        return list(published_guides(Guide.objects.filter(topic__in=(Topic.RENEW, Topic.SUPPORT))))

    @cached_property
    def _guides_by_name(self) -> list[Guide]:
        named = (*CARE_GUIDES, *DATA_GUIDES, KEEP_ALIVE, CHARGES)
        return list(published_guides(Guide.objects.filter(slug__in=named)))

    @cached_property
    def facts(self) -> dict[str, Fact]:
        return {fact.key: fact for fact in with_readers_words(Fact.objects.all())}

    def best_guides(
        self, operator: Operator | None, situation: Situation, language: str, limit: int | None = 2
    ) -> list[GuideLink]:
        """The guides to renew at this operator that can work in this situation, best first; where none can,
        the operator's support. `operator` is none for a brand that is not in the list."""
        question = (operator.slug if operator else EVERY_OPERATOR, situation, language)
        if question not in self._links:
            self._links[question] = self._links_for(operator, situation, language)
        return self._links[question][:limit]

    def _links_for(self, operator: Operator | None, situation: Situation, language: str) -> list[GuideLink]:
        shown = guides_for(operator, self.guides, language, self.operators)
        by_channel = {item.guide.channel.slug: item for item in shown if item.guide.channel}
        with translation.override(language):
            links = [
                self._link(by_channel[offer.channel.slug], operator, language, str(reason_text(offer)))
                for offer in offers_for(situation, self.channels)
                if offer.channel.slug in by_channel
            ]
            if not links:
                reason = _("None of the ways we know fits what you told us. Ask the operator.")
                support = [item for item in shown if item.guide.topic == Topic.SUPPORT]
                links = [self._link(item, operator, language, reason) for item in support]
        return links

    def _link(self, item: ShownGuide, operator: Operator | None, language: str, reason: str) -> GuideLink:
        title = as_line(item.text.title, Page(operator, self.facts), item.text.language)
        channel = item.guide.channel.slug if item.guide.channel else ""
        return GuideLink(title, guide_url(item.guide.slug, operator, language), reason, channel)

    def guide_of_channel(self, channel: Channel, operator: Operator | None, language: str) -> ShownGuide | None:
        """How to renew through it, as a reader at this operator finds it."""
        guides = [guide for guide in self.guides if guide.channel_id == channel.pk]
        return next(iter(guides_for(operator, guides, language, self.operators)), None)

    def care_guides(self, operator: Operator | None, language: str) -> list[GuideLink]:
        """How to back up what is on the telephone, and what to do where codes do not arrive."""
        return self.named_guides(CARE_GUIDES, operator, language)

    def named_guides(self, names: Iterable[str], operator: Operator | None, language: str) -> list[GuideLink]:
        """Of the guides that messages point to by name, these, as far as they are published."""
        guides = [guide for guide in self._guides_by_name if guide.slug in names]
        with translation.override(language):
            shown = guides_for(operator, guides, language, self.operators)
            return [self._link(item, operator, language, "") for item in shown]

    def sure_fact(self, operator: Operator | None, what: str) -> Fact | None:
        """What is known of this operator itself, and not doubted by its readers."""
        fact = self.facts.get(f"{operator.slug}.{what}") if operator else None
        if fact is None or not fact.is_known or verdict_of(fact).standing is Standing.DISPUTED:
            return None
        return fact

    def guide_link(self, slug: str, operator: Operator | None, language: str) -> GuideLink | None:
        """A guide that messages point to by name, as the operator's readers find it; none where it is not published."""
        return next(iter(self.named_guides([slug], operator, language)), None)

    def how_to_find_out(self, operator: Operator | None, language: str) -> list[SafeString]:
        """Short lines of HTML: how to learn the date and the balance at this operator, from known facts only."""
        with translation.override(language):
            return _ways_to_find_out(Page(operator, self.facts))


def todays_shelf() -> Shelf:
    """One that all readers share until the guides change, or the day does: for pages, which ask it much."""
    return shelf_at(current_revision(), today_in_almaty())


@lru_cache(maxsize=1)
def shelf_at(revision: int, day: date) -> Shelf:
    return Shelf()


def operators_for_number(number: str) -> list[Operator]:
    """The brands to which a number or its beginning was first given, in the editors' order; empty if unknown."""
    prefix = prefix_of(number)
    return [operator for operator in Operator.objects.all() if prefix in operator.prefixes] if prefix else []


def published_guides(guides: QuerySet[Guide]) -> QuerySet[Guide]:
    """These guides with everything a page needs of them: channel, operator, published texts."""
    texts = GuideText.objects.filter(state=TextState.PUBLISHED)
    return (
        guides.filter(published=True)
        .select_related("channel", "operator")
        .prefetch_related(Prefetch("texts", queryset=texts, to_attr="published_texts"))
    )


def guides_for(
    operator: Operator | None, guides: Iterable[Guide], language: str, operators: dict[int, Operator]
) -> list[ShownGuide]:
    """What a reader finds on an operator's pages: its own guide, else its network's, else that for every
    operator, one of each short name; without an operator, the general ones."""
    network = operators.get(operator.network_id) if operator and operator.network_id else None
    nearest = [operator.pk if operator else None, network.pk if network else None, None]
    best: dict[str, ShownGuide] = {}
    for guide in guides:
        if guide.operator_id not in nearest or (operator and not guide.on_operator_pages):
            continue
        text = text_for(guide.published_texts, language)
        rival = best.get(guide.slug)
        if text and (not rival or nearest.index(guide.operator_id) < nearest.index(rival.guide.operator_id)):
            best[guide.slug] = ShownGuide(guide, text)
    return sorted(best.values(), key=lambda item: (item.guide.order, item.guide.pk))


def text_for(texts: Iterable[Text], language: str) -> Text | None:
    """Of the texts of one thing, that in the nearest language the reader can read; any before none."""
    by_language = {text.language: text for text in texts}
    order = [*reading_order(language), *by_language]
    return next((by_language[code] for code in order if code in by_language), None)


def guide_url(slug: str, operator: Operator | None, language: str) -> str:
    parts = {"lang": language, "operator": operator.slug if operator else EVERY_OPERATOR, "guide": slug}
    return reverse("guides:guide", kwargs=parts)


def assistant_url(operator: str, situation: Situation, language: str, *, soon: str = "", number: str = "") -> str:
    """The renewal assistant with these answers given; `operator` is a short name or "", `number` only the first
    digits of one."""
    payments = [("payments", one) for one in PaymentMethod.values if one in situation.payments]
    given = [("operator", operator), ("number", number), ("place", situation.place), *payments, ("soon", soon)]
    query = urlencode([(name, value) for name, value in given if value])
    path = reverse("guides:assistant", kwargs={"lang": language})
    return f"{path}?{query}" if query else path


def traits_of(channel: Channel) -> ChannelTraits:
    return ChannelTraits(
        slug=channel.slug,
        kind=channel.kind,
        works_abroad=channel.works_abroad,
        payments=frozenset(channel.payments),
        payments_to_check=frozenset(channel.payments_to_check),
        credited=channel.credited,
        fee=channel.fee,
    )


_REASONS = {
    Reason.COMMON: gettext_lazy("A usual way to renew."),
    Reason.IN_COUNTRY: gettext_lazy("Works in Kazakhstan."),
    Reason.FROM_ABROAD: gettext_lazy("Works from abroad."),
    Reason.TAKES: gettext_lazy("You can pay with: {payments}."),
    Reason.CHECK_PAYMENT: gettext_lazy("Check first whether it takes: {payments}."),
    Reason.CHECK_ABROAD: gettext_lazy("Check first: nobody has confirmed to us that it works from abroad."),
    Reason.CHECK_BOTH: gettext_lazy("Check first whether it works from abroad and takes: {payments}."),
}


def reason_text(offer: Offer) -> str:
    """Why a channel is offered, in the active language."""
    names = [str(method.label) for method in PaymentMethod if method in offer.payments]
    return str(format_lazy(_REASONS[offer.reason], payments=listed(names)))


def _ways_to_find_out(page: Page) -> list[SafeString]:
    def known(what: str) -> Fact | None:
        return page.fact(Name("operator", what))

    lines = []
    if data_left := known("data_left_code"):
        lines.append(format_html(_("Dial {}: it shows what is left of your package."), fact_html(data_left)))
    if balance := known("balance_code"):
        lines.append(format_html(_("Dial {}: it shows the money on your balance."), fact_html(balance)))
    account, app = known("account_site") or known("website"), known("app_name")
    shown = known("next_charge_shown")
    if account and shown:
        line = _("Sign in at {}: your account shows the day of the next charge. {}")
        lines.append(format_html(line, fact_html(account), mark_html(shown)))
    elif account:
        lines.append(format_html(_("Look in your account on the operator's website: {}"), fact_html(account)))
    if app:
        lines.append(format_html(_("Look in the operator's app: {}"), fact_html(app)))
    if support := known("support_number"):
        lines.append(format_html(_("Call the operator's support and ask for the date: {}"), fact_html(support)))
    if not account and not app and not support:
        lines.append(format_html("{}", _("Ask at one of the operator's shops, or its support.")))
    lines.append(
        format_html("{}", _("Look for the receipt or the SMS of your last payment: its day is enough for us."))
    )
    return lines


def prefix_of(number: str) -> str:
    """The three digits after the country code, as far as a number has been typed."""
    digits = re.sub(r"\D", "", number)
    if number.strip().startswith("+7") or (digits.startswith("7") and len(digits) == 11) or digits.startswith("8"):
        digits = digits[1:]
    return digits[:3] if len(digits) >= 3 else ""

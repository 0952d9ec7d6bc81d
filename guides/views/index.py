"""The front page of the handbook: operators, the ways to renew at each of them, and the guides for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guides.facts import READER, Name
from guides.models import Abroad, Channel, ChannelKind, Credited, Fact, FactKind, Fee, Guide, Operator, Topic
from guides.page_cache import shared_page
from guides.rendering import Page, as_html, as_line, facts_named_in
from guides.selection import ShownGuide, guide_url, guides_for, published_guides, text_for

from .common import all_operators, alternates, in_the_language_of_the_address
from .pages import card_of

# What is known of one channel at one operator, first known first: it says more than “there is a guide”.
_TELLING = {
    ChannelKind.APP: ("app_name",),
    ChannelKind.WEBSITE: ("topup_site", "website"),
    ChannelKind.BANK_APP: ("kaspi_fee",),
    ChannelKind.KIOSK: ("kiosk_fee",),
}
_FEES = {"kaspi_fee": gettext_lazy("Kaspi fee: {sum}"), "kiosk_fee": gettext_lazy("fee: {sum}")}


@dataclass(frozen=True)
class Trait:
    """One thing to know of a channel, in words beside an icon; `state` colours it as good, careful or unknown."""

    icon: str
    words: str
    state: str


@dataclass(frozen=True)
class Cell:
    """A channel at an operator: its guide, if it has one, and what is known there beyond the guide."""

    operator: Operator
    url: str
    title: str
    known: str


@in_the_language_of_the_address
@shared_page
def index(request: HttpRequest, lang: str) -> HttpResponse:
    """All operators, and which guide each has for which channel."""
    operators = all_operators()
    guides = list(published_guides(Guide.objects.all()))
    general = guides_for(None, guides, lang, operators)
    by_operator = {
        operator.pk: {item.guide.slug: item for item in guides_for(operator, guides, lang, operators)}
        for operator in operators.values()
    }
    facts = facts_named_in([item.text for item in general], None, _telling_names(operators.values()))
    page = Page(None, facts)
    channels = [item for item in general if item.guide.channel]
    others = [item for item in general if not item.guide.channel]
    context = {
        "lang": lang,
        "page_title": _("Guides: renew your Kazakh SIM"),
        "description": _("Choose your operator. The steps are short enough to follow in the shop."),
        "operators": [_operator_card(operator, operators, lang) for operator in operators.values()],
        "rows": [
            {
                "guide": item.guide,
                "traits": traits_in_words(item.guide.channel),
                "cells": [
                    _cell(item, operator, by_operator[operator.pk], facts, lang) for operator in operators.values()
                ],
            }
            for item in channels
        ],
        "topics": [
            {"label": topic.label, "guides": cards}
            for topic in Topic
            if (cards := [card_of(item, page, lang) for item in others if item.guide.topic == topic])
        ],
        "alternates": alternates("guides:index"),
        "canonical": reverse("guides:index", kwargs={"lang": lang}),
    }
    return render(request, "guides/index.html", context)


def traits_in_words(channel: Channel) -> list[Trait]:
    """Where a channel works, what it costs and how soon the money is there; what nobody knows is said, too."""
    where = {
        Abroad.YES: Trait("globe", _("Works from abroad"), "fine"),
        Abroad.NO: Trait("map-pin", _("Only in Kazakhstan"), "plain"),
        Abroad.UNKNOWN: Trait("globe", _("From abroad: not known"), "unknown"),
    }
    fee = {
        Fee.NONE: Trait("coins", _("No fee"), "fine"),
        Fee.POSSIBLE: Trait("coins", _("A fee is possible"), "soon"),
        Fee.UNKNOWN: Trait("coins", _("Fee: not known"), "unknown"),
    }
    soon = {
        Credited.AT_ONCE: Trait("zap", _("Money usually there at once"), "fine"),
        Credited.LATER: Trait("hourglass", _("Money comes later"), "soon"),
        Credited.UNKNOWN: Trait("hourglass", _("When the money comes: not known"), "unknown"),
    }
    return [where[Abroad(channel.works_abroad)], fee[Fee(channel.fee)], soon[Credited(channel.credited)]]


def _cell(
    general: ShownGuide, operator: Operator, guides: dict[str, ShownGuide], facts: dict[str, Fact], lang: str
) -> Cell:
    item = guides.get(general.guide.slug)
    if item is None or item.guide.channel is None:
        return Cell(operator, "", "", "")
    page = Page(operator, facts)
    whats = _TELLING.get(ChannelKind(item.guide.channel.kind), ())
    known = next((fact for what in whats if (fact := page.fact(Name(READER, what)))), None)
    title = as_line(item.text.title, page, item.text.language)
    return Cell(operator, guide_url(item.guide.slug, operator, lang), title, _in_a_cell(known))


def _in_a_cell(fact: Fact | None) -> str:
    if fact is None:
        return ""
    if fact.kind == FactKind.SITE:
        return fact.value.removeprefix("https://").split("/")[0]
    what = fact.key.partition(".")[2]
    return str(_FEES[what]).format(sum=fact.value) if what in _FEES else fact.value


def _telling_names(operators: Iterable[Operator]) -> list[Name]:
    whats = [what for names in _TELLING.values() for what in names]
    return [Name(operator.slug, what) for operator in operators for what in whats]


def _operator_card(operator: Operator, operators: dict[int, Operator], lang: str) -> dict[str, Any]:
    """An operator: what it is known for, or whose network it uses."""
    profile = text_for(operator.texts.all(), lang)
    return {
        "operator": operator,
        "network": operators.get(operator.network_id) if operator.network_id else None,
        "known_for": as_html(profile.known_for, Page(operator, {}), profile.language) if profile else "",
        "language": profile.language if profile else "",
    }

"""Which operator suits me: what is known for and against each, from facts only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_htmx.http import replace_url

from guides.choosing import Known, OfferSeen, Phone, Point, Side, Stay, Use, Verdict, compared
from guides.market import tariff_line
from guides.marks import mark_html
from guides.models import Fact, Guide, Operator, OperatorText, Period, Tariff
from guides.page_cache import shared_page, today_in_almaty
from guides.questions import ChoosingQuestions, choosing_address, choosing_answers
from guides.rendering import Page, as_html, as_line
from guides.reporting import with_readers_words
from guides.selection import guide_url, guides_for, published_guides, text_for
from kzsim.common.formats import date_in_words, listed

from .common import all_operators, alternates, in_the_language_of_the_address

MATTER_NAMES = {
    Use.DATA: _("Data"),
    Use.CALLS: _("Calls"),
    Use.PRICE: _("Price"),
    Use.COVERAGE: _("Coverage"),
    Use.LANGUAGE: _("Service in your language"),
    Stay.LIVE: _("Living in Kazakhstan"),
    Stay.SHORT: _("A short stay"),
    Phone.ESIM: _("eSIM"),
    Phone.DUAL: _("Two SIMs in one phone"),
    Phone.BROUGHT: _("A phone bought abroad"),
}
# Where nobody knows: how a reader can find out, and the guide that helps.
_FIND_OUT = {
    Use.DATA: (_("Ask at a shop what a plan gives and what it gives when it is used up."), "buy-or-change-a-plan"),
    Use.CALLS: (_("Ask at a shop how many minutes go to other networks."), "buy-or-change-a-plan"),
    Use.PRICE: (_("Read today’s prices on the operator’s own website."), "buy-or-change-a-plan"),
    Use.COVERAGE: (_("Ask people who live there which network works in that very place."), ""),
    Use.LANGUAGE: (_("Ask its support a question in your language before you buy."), "get-help"),
    Stay.LIVE: (_("Ask what the plan costs each month, and when it is charged."), "buy-or-change-a-plan"),
    Stay.SHORT: (_("Ask which plans by the day or week are sold now."), "buy-or-change-a-plan"),
    Phone.ESIM: (_("Ask at a shop or in the app before you buy."), "register-a-sim"),
    Phone.DUAL: (_("Ask at a shop to try the SIM beside your own before you pay."), "register-your-phone"),
}
_ALIKE_GUIDES = {Phone.BROUGHT: "register-your-phone", Stay.SHORT: "register-a-sim", Stay.LIVE: "switch-operator"}
_DAYS = {
    Period.DAY: 1,
    Period.WEEK: 7,
    Period.FOUR_WEEKS: 28,
    Period.THIRTY_DAYS: 30,
    Period.HOURS_720: 30,
    Period.MONTH: 30,
    Period.MONTH_FIRST: 30,
}


@in_the_language_of_the_address
@shared_page
def choose(request: HttpRequest, lang: str) -> HttpResponse:
    """The questions, and the comparison; all that is known, before anything was said."""
    asked = choosing_answers(request.GET)
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    plain = reverse("guides:choose", kwargs={"lang": lang})
    context = {
        "lang": lang,
        "plain": plain,
        "page_title": gettext("Which operator suits me?"),
        "description": gettext("What is known for and against each operator, with its source. No points, no ranking."),
        "questions": ChoosingQuestions(asked),
        "asked": asked,
        **_comparison(asked, lang),
        "canonical": plain,
        "alternates": alternates("guides:choose"),
    }
    response = render(request, f"guides/{'choose_answer' if is_part else 'choose'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return replace_url(response, choosing_address(asked, lang)) if is_part else response


def _comparison(asked: list[str], lang: str) -> dict[str, Any]:
    operators = {operator.slug: operator for operator in all_operators().values()}
    facts = {fact.key: fact for fact in with_readers_words(Fact.objects.exclude(value=""))}
    tariffs = {tariff.pk: tariff for tariff in Tariff.objects.select_related("operator")}
    profiles = {slug: text for slug, one in operators.items() if (text := text_for(one.texts.all(), lang))}
    known = Known(
        facts={key: fact.value for key, fact in facts.items()},
        profiles={slug: _matters_of(text) for slug, text in profiles.items()},
        offers=[_seen(tariff) for tariff in tariffs.values()],
    )
    found = compared(asked, list(operators), known)
    words = _Words(Page(None, facts, lang), tariffs, profiles)
    links = _guide_links(lang)
    return {
        "brands": [words.card(one, operators[one.brand], lang) for one in found.verdicts if one.points],
        "silent": [operators[one.brand] for one in found.verdicts if not one.points],
        "alike": [
            {
                "matter": MATTER_NAMES[matter],
                "lines": [words.line(point) for point in found.alike if point.matter == matter],
                "guide": links.get(_ALIKE_GUIDES.get(matter)),
            }
            for matter in dict.fromkeys(point.matter for point in found.alike)
        ],
        "open_questions": found.open_questions,
        "not_known_of_any": [
            {"matter": MATTER_NAMES[matter], "how": _FIND_OUT[matter][0], "guide": links.get(_FIND_OUT[matter][1])}
            for matter in found.not_known_of_any
        ],
    }


@dataclass(frozen=True)
class _Words:
    """What the points say, each with its mark and what it rests on."""

    page: Page
    tariffs: Mapping[int, Tariff]
    profiles: Mapping[str, OperatorText]

    def card(self, verdict: Verdict, operator: Operator, lang: str) -> dict[str, Any]:
        return {
            "operator": operator,
            "about": self._lines([p for p in verdict.on(Side.NOTE) if p.rests_on_profile], verdict.brand),
            "for": self._lines(verdict.on(Side.FOR), verdict.brand),
            "against": self._lines(verdict.on(Side.AGAINST), verdict.brand),
            "offers": [tariff_line(self.tariffs[pk]) for pk in _each_once(p.offer for p in verdict.on(Side.NOTE))],
            "not_known": listed(str(MATTER_NAMES[matter]) for matter in verdict.not_known),
            "support": guide_url("get-help", operator, lang),
        }

    def _lines(self, points: Iterable[Point], brand: str) -> list[dict[str, Any]]:
        """The points in words, each sentence once, with all that it tells something about."""
        said: dict[Any, dict[str, Any]] = {}
        for point in points:
            key = (point.fact, point.matter if point.rests_on_profile else "", str(point.words))
            line = said.setdefault(key, {"html": self.line(point, brand), "matters": []})
            line["matters"].append(str(MATTER_NAMES[point.matter]))
        return [line | {"matters": listed(line["matters"])} for line in said.values()]

    def line(self, point: Point, brand: str = "") -> SafeString:
        if point.fact:
            fact = self.page.facts[point.fact]
            words = str(point.words).replace("{value}", fact.value)
            return format_html("{} {}", words, mark_html(fact, self.page.address_of(fact)))
        return self._profile(point, self.profiles[brand])

    def _profile(self, point: Point, text: OperatorText) -> SafeString:
        words = text.suits_visitor if point.matter == Stay.SHORT else text.suits_resident
        checked = date_in_words(text.checked_on, today_in_almaty()) if text.checked_on else ""
        mark = format_html(
            '<small class="fact-mark text-warning-emphasis">({}{})</small>',
            text.source or gettext("not yet compared with its sources"),
            f"; {checked}" if checked else "",
        )
        said = as_html(words, replace(self.page, operator=text.operator), text.language)
        return format_html('<div class="tight" lang="{}">{}</div>{}', text.language, said, mark)


def _each_once(offers: Iterable[int | None]) -> list[int]:
    return list(dict.fromkeys(pk for pk in offers if pk is not None))


def _matters_of(profile: OperatorText) -> set[str]:
    says = {Stay.LIVE: profile.suits_resident, Stay.SHORT: profile.suits_visitor}
    return {matter.value for matter, text in says.items() if text.strip()}


def _seen(tariff: Tariff) -> OfferSeen:
    return OfferSeen(
        id=tariff.pk,
        brand=tariff.operator.slug,
        days=_DAYS.get(tariff.period),
        has_data=None if tariff.data_mb is None else tariff.data_mb > 0,
        has_minutes=None if tariff.minutes is None else tariff.minutes > 0,
    )


def _guide_links(lang: str) -> dict[str | None, dict[str, str]]:
    """The guides that this page leads to, by short name, with their titles; those not published are missing."""
    slugs = {slug for _how, slug in _FIND_OUT.values()} | set(_ALIKE_GUIDES.values())
    shown = guides_for(None, published_guides(Guide.objects.filter(slug__in=slugs)), lang, {})
    return {
        item.guide.slug: {
            "title": as_line(item.text.title, Page(None, {}), item.text.language),
            "language": item.text.language,
            "url": guide_url(item.guide.slug, None, lang),
        }
        for item in shown
    }

"""The public pages of the guides. The language comes from the address, and holds for the whole answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from guides.facts import differs_by_operator
from guides.models import Guide, GuideText, Operator, OperatorText, Promotion, Topic
from guides.rendering import Page, as_html, as_line, facts_named_in, source_line
from guides.selection import EVERY_OPERATOR, ShownGuide, guides_for, published_guides, text_for
from kzsim.common.languages import LANGUAGE_NAMES, LANGUAGES, reading_order, written_language

ALMATY = ZoneInfo("Asia/Almaty")


def in_the_language_of_the_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Render the page for readers of `lang`, whatever the browser or the account prefers, in the nearest language
    that is really written; a page that is not there is answered kindly, with the way back to the guides."""

    @wraps(view)
    def wrapped(request: HttpRequest, lang: str, **parts: str) -> HttpResponse:
        written = written_language(lang)
        with translation.override(written):
            request.LANGUAGE_CODE = written
            try:
                response = view(request, lang, **parts)
            except Http404:
                response = render(request, "guides/not_found.html", {"lang": lang}, status=404)
        response.headers["Content-Language"] = written
        return response

    return login_not_required(wrapped)


@in_the_language_of_the_address
def index(request: HttpRequest, lang: str) -> HttpResponse:
    """All operators, and which guide each has for which channel."""
    operators = _operators()
    guides = list(published_guides(Guide.objects.all()))
    by_operator = {
        operator.pk: {item.guide.slug: item for item in guides_for(operator, guides, lang, operators)}
        for operator in operators.values()
    }
    general = guides_for(None, guides, lang, operators)
    page = Page(None, facts_named_in([item.text for item in general], None))
    rows = [
        {
            "card": card,
            "cells": [(operator, item.guide.slug in by_operator[operator.pk]) for operator in operators.values()],
        }
        for item, card in ((item, _card(item, page, lang)) for item in general)
        if item.guide.channel
    ]
    context = {
        "lang": lang,
        "chosen_language": lang,
        "operators": [_operator_card(operator, operators, lang) for operator in operators.values()],
        "rows": rows,
        "general": [_card(item, page, lang) for item in general if not item.guide.channel],
        "alternates": _alternates("guides:index"),
        "canonical": reverse("guides:index", kwargs={"lang": lang}),
    }
    return render(request, "guides/index.html", context)


@in_the_language_of_the_address
def operator(request: HttpRequest, lang: str, operator: str) -> HttpResponse:
    """What one operator is known for, and its guides by topic; `all` stands for every operator."""
    operators = _operators()
    chosen = _operator(operator, operators)
    network = operators.get(chosen.network_id) if chosen and chosen.network_id else None
    shown = guides_for(chosen, published_guides(Guide.objects.all()), lang, operators)
    own_profile = _profile(chosen, lang) if chosen else None
    profile = own_profile or (_profile(network, lang) if network else None)
    texts = [item.text for item in shown]
    page = Page(chosen, facts_named_in([*texts, *([profile] if profile else [])], chosen))
    topics = [
        {"label": topic.label, "guides": [_card(item, page, lang) for item in shown if item.guide.topic == topic]}
        for topic in Topic
    ]
    today = timezone.localdate(timezone=ALMATY)
    promotions = Promotion.objects.running_on(today).for_readers_of(reading_order(lang))
    context = {
        "lang": lang,
        "chosen_language": lang,
        "operator": chosen,
        "slug": operator,
        "operators": operators.values(),
        "network": network,
        "profile": profile and _profile_html(profile, page),
        "profile_text": profile,
        "profile_of_network": bool(profile and not own_profile),
        "topics": [topic for topic in topics if topic["guides"]],
        "promotions": promotions.filter(operator=chosen) if chosen else [],
        "alternates": _alternates("guides:operator", operator=operator),
        "canonical": reverse("guides:operator", kwargs={"lang": lang, "operator": operator}),
    }
    return render(request, "guides/operator.html", context)


@in_the_language_of_the_address
def guide(request: HttpRequest, lang: str, operator: str, guide: str) -> HttpResponse:
    """One guide for one operator."""
    operators = _operators()
    chosen = _operator(operator, operators)
    candidates = published_guides(Guide.objects.filter(slug=guide))
    shown = guides_for(chosen, candidates, lang, operators)
    if not shown:
        raise Http404
    item = shown[0]
    network = operators.get(chosen.network_id) if chosen and chosen.network_id else None
    page = Page(chosen, facts_named_in([item.text], chosen))
    differs = any(differs_by_operator(getattr(item.text, name)) for name in GuideText.TEXT_FIELDS)
    home = operator if differs or item.guide.operator_id else EVERY_OPERATOR
    written = {text.language for text in item.guide.published_texts}
    context = {
        "lang": lang,
        "chosen_language": lang,
        "operator": chosen,
        "slug": operator,
        "operators": [one for one in operators.values() if item.guide.on_operator_pages and differs],
        "network": network if _is_borrowed(item.guide, differs, chosen) else None,
        "guide": item.guide,
        "text": item.text,
        "language_notice": _language_notice(item.text, lang),
        "title": as_line(item.text.title, page, item.text.language),
        "summary": as_line(item.text.summary, page, item.text.language),
        **{name: as_html(getattr(item.text, name), page, item.text.language) for name in _SECTIONS},
        "sources": [source_line(fact) for fact in page.used.values()],
        "description": as_line(item.text.summary, page, item.text.language),
        "alternates": _alternates("guides:guide", written, operator=home, guide=guide),
        "canonical": reverse("guides:guide", kwargs={"lang": lang, "operator": home, "guide": guide}),
    }
    return render(request, "guides/guide.html", context)


_SECTIONS = ("need", "steps", "pros", "cons", "more")


def _operators() -> dict[int, Operator]:
    return {operator.pk: operator for operator in Operator.objects.prefetch_related("texts")}


def _operator(slug: str, operators: dict[int, Operator]) -> Operator | None:
    """The operator of an address; none for `all`."""
    if slug == EVERY_OPERATOR:
        return None
    for operator in operators.values():
        if operator.slug == slug:
            return operator
    raise Http404


def _profile(operator: Operator, lang: str) -> OperatorText | None:
    return text_for(operator.texts.all(), lang)


def _operator_card(operator: Operator, operators: dict[int, Operator], lang: str) -> dict[str, Any]:
    """An operator in the index: what it is known for, or whose network it uses."""
    profile = _profile(operator, lang)
    return {
        "operator": operator,
        "network": operators.get(operator.network_id) if operator.network_id else None,
        "known_for": as_html(profile.known_for, Page(operator, {}), profile.language) if profile else "",
        "language": profile.language if profile else "",
    }


def _profile_html(profile: OperatorText, page: Page) -> dict[str, Any]:
    return {name: as_html(getattr(profile, name), page, profile.language) for name in OperatorText.TEXT_FIELDS}


def _card(item: ShownGuide, page: Page, lang: str) -> dict[str, Any]:
    """A guide as lists show it."""
    return {
        "guide": item.guide,
        "text": item.text,
        "title": as_line(item.text.title, page, item.text.language),
        "summary": as_line(item.text.summary, page, item.text.language),
        "foreign": _language_notice(item.text, lang),
    }


def _is_borrowed(guide: Guide, differs: bool, reader: Operator | None) -> bool:
    """Whether a brand reads what was written for its network, and would say other things in its own words."""
    if reader is None or guide.operator_id == reader.pk:
        return False
    return differs or guide.operator_id is not None


def _language_notice(text: GuideText, lang: str) -> str:
    """The name of the text's language if the reader asked for another, else nothing."""
    return "" if text.language == lang else str(LANGUAGE_NAMES[text.language])


def _alternates(name: str, written: set[str] | None = None, **parts: str) -> list[dict[str, str]]:
    """The same page in the other languages (in those in which it is really written, where that is known)."""
    return [
        {"code": code, "name": own_name, "url": reverse(name, kwargs={"lang": code, **parts}), "written": is_written}
        for code, own_name in LANGUAGES
        for is_written in [written is None or code in written]
    ]

"""The handbook itself: an operator, a guide."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from guides.facts import READER, Name, differs_by_operator, for_operator
from guides.market import offers_of, tariff_line
from guides.models import ChannelKind, Guide, GuideText, Operator, OperatorText, Topic
from guides.models.texts import SOURCE_LANGUAGE
from guides.nearby import Search, app_searches, shop_searches
from guides.page_cache import shared_page, today_in_almaty
from guides.qr import dial_codes
from guides.reads import counted
from guides.rendering import Page, as_html, as_line, fact_html, facts_named_in, source_line
from guides.selection import EVERY_OPERATOR, ShownGuide, guides_for, published_guides, text_for
from kzsim.common.languages import LANGUAGE_NAMES

from .common import all_operators, alternates, in_the_language_of_the_address, is_the_same_for_all, operator_named
from .related import related_guides
from .reports import what_readers_say


@in_the_language_of_the_address
@shared_page
def operator(request: HttpRequest, lang: str, operator: str) -> HttpResponse:
    """What one operator is known for, and its guides by topic; `all` stands for every operator."""
    operators = all_operators()
    chosen = operator_named(operator, operators)
    network = operators.get(chosen.network_id) if chosen and chosen.network_id else None
    shown = guides_for(chosen, published_guides(Guide.objects.all()), lang, operators)
    own_profile = _profile(chosen, lang) if chosen else None
    profile = own_profile or (_profile(network, lang) if network else None)
    texts = [item.text for item in shown]
    page = Page(chosen, facts_named_in([*texts, *([profile] if profile else [])], chosen, _PLACES), lang)
    topics = [
        {"label": topic.label, "guides": [card_of(item, page, lang) for item in shown if item.guide.topic == topic]}
        for topic in Topic
    ]
    context = {
        "lang": lang,
        "operator": chosen,
        "slug": operator,
        "page_title": _("%(name)s: renew your SIM") % {"name": chosen.name}
        if chosen
        else _("Guides for every operator"),
        "description": _operator_description(chosen),
        "operators": operators.values(),
        "network": network,
        "profile": profile and _profile_html(profile, page),
        "profile_text": profile,
        "profile_of_network": bool(profile and not own_profile),
        "topics": [topic for topic in topics if topic["guides"]],
        "promotions": offers_of(chosen, lang, request.situation.place, today_in_almaty()) if chosen else [],
        "tariffs": [(tariff_line(tariff), tariff.source) for tariff in chosen.tariffs.all()] if chosen else [],
        **(_places(chosen, network, page) if chosen else {}),
        "codes": dial_codes(page.used.values()),
        "alternates": alternates("guides:operator", operator=operator),
        "canonical": reverse("guides:operator", kwargs={"lang": lang, "operator": operator}),
    }
    return render(request, "guides/operator.html", context)


@in_the_language_of_the_address
@counted
@shared_page
def guide(request: HttpRequest, lang: str, operator: str, guide: str) -> HttpResponse:
    """One guide for one operator."""
    operators = all_operators()
    chosen = operator_named(operator, operators)
    candidates = published_guides(Guide.objects.filter(slug=guide))
    shown = guides_for(chosen, candidates, lang, operators)
    if not shown:
        raise Http404
    return guide_page(request, lang, operator, shown[0], operators)


def guide_page(
    request: HttpRequest, lang: str, operator: str, item: ShownGuide, operators: dict[int, Operator]
) -> HttpResponse:
    """A guide as its readers get it, and as an editor sees it before they do."""
    chosen = operator_named(operator, operators)
    guide = item.guide.slug
    network = operators.get(chosen.network_id) if chosen and chosen.network_id else None
    page = Page(chosen, facts_named_in([item.text], chosen), lang)
    differs = any(differs_by_operator(getattr(item.text, name)) for name in GuideText.TEXT_FIELDS)
    home = EVERY_OPERATOR if is_the_same_for_all(item) else operator
    written = {text.language for text in item.guide.published_texts}
    title = as_line(item.text.title, page, item.text.language)
    context = {
        "lang": lang,
        "page_title": f"{title} · {chosen.name}" if chosen else title,
        "operator": chosen,
        "slug": operator,
        "operators": [one for one in operators.values() if item.guide.on_operator_pages and differs],
        "network": network if _is_borrowed(item.guide, differs, chosen) else None,
        "guide": item.guide,
        "text": item.text,
        "language_notice": _language_notice(item.text, lang),
        "title": title,
        "summary": as_line(item.text.summary, page, item.text.language),
        **{name: as_html(getattr(item.text, name), page, item.text.language) for name in _SECTIONS},
        "wording": _wording_of_steps(item, operator),
        "codes": dial_codes(page.used.values()),
        "shop_searches": _shop_searches(item.guide, chosen, network),
        "related": related_guides(item, chosen, lang, operators),
        "sources": [source_line(fact, page) for fact in page.used.values()],
        **what_readers_say(item, None if home == EVERY_OPERATOR else chosen, page, lang, operators),
        "description": as_line(item.text.summary, page, item.text.language),
        "alternates": alternates("guides:guide", written, operator=home, guide=guide),
        "canonical": reverse("guides:guide", kwargs={"lang": item.text.language, "operator": home, "guide": guide}),
    }
    return render(request, "guides/guide.html", context)


_SECTIONS = ("need", "steps", "pros", "cons", "more")
# Where the operator itself is found; those of them that are known stand on its page.
_WEBSITE, _ACCOUNT, _TOP_UP, _APP = (
    Name(READER, what) for what in ("website", "account_site", "topup_site", "app_name")
)
_PLACES = (_WEBSITE, _ACCOUNT, _TOP_UP, _APP)


def _places(operator: Operator, network: Operator | None, page: Page) -> dict[str, Any]:
    """The operator's own sites and app, and searches for its shops."""
    labels = {
        _WEBSITE: _("Website"),
        _ACCOUNT: _("Your account on its website"),
        _TOP_UP: _("Top up on its website"),
        _APP: _("App"),
    }
    known = {name: fact for name in _PLACES if (fact := page.fact(name))}
    return {
        "places": [(labels[name], fact_html(fact)) for name, fact in known.items()],
        "app_searches": app_searches(known[_APP].value) if _APP in known else [],
        "shop_searches": shop_searches(operator.name, network.name if network else ""),
    }


def _shop_searches(guide: Guide, operator: Operator | None, network: Operator | None) -> list[Search]:
    """On the guide to the shops only."""
    if guide.channel is None or guide.channel.kind != ChannelKind.SHOP:
        return []
    return shop_searches(operator.name if operator else "", network.name if network else "")


def _operator_description(operator: Operator | None) -> str:
    if operator is None:
        return _("Topping up, keeping the number, registering: what is the same at every operator, step by step.")
    return _("%(name)s in Kazakhstan: how to renew, top up and keep the number, step by step.") % {
        "name": operator.name
    }


def _wording_of_steps(item: ShownGuide, slug: str) -> str:
    """Changes when the guide's steps do: in the language from which the others are translated, so that steps ticked
    in one language are ticked in all."""
    texts = {text.language: text for text in item.guide.published_texts}
    steps = for_operator(texts.get(SOURCE_LANGUAGE, item.text).steps, slug)
    return sha256(steps.encode()).hexdigest()[:12]


def _profile(operator: Operator, lang: str) -> OperatorText | None:
    return text_for(operator.texts.all(), lang)


def _profile_html(profile: OperatorText, page: Page) -> dict[str, Any]:
    return {name: as_html(getattr(profile, name), page, profile.language) for name in OperatorText.TEXT_FIELDS}


def card_of(item: ShownGuide, page: Page, lang: str) -> dict[str, Any]:
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

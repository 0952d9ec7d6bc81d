"""The renewal assistant: a few taps, and the ways that can work, best first."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django_htmx.http import replace_url

from guides.assistant import Offer, Reason, offers_for, payments_that_would_help
from guides.facts import Name
from guides.models import Operator, Topic
from guides.page_cache import shared_page
from guides.questions import NUMBER_FIELD, RenewalAnswers, RenewalQuestions, note_on_number, renewal_answers
from guides.rendering import Page, as_html, as_line, fact_html
from guides.selection import (
    Shelf,
    ShownGuide,
    assistant_url,
    guide_url,
    guides_for,
    reason_text,
)
from guides.situation import PaymentMethod, Place, Situation
from kzsim.common.formats import listed

from .common import alternates, in_the_language_of_the_address


@in_the_language_of_the_address
@shared_page
def assistant(request: HttpRequest, lang: str) -> HttpResponse:
    """The questions, and below or beside them the answer. Only the answer, where a part of the page is asked for."""
    shelf = Shelf()
    operators = list(shelf.operators.values())
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    typed_last = is_part and request.htmx.trigger == NUMBER_FIELD
    answers = renewal_answers(request.GET, operators, number_counts_more=typed_last)
    if not request.GET:
        answers = RenewalAnswers(situation=request.situation)
    address = _address(answers, lang)
    if not is_part and request.GET.get("number", answers.number) != answers.number:
        return redirect(f"{address}#answer")  # what was typed of a number does not stay in the address
    plain = reverse("guides:assistant", kwargs={"lang": lang})
    context = {
        "lang": lang,
        "plain": plain,
        "page_title": _("How can I renew my SIM?"),
        "description": _("A few taps, and you see the ways to renew that can work where you are, best first."),
        "questions": RenewalQuestions(answers, operators, plain),
        "number_note": note_on_number(answers),
        "answer": None if answers.is_empty else _answer(shelf, answers, lang),
        "operator_changed": typed_last,
        "canonical": plain,
        "alternates": alternates("guides:assistant"),
    }
    response = render(request, f"guides/{'assistant_answer' if is_part else 'assistant'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return replace_url(response, address) if is_part else response


def _address(answers: RenewalAnswers, lang: str) -> str:
    return assistant_url(answers.operator, answers.situation, lang, soon=answers.soon, number=answers.number)


def _answer(shelf: Shelf, answers: RenewalAnswers, lang: str) -> dict[str, Any]:
    """The ways that can work, best first; and what to do where there is none, or none that is sure."""
    situation = answers.situation
    operator = next((one for one in shelf.operators.values() if one.slug == answers.operator), None)
    shown = guides_for(operator, shelf.guides, lang, shelf.operators)
    by_channel = {item.guide.channel.slug: item for item in shown if item.guide.channel}
    page = Page(operator, shelf.facts)
    offers = [
        offer for offer in offers_for(situation, shelf.channels, answers.soon) if offer.channel.slug in by_channel
    ]
    ways = [_way(offer, by_channel[offer.channel.slug], page, answers, lang) for offer in offers]
    written = [channel for channel in shelf.channels if channel.slug in by_channel]
    would_help = [] if ways else payments_that_would_help(situation, written)
    support = next((item for item in shown if item.guide.topic == Topic.SUPPORT), None)
    return {
        "operator": operator,
        "ways": ways,
        "fits_reader": situation != Situation(),
        "nothing_is_sure": bool(offers) and all(offer.is_unproven for offer in offers),
        "would_help": listed(str(PaymentMethod(one).label) for one in would_help),
        "support": support and _link(support, page, operator, lang),
        "by_a_friend": _ways_of_a_friend(answers, lang) if situation.place == Place.ABROAD else "",
    }


def _way(offer: Offer, item: ShownGuide, page: Page, answers: RenewalAnswers, lang: str) -> dict[str, Any]:
    return {
        **_link(item, page, page.operator, lang),
        "reason": reason_text(offer),
        "unproven": offer.is_unproven,
        "proven": offer.reason is Reason.TAKES,
        "late": offer.is_late(answers.soon),
        "costs": _costs(offer, page, answers.situation),
        "credited": _CREDITED[offer.channel.credited],
        "need": as_html(item.text.need, page, item.text.language),
        "kind": item.guide.channel.get_kind_display(),
        "source": item.guide.channel.source,
    }


def _link(item: ShownGuide, page: Page, operator: Operator | None, lang: str) -> dict[str, Any]:
    return {
        "title": as_line(item.text.title, page, item.text.language),
        "language": item.text.language,
        "url": guide_url(item.guide.slug, operator, lang),
    }


_CREDITED = {
    "at_once": _("Usually at once."),
    "later": _("Later, not at once."),
    "unknown": _("Not known. Ask before you pay, and keep the receipt."),
}
_COSTS = {
    "none": _("No fee."),
    "possible": _("A fee is possible. Read the total before you confirm."),
    "unknown": _("Not known. Read the total before you pay."),
}
# Of which channels an operator's own fact tells the fee, and for which way to pay ("": for all).
_FEE_FACTS = {"bank_app": ("kaspi_fee", PaymentMethod.KASPI), "kiosk": ("kiosk_fee", "")}


def _costs(offer: Offer, page: Page, situation: Situation) -> list[dict[str, Any]]:
    """The fee in words, and before it what the operator's facts say of a way to pay that the reader may have."""
    what, payment = _FEE_FACTS.get(offer.channel.kind, ("", ""))
    fact = page.fact(Name("operator", what)) if what else None
    in_general = {"words": _COSTS[offer.channel.fee]}
    if fact is None or (payment and situation.payments and payment not in situation.payments):
        return [in_general]
    known = {"payment": PaymentMethod(payment).label if payment else "", "words": fact_html(fact)}
    return [known] if not payment or situation.payments == {payment} else [known, in_general]


def _ways_of_a_friend(answers: RenewalAnswers, lang: str) -> str:
    """The same question for somebody in Kazakhstan, with what most people there can pay with."""
    friend = Situation(Place.KAZAKHSTAN, frozenset({PaymentMethod.CASH, PaymentMethod.KASPI, PaymentMethod.KZ_CARD}))
    return f"{assistant_url(answers.operator, friend, lang, soon=answers.soon)}#answer"

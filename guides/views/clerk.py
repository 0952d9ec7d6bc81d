"""The card to show to the clerk, for anybody: number and sum are typed on the page and never leave it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from guides.clerk import card_context
from guides.page_cache import shared_page
from guides.selection import EVERY_OPERATOR

from .common import all_operators, alternates, in_the_language_of_the_address, operator_named


@in_the_language_of_the_address
@shared_page
def card(request: HttpRequest, lang: str, operator: str = EVERY_OPERATOR) -> HttpResponse:
    """The card; with an operator, the way back leads to its guides."""
    chosen = operator_named(operator, all_operators())
    back = {"lang": lang, "operator": operator}
    title = _("Show this to the clerk")
    context = {
        "lang": lang,
        "operator": chosen,
        "page_title": f"{title} · {chosen.name}" if chosen else title,
        "description": _("A card in Russian and Kazakh to hold up in the shop: which number to top up, and how much."),
        "back": reverse("guides:operator", kwargs=back) if chosen else reverse("guides:index", kwargs={"lang": lang}),
        "canonical": reverse("guides:clerk", kwargs={"lang": lang}),
        "alternates": alternates("guides:clerk"),
        **card_context(lang),
    }
    return render(request, "guides/clerk.html", context)

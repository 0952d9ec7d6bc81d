"""What the owner answers to a new price of a plan's tariff."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kzsim.common.formats import money_in_words
from plans import actions
from plans.models import Plan

from .common import next_page


@require_POST
def answer_price(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap: the new price is the plan's own from now on, or the owner's price stays."""
    plan = get_object_or_404(Plan.objects.visible_to(request.user), pk=pk)
    takes, price = "take" in request.POST, _price_seen(request)
    if price is None or not actions.answer_price(plan, price, timezone.now(), takes=takes):
        messages.info(request, _("Nothing is left to answer: it was answered already, or the price has changed again."))
    elif takes:
        plan.refresh_from_db()
        words = {"plan": plan, "price": money_in_words(plan.cost)}
        messages.success(request, _("%(plan)s costs %(price)s: we count with that from now on.") % words)
    else:
        messages.success(request, _("Your price stays. We do not ask again unless it changes anew."))
    return redirect(next_page(request, reverse("plans:sim", args=[plan.sim_id])))


def _price_seen(request: HttpRequest) -> Decimal | None:
    """The price that stood on the page when it was answered."""
    try:
        price = Decimal(request.POST.get("price", ""))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None

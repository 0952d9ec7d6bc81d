"""The card to show to the clerk, with the reader's own number and the sum to pay."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guides.clerk import card_context
from plans.models import Sim
from plans.overview import card_of

from .common import found


@require_GET
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """`?plan=` names the plan that is to be paid; without it, the one that runs out first."""
    sim = found(request, Sim.objects.visible_to(request.user).with_facts(), pk)
    money = card_of(sim, timezone.now()).due_at_counter(request.GET.get("plan", ""))
    language = get_language()
    context = {
        "lang": language,
        "private": True,
        "page_title": _("Show this to the clerk"),
        "operator": sim.operator,
        "back": reverse("plans:sim", args=[sim.pk]),
        **card_context(language, str(sim.number), money),
    }
    return render(request, "guides/clerk.html", context)

"""Backups, and codes from the bank: the switch, and the one-tap answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guides.selection import Shelf
from plans import actions
from plans.deadlines import care_days, is_care_due
from plans.forms.care import CareForm
from plans.models import Sim


def care_context(sim: Sim, shelf: Shelf, today: Any) -> dict[str, Any]:
    """What the card on the SIM's page shows. `sim` comes `with_facts()`."""
    care = sim.facts().care
    coming = [day for day in care_days(care) if day > today] if care else []
    return {
        "care_form": CareForm(initial={"months": sim.care_months or ""}),
        "care_due": is_care_due(care, today),
        "care_next": coming[0] if coming else None,
        "care_guides": shelf.care_guides(sim.operator, get_language()),
    }


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """How often to be reminded, or never."""
    sim, form = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk), CareForm(request.POST)
    if form.is_valid():
        actions.set_care(sim, form.cleaned_data["months"], timezone.now())
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Choose how often from the list."))
    return redirect(f"{reverse('plans:sim', args=[sim.pk])}#care")


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    sim, done = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk), "done" in request.POST
    actions.note_care(sim, timezone.now(), done=done)
    messages.success(request, _("Noted: backed up today.") if done else _("All right, not now."))
    return redirect(f"{reverse('plans:sim', args=[sim.pk])}#care")

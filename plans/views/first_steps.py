"""The first steps, and examples to look at before the first of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plans import actions
from plans.actions import samples


@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    actions.put_steps_away(request.person, timezone.now())
    messages.success(request, _("The first steps are put away."), extra_tags=reverse("plans:steps_back"))
    return redirect("plans:dashboard")


@require_POST
def bring_back(request: HttpRequest) -> HttpResponse:
    actions.bring_steps_back(request.person)
    return redirect("plans:dashboard")


@require_POST
def add_samples(request: HttpRequest) -> HttpResponse:
    try:
        samples.add_samples(request.person, timezone.now())
    except samples.HasSims:
        messages.info(request, _("You have SIMs of your own already: examples would only stand among them."))
    return redirect("plans:dashboard")


@require_POST
def throw_samples_away(request: HttpRequest) -> HttpResponse:
    samples.throw_samples_away(request.person)
    messages.success(request, _("The examples are gone."))
    return redirect("plans:dashboard")

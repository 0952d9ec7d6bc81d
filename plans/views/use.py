"""What is left: saying it, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guides.models import Guide
from guides.selection import guide_url, published_guides
from plans import actions
from plans.forms.use import UseForm
from plans.models import Sim, UsageReading
from plans.overview import uses_of

from .common import changing, found, posted

GUIDE = "check-your-data"


def left(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        sim = found(request, Sim.objects.visible_to(request.user).with_facts(), pk)
        form = UseForm(posted(request), plans=sim.plans_in_use)
        if form.is_valid():
            reading = actions.say_left(sim, form.left(), now, form.of_plan())
            undo_url = reverse("plans:use_undo", args=[reading.pk])
            messages.success(request, _("What is left is noted."), extra_tags=undo_url)
            return redirect(f"{reverse('plans:sim', args=[sim.pk])}#left")
    context = {
        "sim": sim,
        "form": form,
        "uses": uses_of(sim, now),
        "today": sim.today(now),
        "guide_url": _guide_url(sim),
    }
    return render(request, "plans/sim_left.html", context)


def _guide_url(sim: Sim) -> str:
    """How to ask the operator what is left; empty where there is no such guide."""
    is_there = published_guides(Guide.objects.filter(slug=GUIDE)).exists()
    return guide_url(GUIDE, sim.operator, get_language()) if is_there else ""


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    reading = get_object_or_404(UsageReading.objects.visible_to(request.user).select_related("sim"), pk=pk)
    actions.forget_use(reading, timezone.now())
    back = reverse("plans:use_restore", args=[reading.pk])
    messages.success(request, _("What was left is taken back."), extra_tags=back)
    return redirect("plans:sim", reading.sim_id)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    reading = get_object_or_404(UsageReading.objects.visible_to(request.user).select_related("sim"), pk=pk)
    actions.forget_use(reading, timezone.now(), on=False)
    messages.success(request, _("It is noted again."))
    return redirect("plans:sim", reading.sim_id)

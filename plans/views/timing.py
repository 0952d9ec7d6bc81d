"""When reminders come, and of what; and silence for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from plans import actions
from plans.forms.reminders import TIMING, PauseForm, TimingForm
from plans.models import Person
from plans.models.people import DEFAULT_TIME_ZONE
from plans.reminders import Settings
from plans.timing_words import what_follows

from .common import changing, found, posted


def when(request: HttpRequest) -> HttpResponse:
    with changing(request):
        person = found(request, Person.objects.visible_to(request.user), request.person.pk)
        form = TimingForm(posted(request), person=person)
        if form.is_valid():
            actions.set_timing(person, timezone.now(), **form.timing)
            actions.mute_kinds(person, form.muted_kinds, timezone.now())
            messages.success(request, _("Saved."))
            return redirect("plans:reminders_when")
    return _page(request, form=form)


@require_GET
def words(request: HttpRequest) -> HttpResponse:
    """A part of the page: what would follow from what is chosen. Nothing is saved."""
    form = TimingForm(request.GET, person=request.person)
    if not form.is_valid():
        return HttpResponse(status=204)  # what stands there stays
    return render(
        request, "plans/reminders_follows.html", {"follows": _follows(request.person, form.timing, form.muted_kinds)}
    )


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    form = PauseForm(request.POST, today=request.person.today(timezone.now()))
    if not form.is_valid():
        form.fields["until"].widget.attrs["autofocus"] = True
        return _page(request, pause_form=form)
    actions.pause_reminders(request.person, form.cleaned_data["until"], timezone.now())
    return redirect("plans:reminders")


def _page(request: HttpRequest, form: TimingForm | None = None, pause_form: PauseForm | None = None) -> HttpResponse:
    person = request.person
    today = person.today(timezone.now())
    form = form or TimingForm(person=person)
    wrong = form.errors or (pause_form and pause_form.errors)
    context = {
        "form": form,
        "pause_form": pause_form or PauseForm(today=today),
        "paused_until": person.pause_on(today),
        "today": today,
        "here": reverse("plans:reminders_when"),  # whose forms are sent to addresses that take nothing else
        "follows": _follows(person, {name: getattr(person, name) for name in TIMING}, person.muted_kinds),
    }
    return render(request, "plans/reminders_when.html", context, status=422 if wrong else 200)


def _follows(person: Person, timing: Mapping[str, Any], muted_kinds: Iterable[str]) -> list[str]:
    """What follows from this timing, stored or only chosen, for a SIM of Kazakhstan."""
    settings = Settings(
        zone=person.zone,
        hour=timing["hour"],
        muted_kinds=frozenset(muted_kinds),
        leads={kind: tuple(days) for kind, days in timing["leads"].items()},
        insists=timing["insists"],
        quiet_from=timing["quiet_from"],
        quiet_until=timing["quiet_until"],
    )
    return what_follows(settings, timing["overview"], ZoneInfo(DEFAULT_TIME_ZONE))

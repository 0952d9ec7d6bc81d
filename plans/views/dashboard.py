"""The dashboard, and the two taps that fit the guides to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from plans import actions
from plans.first_steps import first_steps_of
from plans.forms.situation import SituationForm
from plans.models import Person, Reminder, Sim
from plans.numbers_held import numbers_held
from plans.overview import overview
from plans.troubles import Advice

from .ahead import days_ahead_of
from .common import changing, found, next_page, posted
from .sent import advice_about
from .trips import departure_of, said_of_today

SIMS_A_PAGE = 50


def dashboard(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    today = request.person.today(now)
    mine = Sim.objects.visible_to(request.user)
    seen = overview(mine.in_use().with_facts(), now)
    page = Paginator(seen.cards, SIMS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "overview": seen,
        "page": page,
        "days_ahead": days_ahead_of(page, today),
        "has_archived": mine.exclude(archived_at=None).exists(),
        "today": today,
        "paused_until": request.person.pause_on(today),
        "departure": departure_of(request.person, today) if seen.cards else None,
        "numbers_held": numbers_held(request.person),
        "undelivered": _undelivered(request, today),
        "steps": first_steps_of(request.person),
    }
    return render(request, "plans/dashboard.html", context)


def situation(request: HttpRequest) -> HttpResponse:
    with changing(request):
        person = found(request, Person.objects.visible_to(request.user), request.person.pk)
        form = SituationForm(posted(request), initial={"place": person.place, "payments": person.payments})
        if form.is_valid():
            form.apply_to(person)
            actions.save_person(person, timezone.now(), ["place", "payments"])
            actions.note_steps(person, timezone.now())
            messages.success(request, _("Saved. The guides that can work for you now come first."))
            return redirect(next_page(request, reverse("plans:dashboard")))
    context = {"form": form, "next": next_page(request, ""), "said": said_of_today(request.person, timezone.now())}
    return render(request, "plans/situation.html", context)


@dataclass(frozen=True)
class Undelivered:
    """Reminders that reached their reader by no way, the first of them, and the last message that tried."""

    count: int
    first: Reminder
    advice: Advice | None


def _undelivered(request: HttpRequest, today: date) -> Undelivered | None:
    if request.person.bounced_at:
        return None  # said in words of its own
    found = Reminder.objects.visible_to(request.user).undelivered(today)
    found = found.select_related("sim", "plan", "message").defer("message__text", "message__html")
    found = list(found.order_by("deadline", "pk"))
    if not found:
        return None
    topics = {(one.subject, one.kind, one.deadline) for one in found}
    return Undelivered(len(topics), found[0], advice_about(found[0].message) if found[0].message else None)

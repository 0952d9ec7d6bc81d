"""Where a person is and when, and what lasts that long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plans import actions
from plans.deadlines import Cover, Lasts, covers, departed, leaves_on, stay_on
from plans.forms.trips import DepartureForm, StayForm, stay_in_words
from plans.models import Person, Plan, Sim, Stay

from .common import changing, found, posted

_FINE = (Lasts.YES, Lasts.RENEWS)


@dataclass(frozen=True)
class Row:
    """How one plan of a SIM, or its number (`plan` None), lasts through a stay."""

    sim: Sim
    today: date
    cover: Cover
    plan: Plan | None


@dataclass(frozen=True)
class Trip:
    """A stay that is not over; how all SIMs last through it, what is to be done soonest first."""

    stay: Stay
    words: str
    leaves: date | None
    rows: list[Row]
    nothing_known: list[Sim]

    @property
    def to_do(self) -> list[Row]:
        rows = [row for row in self.rows if row.cover.lasts not in _FINE]
        return sorted(rows, key=lambda row: (row.cover.act_by or date.max, row.sim.pk))

    @property
    def fine(self) -> list[Row]:
        return [row for row in self.rows if row.cover.lasts in _FINE]


def trips(request: HttpRequest) -> HttpResponse:
    now, data = timezone.now(), posted(request)
    form = StayForm(data, today=request.person.today(now))
    if form.is_valid() and _save(form, Stay(person=request.person), now):
        messages.success(request, _("Saved. Here is what lasts that long, and what does not."))
        return redirect("plans:trips")
    return _page(request, form, now)


def _page(request: HttpRequest, form: StayForm, now: datetime) -> HttpResponse:
    today = request.person.today(now)
    stays = list(request.person.stays.in_use())
    sims = list(Sim.objects.visible_to(request.user).in_use().with_facts().order_by("pk"))
    over = [stay for stay in stays if stay.until and stay.until < today]
    context = {
        "form": form,
        "trips": [_trip(stay, sims, today, now) for stay in stays if stay not in over],
        "past": [(stay, stay_in_words(stay, today)) for stay in reversed(over)],
        "today": today,
    }
    return render(request, "plans/trips.html", context, status=422 if form.errors else 200)


def _trip(stay: Stay, sims: list[Sim], today: date, now: datetime) -> Trip:
    leaves = leaves_on(stay.facts())
    return Trip(
        stay=stay,
        words=stay_in_words(stay, today),
        leaves=leaves if leaves and leaves >= today else None,
        rows=[row for sim in sims for row in _through(sim, stay, now)],
        nothing_known=[sim for sim in sims if not sim.plans_in_use and not sim.keep_alive],
    )


def _through(sim: Sim, stay: Stay, now: datetime) -> list[Row]:
    today = sim.today(now)
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    return [
        Row(sim, today, cover, plans[cover.plan.id] if cover.plan else None)
        for cover in covers(sim.facts(), stay.facts(), today)
    ]


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        stay = found(request, Stay.objects.visible_to(request.user), pk)
        form = StayForm(posted(request), today=request.person.today(now), stay=stay)
        if form.is_valid() and _save(form, stay, now):
            messages.success(request, _("Saved. Here is what lasts that long, and what does not."))
            return redirect("plans:trips")
    return render(request, "plans/trip_edit.html", {"form": form, "stay": stay}, status=422 if form.errors else 200)


def _save(form: StayForm, stay: Stay, now: datetime) -> bool:
    try:
        actions.save_stay(form.apply_to(stay), now)
    except actions.Overlap as overlap:
        form.refuse_overlap(overlap.stay)
        return False
    return True


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    stay = get_object_or_404(Stay.objects.visible_to(request.user), pk=pk)
    actions.delete_stay(stay, timezone.now())
    messages.success(request, _("Removed."), extra_tags=reverse("plans:trip_restore", args=[stay.pk]))
    return redirect("plans:trips")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    stay = get_object_or_404(Stay.objects.deleted_by(request.user), pk=pk)
    try:
        actions.restore_stay(stay, now)
        messages.success(request, _("It is back."))
    except actions.Overlap as overlap:
        words = {"stay": stay_in_words(overlap.stay, request.person.today(now))}
        messages.error(request, _("It cannot come back: you have said %(stay)s meanwhile.") % words)
    return redirect("plans:trips")


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """After the departure: which SIMs go into the archive; the others stay as they are."""
    now = timezone.now()
    get_object_or_404(Stay.objects.visible_to(request.user), pk=pk)
    stay = departure_of(request.person.today(now), request.person.stays.in_use())
    if stay is None or stay.pk != pk:
        messages.info(request, _("This is noted already."))
        return redirect("plans:dashboard")
    form = DepartureForm(request.POST, owner=request.user)
    if not form.is_valid():
        messages.error(request, _("One of these SIMs is not there any more. Choose again."))
        return redirect("plans:dashboard")
    archive = form.cleaned_data["sims"]
    actions.settle_stay(stay, archive, now)
    messages.success(request, _settled_words(len(archive)))
    return redirect("plans:dashboard")


def _settled_words(archived: int) -> str:
    if archived:
        return _("The SIMs you chose are in the archive. The guides now show what works from abroad.")
    return _("Your SIMs stay as they are. The guides now show what works from abroad.")


def departure_of(today: date, stays: Iterable[Stay]) -> Stay | None:
    """Of a person's stays the one that is over, if we are still to ask what becomes of the SIMs."""
    stays = {stay.pk: stay for stay in stays}
    stay = departed((one.facts() for one in stays.values()), today)
    return stays[stay.id] if stay else None


def said_of_today(person: Person, now: datetime) -> str:
    """Where they said that they are today, in words, if that goes before where they usually are; empty if it is not."""
    today = person.today(now)
    stays = {stay.pk: stay for stay in person.stays.in_use()}
    current = stay_on((stay.facts() for stay in stays.values()), today)
    return stay_in_words(stays[current.id], today) if current else ""

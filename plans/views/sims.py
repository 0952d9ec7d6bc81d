"""The pages of a SIM."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guides.models import Operator
from guides.selection import Shelf
from kzsim.common import formats
from plans import actions
from plans.forms import AddSimForm, BalanceForm, EditSimForm, OperatorChoices, PlanForm, SituationForm
from plans.models import Reminder, Sim
from plans.overview import card_of
from plans.periods import cutoff

from .common import changing, found, posted

GUIDES_SHOWN = 4
COMING_SHOWN = 12
SENT_SHOWN = 5


def add(request: HttpRequest) -> HttpResponse:
    now, data = timezone.now(), posted(request)
    today = Sim().today(now)
    form = AddSimForm(data, owner=request.user, today=today)
    plan_form = PlanForm(data, today=today)
    # Both are asked, so that every error shows at once.
    if form.is_valid() & plan_form.is_valid() and (sim := _save_new(request, form, plan_form, now)):
        messages.success(request, _("Your SIM is saved."))
        return redirect("plans:sim", sim.pk)
    return render(request, "plans/sim_add.html", {"form": form, "plan_form": plan_form})


def _save_new(request: HttpRequest, form: AddSimForm, plan_form: PlanForm, now: datetime) -> Sim | None:
    said = {}
    if plan_form.is_filled:
        said = {"plan": plan_form.new_plan(), "paid_until": plan_form.last_day(), "anchor": plan_form.anchor()}
    try:
        return actions.add_sim(form.new_sim(request.person), balance=form.cleaned_data["balance"], now=now, **said)
    except IntegrityError:
        form.refuse_twin()
        return None


@require_GET
def operators(request: HttpRequest) -> HttpResponse:
    """A part of a form: the operators, those first that fit the number as far as it is typed."""
    asked = request.GET
    choices = OperatorChoices(
        list(Operator.objects.all()), asked.get("number", ""), asked.get("operator", ""), asked.get("proposed", "")
    )
    return render(request, "plans/parts/operators.html", {"choices": choices})


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, found(request, Sim.objects.visible_to(request.user).with_facts(), pk))


def _page(request: HttpRequest, sim: Sim, balance_form: BalanceForm | None = None) -> HttpResponse:
    now, language, shelf = timezone.now(), get_language(), Shelf()
    card = card_of(sim, now)
    reminders = sim.reminders.select_related("plan", "message")
    answered = sim.situation.place or sim.situation.payments
    context = {
        "here": reverse("plans:sim", args=[sim.pk]),
        "sim": sim,
        "card": card,
        "paused_until": request.person.pause_on(request.person.today(now)),
        "midnight_for_reader": _midnight_for_reader(request, sim, now),
        "coming": _coming(request, reminders.coming()[:COMING_SHOWN], now),
        "sent": reminders.filter(state=Reminder.State.SENT).order_by("-message__sent_at")[:SENT_SHOWN],
        "archived_plans": sim.plans.filter(deleted_at=None).exclude(archived_at=None),
        "guides": shelf.best_guides(sim.operator, sim.situation, language, GUIDES_SHOWN),
        "find_out": shelf.how_to_find_out(sim.operator, language) if card.questions else [],
        "situation_form": None if answered else SituationForm(),
        "balance_form": balance_form or BalanceForm(),
    }
    return render(request, "plans/sim.html", context)


def _coming(request: HttpRequest, reminders: Iterable[Reminder], now: datetime) -> list[tuple[date | None, Reminder]]:
    """What will be said, with its day on the reader's clock, or None where it is due: leads of one deadline that are
    due together are said once."""
    said = {}
    for one in reminders:
        at = one.due_at or one.planned_for
        day = request.person.today(at) if at > now else None
        said[day, one.subject, one.kind, one.deadline] = (day, one)
    return list(said.values())


def _midnight_for_reader(request: HttpRequest, sim: Sim, now: datetime) -> str:
    """When a day of the SIM ends on the reader's clock; empty where both show the same."""
    midnight = cutoff(sim.today(now), sim.zone)
    there, here = (formats.clock(midnight, zone) for zone in (sim.zone, request.person.zone))
    return "" if there == here else here


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        sim = found(request, Sim.objects.visible_to(request.user).select_related("operator"), pk)
        form = EditSimForm(posted(request), owner=request.user, today=sim.today(now), sim=sim)
        if form.is_valid() and _save_edited(form, sim, now):
            messages.success(request, _("Saved."))
            return redirect("plans:sim", sim.pk)
    return render(request, "plans/sim_edit.html", {"form": form, "sim": sim})


def _save_edited(form: EditSimForm, sim: Sim, now: datetime) -> bool:
    try:
        actions.save_sim(sim, activity_changed=form.apply_to(sim), now=now)
    except IntegrityError:
        form.refuse_twin()
        return False
    return True


@require_POST
def balance(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user).with_facts(), pk=pk)
    form = BalanceForm(request.POST)
    if not form.is_valid():
        return _page(request, sim, form)
    actions.read_balance(sim, form.cleaned_data["balance"], timezone.now())
    messages.success(request, _("The balance is noted."))
    return redirect("plans:sim", sim.pk)


@require_POST
def used(request: HttpRequest, pk: int) -> HttpResponse:
    """The number was used, or topped up, today."""
    sim, now = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk), timezone.now()
    actions.note_activity(sim, sim.today(now), now)
    messages.success(request, _("Noted: the number was used today."))
    return redirect("plans:sim", sim.pk)


@require_POST
def reminders(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_sim_reminders(sim, on="on" in request.POST)
    messages.success(request, _("Saved."))
    return redirect("plans:sim", sim.pk)


@require_GET
def archived(request: HttpRequest) -> HttpResponse:
    sims = Sim.objects.visible_to(request.user).exclude(archived_at=None).select_related("operator")
    return render(request, "plans/archived.html", {"sims": sims.order_by("-archived_at")})


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "archived_at", timezone.now())
    undo = reverse("plans:sim_unarchive", args=[sim.pk])
    messages.success(request, _("%(sim)s is archived. We remind you of it no more.") % {"sim": sim}, extra_tags=undo)
    return redirect("plans:dashboard")


@require_POST
def unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "archived_at", None)
    messages.success(request, _("%(sim)s is back among your SIMs.") % {"sim": sim})
    return redirect("plans:sim", sim.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.visible_to(request.user), pk=pk)
    actions.set_flag(sim, "deleted_at", timezone.now())
    undo = reverse("plans:sim_restore", args=[sim.pk])
    messages.success(request, _("%(sim)s is deleted.") % {"sim": sim}, extra_tags=undo)
    return redirect("plans:dashboard")


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    sim = get_object_or_404(Sim.objects.deleted_by(request.user), pk=pk)
    try:
        actions.set_flag(sim, "deleted_at", None)
    except IntegrityError:
        messages.error(request, _("You have added this number again, so the old one cannot come back."))
        return redirect("plans:dashboard")
    messages.success(request, _("%(sim)s is back.") % {"sim": sim})
    return redirect("plans:sim", sim.pk)

"""The pages of a plan."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guides.selection import todays_shelf
from kzsim.common.formats import day_in_words
from kzsim.common.in_place import in_sheet
from plans import actions, feedback
from plans.forms.plans import PlanForm
from plans.forms.renewals import RenewForm
from plans.models import Plan, Renewal, Sim
from plans.models.plans import PlanQuerySet

from .common import changing, found, posted

# A second tap on the same button is no second renewal.
SAME_TAP = timedelta(minutes=10)


def add(request: HttpRequest, sim_pk: int) -> HttpResponse:
    sim, now = get_object_or_404(Sim.objects.visible_to(request.user).with_facts(), pk=sim_pk), timezone.now()
    form = PlanForm(posted(request), today=sim.today(now), sim=sim)
    if form.is_valid():
        actions.save_plan(
            form.new_plan(sim=sim), paid_until=form.last_day(), anchor=form.anchor(), ends_at=form.hour(), now=now
        )
        messages.success(request, _("The plan is saved."))
        return redirect("plans:sim", sim.pk)
    return render(request, "plans/plan_form.html", {"form": form, "sim": sim, "find_out": _ways_to_find_out(sim)})


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        plan = found(request, _mine(request), pk)
        form = PlanForm(posted(request), today=plan.sim.today(now), plan=plan)
        if form.is_valid():
            form.apply_to(plan)
            actions.save_plan(plan, paid_until=form.last_day(), anchor=form.anchor(), ends_at=form.hour(), now=now)
            messages.success(request, _("Saved."))
            return redirect("plans:sim", plan.sim_id)
    context = {"form": form, "sim": plan.sim, "plan": plan, "find_out": _ways_to_find_out(plan.sim)}
    return render(request, "plans/plan_form.html", context)


def renew(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        now = timezone.now()
        plan = found(request, _mine(request), pk)
        today = plan.sim.today(now)
        form = RenewForm(posted(request), request.FILES or None, plan=plan, today=today, asked=request.GET)
        is_valid = form.is_valid()
        if form.is_bound and form.repeats(plan.renewals.standing(), now - SAME_TAP):
            messages.info(request, _("This renewal is noted already."))
            return redirect("plans:sim", plan.sim_id)
        if is_valid:
            renewal = actions.renew(plan, now=now, **form.said())
            actions.add_receipts(renewal, form.cleaned_data["receipts"], now)
            return after_renewal(request, renewal, now)
    is_part = request.htmx and not in_sheet(request)
    template = "plans/parts/new_date.html" if is_part else "plans/plan_renew.html"
    return render(request, template, {"form": form, "plan": plan, "sim": plan.sim, "today": today})


def after_renewal(request: HttpRequest, renewal: Renewal, now: datetime) -> HttpResponse:
    sim = renewal.plan.sim
    text = _("%(plan)s on %(sim)s works until %(day)s now.") % {
        "plan": renewal.plan,
        "sim": sim,
        "day": day_in_words(renewal.to_date, sim.today(now)),
    }
    messages.success(request, text, extra_tags=reverse("plans:renewal_undo", args=[renewal.pk]))
    return redirect("plans:sim", sim.pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Renewal.objects.filter(plan__in=Plan.objects.visible_to(request.user))
    renewal = get_object_or_404(mine.select_related("plan"), pk=pk)
    with transaction.atomic():
        undone = actions.undo_renewal(renewal, timezone.now())
        if undone:
            feedback.forget(renewal)
    if undone:
        messages.success(request, _("The renewal is taken back: everything is as it was before."))
    else:
        messages.warning(request, _("This renewal cannot be taken back any more. You can edit the plan instead."))
    return redirect("plans:sim", renewal.plan.sim_id)


@require_POST
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """Which channel it was, and whether the guide was right: one tap each, asked on the page of the SIM."""
    now = timezone.now()
    plan = get_object_or_404(Plan.objects.visible_to(request.user), renewals=pk)
    renewal = feedback.last_renewal([plan], now)
    if renewal is not None and renewal.pk == pk:
        feedback.take(renewal, request.POST, request.person.language, now)
    return redirect(f"{reverse('plans:sim', args=[plan.sim_id])}#told")


@require_POST
def reminders(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_mine(request), pk=pk)
    actions.set_plan_reminders(plan, timezone.now(), on="on" in request.POST)
    messages.success(request, _("Saved."))
    return redirect("plans:sim", plan.sim_id)


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_mine(request), pk=pk)
    actions.set_flag(plan, "archived_at", timezone.now(), on=True)
    back = reverse("plans:plan_unarchive", args=[plan.pk])
    messages.success(request, _("%(plan)s is archived. We remind you of it no more.") % {"plan": plan}, extra_tags=back)
    return redirect("plans:sim", plan.sim_id)


@require_POST
def unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_mine(request), pk=pk)
    actions.set_flag(plan, "archived_at", timezone.now(), on=False)
    messages.success(request, _("%(plan)s is back.") % {"plan": plan})
    return redirect("plans:sim", plan.sim_id)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(_mine(request), pk=pk)
    actions.set_flag(plan, "deleted_at", timezone.now(), on=True)
    back = reverse("plans:plan_restore", args=[plan.pk])
    messages.success(request, _("%(plan)s is deleted.") % {"plan": plan}, extra_tags=back)
    return redirect("plans:sim", plan.sim_id)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(Plan.objects.deleted_by(request.user).select_related("sim"), pk=pk)
    actions.set_flag(plan, "deleted_at", timezone.now(), on=False)
    messages.success(request, _("%(plan)s is back.") % {"plan": plan})
    return redirect("plans:sim", plan.sim_id)


def _ways_to_find_out(sim: Sim) -> list[SafeString]:
    return todays_shelf().how_to_find_out(sim.operator, get_language())


def _mine(request: HttpRequest) -> PlanQuerySet:
    return Plan.objects.visible_to(request.user).select_related("sim__operator")

"""Renewing several plans at once, and one tap for a plan that we assume has renewed itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from plans import actions, feedback
from plans.forms.many import ids_said
from plans.models import Plan, Renewal, Sim
from plans.overview import overview
from plans.together import Renewable, price_of, renewables

from .common import changing, found, next_page
from .plans import after_renewal


def together(request: HttpRequest) -> HttpResponse:
    """Plans that are due, with the rest behind a tap: those that are marked are renewed together, or none."""
    with changing(request):
        now, error, only = timezone.now(), "", ids_said(request.GET.get("sims", "").split(","))
        mine = Sim.objects.visible_to(request.user).in_use()
        if request.method == "POST":
            list(Plan.objects.filter(sim__in=mine).select_for_update(no_key=True).order_by("pk").values_list("pk"))
            lot = _lot(request)
            if lot and Renewal.objects.visible_to(request.user).standing().filter(lot=lot).exists():
                messages.info(request, _("These renewals are noted already."))
                return redirect("plans:dashboard")
        asked = mine.filter(pk__in=only) if only else mine
        offered = renewables(overview(asked.renewable().with_facts(), now).cards)
        chosen, gone = _chosen(request, offered)
        if request.method == "POST" and chosen and not gone:
            said = {one.plan.pk: actions.Said(to=one.to) for one in chosen}
            lot = lot or uuid4()
            actions.renew_together(said, now, lot)
            return _noted(request, len(chosen), lot)
        if request.method == "POST":
            error = _changed() if gone else _("Mark what you have renewed.")
    due = _asked_for(offered) if only else [one for one in offered if one.line.is_to_renew]
    marked = chosen if request.method == "POST" else due
    context = {
        "error": error,
        "only": only,
        "due": due,
        "rest": [one for one in offered if one not in due],
        "marked": {one.plan.pk for one in marked},
        "lot": uuid4(),
        "next": request.GET.get("next", ""),
    }
    return render(request, "plans/together.html", context | _sum(marked))


def _asked_for(offered: list[Renewable]) -> list[Renewable]:
    """Of SIMs that were marked to be renewed: what is due, and of one where nothing is, what ends first."""
    by_sim: dict[int, list[Renewable]] = {}
    for one in offered:
        by_sim.setdefault(one.sim.pk, []).append(one)
    return [one for of_sim in by_sim.values() for one in [due for due in of_sim if due.line.is_to_renew] or of_sim[:1]]


@require_POST
def total(request: HttpRequest) -> HttpResponse:
    """A part of that page: what the marked plans cost together. Changes nothing; so many plans fit no address."""
    mine = Sim.objects.visible_to(request.user).in_use()
    chosen, _gone = _chosen(request, renewables(overview(mine.renewable().with_facts(), timezone.now()).cards))
    return render(request, "plans/parts/together_total.html", _sum(chosen))


def _sum(marked: list[Renewable]) -> dict[str, object]:
    return {"count": len(marked), "total": price_of(marked)}


def _changed() -> str:
    return _("Nothing is saved: some dates have changed since this page was opened. Check them here, then save again.")


def _chosen(request: HttpRequest, offered: list[Renewable]) -> tuple[list[Renewable], bool]:
    """The marked plans, and whether some of them do not stand any more as the page showed them."""
    keys = {key.partition(":")[0]: key for key in request.POST.getlist("plan")}
    chosen = [one for one in offered if str(one.plan.pk) in keys]
    as_shown = {str(one.plan.pk) for one in chosen if one.key == keys[str(one.plan.pk)]}
    return chosen, bool(keys.keys() - as_shown)


def _lot(request: HttpRequest) -> UUID | None:
    with suppress(ValueError):
        return UUID(request.POST.get("lot", ""))
    return None


def _noted(request: HttpRequest, count: int, lot: UUID) -> HttpResponse:
    text = ngettext("%(count)s renewal is noted.", "%(count)s renewals are noted.", count) % {"count": count}
    messages.success(request, text, extra_tags=reverse("plans:renewals_undo", args=[lot]))
    return redirect(next_page(request, reverse("plans:dashboard")))


@require_POST
def undo_lot(request: HttpRequest, lot: UUID) -> HttpResponse:
    """Takes back what was saved together: all of it, or nothing."""
    with transaction.atomic():
        renewals = list(Renewal.objects.visible_to(request.user).filter(lot=lot).select_related("plan__sim"))
        undone = actions.undo_renewals(renewals, timezone.now())
        for renewal in (one for one in renewals if undone and one.channel):
            feedback.forget(renewal)
    if undone:
        messages.success(request, _("The renewals are taken back: everything is as it was before."))
    else:
        messages.warning(
            request,
            _("These renewals cannot be taken back together any more. Take them back one by one, on the SIM’s page."),
        )
    return redirect("plans:dashboard")


@require_POST
def renewed(request: HttpRequest, pk: int) -> HttpResponse:
    """“Did it renew?”: yes or no, of the date that the page showed."""
    with changing(request):
        now = timezone.now()
        plan = found(request, Plan.objects.visible_to(request.user).select_related("sim__operator"), pk)
        to = actions.proposed_end(plan, plan.sim.today(now))
        if plan.closed_at or _day(request, "date_seen") != plan.paid_until or to is None:
            messages.info(request, _("This was answered already; nothing happens twice."))
        elif _day(request, "assumed") != to:
            messages.info(request, _("Meanwhile another period has begun. Look at the date, then answer again."))
        elif request.POST.get("renewed") == "yes":
            return after_renewal(request, actions.renew(plan, to=to, now=now), now)
        elif request.POST.get("renewed") == "no":
            actions.close_plan(plan, now)
            text = _("Noted: %(plan)s has not renewed. Below is how to renew it; then tell us its new date.") % {
                "plan": plan
            }
            messages.warning(request, text, extra_tags=reverse("plans:plan_reopen", args=[plan.pk]))
            return redirect(f"{reverse('plans:sim', args=[plan.sim_id])}#how")
    return redirect("plans:sim", plan.sim_id)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a “no” back."""
    with changing(request):
        plan = found(request, Plan.objects.visible_to(request.user).select_related("sim"), pk)
        actions.reopen_plan(plan, timezone.now())
    messages.success(request, _("Taken back: we ask again whether %(plan)s renewed.") % {"plan": plan})
    return redirect("plans:sim", plan.sim_id)


def _day(request: HttpRequest, name: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(request.POST.get(name, ""))
    return None

"""What a person does with a plan, but for renewing it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal

from django.db import transaction

from plans import schedule
from plans.deadlines import PlanFacts
from plans.models import Plan
from plans.periods import Period
from plans.renewing import keeps_hour, passed_over

from .catalogue import meet_tariff


@transaction.atomic
def save_plan(
    plan: Plan,
    *,
    paid_until: date | None,
    now: datetime,
    anchor: int | None = None,
    ends_at: time | Literal["as it was"] | None = "as it was",
) -> Plan:
    """Saves a new or edited plan whose last day is `paid_until` (None: unknown).

    `anchor` is the day of the month of the charge where the person said more than the last day; `ends_at` the hour on
    the last day, where hours are counted and the person was asked.
    """
    was = plan.facts()
    if plan.pk is None or paid_until != plan.paid_until:
        plan.say_date(paid_until, now, first=plan.pk is None or plan.paid_until is None)
    elif plan.rule is not Period.MONTH:
        plan.anchor = None
    plan.ends_at = _hour(plan, was, ends_at)
    if passed := passed_over(was, paid_until, plan.sim.today(now)):
        plan.uncounted_on = max(filter(None, (plan.uncounted_on, passed)))
    if anchor and plan.rule is Period.MONTH:
        plan.anchor = anchor
    meet_tariff(plan, now)
    plan.save()
    schedule.reschedule(plan.sim, now)
    return plan


def _hour(plan: Plan, was: PlanFacts, ends_at: time | Literal["as it was"] | None) -> time | None:
    if plan.paid_until is None or not plan.rule.counts_hours:
        return None
    if ends_at != "as it was":
        return ends_at
    same = plan.paid_until == was.paid_until or keeps_hour(was, plan.paid_until, plan.rule)
    return was.ends_at if same else None


@transaction.atomic
def close_plan(plan: Plan, now: datetime) -> None:
    """Its owner says that it was not renewed: it ended, and we ask no more."""
    plan.closed_at = now
    plan.save(update_fields=["closed_at"])
    schedule.reschedule(plan.sim, now)


@transaction.atomic
def reopen_plan(plan: Plan, now: datetime) -> None:
    """Takes “not renewed” back."""
    plan.closed_at = None
    plan.save(update_fields=["closed_at"])
    schedule.reschedule(plan.sim, now)


@transaction.atomic
def set_plan_reminders(plan: Plan, now: datetime, *, on: bool) -> None:
    plan.reminders_off = not on
    plan.save(update_fields=["reminders_off"])
    schedule.reschedule(plan.sim, now)

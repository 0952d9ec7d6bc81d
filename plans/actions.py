"""What a person does with their SIMs and plans. Each action is one transaction that leaves the
reminders right; views, links in mails, the admin and commands all act through these."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from . import schedule
from .deadlines import Renews, assumed_ends
from .models import BalanceEntry, Person, Plan, Renewal, Sim
from .periods import Period, later_end, renewed_end

# What a renewal changes on a plan, and an undo puts back.
_RENEWED_FIELDS = (
    *("name", "price", "currency", "period", "renews"),
    *("paid_until", "anchor", "said_at", "first_said", "closed_at"),
)
_ACTIVITY_FIELDS = ("last_activity_on", "activity_said_at", "activity_first_said")


@transaction.atomic
def save_sim(sim: Sim, *, activity_changed: bool, now: datetime) -> Sim:
    """Saves a new or edited SIM."""
    is_new = sim.pk is None
    if activity_changed:
        sim.activity_said_at, sim.activity_first_said = now, is_new
    sim.save()
    schedule.reschedule(sim)
    return sim


@transaction.atomic
def save_plan(plan: Plan, *, paid_until: date | None, now: datetime, anchor: int | None = None) -> Plan:
    """Saves a new or edited plan whose last day is `paid_until` (None: unknown).

    `anchor` is the day of the month of the charge where the person said more than the last day.
    """
    if plan.pk is None or paid_until != plan.paid_until:
        plan.say_date(paid_until, now, first=plan.pk is None or plan.paid_until is None)
    elif plan.rule is not Period.MONTH:
        plan.anchor = None
    if anchor and plan.rule is Period.MONTH:
        plan.anchor = anchor
    plan.save()
    schedule.reschedule(plan.sim)
    return plan


@transaction.atomic
def add_sim(
    sim: Sim,
    *,
    now: datetime,
    plan: Plan | None = None,
    paid_until: date | None = None,
    anchor: int | None = None,
    balance: Decimal | None = None,
) -> Sim:
    """Saves a new SIM with what was said along with it: all of it, or nothing."""
    save_sim(sim, activity_changed=sim.last_activity_on is not None, now=now)
    if balance is not None:
        read_balance(sim, balance, now)
    if plan is not None:
        plan.sim = sim
        save_plan(plan, paid_until=paid_until, anchor=anchor, now=now)
    return sim


@transaction.atomic
def read_balance(sim: Sim, amount: Decimal, now: datetime, currency: str = "KZT") -> BalanceEntry:
    """Notes what the balance is today."""
    entry = sim.balance_entries.create(
        kind=BalanceEntry.Kind.READING, amount=amount, currency=currency, on=sim.today(now), said_at=now
    )
    schedule.reschedule(sim)
    return entry


@transaction.atomic
def note_activity(sim: Sim, on: date, now: datetime) -> None:
    """The number was used, or topped up, on that day."""
    sim.last_activity_on, sim.activity_said_at, sim.activity_first_said = on, now, sim.last_activity_on is None
    sim.save(update_fields=["last_activity_on", "activity_said_at", "activity_first_said"])
    schedule.reschedule(sim)


def proposed_end(plan: Plan, on: date, period: Period | None = None) -> date | None:
    """The last day if the plan is renewed on that day, perhaps for another `period`; None where that has no length."""
    period = period or plan.rule
    if period is Period.ONCE:
        return None
    facts, until = plan.facts(), _assumed_until(plan, on)
    anchor = facts.anchor if period is facts.period else None
    if until is not None and facts.renews is not Renews.HAND and not facts.closed:
        return later_end(until, period, anchor)  # it is charged on its date, whenever we are told
    return renewed_end(until, period, anchor, on)


@transaction.atomic
def renew(
    plan: Plan,
    *,
    to: date,
    now: datetime,
    amount: Decimal | None = None,
    channel: str = "",
    switch_to: dict[str, Any] | None = None,
) -> Renewal:
    """The plan was renewed until `to`, perhaps as another plan (`switch_to`: name, price, period, renews)."""
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    before = {field: _plain(getattr(plan, field)) for field in _RENEWED_FIELDS}
    before |= {field: _plain(getattr(plan.sim, field)) for field in _ACTIVITY_FIELDS}
    from_date = _assumed_until(plan, plan.sim.today(now))  # of the plan that it was until now
    keeps_anchor = plan.anchor if not switch_to or switch_to.get("period", plan.period) == plan.period else None
    for field, value in (switch_to or {}).items():
        setattr(plan, field, value)
    plan.say_date(to, now)
    if keeps_anchor and plan.rule is Period.MONTH and _fits_anchor(to, keeps_anchor):
        plan.anchor = keeps_anchor
    plan.save()
    renewal = plan.renewals.create(
        from_date=from_date,
        to_date=to,
        amount=amount if amount is not None else plan.price,
        currency=plan.currency,
        channel=channel,
        made_at=now,
        before=before,
    )
    if plan.sim.inactivity_days is not None:
        note_activity(plan.sim, plan.sim.today(now), now)  # paying counts as activity
    else:
        schedule.reschedule(plan.sim)
    return renewal


@transaction.atomic
def undo_renewal(renewal: Renewal, now: datetime) -> bool:
    """Puts the plan back as it was; False if the renewal is not the plan's last one or undone already."""
    plan = Plan.objects.select_for_update().get(pk=renewal.plan_id)
    last = plan.renewals.filter(undone_at=None).first()
    if last is None or last.pk != renewal.pk:
        return False
    _put_back(plan, _RENEWED_FIELDS, renewal.before)
    if plan.sim.activity_said_at == renewal.made_at:
        _put_back(plan.sim, _ACTIVITY_FIELDS, renewal.before)
    renewal.undone_at = now
    renewal.save(update_fields=["undone_at"])
    schedule.reschedule(plan.sim)
    return True


@transaction.atomic
def close_plan(plan: Plan, now: datetime) -> None:
    """Its owner says that it was not renewed: it ended, and we ask no more."""
    plan.closed_at = now
    plan.save(update_fields=["closed_at"])
    schedule.reschedule(plan.sim)


@transaction.atomic
def set_plan_reminders(plan: Plan, *, on: bool) -> None:
    plan.reminders_off = not on
    plan.save(update_fields=["reminders_off"])
    schedule.reschedule(plan.sim)


@transaction.atomic
def set_sim_reminders(sim: Sim, *, on: bool) -> None:
    sim.reminders_off = not on
    sim.save(update_fields=["reminders_off"])
    schedule.reschedule(sim)


@transaction.atomic
def stop_watching(sim: Sim) -> None:
    """The number itself need not be kept alive any more; its plans stay."""
    sim.inactivity_days = None
    sim.save(update_fields=["inactivity_days"])
    schedule.reschedule(sim)


@transaction.atomic
def set_flag(item: Sim | Plan, field: str, at: datetime | None) -> None:
    """Archives or deletes (`archived_at`, `deleted_at` with a moment) or brings back (None)."""
    setattr(item, field, at)
    item.save(update_fields=[field])
    schedule.reschedule(item if isinstance(item, Sim) else item.sim)


@transaction.atomic
def stop_reminders(person: Person, now: datetime) -> None:
    """No reminder to this person any more, until they resume."""
    if person.stopped_at is None:
        person.stopped_at = now
        person.save(update_fields=["stopped_at"])
        schedule.reschedule_person(person)


@transaction.atomic
def resume_reminders(person: Person, now: datetime) -> None:
    """Reminders go on; what fell due meanwhile and is still true is said at once."""
    person.stopped_at, person.paused_until, person.reachable_since = None, None, now
    person.save(update_fields=["stopped_at", "paused_until", "reachable_since"])
    schedule.reschedule_person(person)


@transaction.atomic
def pause_reminders(person: Person, until: date) -> None:
    person.paused_until = until
    person.save(update_fields=["paused_until"])
    schedule.reschedule_person(person)


@transaction.atomic
def mute_kinds(person: Person, kinds: Iterable[str]) -> None:
    """Exactly these kinds are switched off."""
    person.muted_kinds = sorted(set(kinds))
    person.save(update_fields=["muted_kinds"])
    schedule.reschedule_person(person)


@transaction.atomic
def save_person(person: Person, fields: Iterable[str] | None = None) -> None:
    """Saves these fields, or all; works the reminders out again only where they depend on what changed."""
    before = Person.objects.select_for_update().filter(pk=person.pk).first()
    person.save(update_fields=fields)
    if before and schedule.settings_of(Person.objects.get(pk=person.pk)) != schedule.settings_of(before):
        schedule.reschedule_person(person)


@transaction.atomic
def set_address(person: Person, email: str, verified: bool, now: datetime) -> None:
    """The person's address as the account knows it; reminders wait until it is verified."""
    if (person.email, person.email_verified) == (email, verified):
        return
    if verified and not person.email_verified:
        person.reachable_since = now
    person.email, person.email_verified = email, verified
    person.save(update_fields=["email", "email_verified", "reachable_since"])
    schedule.reschedule_person(person)


def _assumed_until(plan: Plan, today: date) -> date | None:
    """The last day of the period that ran out last or runs now, as far as one can assume."""
    facts = plan.facts()
    if facts.paid_until is None or facts.renews is Renews.HAND or facts.closed:
        return facts.paid_until
    reached = facts.paid_until
    for end in assumed_ends(facts):
        if end >= today:
            # The period that runs now is only assumed: saying "renewed" confirms it.
            return reached
        reached = end
    return reached


def _put_back(item: Sim | Plan, fields: tuple[str, ...], before: dict[str, Any]) -> None:
    for field in fields:
        setattr(item, field, item._meta.get_field(field).to_python(before[field]))
    item.save(update_fields=fields)


def _fits_anchor(to: date, anchor: int) -> bool:
    charge = to + timedelta(days=1)
    return charge.day == anchor or (charge.day < anchor and (charge + timedelta(days=1)).day == 1)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, Decimal) else value

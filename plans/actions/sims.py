"""What a person does with a SIM."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction

from kzsim.common.money import Money
from plans import schedule
from plans.models import Plan, Sim

from .first_steps import note_steps
from .money import read_balance
from .plans import save_plan

# What only the schedule writes: one who read the SIM before it did would set that back.
_OF_THE_SCHEDULE = {"review_at", "guides_revision", "deadlines_digest", "deadlines_moved_at", *Sim.STANDING}
_OF_ACTIVITY = ["last_activity_on", "activity_said_at", "activity_first_said"]
_SAID = [field.name for field in Sim._meta.concrete_fields if field.name not in {"id", *_OF_THE_SCHEDULE}]

# The day, when it was said, and whether that was the first word of it.
ActivitySaid = tuple[date | None, datetime | None, bool]


@transaction.atomic
def save_sim(sim: Sim, *, activity_changed: bool, now: datetime) -> Sim:
    """Saves a new or edited SIM."""
    is_new = sim.pk is None
    if activity_changed:
        sim.activity_said_at, sim.activity_first_said = now, is_new
    sim.save(update_fields=None if is_new else _SAID)
    schedule.reschedule(sim, now)
    return sim


@transaction.atomic
def add_sim(
    sim: Sim,
    *,
    now: datetime,
    plan: Plan | None = None,
    paid_until: date | None = None,
    anchor: int | None = None,
    ends_at: time | None = None,
    balance: Decimal | None = None,
    currency: str = Money.currency,
) -> Sim:
    """Saves a new SIM with what was said along with it: all of it, or nothing."""
    save_sim(sim, activity_changed=sim.last_activity_on is not None, now=now)
    if balance is not None:
        read_balance(sim, balance, now, currency)
    if plan is not None:
        plan.sim = sim
        save_plan(plan, paid_until=paid_until, anchor=anchor, ends_at=ends_at, now=now)
    note_steps(sim.person, now)
    return sim


@transaction.atomic
def note_activity(sim: Sim, on: date, now: datetime) -> None:
    """The number was used, or topped up, on that day."""
    sim.last_activity_on, sim.activity_said_at, sim.activity_first_said = on, now, sim.last_activity_on is None
    sim.save(update_fields=_OF_ACTIVITY)
    schedule.reschedule(sim, now)


@transaction.atomic
def forget_activity(sim: Sim, before: ActivitySaid, said_at: datetime, now: datetime) -> bool:
    """Takes back what was said at `said_at`; False where something else has been said since."""
    standing = Sim.objects.select_for_update(no_key=True).filter(pk=sim.pk, activity_said_at=said_at)
    is_last = standing.exists()
    if is_last:
        sim.last_activity_on, sim.activity_said_at, sim.activity_first_said = before
        sim.save(update_fields=_OF_ACTIVITY)
        schedule.reschedule(sim, now)
    return is_last


@transaction.atomic
def set_sim_reminders(sim: Sim, now: datetime, *, on: bool) -> None:
    sim.reminders_off = not on
    sim.save(update_fields=["reminders_off"])
    schedule.reschedule(sim, now)


@transaction.atomic
def set_sim_kinds(sim: Sim, kinds: Iterable[str], now: datetime) -> None:
    """Exactly these kinds are switched off for this SIM, beside those that its person wants of none."""
    sim.muted_kinds = sorted(set(kinds))
    sim.save(update_fields=["muted_kinds"])
    schedule.reschedule(sim, now)


@transaction.atomic
def stop_watching(sim: Sim, now: datetime) -> None:
    """The number itself need not be kept alive any more; its plans stay."""
    sim.keep_alive = False
    sim.save(update_fields=["keep_alive"])
    schedule.reschedule(sim, now)


@transaction.atomic
def set_flag(item: Sim | Plan, field: str, now: datetime, *, on: bool) -> None:
    """Archives or deletes (`archived_at`, `deleted_at`), or brings back."""
    setattr(item, field, now if on else None)
    item.save(update_fields=[field])
    schedule.reschedule(item if isinstance(item, Sim) else item.sim, now)

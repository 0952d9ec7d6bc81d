"""What a person says of their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kzsim.common.money import Money
from plans import schedule
from plans.models import BalanceEntry, Plan, Sim
from plans.usage import Allowance

from .plans import save_plan
from .use import say_left

_Kind = BalanceEntry.Kind

# The same said again so soon is a second tap on the same button.
SAME_TAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Noted:
    """What stands now of what was said; `again` where it stood already."""

    entry: BalanceEntry
    again: bool = False


@transaction.atomic
def read_balance(
    sim: Sim, amount: Decimal, now: datetime, currency: str = Money.currency, on: date | None = None
) -> Noted:
    """Notes what the balance was on a day, today unless another is said. Said again within minutes it counts once."""
    said = _said(sim, _Kind.READING, amount, now, currency, on)
    last = sim.balance_entries.filter(deleted_at=None).order_by("said_at", "pk").last()
    if last and _is_again(last, said):
        return Noted(last, again=True)
    return _note(said, now)


@transaction.atomic
def top_up(sim: Sim, amount: Decimal, now: datetime, currency: str = Money.currency, on: date | None = None) -> Noted:
    """Notes money that came onto the SIM on a day; as for a balance, the same within minutes counts once."""
    said = _said(sim, _Kind.TOP_UP, amount, now, currency, on)
    lately = sim.balance_entries.filter(deleted_at=None, said_at__gte=now - SAME_TAP)
    again = next((entry for entry in lately if _is_again(entry, said)), None)
    return Noted(again, again=True) if again else _note(said, now)


@transaction.atomic
def take_back(entry: BalanceEntry, now: datetime) -> bool:
    """Forgets what was said; False if it was taken back already, or belongs to a renewal, which is undone whole."""
    entry = BalanceEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if entry.deleted_at or entry.renewal_id:
        return False
    entry.deleted_at = now
    entry.save(update_fields=["deleted_at"])
    schedule.reschedule(entry.sim, now)
    return True


@transaction.atomic
def put_back(entry: BalanceEntry, now: datetime) -> bool:
    """What was taken back counts again; False if it does already, or belongs to a renewal."""
    entry = BalanceEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if entry.deleted_at is None or entry.renewal_id:
        return False
    entry.deleted_at = None
    entry.save(update_fields=["deleted_at"])
    schedule.reschedule(entry.sim, now)
    return True


@transaction.atomic
def take_reply(
    sim: Sim,
    *,
    now: datetime,
    balance: Money | None = None,
    data_left: int | None = None,
    plan: Plan | None = None,
    paid_until: date | None = None,
    anchor: int | None = None,
) -> None:
    """Notes what was confirmed of an operator's reply: all of it, or nothing, and the same balance once a day."""
    if plan is not None:
        plan = Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    Sim.objects.select_for_update(no_key=True).get(pk=sim.pk)  # a second tap waits here for the first
    if balance is not None and not _is_last_reading(sim, balance, sim.today(now)):
        read_balance(sim, balance.amount, now, balance.currency)
    if data_left is not None:
        say_left(sim, {Allowance.DATA: data_left}, now, _only_plan(sim))
    if plan is not None:
        save_plan(plan, paid_until=paid_until, anchor=anchor, now=now)


def _said(
    sim: Sim, kind: BalanceEntry.Kind, amount: Decimal, now: datetime, currency: str, on: date | None
) -> BalanceEntry:
    Sim.objects.select_for_update(no_key=True).get(pk=sim.pk)  # a second tap waits here for the first
    return BalanceEntry(sim=sim, kind=kind, amount=amount, currency=currency, on=on or sim.today(now), said_at=now)


def _note(said: BalanceEntry, now: datetime) -> Noted:
    said.save()
    schedule.reschedule(said.sim, now)
    return Noted(said)


def _is_again(entry: BalanceEntry, said: BalanceEntry) -> bool:
    same = (entry.kind, entry.amount, entry.currency, entry.on) == (said.kind, said.amount, said.currency, said.on)
    return same and entry.renewal_id is None and said.said_at - entry.said_at <= SAME_TAP


def _only_plan(sim: Sim) -> Plan | None:
    """The plan whose data a reply speaks of; with several nobody knows."""
    plans = list(sim.plans.in_use()[:2])
    return plans[0] if len(plans) == 1 else None


def _is_last_reading(sim: Sim, balance: Money, on: date) -> bool:
    last = sim.balance_entries.filter(deleted_at=None).order_by("on", "said_at").last()
    if last is None or last.kind != _Kind.READING:
        return False
    return (last.amount, last.currency, last.on) == (balance.amount, balance.currency, on)

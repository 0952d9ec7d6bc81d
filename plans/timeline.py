"""What happened to a SIM, newest first: what its owner said, what was assumed, and what we wrote.

Pure but for the rows it is given: a SIM fetched `with_facts()`, its renewals and the reminders that were sent, each
newest first and no more than are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import merge
from itertools import groupby, islice, takewhile

from kzsim.common.money import Money

from .deadlines import Renews, assumed_ends
from .models import BalanceEntry, Plan, Reminder, Renewal, Sim, UsageReading
from .periods import cutoff


class What(StrEnum):
    RENEWED = "renewed"
    ASSUMED = "assumed"  # a charge that nobody has confirmed
    MONEY = "money"
    LEFT = "left"
    USED = "used"
    REMINDED = "reminded"
    PLAN = "plan"
    ADDED = "added"


@dataclass(frozen=True)
class Event:
    """One thing that happened on a day where the SIM is; `at` only sorts. What it was is in one of the others."""

    at: datetime
    on: date
    what: What
    plan: Plan | None = None
    renewal: Renewal | None = None
    entry: BalanceEntry | None = None
    uses: list[UsageReading] = field(default_factory=list)
    reminder: Reminder | None = None
    money: Money | None = None
    until: date | None = None
    can_undo: bool = False

    @property
    def is_assumed(self) -> bool:
        return self.what is What.ASSUMED


def events(sim: Sim, renewals: Iterable[Renewal], sent: Iterable[Reminder], now: datetime) -> Iterator[Event]:
    """All of it, newest first."""
    kinds = (
        _renewals(sim, renewals),
        _assumed(sim, now),
        _money(sim),
        _left(sim),
        _used(sim),
        _reminded(sim, sent),
        _begun(sim),
    )
    return merge(*(_newest_first(kind) for kind in kinds), key=_moment, reverse=True)


def page_of(found: Iterator[Event], page: int, size: int) -> tuple[list[Event], bool]:
    """The events of one page (1, 2, ...), and whether more follow."""
    taken = list(islice(found, (page - 1) * size, page * size + 1))
    return taken[:size], len(taken) > size


def _renewals(sim: Sim, renewals: Iterable[Renewal]) -> Iterator[Event]:
    """Only a plan's last one can be taken back."""
    seen: set[int] = set()
    for renewal in renewals:
        money = None if renewal.amount is None else Money(renewal.amount, renewal.currency)
        yield Event(
            renewal.made_at,
            sim.today(renewal.made_at),
            What.RENEWED,
            plan=renewal.plan,
            renewal=renewal,
            money=money,
            until=renewal.to_date,
            can_undo=renewal.plan_id not in seen,
        )
        seen.add(renewal.plan_id)


def _assumed(sim: Sim, now: datetime) -> Iterator[Event]:
    """The charges since the last confirmed date of each plan that renews by itself."""
    today = sim.today(now)
    for plan in sim.plans_in_use:
        facts = plan.facts()
        if facts.renews is Renews.HAND or facts.closed or facts.paid_until is None:
            continue
        ends = assumed_ends(facts)
        for on in takewhile(lambda end: end < today, ends):
            yield Event(cutoff(on, sim.zone), on + timedelta(days=1), What.ASSUMED, plan=plan, money=plan.cost)


def _money(sim: Sim) -> Iterator[Event]:
    """What belongs to a renewal is told with it."""
    for entry in sim.entries:
        if entry.renewal_id is not None:
            continue
        at = entry.said_at if sim.today(entry.said_at) == entry.on else _end_of(entry.on, sim)
        yield Event(at, entry.on, What.MONEY, entry=entry, money=entry.money)


def _left(sim: Sim) -> Iterator[Event]:
    """What was said of a plan in one moment is one event."""
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    in_order = sorted(sim.uses, key=lambda use: (use.said_at, use.plan_id or 0, use.pk))
    for (at, plan), uses in groupby(in_order, key=lambda use: (use.said_at, use.plan_id)):
        yield Event(at, sim.today(at), What.LEFT, plan=plans.get(plan), uses=list(uses), can_undo=True)


def _used(sim: Sim) -> Iterator[Event]:
    on = sim.last_activity_on
    if on:
        yield Event(_end_of(on, sim), on, What.USED)


def _reminded(sim: Sim, sent: Iterable[Reminder]) -> Iterator[Event]:
    for reminder in sent:
        at = reminder.message.sent_at
        yield Event(at, sim.today(at), What.REMINDED, plan=reminder.plan, reminder=reminder)


def _begun(sim: Sim) -> Iterator[Event]:
    """When the plans and the SIM came to this site."""
    for plan in sim.plans_in_use:
        yield Event(plan.created_at, sim.today(plan.created_at), What.PLAN, plan=plan)
    yield Event(sim.created_at, sim.today(sim.created_at), What.ADDED)


def _newest_first(found: Iterable[Event]) -> list[Event]:
    return sorted(found, key=_moment, reverse=True)


def _moment(event: Event) -> datetime:
    return event.at


def _end_of(day: date, sim: Sim) -> datetime:
    return cutoff(day, sim.zone) - timedelta(seconds=1)

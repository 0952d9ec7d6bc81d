"""The number itself: until when it is safe without a paid activity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from plans.periods import days_left

from .facts import UNANSWERED_PERIODS, Deadline, Kind, Outlook, SimFacts, sim_subject, state_of
from .questions import questions


def number_at_risk_on(sim: SimFacts) -> date | None:
    """The last day on which the number is safe, or None when that is unknown or not watched."""
    if sim.activity is None or not sim.keep_alive:
        return None
    return safe_after(sim, sim.activity.on)


def safe_after(sim: SimFacts, on: date) -> date:
    """The last day on which the number is safe if it is used on the day `on` for the last time."""
    return on + timedelta(days=sim.limit.days)


def number_deadlines(sim: SimFacts) -> Iterator[Deadline]:
    on = number_at_risk_on(sim)
    if on is None or sim.activity is None:
        return
    subject, since, first = sim_subject(sim.id), sim.activity.said_at, sim.activity.first
    yield Deadline(subject, Kind.NUMBER_AT_RISK, on, sim.zone, since, first, length=sim.limit.days)
    ends = [on + timedelta(days=sim.limit.days * periods) for periods in range(UNANSWERED_PERIODS + 1)]
    yield from questions(sim, subject, on, ends, since, first)


def number_outlooks(sim: SimFacts, today: date) -> Iterator[Outlook]:
    """How the number stands, where it is watched."""
    if sim.keep_alive:
        on = number_at_risk_on(sim)
        left = days_left(on, today) if on else None
        yield Outlook(sim_subject(sim.id), None, on, left, state_of(left))

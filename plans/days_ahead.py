"""What the next 90 days hold for a SIM: how long it is paid for, what ends, what is charged, when its number is at
risk. Pure: facts and days in, stretches and points of days out.

What is confirmed stands apart from what is only assumed. A stretch ends where, as things are, the plan stops: with the
day that its owner said, or before the first charge that finds too little. What would follow after that is nobody's to
foresee. So there is nothing behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kzsim.common.money import Money

from .deadlines import PlanFacts, Renews, SimFacts, StayFacts, assumed_ends, charges, known_balance, number_at_risk_on
from .forecast import Step, steps
from .periods import Period, months_later

DAYS = 90
_DAY = timedelta(days=1)
_WEEK = 7


class Kind(StrEnum):
    ENDS = "ends"  # with that day, unless somebody renews it
    CHARGE = "charge"  # in the night after that day
    AT_RISK = "at_risk"  # the number, unless it is used by that day


class Quiet(StrEnum):
    """Why nothing happens to a plan, or to the number, in this time."""

    LASTS = "lasts"
    UNKNOWN = "unknown"  # nobody knows its date
    OVER = "over"  # it has ended
    PAUSED = "paused"  # nobody has confirmed it for so long that we say no more of it


@dataclass(frozen=True)
class Window:
    """The days that are looked at; both ends belong to it."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def months(self) -> list[date]:
        """The first day of each month that begins in it."""
        this = self.first.replace(day=1)
        firsts = (months_later(this, months, 1) for months in range(self.days // 28 + 2))
        return [day for day in firsts if day in self]

    @property
    def weeks(self) -> list[date]:
        """Its Mondays."""
        monday = self.first + _DAY * (-self.first.weekday() % _WEEK)
        return [monday + _DAY * n for n in range(0, (self.last - monday).days + 1, _WEEK)]


@dataclass(frozen=True)
class Span:
    """Days on which it is paid for, or safe; both ends belong to it."""

    first: date
    last: date
    assumed: bool = False


@dataclass(frozen=True)
class Point:
    """What happens at the end of a day. `missing` is None where nobody knows what a charge will find; `by_card`: a card
    tops up what is needed. `daily`: it happens every day, and only this first one is told. `since`: the number has been
    unused for too long since then."""

    on: date
    kind: Kind
    plan: int | None = None
    needed: Money | None = None
    missing: Money | None = None
    by_card: bool = False
    daily: bool = False
    since: date | None = None

    @property
    def falls_short(self) -> bool:
        return self.missing is not None and self.missing.amount > 0


@dataclass(frozen=True)
class Lane:
    """One plan, or (`plan` None) the number. `quiet` tells why there is no point, `until` its own last day, which may
    be outside the days that are looked at."""

    plan: int | None
    spans: tuple[Span, ...] = ()
    points: tuple[Point, ...] = ()
    quiet: Quiet | None = None
    until: date | None = None


@dataclass(frozen=True)
class Trip:
    """Days of a stay, as far as they are in the window."""

    stay: int
    abroad: bool
    span: Span


def window_of(todays: Iterable[date]) -> Window:
    """From today on; where it is not the same day everywhere, from the earliest, so that nothing of today is left
    out."""
    first = min(todays)
    return Window(first, first + _DAY * (DAYS - 1))


def lanes(sim: SimFacts, today: date, window: Window, paused: frozenset[int] = frozenset()) -> list[Lane]:
    """Each plan and, where it is watched, the number. Of the plans `paused` nobody has said anything for long."""
    of_plan: dict[int, list[Step]] = {}
    for step in steps(known_balance(sim, today), charges(sim, today, window.last)):
        of_plan.setdefault(step.charge.plan, []).append(step)
    found = [_lane(plan, of_plan.get(plan.id, []), today, window, plan.id in paused) for plan in sim.plans]
    return [*found, _number_lane(sim, today, window)] if sim.keep_alive else found


def trips(stays: Iterable[StayFacts], window: Window) -> list[Trip]:
    """Where the person is in this time, as far as they said; an open end goes on to the end of it."""
    found = [(stay, _within(stay.since or window.first, stay.until or window.last, window)) for stay in stays]
    in_it = [Trip(stay.id, stay.abroad, span) for stay, span in found if span]
    return sorted(in_it, key=lambda trip: (trip.span.first, trip.stay))


def _lane(plan: PlanFacts, found: Sequence[Step], today: date, window: Window, is_paused: bool) -> Lane:
    if plan.paid_until is None:
        return Lane(plan.id, quiet=Quiet.UNKNOWN)
    if plan.renews is not Renews.HAND and not plan.closed:
        return _self_renewing(plan, plan.paid_until, found, today, window, is_paused)
    return _by_hand(plan, plan.paid_until, today, window)


def _by_hand(plan: PlanFacts, until: date, today: date, window: Window) -> Lane:
    if until < today:
        return Lane(plan.id, quiet=Quiet.OVER, until=until)
    ends = Point(until, Kind.ENDS, plan.id, None if plan.closed else plan.price)
    return _told(plan.id, [_within(today, until, window)], [ends], until, window)


def _self_renewing(
    plan: PlanFacts, until: date, found: Sequence[Step], today: date, window: Window, is_paused: bool
) -> Lane:
    runs_until = next((end for end in assumed_ends(plan) if end >= today), None)
    if runs_until is None:
        return Lane(plan.id, quiet=Quiet.OVER, until=until)
    if is_paused:
        span = _within(max(today, until + _DAY), runs_until, window, assumed=True)
        return Lane(plan.id, (span,) if span else (), quiet=Quiet.PAUSED, until=runs_until)
    stops = next((step.charge.on for step in found if step.fails), window.last)
    spans = [_within(today, min(until, stops), window)]
    if plan.period is not Period.ONCE:
        spans.append(_within(max(today, until + _DAY), stops, window, assumed=True))
    points = [
        Point(
            step.charge.on,
            Kind.CHARGE,
            plan.id,
            plan.price,
            step.missing,
            by_card=plan.renews is Renews.AUTOPAY,
            daily=plan.period is Period.DAY,
        )
        for step in _worth_telling(plan, [step for step in found if step.charge.on <= stops])
    ]
    return _told(plan.id, spans, points, until, window)


def _worth_telling(plan: PlanFacts, found: list[Step]) -> list[Step]:
    """All of them; of what is charged every day, the one that finds too little, or else the first."""
    if plan.period is not Period.DAY:
        return found
    return [step for step in found if step.fails][:1] or found[:1]


def _number_lane(sim: SimFacts, today: date, window: Window) -> Lane:
    until = number_at_risk_on(sim)
    if until is None:
        return Lane(None, quiet=Quiet.UNKNOWN)
    if until < today:
        return _told(None, [], [Point(today, Kind.AT_RISK, since=until)], until, window)
    return _told(None, [_within(today, until, window)], [Point(until, Kind.AT_RISK)], until, window)


def _told(plan: int | None, spans: list[Span | None], points: list[Point], until: date, window: Window) -> Lane:
    in_it = tuple(point for point in points if point.on in window)
    return Lane(plan, tuple(filter(None, spans)), in_it, None if in_it else Quiet.LASTS, until)


def _within(first: date, last: date, window: Window, *, assumed: bool = False) -> Span | None:
    first, last = max(first, window.first), min(last, window.last)
    return Span(first, last, assumed) if first <= last else None


def in_order(found: Iterable[Lane]) -> Iterator[tuple[Lane, Point]]:
    """What happens, day by day, with the plan or number it happens to."""
    told = [(lane, point) for lane in found for point in lane.points]
    return iter(sorted(told, key=lambda pair: pair[1].on))

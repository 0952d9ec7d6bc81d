"""Money and data over time: what was known, and what is expected. Pure: facts and days in, points out.

A balance stands still between what happens to it, so its curve is made of steps; where a charge fell that nobody
confirmed, it ends, and begins anew with the next reading. Data goes steadily between two readings. What is expected
is drawn from today on for money, and from the newest reading on for data, as far as it is worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from kzsim.common.money import Money
from plans.deadlines import SimFacts, UseOutlook, charge_days, charges
from plans.forecast import balance_on, steps
from plans.periods import cutoff
from plans.usage import Use

DAYS_BACK, DAYS_AHEAD = 90, 45


@dataclass(frozen=True)
class Point:
    """So much at a moment, in the SIM's zone: money in its currency's units, data in megabytes."""

    at: datetime
    amount: float


@dataclass(frozen=True)
class Fact:
    """A line of the table behind the curve: so much on that day; None: not known from then on."""

    on: date
    money: Money | None = None
    left: int | None = None
    expected: bool = False
    missing: Money | None = None


@dataclass(frozen=True)
class Curve:
    """Lines of what was known, oldest first, one line of what is expected, and both as a table, newest first."""

    known: tuple[tuple[Point, ...], ...] = ()
    expected: tuple[Point, ...] = ()
    table: tuple[Fact, ...] = ()

    @property
    def is_worth_drawing(self) -> bool:
        """One day alone is a figure, and no curve."""
        return len({point.at.date() for line in (*self.known, self.expected) for point in line}) > 1


def money_curve(sim: SimFacts, today: date) -> Curve:
    """The balance as far as it was, is and will be known, in the currency that it is in now."""
    days = [today - timedelta(days=ago) for ago in range(DAYS_BACK, -1, -1)]
    unconfirmed = charge_days(sim, before=today)
    known = [_balance(sim, day, unconfirmed) for day in days]
    currency = next((money.currency for money in reversed(known) if money), None)
    line: list[tuple[date, Money | None]] = [
        (day, money if money and money.currency == currency else None) for day, money in zip(days, known, strict=True)
    ]
    ahead = _expected_money(sim, today)
    told = [Fact(day, money) for day, money in line if money]
    changes = [fact for n, fact in enumerate(told) if n == 0 or told[n - 1].money != fact.money]
    return Curve(
        tuple(_stepped(sim, stretch) for stretch in _stretches(line)),
        _stepped(sim, [(today, line[-1][1]), *((fact.on, fact.money) for fact in ahead)]) if ahead else (),
        (*reversed(ahead), *reversed(changes)),
    )


def data_curve(sim: SimFacts, uses: Sequence[Use], outlook: UseOutlook) -> Curve:
    """One allowance as it was said, and to the day on which it is gone or its period ends."""
    said = [Point(use.at.astimezone(sim.zone), use.left) for use in sorted(uses, key=lambda use: use.at)]
    said = [point for point in said if point.at >= said[-1].at - timedelta(days=DAYS_BACK)]
    told = [Fact(sim.today(point.at), left=int(point.amount)) for point in said]
    ahead = _expected_data(sim, outlook)
    expected = [Fact(sim.today(ahead.at), left=int(ahead.amount), expected=True)] if ahead else []
    return Curve((tuple(said),), (said[-1], ahead) if ahead else (), (*expected, *reversed(told)))


def is_balance_known(sim: SimFacts, today: date) -> bool:
    """Whether no charge that nobody confirmed has fallen since it was read."""
    return _balance(sim, today, charge_days(sim, before=today)) is not None


def _balance(sim: SimFacts, day: date, unconfirmed: Sequence[date]) -> Money | None:
    known = balance_on(day, sim.entries, unconfirmed)
    return known.balance if known else None


def _expected_money(sim: SimFacts, today: date) -> list[Fact]:
    """What the coming charges leave, up to the first that finds too little or cannot be foreseen."""
    known = balance_on(today, sim.entries, charge_days(sim, before=today))
    found: list[Fact] = []
    for step in steps(known, charges(sim, today, today + timedelta(days=DAYS_AHEAD))) if known else []:
        if step.after is None:
            return found
        found.append(Fact(step.charge.on + timedelta(days=1), step.after, expected=True, missing=step.missing))
        if step.fails:
            return found
    return found


def _expected_data(sim: SimFacts, outlook: UseOutlook) -> Point | None:
    if outlook.estimate is None or outlook.last.left == 0 or not outlook.estimate.a_day:
        return None
    ends = [moment for moment in (outlook.estimate.out, outlook.until and cutoff(outlook.until, sim.zone)) if moment]
    end = min(ends, default=None)
    if end is None or end <= outlook.last.at:
        return None
    return Point(end.astimezone(sim.zone), outlook.estimate.left_at(end))


def _stretches(line: Sequence[tuple[date, Money | None]]) -> list[list[tuple[date, Money]]]:
    """The days on which it was known, in one piece each."""
    found: list[list[tuple[date, Money]]] = [[]]
    for day, money in line:
        if money is not None:
            found[-1].append((day, money))
        elif found[-1]:
            found.append([])
    return [stretch for stretch in found if stretch]


def _stepped(sim: SimFacts, stretch: Sequence[tuple[date, Money | None]]) -> tuple[Point, ...]:
    """Level up to each change, and the change at once; only the points at which something turns."""
    days = [
        (datetime.combine(day, datetime.min.time(), sim.zone), float(money.amount)) for day, money in stretch if money
    ]
    points = [Point(*days[0])] if days else []
    for (_day, before), (day, after) in pairwise(days):
        if after != before:
            points += [Point(day, before), Point(day, after)]
    if days and points[-1].at != days[-1][0]:
        points.append(Point(*days[-1]))
    return tuple(points)

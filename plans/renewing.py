"""What a renewal does to a plan's date, and to what is known of the balance. Pure: days and values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from .deadlines import PlanFacts, Renews, assumed_ends
from .periods import Early, Period, anchor_of, keeps_cycle, later_end, renewed_end

MOST_PERIODS = 24


@dataclass(frozen=True)
class NextEnds:
    """The last day after a renewal, if the new period follows the one that was paid for, and if it begins on the day of
    the renewal. Before the end, some operators count so and some so; after it, both are one."""

    follows: date
    restarts: date

    @property
    def differ(self) -> bool:
        return self.follows != self.restarts

    def by(self, early: Early | None) -> date:
        """Where nobody has said how the operator counts, the new period follows."""
        return self.restarts if early is Early.RESTARTS else self.follows

    def early_for(self, to: date) -> Early | None:
        """How the operator counts if `to` is the new last day; None where that does not tell."""
        if not self.differ or to not in (self.follows, self.restarts):
            return None
        return Early.KEEPS if to == self.follows else Early.RESTARTS


def reached_end(plan: PlanFacts, on: date) -> date | None:
    """The last day of the period that ran out last, or that runs and was confirmed; None where no date is known.

    A plan that renews by itself has gone on, we assume. The period that runs on the day `on` is only assumed too:
    saying "renewed" confirms it.
    """
    if plan.paid_until is None or plan.renews is Renews.HAND or plan.closed:
        return plan.paid_until
    reached = plan.paid_until
    for end in assumed_ends(plan):
        if end >= on:
            break
        reached = end
    return reached


def next_ends(
    plan: PlanFacts, on: date, *, period: Period | None = None, periods: int = 1, at: time | None = None
) -> NextEnds | None:
    """The last day if the plan is renewed on the day `on` for so many periods, perhaps of another length; `at` is the
    hour of the renewal, which counts where hours are counted. None where the period has no length."""
    period = period or plan.period
    if period is Period.ONCE:
        return None
    until, anchor = reached_end(plan, on), plan.anchor if period is plan.period else None
    if until is not None and plan.renews is not Renews.HAND and not plan.closed:
        end = later_end(until, period, anchor, periods)  # it is charged on its date, whenever we are told
        return NextEnds(end, end)
    follows, restarts = (
        renewed_end(until, period, anchor, on, periods=periods, early=early, at=at)
        for early in (Early.KEEPS, Early.RESTARTS)
    )
    return NextEnds(follows, restarts)


@dataclass(frozen=True)
class Taken:
    """What a renewal took from the balance: the day in whose first hours a known sum was taken (None: no known sum),
    and the last day before a sum was taken that nobody told us (None: as it was)."""

    on: date | None = None
    uncounted_on: date | None = None


def taken(before: PlanFacts, after: Renews, to: date, on: date, *, is_sum_known: bool, periods: int = 1) -> Taken:
    """What the renewal of a plan took, as told on the day `on`: `before` is the plan until then, and `after` how it
    renews now.

    By hand one pays through some channel, and the balance stays. A plan that renews from the balance takes its price.
    What a card topped up, or another plan took while one switched, nobody knows; nor what was taken in the periods of
    which nobody told us.
    """
    if Renews.HAND is before.renews is after:
        return Taken()
    reached = reached_end(before, on)
    if reached is None:
        return Taken(None, on - timedelta(days=1))
    on_time = before.period is not Period.ONCE and to == later_end(reached, before.period, before.anchor, periods)
    day = min(reached + timedelta(days=1), on) if on_time else on
    if not (Renews.AUTO is before.renews is after and is_sum_known):
        return Taken(None, day - timedelta(days=1))
    return Taken(day, None if before.is_free else _end_before(before, reached))


def passed_over(plan: PlanFacts, to: date | None, on: date) -> date | None:
    """The last day before a charge that a later date, said on the day `on` without a renewal, passes over: it fell, and
    nobody told us what was taken. None where there was none."""
    if plan.paid_until is None or to is None or plan.renews is Renews.HAND or plan.closed or plan.is_free:
        return None
    reached = reached_end(plan, on)
    return reached if reached is not None and reached < min(on, to) else None


def keeps_hour(plan: PlanFacts, to: date, period: Period) -> bool:
    """Whether a plan that is renewed until `to` still ends at the hour at which it ended."""
    return (
        plan.paid_until is not None and period is plan.period and keeps_cycle(plan.paid_until, to, period, plan.anchor)
    )


def anchor_after(plan: PlanFacts, to: date, period: Period, on: date) -> int | None:
    """The day of the month on which a calendar month renewed until `to` is charged: as before where it followed, else
    the day of the renewal, so that neither the 31st nor the 30th drifts. None for other periods."""
    if period is not Period.MONTH:
        return None
    known = plan.anchor if plan.period is period else None
    followed = plan.paid_until is not None and keeps_cycle(plan.paid_until, to, period, known)
    days = (known, on.day) if followed else (on.day, known)
    return next((day for day in days if day and later_end(to, period, day, 0) == to), anchor_of(to))


def _end_before(plan: PlanFacts, reached: date) -> date | None:
    """The last end before `reached` that nobody has confirmed."""
    found = None
    for end in assumed_ends(plan):
        if end >= reached:
            break
        found = end
    return found

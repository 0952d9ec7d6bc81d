"""What is left of a plan's allowances, and data that will not last to the end of its period.

Data is warned of only where it is sure enough: at least two readings were said in this period, a day or more apart,
and even at the slowest pace that they allow it is gone before the day on which the period ends. One reading beside
the size of the allowance makes an estimate for the page, and no message. A reading that was said of no plan is that
of the SIM's only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from plans.periods import Early, Period, cutoff, first_day
from plans.usage import Allowance, Estimate, Use, a_day_until, counting, estimate

from .facts import Deadline, Kind, PlanFacts, Renews, SimFacts, plan_subject
from .plans import assumed_ends

LOOK_BACK = timedelta(days=62)  # where no period is known: what was said before speaks of another one


@dataclass(frozen=True)
class UseOutlook:
    """How much of one allowance is left: the newest reading of this period, and how it goes on.

    `until` is the last day of the period, None where nobody knows it; `plan` None: it was said of no plan.
    """

    kind: Allowance
    plan: PlanFacts | None
    last: Use
    estimate: Estimate | None
    until: date | None
    whole: int | None = None
    out_on: date | None = None
    earliest_on: date | None = None
    latest_on: date | None = None
    left_now: int = 0
    a_day: int | None = None  # how much can be used each day from now to the end of the period

    @property
    def falls_short(self) -> bool:
        """Whether it is gone before the period ends, as far as one can tell now."""
        return self.until is not None and self.out_on is not None and self.out_on < self.until

    @property
    def lasts(self) -> bool:
        """Whether it surely lasts to the end of the period."""
        if self.until is None or self.estimate is None or self.last.left == 0:
            return False
        return self.earliest_on is None or self.earliest_on >= self.until

    @property
    def share(self) -> int | None:
        """Of the whole allowance, in per cent."""
        return min(round(100 * self.left_now / self.whole), 100) if self.whole else None


def running_period(plan: PlanFacts, day: date) -> tuple[date | None, date] | None:
    """The first and the last day of the paid period in which `day` falls, as far as one can assume; None where the
    plan was not paid for then, or nobody knows. The first day is None for a plan without a period."""
    if plan.paid_until is None:
        return None
    if day > plan.paid_until:
        if plan.renews is Renews.HAND or plan.closed or plan.period is Period.ONCE:
            return None
        *_past, before = takewhile(lambda end: end < day, assumed_ends(plan))
        return before + timedelta(days=1), next(end for end in assumed_ends(plan) if end >= day)
    last = plan.paid_until
    first = first_day(last, plan.period, plan.anchor)
    while first is not None and day < first:
        last = first - timedelta(days=1)
        first = first_day(last, plan.period, plan.anchor)
    return first, last


def use_deadlines(sim: SimFacts, today: date) -> Iterator[Deadline]:
    """Data that will be gone before the period ends, where that is sure enough. Once it is gone, if we were right, its
    owner has noticed."""
    for plan in sim.plans:
        if plan.closed or plan.muted or plan.period is Period.DAY:
            continue
        uses = _uses_of(sim, plan, Allowance.DATA)
        found = _outlook(sim, plan, uses, uses[-1].at) if uses else None
        if found is None or found.until is None or found.out_on is None or found.out_on < today:
            continue
        if _is_sure(found) and not _is_of_the_plan_before(plan, uses[-1], found.until):
            yield Deadline(
                plan_subject(plan.id),
                Kind.DATA_OUT,
                found.out_on,
                sim.zone,
                since=uses[-1].at,
                first=False,
                period=plan.period,
                until=found.until,
                daily_mb=found.a_day,
            )


def use_outlooks(sim: SimFacts, now: datetime) -> list[UseOutlook]:
    """What is left of each allowance that was spoken of in this period, data first."""
    found = []
    for plan in (*sim.plans, None):
        for kind in Allowance:
            uses = _uses_of(sim, plan, kind)
            outlook = _outlook(sim, plan, uses, now) if uses else None
            if outlook:
                found.append(outlook)
    return sorted(found, key=lambda one: list(Allowance).index(one.kind))


def _outlook(sim: SimFacts, plan: PlanFacts | None, uses: list[Use], now: datetime) -> UseOutlook | None:
    """None where the plan has ended, or nothing was said in this period."""
    period = running_period(plan, sim.today(now)) if plan else None
    if plan and plan.paid_until and period is None:
        return None
    first, until = period or (None, None)
    since = cutoff(first - timedelta(days=1), sim.zone) if first else now - LOOK_BACK
    end = cutoff(until, sim.zone) if until else None
    whole = dict(plan.whole).get(uses[-1].kind) if plan else None
    readings = counting(uses, since=since, until=end, whole=whole if first else None)
    if not readings:
        return None
    found = estimate(readings)
    left_now = found.left_at(now) if found else readings[-1].left
    return UseOutlook(
        uses[-1].kind,
        plan,
        uses[-1],
        found,
        until,
        whole,
        out_on=_day(sim, found.out) if found else None,
        earliest_on=_day(sim, found.earliest) if found else None,
        latest_on=_day(sim, found.latest) if found else None,
        left_now=left_now,
        a_day=a_day_until(left_now, now, end) if end else None,
    )


def _day(sim: SimFacts, moment: datetime | None) -> date | None:
    return sim.today(moment) if moment else None


def _uses_of(sim: SimFacts, plan: PlanFacts | None, kind: Allowance) -> list[Use]:
    """What was said of the plan, oldest first."""
    only = plan is not None and len(sim.plans) == 1
    of_none = plan is None and len(sim.plans) != 1
    return [
        use
        for use in sorted(sim.uses, key=lambda use: use.at)
        if use.kind is kind and ((plan and use.plan == plan.id) or (use.plan is None and (only or of_none)))
    ]


def _is_sure(found: UseOutlook) -> bool:
    if found.estimate is None or found.estimate.is_guess or found.latest_on is None or found.until is None:
        return False
    return found.last.left > 0 and found.latest_on < found.until


def _is_of_the_plan_before(plan: PlanFacts, last: Use, until: date) -> bool:
    """Whether the plan was renewed since, and began anew with that: what was left went with the old period."""
    renewed = plan.said_at is not None and plan.said_at > last.at and until != plan.paid_until
    return renewed and plan.early is Early.RESTARTS

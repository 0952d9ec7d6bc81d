"""Where the person is when, and whether plans and the number last as long as that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from kzsim.common.money import Money
from plans import forecast
from plans.periods import Period, cutoff, later_end

from .facts import Deadline, Kind, PlanFacts, Renews, SimFacts, StayFacts, plan_subject, sim_subject
from .number import number_at_risk_on, safe_after
from .plans import assumed_ends, charge_days, charges

_DAY = timedelta(days=1)
MOST_PERIODS = 24  # nobody buys more at once


# --- where the person is ---------------------------------------------------------------------------


def stay_on(stays: Iterable[StayFacts], day: date) -> StayFacts | None:
    """The stay to which the day belongs; of several, the one that began last."""
    covering = [stay for stay in stays if _covers(stay, day)]
    return max(covering, key=lambda stay: stay.since or date.min, default=None)


def is_abroad_on(stays: Iterable[StayFacts], day: date) -> bool | None:
    """Whether the person is abroad on that day; None where no stay tells.

    Who was in Kazakhstan until a day, and has not said since what becomes of the SIMs, has left.
    """
    stays = list(stays)
    current = stay_on(stays, day)
    if current is not None:
        return current.abroad
    ended = [stay for stay in stays if stay.until is not None and stay.until < day]
    last = max(ended, key=lambda stay: stay.until or date.min, default=None)
    return True if last and not last.abroad and not last.settled else None


def departed(stays: Iterable[StayFacts], today: date) -> StayFacts | None:
    """The stay in Kazakhstan that is over, where nobody has said what becomes of the SIMs and no other stay follows."""
    stays = list(stays)
    if any(stay.until is None or stay.until >= today for stay in stays):
        return None
    last = max(stays, key=lambda stay: stay.until or date.min, default=None)
    return last if last and not last.abroad and not last.settled else None


def overlapping(since: date | None, until: date | None, others: Iterable[StayFacts], today: date) -> StayFacts | None:
    """The first of the other stays that shares a day with one of these days. One without a beginning began by today."""
    first, last = _span(since, until, today)
    for stay in others:
        begins, ends = _span(stay.since, stay.until, today)
        if first <= ends and begins <= last:
            return stay
    return None


def _span(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    return since or min(today, until or today), until or date.max


def _covers(stay: StayFacts, day: date) -> bool:
    return (stay.since is None or stay.since <= day) and (stay.until is None or day <= stay.until)


# --- how long plans and the number last -------------------------------------------------------------


class Lasts(StrEnum):
    """How a plan or the number stands at the end of a stay."""

    YES = "yes"
    NO = "no"  # it ends, or is at risk, before the stay is over
    RENEWS = "renews"  # by itself: as far as is known, the money is there, or a card pays
    CHECK = "check"  # by itself, from a balance that nobody knows
    UNKNOWN = "unknown"  # its own date, or the end of the stay
    OVER = "over"  # it has ended already


@dataclass(frozen=True)
class Cover:
    """How a plan, or the number itself (`plan` None), stands during a stay.

    `on` is the day to which it lasts as things are. Where that is too short, or the money is: `act_by` is the last day
    to do something, `periods` how many more reach the end, `reaches` the day to which those last, `needed` what they or
    the charges of that time cost, `missing` what the balance lacks for them. `again_by`: even after that it does not
    last, and the number must be used once more, from wherever one is, by that day.
    """

    subject: str
    plan: PlanFacts | None
    lasts: Lasts
    on: date | None = None
    act_by: date | None = None
    periods: int = 0
    reaches: date | None = None
    needed: Money | None = None
    missing: Money | None = None
    again_by: date | None = None


def covers(sim: SimFacts, stay: StayFacts, today: date) -> list[Cover]:
    """How each plan and, where it is watched, the number lasts through the stay."""
    found = [_plan_cover(sim, plan, stay, today) for plan in sim.plans if not plan.closed]
    return [*found, _number_cover(sim, stay, today)] if sim.keep_alive else found


def _plan_cover(sim: SimFacts, plan: PlanFacts, stay: StayFacts, today: date) -> Cover:
    subject, on, until = plan_subject(plan.id), plan.paid_until, stay.until
    if on is None:
        return Cover(subject, plan, Lasts.UNKNOWN)
    if plan.renews is not Renews.HAND and plan.period is not Period.ONCE:
        return _self_renewing_cover(sim, plan, stay, today)
    if on < today:
        return Cover(subject, plan, Lasts.OVER, on)
    if until is None:
        return Cover(subject, plan, Lasts.UNKNOWN, on)
    if on >= until:
        return Cover(subject, plan, Lasts.YES, on)
    periods, reaches = _periods_to(plan, on, until)
    needed = _times(plan.price, periods)
    return Cover(subject, plan, Lasts.NO, on, _act_by(on, stay, today), periods, reaches, needed)


def _self_renewing_cover(sim: SimFacts, plan: PlanFacts, stay: StayFacts, today: date) -> Cover:
    subject, until = plan_subject(plan.id), stay.until
    runs_until = next((end for end in assumed_ends(plan) if end >= today), plan.paid_until)
    if until is None or plan.renews is Renews.AUTOPAY:
        return Cover(subject, plan, Lasts.UNKNOWN if until is None else Lasts.RENEWS, runs_until)
    first = max(today, stay.since or today)
    ahead = [charge for charge in charges(sim, today, until - _DAY) if charge.plan == plan.id]
    during = [charge for charge in ahead if charge.on >= first - _DAY]
    needed = _times(plan.price, len(during))
    if not ahead:
        return Cover(subject, plan, Lasts.YES, runs_until)
    known = forecast.balance_on(today, sim.entries, charge_days(sim, before=today))
    mine = [step for step in forecast.steps(known, charges(sim, today, until - _DAY)) if step.charge.plan == plan.id]
    short = next((step for step in mine if step.fails), None)
    if short:
        act_by = _act_by(short.charge.on, stay, today)
        missing = _sum(step.missing for step in mine if step.missing)
        return Cover(subject, plan, Lasts.NO, short.charge.on, act_by, needed=needed, missing=missing)
    lasts = Lasts.CHECK if any(step.missing is None for step in mine) else Lasts.RENEWS
    return Cover(subject, plan, lasts, runs_until, needed=needed)


def _number_cover(sim: SimFacts, stay: StayFacts, today: date) -> Cover:
    subject, on = sim_subject(sim.id), number_at_risk_on(sim)
    if on is None or stay.until is None:
        return Cover(subject, None, Lasts.UNKNOWN, on)
    if on >= stay.until:
        return Cover(subject, None, Lasts.YES, on)
    if on < today:
        return Cover(subject, None, Lasts.OVER, on)
    act_by = _act_by(on, stay, today)
    reaches = safe_after(sim, act_by)
    again_by = reaches if reaches < stay.until else None
    return Cover(subject, None, Lasts.NO, on, act_by, reaches=reaches, again_by=again_by)


def leaves_on(stay: StayFacts) -> date | None:
    """The last day before a stay abroad; None where it is none, or began on a day that nobody said."""
    return stay.since - _DAY if stay.abroad and stay.since else None


def _act_by(on: date, stay: StayFacts, today: date) -> date:
    """By its own last day; for what ends after the departure, before that, while it is still ahead."""
    leaves = leaves_on(stay)
    return min(on, leaves) if leaves and leaves >= today else on


def _periods_to(plan: PlanFacts, on: date, until: date) -> tuple[int, date | None]:
    """How many further periods reach that day, and the day to which they last; none where one cannot tell."""
    if plan.period in (Period.ONCE, Period.DAY):
        return 0, None
    ends = (later_end(on, plan.period, plan.anchor, periods) for periods in range(1, MOST_PERIODS + 1))
    short = list(takewhile(lambda end: end < until, ends))
    if len(short) == MOST_PERIODS:
        return 0, None
    periods = len(short) + 1
    return periods, later_end(on, plan.period, plan.anchor, periods)


def _times(price: Money | None, count: int) -> Money | None:
    return Money(price.amount * count, price.currency) if price and count else None


def _sum(sums: Iterable[Money]) -> Money | None:
    """Of sums in one currency."""
    total = None
    for money in sums:
        total = money if total is None else Money(total.amount + money.amount, total.currency)
    return total


# --- what to be reminded of --------------------------------------------------------------------------


def trip_deadlines(sim: SimFacts, now: datetime) -> Iterator[Deadline]:
    """What does not last to the end of a trip and is to be seen to before the departure.

    What ends before the departure is none of it: its own reminders come first, and its next date tells more.
    """
    today = sim.today(now)
    for stay in _ahead(sim, today):
        leaves = leaves_on(stay)
        for cover in covers(sim, stay, today):
            if cover.lasts is Lasts.NO and cover.on and leaves and cover.on > leaves and not _is_muted(cover):
                yield _deadline(sim, stay, cover, leaves)


def trip_review_at(sim: SimFacts, now: datetime) -> datetime | None:
    """The moment at which the next departure is past, and nothing can be done before it any more."""
    days = [leaves for stay in _ahead(sim, sim.today(now)) if (leaves := leaves_on(stay))]
    return cutoff(min(days), sim.zone) if days else None


def _ahead(sim: SimFacts, today: date) -> list[StayFacts]:
    """Trips with a departure that is not past, and an end."""
    return [stay for stay in sim.stays if stay.until and (leaves := leaves_on(stay)) and leaves >= today]


def _is_muted(cover: Cover) -> bool:
    return cover.plan is not None and (cover.plan.muted or cover.plan.period is Period.DAY)


def _deadline(sim: SimFacts, stay: StayFacts, cover: Cover, leaves: date) -> Deadline:
    known = cover.plan.said_at if cover.plan else sim.activity.said_at if sim.activity else None
    first = cover.plan.first_said if cover.plan else sim.activity is not None and sim.activity.first
    since = max((moment for moment in (stay.said_at, known) if moment), default=None)
    return Deadline(
        cover.subject,
        Kind.TRIP,
        leaves,
        sim.zone,
        since,
        first or since == stay.said_at,
        period=cover.plan.period if cover.plan else None,
        needed=cover.needed,
        missing=cover.missing,
        until=stay.until,
        ends_on=cover.on,
    )

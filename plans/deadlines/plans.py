"""When plans end, and what their charges need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import takewhile

from plans import forecast
from plans.forecast import Known, Step, balance_on, steps
from plans.periods import Period, days_left, later_end

from .facts import (
    UNANSWERED_PERIODS,
    Deadline,
    Kind,
    Outlook,
    PlanFacts,
    Renews,
    SimFacts,
    State,
    plan_subject,
    state_of,
)
from .questions import questions


def assumed_ends(plan: PlanFacts) -> Iterator[date]:
    """The last days of this and all further periods of a self-renewing plan, the first one confirmed."""
    if plan.paid_until is None:
        return
    periods = 0
    while True:
        yield plan.paid_until if periods == 0 else later_end(plan.paid_until, plan.period, plan.anchor, periods)
        if plan.period is Period.ONCE:
            return
        periods += 1


def _hand_deadlines(sim: SimFacts, plan: PlanFacts) -> Iterator[Deadline]:
    subject, on = plan_subject(plan.id), plan.paid_until
    if on is None:
        return
    yield Deadline(
        subject,
        Kind.PLAN_EXPIRES,
        on,
        sim.zone,
        plan.said_at,
        plan.first_said,
        period=plan.period,
        length=_days_of(plan),
        needed=plan.price,
        ends_at=plan.ends_at,
    )
    ends = [end for end, _ in zip(assumed_ends(plan), range(UNANSWERED_PERIODS + 1), strict=False)]
    yield from questions(sim, subject, on, ends, plan.said_at, plan.first_said)


def _self_renewing_deadlines(sim: SimFacts, plan: PlanFacts, today: date) -> Iterator[Deadline]:
    """One charge a period until two periods in a row were neither answered nor known to be paid for. What takes nothing
    from the balance goes on."""
    if plan.renews is Renews.AUTO and plan.is_free:
        return
    unanswered = 0
    spoken_of = date.min
    for on in assumed_ends(plan):
        if unanswered == UNANSWERED_PERIODS:
            yield _follow_up(sim, plan, Kind.PAUSED, spoken_of, unanswered + 1, opens_on=on)
            return
        if plan.renews is Renews.AUTO:
            known, step = money_for(sim, plan, on, today)
            unanswered = 0 if step.missing is not None else unanswered
            if step.missing is not None and not step.fails:
                continue
            yield _charge(sim, plan, on, known, step)
        unanswered, spoken_of = unanswered + 1, on
        yield _follow_up(sim, plan, Kind.RENEWED, on, unanswered, opens_on=on + timedelta(days=1))


def _charge(sim: SimFacts, plan: PlanFacts, on: date, known: Known | None, step: Step) -> Deadline:
    knows = known is not None and step.missing is not None
    since = max((moment for moment in (plan.said_at, known.since if known and knows else None) if moment), default=None)
    return Deadline(
        plan_subject(plan.id),
        Kind.CHARGE,
        on,
        sim.zone,
        since,
        plan.first_said and since == plan.said_at,
        period=plan.period,
        length=_days_of(plan),
        needed=plan.price,
        missing=step.missing,
        unknown_balance=not knows,
        is_estimate=_is_estimate(step, known, on),
        fallback_fee=plan.fallback_fee,
        ends_at=plan.ends_at,
    )


def _follow_up(sim: SimFacts, plan: PlanFacts, kind: Kind, on: date, asked: int, *, opens_on: date) -> Deadline:
    return Deadline(
        plan_subject(plan.id),
        kind,
        on,
        sim.zone,
        plan.said_at,
        plan.first_said,
        period=plan.period,
        needed=plan.price,
        asked=asked,
        opens_on=opens_on,
        asked_until=None if plan.period is Period.ONCE else later_end(on, plan.period, plan.anchor) - timedelta(days=1),
    )


def money_for(sim: SimFacts, plan: PlanFacts, on: date, today: date) -> tuple[Known | None, Step]:
    """What the charge of a plan after the day `on` finds, as far as it is known, and what it lacks.

    Only the charge that comes next is looked ahead to; once its day has passed, and nobody has said what was taken, the
    balance is not known any more.
    """
    seen_from = min(on, today)
    known = balance_on(seen_from, sim.entries, charge_days(sim, before=seen_from))
    if on != seen_from and any(seen_from <= end < on for end in _ends_to(plan, on)):
        known = None
    ahead = [charge for charge in charges(sim, seen_from, on) if (charge.on, charge.plan) <= (on, plan.id)]
    found = steps(known, ahead)
    return known, found[-1] if found else Step(forecast.Charge(plan.id, on, plan.price))


def charges(sim: SimFacts, first: date, last: date) -> list[forecast.Charge]:
    """What the SIM's self-renewing plans will take after the days from `first` to `last`.

    What a card tops up meanwhile nobody knows: the amount of such a plan's charge is as good as unknown.
    """
    return [
        forecast.Charge(plan.id, end, plan.price if plan.renews is Renews.AUTO else None)
        for plan in _self_renewing(sim)
        for end in _ends_to(plan, last)
        if end >= first
    ]


def charge_days(sim: SimFacts, *, before: date) -> list[date]:
    """The days after which a charge fell that nobody has confirmed, or of which nobody told us how much it took."""
    unconfirmed = [end for plan in _self_renewing(sim) for end in _ends_to(plan, before - timedelta(days=1))]
    return [*unconfirmed, *(plan.uncounted_on for plan in sim.plans if plan.uncounted_on)]


def next_charge_on(sim: SimFacts, today: date) -> date | None:
    """The last day before the next charge of any self-renewing plan."""
    ends = [next((end for end in assumed_ends(plan) if end >= today), None) for plan in _self_renewing(sim)]
    return min((end for end in ends if end is not None), default=None)


def _is_estimate(step: Step, known: Known | None, on: date) -> bool:
    """Whether other charges fall before, which may turn out otherwise."""
    return step.missing is not None and known is not None and step.before != known.balance and step.charge.on == on


def _self_renewing(sim: SimFacts) -> Iterator[PlanFacts]:
    """Those that take money."""
    going_on = (plan for plan in sim.plans if plan.renews is not Renews.HAND and plan.paid_until and not plan.closed)
    return (plan for plan in going_on if not plan.is_free)


def _ends_to(plan: PlanFacts, last: date) -> list[date]:
    return list(takewhile(lambda end: end <= last, assumed_ends(plan)))


def _days_of(plan: PlanFacts) -> int | None:
    """The length of the period in days, counted from the confirmed end; None for `once`."""
    if plan.period is Period.ONCE or plan.paid_until is None:
        return None
    return (later_end(plan.paid_until, plan.period, plan.anchor) - plan.paid_until).days


def _outlook_of(sim: SimFacts, plan: PlanFacts, today: date) -> Outlook:
    subject = plan_subject(plan.id)
    if plan.paid_until is None:
        return Outlook(subject, plan, None, None, State.UNKNOWN, needed=plan.price)
    on = plan.paid_until
    if plan.renews is not Renews.HAND and not plan.closed:
        on = next((end for end in assumed_ends(plan) if end >= today), plan.paid_until)
    left = days_left(on, today)
    assumed = on > plan.paid_until
    if plan.renews is Renews.HAND or plan.closed:
        return Outlook(subject, plan, on, left, state_of(left), needed=plan.price)
    found = list(_self_renewing_deadlines(sim, plan, today))
    if assumed and any(one.kind is Kind.PAUSED and one.opens_on and one.opens_on <= today for one in found):
        return Outlook(subject, plan, on, left, State.PAUSED, assumed, plan.price)
    charge = next((one for one in found if one.kind is Kind.CHARGE and one.on == on), None)
    if charge is None:
        return Outlook(subject, plan, on, left, State.FINE, assumed, plan.price)
    return Outlook(
        subject,
        plan,
        on,
        left,
        state_of(left),
        assumed,
        plan.price,
        charge.missing,
        charge.unknown_balance,
        charge.is_estimate,
        charge.fallback_fee,
    )


def plan_deadlines(sim: SimFacts, now: datetime) -> Iterator[Deadline]:
    """What is to be said of the SIM's plans."""
    for plan in sim.plans:
        if plan.paid_until and not plan.closed and not plan.muted and plan.period is not Period.DAY:
            if plan.renews is Renews.HAND:
                yield from _hand_deadlines(sim, plan)
            else:
                yield from _self_renewing_deadlines(sim, plan, sim.today(now))


def plan_outlooks(sim: SimFacts, today: date) -> Iterator[Outlook]:
    """How each plan stands."""
    for plan in sim.plans:
        yield _outlook_of(sim, plan, today)

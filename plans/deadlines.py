"""A SIM's facts -> what runs out when. Pure: no clock (a day comes in), no queries.

A plan that renews by itself rolls over on its date as *assumed*: nobody has confirmed it. What
is assumed is worked out here from the last confirmed date, never stored. After two periods in
which nobody answered, the plan's reminders pause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from kzsim.common.money import Money

from . import forecast
from .periods import Period, cutoff, days_left, later_end

UNANSWERED_PERIODS = 2
URGENT_DAYS = 1
SOON_DAYS = 7


class Kind(StrEnum):
    PLAN_EXPIRES = "plan_expires"
    CHARGE = "charge"
    NUMBER_AT_RISK = "number_at_risk"
    RENEWED = "renewed"  # the question after a deadline that nobody answered
    PAUSED = "paused"  # the last message: we stop reminding of this


class Renews(StrEnum):
    HAND = "hand"
    AUTO = "auto"
    AUTOPAY = "autopay"


class State(StrEnum):
    FINE = "fine"
    SOON = "soon"
    URGENT = "urgent"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    PAUSED = "paused"


@dataclass(frozen=True)
class PlanFacts:
    """What is known of a plan.

    `said_at` is the moment its date was last said; `first_said` tells that it is the date the plan
    was entered with. `closed` means that its owner answered "not renewed".
    """

    id: int
    period: Period
    paid_until: date | None
    renews: Renews = Renews.HAND
    price: Money | None = None
    anchor: int | None = None
    said_at: datetime | None = None
    first_said: bool = True
    closed: bool = False
    muted: bool = False


@dataclass(frozen=True)
class SimFacts:
    """What is known of a SIM. `inactivity_days` is None unless the number itself is to be kept alive."""

    id: int
    zone: ZoneInfo
    plans: tuple[PlanFacts, ...] = ()
    readings: tuple[forecast.Reading, ...] = ()
    last_activity_on: date | None = None
    inactivity_days: int | None = None
    activity_said_at: datetime | None = None
    activity_first_said: bool = True
    muted: bool = False

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Deadline:
    """A day with whose end something is lost unless the person acts.

    For a question or a last message `asked` counts the unanswered periods (1, 2, ...) and `opens_on`
    is the first day on which it is said. `since` is the moment from which the facts are known.
    """

    subject: str
    kind: Kind
    on: date
    zone: ZoneInfo
    since: datetime | None = None
    first: bool = True
    period: Period | None = None
    length: int | None = None  # days of the period, where that decides which leads make sense
    needed: Money | None = None
    missing: Money | None = None
    unknown_balance: bool = False
    asked: int = 0
    opens_on: date | None = None

    @property
    def cutoff(self) -> datetime:
        """The moment the day ends: what is not done by then is too late."""
        return cutoff(self.on, self.zone)


@dataclass(frozen=True)
class Outlook:
    """How one plan, or the number itself (`plan` None), stands on a given day."""

    subject: str
    plan: PlanFacts | None
    on: date | None
    days_left: int | None
    state: State
    assumed: bool = False
    needed: Money | None = None
    missing: Money | None = None
    unknown_balance: bool = False


def plan_subject(plan_id: int) -> str:
    return f"plan:{plan_id}"


def sim_subject(sim_id: int) -> str:
    return f"sim:{sim_id}"


def deadlines(sim: SimFacts) -> list[Deadline]:
    """Everything to be reminded of, soonest first, as long as nobody answers."""
    if sim.muted:
        return []
    found = list(_number_deadlines(sim))
    for plan in sim.plans:
        if plan.paid_until and not plan.closed and not plan.muted and plan.period is not Period.DAY:
            found += _hand_deadlines(sim, plan) if plan.renews is Renews.HAND else _self_renewing_deadlines(sim, plan)
    return sorted(found, key=lambda deadline: (deadline.opens_on or deadline.on, deadline.subject, deadline.kind))


def outlooks(sim: SimFacts, today: date) -> list[Outlook]:
    """Each plan and, where it is watched, the number: soonest first, unknown dates last."""
    found = [_plan_outlook(sim, plan, today) for plan in sim.plans]
    if sim.inactivity_days is not None:
        on = number_at_risk_on(sim)
        left = days_left(on, today) if on else None
        found.append(Outlook(sim_subject(sim.id), None, on, left, _state(left)))
    return sorted(found, key=lambda outlook: (outlook.on is None, outlook.on or date.max, outlook.subject))


def number_at_risk_on(sim: SimFacts) -> date | None:
    """The last day on which the number is safe, or None when that is unknown or not watched."""
    if sim.last_activity_on is None or sim.inactivity_days is None:
        return None
    return sim.last_activity_on + timedelta(days=sim.inactivity_days)


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


def _number_deadlines(sim: SimFacts) -> Iterator[Deadline]:
    on = number_at_risk_on(sim)
    if on is None or sim.inactivity_days is None:
        return
    subject, since, first = sim_subject(sim.id), sim.activity_said_at, sim.activity_first_said
    yield Deadline(subject, Kind.NUMBER_AT_RISK, on, sim.zone, since, first, length=sim.inactivity_days)
    ends = [on + timedelta(days=sim.inactivity_days * periods) for periods in range(UNANSWERED_PERIODS + 1)]
    yield from _questions(sim, subject, on, ends, since, first)


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
    )
    ends = [end for end, _ in zip(assumed_ends(plan), range(UNANSWERED_PERIODS + 1), strict=False)]
    yield from _questions(sim, subject, on, ends, plan.said_at, plan.first_said)


def _self_renewing_deadlines(sim: SimFacts, plan: PlanFacts) -> Iterator[Deadline]:
    """One charge a period until two periods in a row were neither answered nor known to be paid for."""
    unanswered = 0
    spoken_of = date.min
    for on in assumed_ends(plan):
        if unanswered == UNANSWERED_PERIODS:
            yield _follow_up(sim, plan, Kind.PAUSED, spoken_of, unanswered + 1, opens_on=on)
            return
        reading = forecast.reading_for(on, sim.readings, _charge_days(sim, on))
        if plan.renews is Renews.AUTO and reading and plan.price and plan.price.currency == reading.balance.currency:
            missing = plan.price.amount + _charged_before(sim, plan, on) - reading.balance.amount
            unanswered = 0
            if missing <= 0:
                continue
            yield _charge(sim, plan, on, reading, Money(missing, plan.price.currency))
        elif plan.renews is Renews.AUTO:
            yield _charge(sim, plan, on, None, None)
        unanswered, spoken_of = unanswered + 1, on
        yield _follow_up(sim, plan, Kind.RENEWED, on, unanswered, opens_on=on + timedelta(days=1))


def _charge(
    sim: SimFacts, plan: PlanFacts, on: date, reading: forecast.Reading | None, missing: Money | None
) -> Deadline:
    moments = [moment for moment in (plan.said_at, reading.said_at if reading else None) if moment]
    since = max(moments, default=None)
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
        missing=missing,
        unknown_balance=missing is None,
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
    )


def _questions(
    sim: SimFacts, subject: str, on: date, ends: list[date], since: datetime | None, first: bool
) -> Iterator[Deadline]:
    """ "Renewed?" the day after each end, then, instead of a third question, the last message."""
    for asked, end in enumerate(ends, start=1):
        kind = Kind.RENEWED if asked <= UNANSWERED_PERIODS else Kind.PAUSED
        opens_on = end + timedelta(days=1)
        yield Deadline(subject, kind, on, sim.zone, since, first, asked=asked, opens_on=opens_on)


def _charge_days(sim: SimFacts, before: date) -> list[date]:
    """The days on which any self-renewing plan of the SIM ends a period, before `before`."""
    days = []
    for plan in sim.plans:
        if plan.renews is not Renews.HAND and plan.paid_until and not plan.closed:
            for end in assumed_ends(plan):
                if end >= before:
                    break
                days.append(end)
    return days


def _charged_before(sim: SimFacts, plan: PlanFacts, on: date) -> Decimal:
    """What the SIM's other plans take from the balance on the same day, before this one."""
    others = (other for other in sim.plans if other.renews is not Renews.HAND and other.id < plan.id)
    return sum(
        (other.price.amount for other in others if other.price and not other.closed and on in _ends_to(other, on)),
        Decimal(0),
    )


def _ends_to(plan: PlanFacts, last: date) -> list[date]:
    ends = []
    for end in assumed_ends(plan):
        if end > last:
            break
        ends.append(end)
    return ends


def _days_of(plan: PlanFacts) -> int | None:
    """The length of the period in days, counted from the confirmed end; None for `once`."""
    if plan.period is Period.ONCE or plan.paid_until is None:
        return None
    return (later_end(plan.paid_until, plan.period, plan.anchor) - plan.paid_until).days


def _plan_outlook(sim: SimFacts, plan: PlanFacts, today: date) -> Outlook:
    subject = plan_subject(plan.id)
    if plan.paid_until is None:
        return Outlook(subject, plan, None, None, State.UNKNOWN, needed=plan.price)
    on = plan.paid_until
    if plan.renews is not Renews.HAND and not plan.closed:
        on = next((end for end in assumed_ends(plan) if end >= today), plan.paid_until)
    left = days_left(on, today)
    assumed = on > plan.paid_until
    if plan.renews is Renews.HAND or plan.closed:
        return Outlook(subject, plan, on, left, _state(left), needed=plan.price)
    if assumed and _paused_by(sim, plan, today):
        return Outlook(subject, plan, on, left, State.PAUSED, assumed, plan.price)
    charge = next(
        (found for found in _self_renewing_deadlines(sim, plan) if found.kind is Kind.CHARGE and found.on == on), None
    )
    if charge is None:
        return Outlook(subject, plan, on, left, State.FINE, assumed, plan.price)
    return Outlook(subject, plan, on, left, _state(left), assumed, plan.price, charge.missing, charge.unknown_balance)


def _paused_by(sim: SimFacts, plan: PlanFacts, today: date) -> bool:
    return any(
        found.kind is Kind.PAUSED and found.opens_on and found.opens_on <= today
        for found in _self_renewing_deadlines(sim, plan)
    )


def _state(left: int | None) -> State:
    if left is None:
        return State.UNKNOWN
    if left < 0:
        return State.EXPIRED
    if left <= URGENT_DAYS:
        return State.URGENT
    return State.SOON if left <= SOON_DAYS else State.FINE

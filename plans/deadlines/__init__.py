"""A SIM's facts -> what runs out when. Pure: no clock (a moment comes in), no queries.

A plan that renews by itself rolls over on its date as *assumed*: nobody has confirmed it. What is assumed is worked out
here from the last confirmed date, never stored. After two periods in which nobody answered, the plan's reminders pause.
"""

from __future__ import annotations

from datetime import date, datetime

from plans.forecast import EntryKind
from plans.periods import cutoff

from .care import care_days, care_deadlines, is_care_due
from .facts import (
    CAUTION,
    SOON_DAYS,
    UNANSWERED_PERIODS,
    URGENT_DAYS,
    Activity,
    Care,
    Deadline,
    InactivityLimit,
    Kind,
    LimitFrom,
    Offer,
    Outlook,
    PlanFacts,
    PromotionFacts,
    Renews,
    SimFacts,
    State,
    StayFacts,
    plan_subject,
    sim_subject,
    state_of,
)
from .money import Ahead, Needed, TopUp, Unknown, difference, known_balance, money_ahead, money_needed
from .moves import dates, dates_digest
from .number import number_at_risk_on, number_deadlines, number_outlooks, safe_after
from .plans import assumed_ends, charge_days, charges, money_for, next_charge_on, plan_deadlines, plan_outlooks
from .price import PriceChange, price_change, price_deadlines
from .promotions import promotion_deadlines, promotion_review_at
from .trips import (
    Cover,
    Lasts,
    covers,
    departed,
    is_abroad_on,
    leaves_on,
    overlapping,
    stay_on,
    trip_deadlines,
    trip_review_at,
)
from .use import UseOutlook, running_period, use_deadlines, use_outlooks

__all__ = [
    "CAUTION",
    "SOON_DAYS",
    "UNANSWERED_PERIODS",
    "URGENT_DAYS",
    "Activity",
    "Ahead",
    "Care",
    "Cover",
    "Deadline",
    "InactivityLimit",
    "Kind",
    "Lasts",
    "LimitFrom",
    "Needed",
    "Offer",
    "Outlook",
    "PlanFacts",
    "PriceChange",
    "PromotionFacts",
    "Renews",
    "SimFacts",
    "State",
    "StayFacts",
    "TopUp",
    "Unknown",
    "UseOutlook",
    "assumed_ends",
    "care_days",
    "charge_days",
    "charges",
    "covers",
    "dates",
    "dates_digest",
    "deadlines",
    "departed",
    "difference",
    "is_abroad_on",
    "is_care_due",
    "known_balance",
    "leaves_on",
    "money_ahead",
    "money_for",
    "money_needed",
    "number_at_risk_on",
    "outlooks",
    "overlapping",
    "plan_subject",
    "price_change",
    "review_at",
    "running_period",
    "safe_after",
    "sim_subject",
    "state_of",
    "stay_on",
    "use_outlooks",
]


def deadlines(sim: SimFacts, now: datetime) -> list[Deadline]:
    """Everything to be reminded of as known at the moment `now`, soonest first, as long as nobody answers."""
    if sim.muted:
        return []
    found = [
        *number_deadlines(sim),
        *plan_deadlines(sim, now),
        *price_deadlines(sim, now),
        *care_deadlines(sim),
        *use_deadlines(sim, sim.today(now)),
        *trip_deadlines(sim, now),
        *promotion_deadlines(sim, now),
    ]
    return sorted(found, key=lambda deadline: (deadline.opens_on or deadline.on, deadline.subject, deadline.kind))


def review_at(sim: SimFacts, now: datetime) -> datetime | None:
    """The moment at which time alone may change the deadlines, or None where nothing depends on the clock."""
    looks = (_balance_review_at(sim, now), trip_review_at(sim, now), promotion_review_at(sim, now))
    return min((at for at in looks if at), default=None)


def _balance_review_at(sim: SimFacts, now: datetime) -> datetime | None:
    """When the next charge falls, a balance read before is not known any more."""
    if not any(entry.kind is EntryKind.READING for entry in sim.entries):
        return None
    on = next_charge_on(sim, sim.today(now))
    return cutoff(on, sim.zone) if on else None


def outlooks(sim: SimFacts, today: date) -> list[Outlook]:
    """Each plan and, where it is watched, the number: soonest first, unknown dates last."""
    found = [*plan_outlooks(sim, today), *number_outlooks(sim, today)]
    return sorted(found, key=lambda outlook: (outlook.on is None, outlook.on or date.max, outlook.subject))

"""The tariff of a plan costs another price from now on, or from a day to come.

Its owner is told once, before the first charge at the new price; a price that nobody has confirmed lately is never
said. What they answer makes the new price the known one, so that it is not said again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from guides.prices import is_current
from kzsim.common.money import Money
from plans.periods import Period, later_end

from .facts import Deadline, Kind, PlanFacts, Renews, SimFacts, plan_subject
from .plans import assumed_ends

_FARTHEST = timedelta(days=400)  # a day beyond is a slip of the finger


@dataclass(frozen=True)
class PriceChange:
    """What a plan is going to cost.

    The new price holds from the day `begins_on`; `on` is the last day before the first charge, or renewal, at it: None
    where that is not known. `has_begun` tells that its owner may have paid it already, `charged_before` that a charge
    at the old price still comes first.
    """

    price: Money
    was: Money
    begins_on: date
    since: datetime  # the moment from which there was something to say
    on: date | None
    has_begun: bool
    charged_before: bool
    paid: Money | None  # what its owner said that it costs, where that is another price than `was`
    source: str
    seen_on: date | None

    @property
    def from_day(self) -> date:
        """The day from which the owner pays it."""
        return self.begins_on if self.has_begun or self.on is None else self.on + timedelta(days=1)


def price_change(sim: SimFacts, plan: PlanFacts, today: date) -> PriceChange | None:
    """What its owner has not been told yet of the price of the plan's tariff."""
    offer, known = plan.offer, plan.offer_known
    if offer is None or known is None or plan.closed or offer.price in (known, plan.price):
        return None
    since, begins_on = _news(sim, plan)
    if since is None or begins_on is None or not is_current(offer.confidence, offer.seen_on, today):
        return None
    if offer.price.currency != known.currency or begins_on - today > _FARTHEST:
        return None
    on = _last_day_before(plan, begins_on, sim.today(since))
    return PriceChange(
        price=offer.price,
        was=known,
        begins_on=begins_on,
        since=since,
        on=on,
        has_begun=begins_on <= today and (on is None or on < today or _paid(sim, plan, begins_on, since)),
        charged_before=on is not None and _is_charged(plan, today, before=on),
        paid=plan.price if plan.price != known else None,
        source=offer.source,
        seen_on=offer.seen_on,
    )


def price_deadlines(sim: SimFacts, now: datetime) -> Iterator[Deadline]:
    """One for each change, as long as its owner has not paid the new price yet."""
    for plan in sim.plans:
        change = price_change(sim, plan, sim.today(now))
        if change is None or change.on is None or plan.muted or plan.period is Period.DAY:
            continue
        if not _paid(sim, plan, change.begins_on, change.since):
            yield Deadline(
                plan_subject(plan.id),
                Kind.PRICE,
                change.on,
                sim.zone,
                max(moment for moment in (change.since, plan.said_at) if moment),
                period=plan.period,
                needed=change.price,
                was=change.was,
                begins_on=change.begins_on,
                source=change.source,
                seen_on=change.seen_on,
            )


def _news(sim: SimFacts, plan: PlanFacts) -> tuple[datetime | None, date | None]:
    """From which moment there is something new to say, and from which day the price holds; None where it is no news:
    the owner chose the tariff as it stands now, and knows better what they pay."""
    offer, said_at = plan.offer, plan.offer_said_at
    if offer is None:
        return None, None
    changed_at = offer.changed_at
    is_ahead = offer.since is not None and (said_at is None or offer.since > sim.today(said_at))
    is_newer = changed_at is not None and (said_at is None or changed_at > said_at)
    if not is_ahead and not is_newer:
        return None, None
    since = max((moment for moment in (changed_at, said_at) if moment), default=None)
    return since, offer.since or (sim.today(changed_at) if changed_at else None)


def _last_day_before(plan: PlanFacts, begins_on: date, heard_on: date) -> date | None:
    """The last day before the first charge on `begins_on` or later of which one can still hear ahead, each period
    renewed on time. None for a plan that had ended by then, or has no date."""
    if plan.renews is Renews.HAND and plan.paid_until and plan.paid_until < heard_on:
        return None
    ends = (end for end in assumed_ends(plan) if end >= heard_on and end + timedelta(days=1) >= begins_on)
    return next(ends, None)


def _is_charged(plan: PlanFacts, today: date, *, before: date) -> bool:
    """Whether a charge is still to fall before that after the day `before`."""
    return any(end >= today for end in takewhile(lambda end: end < before, assumed_ends(plan)))


def _paid(sim: SimFacts, plan: PlanFacts, begins_on: date, since: datetime) -> bool:
    """Whether the last confirmed period was paid for after the new price began, and its owner said so since."""
    if plan.said_at is None or plan.said_at <= since or plan.paid_until is None or plan.period is Period.ONCE:
        return False
    if plan.renews is Renews.HAND and sim.today(plan.said_at) < begins_on:
        return False  # renewed early, before the price rose
    # Months differ by a day or three: good enough to tell one period from the next.
    length = later_end(plan.paid_until, plan.period, plan.anchor) - plan.paid_until
    return plan.paid_until - length + timedelta(days=1) >= begins_on

"""What is on a SIM for its coming charges: until when it is enough, and the least to top up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kzsim.common.money import Money, totals
from plans.forecast import Entry, EntryKind, Known, Step, balance_on, steps
from plans.periods import cutoff, months_later

from .facts import PlanFacts, Renews, SimFacts
from .plans import charge_days, charges

MONTHS_AHEAD = 3


class Unknown(StrEnum):
    """Why nothing can be said of a charge: what one must know first."""

    BALANCE = "balance"  # nobody has said it
    OLD = "old"  # it was said before the last charge, and nobody knows what that one took
    PRICE = "price"
    CURRENCY = "currency"  # the balance is in another one
    CARD = "card"  # a card tops up before, nobody knows how much


@dataclass(frozen=True)
class TopUp:
    """The least money with which the charges after the day `on` do not fail, and until when it must be there.

    `fee` is what each day costs after a failure as far as it is known; `fee_is_least` where a plan that fails may take
    one that nobody knows.
    """

    money: Money
    on: date
    cutoff: datetime
    plans: tuple[int, ...]
    is_estimate: bool = False
    fee: Money | None = None
    fee_is_least: bool = False


@dataclass(frozen=True, order=True)
class Needed:
    """Money that must be there when the day `on` ends."""

    on: date
    money: Money


@dataclass(frozen=True)
class Ahead:
    """The money of a SIM seen from a day: what is known of it, and each charge of the coming months.

    `unknown` tells why the charges from a certain one on find nobody knows what, `unknown_from` which is the first.
    """

    known: Known | None
    steps: tuple[Step, ...] = ()
    unknown: Unknown | None = None
    unknown_from: Step | None = None
    top_up: TopUp | None = None


def months_ahead(today: date) -> date:
    """The last day that is looked ahead to."""
    return months_later(today, MONTHS_AHEAD, today.day)


def money_ahead(sim: SimFacts, today: date, last: date | None = None) -> Ahead:
    """What the charges after the days from `today` to `last` find on the balance, and what is to be topped up."""
    known = known_balance(sim, today)
    found = steps(known, charges(sim, today, last or months_ahead(today)))
    first_unknown = next((step for step in found if step.missing is None), None)
    return Ahead(
        known,
        tuple(found),
        _why_unknown(sim, known, first_unknown) if first_unknown else None,
        first_unknown,
        _top_up(sim, known, found),
    )


def known_balance(sim: SimFacts, today: date) -> Known | None:
    return balance_on(today, sim.entries, charge_days(sim, before=today))


def money_needed(sim: SimFacts, first: date, last: date, leave_out: frozenset[int] = frozenset()) -> list[Needed]:
    """What the charges after these days need beyond the balance, each by its day: the whole price where the balance is
    not known.

    Charges of the plans `leave_out` are nobody's business; those whose price is unknown need nobody knows what.
    """
    found = steps(known_balance(sim, first), charges(sim, first, last))
    needed = [(step.charge, step.charge.amount if step.missing is None else step.missing) for step in found]
    return [
        Needed(charge.on, money)
        for charge, money in needed
        if charge.plan not in leave_out and money is not None and money.amount > 0
    ]


def difference(sim: SimFacts, reading: Entry) -> Money | None:
    """By how much a reading is more, or less, than was expected from what had been said before; None where nothing was
    expected, or another currency. The reading itself may be among the facts."""
    before = [entry for entry in sim.entries if (entry.on, entry.said_at) < (reading.on, reading.said_at)]
    expected = balance_on(reading.on, before, charge_days(sim, before=reading.on))
    if expected is None or expected.balance.currency != reading.money.currency:
        return None
    return Money(reading.money.amount - expected.balance.amount, reading.money.currency)


def _why_unknown(sim: SimFacts, known: Known | None, step: Step) -> Unknown:
    if known is None:
        was_read = any(entry.kind is EntryKind.READING for entry in sim.entries)
        return Unknown.OLD if was_read else Unknown.BALANCE
    plan = _plan_of(sim, step)
    if plan.renews is Renews.AUTOPAY:
        return Unknown.CARD
    return Unknown.PRICE if plan.price is None else Unknown.CURRENCY


def _top_up(sim: SimFacts, known: Known | None, found: list[Step]) -> TopUp | None:
    """For all the charges of the first night on which one fails."""
    first = next((step for step in found if step.fails), None)
    if first is None or known is None:
        return None
    on = first.charge.on
    failing = [step for step in found if step.charge.on == on and step.fails]
    plans = [_plan_of(sim, step) for step in failing]
    fees = [plan.fallback_fee for plan in plans if plan.fallback_fee and plan.fallback_fee.amount > 0]
    return TopUp(
        totals(step.missing for step in failing if step.missing)[0],
        on,
        min(cutoff(on, sim.zone, plan.ends_at) for plan in plans),
        tuple(plan.id for plan in plans),
        is_estimate=first.before != known.balance,
        fee=totals(fees)[0] if fees else None,
        fee_is_least=any(plan.fallback_fee is None for plan in plans),
    )


def _plan_of(sim: SimFacts, step: Step) -> PlanFacts:
    return next(plan for plan in sim.plans if plan.id == step.charge.plan)

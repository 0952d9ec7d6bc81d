"""What SIMs have cost and will cost. Pure: days and values in, values out.

The same money is told in several ways: a person tops up, the operator takes it for a plan, and the person notes the
renewal. It is counted once:

1. A renewal that was not taken back counts with its sum on the day on which it was charged, or else noted; what was
   taken for it, and topped up for it, is the same money. A fee for paying is added, for it never reached the SIM.
2. A charge that belongs to no renewal counts on its day. One that is only assumed does not count.
3. A top-up counts on its day with what none of those has used. They use the top-ups of their SIM in their currency,
   the oldest first: all that came before them, and up to a week after, for a charge may be paid late.

So money that was topped up for a year counts month by month as the plan takes it, and on a number without a plan
every top-up counts. What was on the SIM before anybody told us of a top-up counts when it is taken. Readings and
corrections are no money spent.

What is to be expected are the prices of the plans that go on, each time they end. Sums never mix currencies.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby, takewhile
from math import ceil
from typing import TypeVar

from kzsim.common.money import Money

from .deadlines import UNANSWERED_PERIODS, PlanFacts, Renews, assumed_ends
from .periods import Period, months_later

LATE = timedelta(days=7)
MONTHS = 12
NEXT_DAYS = 30
GLANCE_BACK, GLANCE_AHEAD = 5, 6  # months beside this one that fit a small picture

K = TypeVar("K", bound=Hashable)


class What(StrEnum):
    RENEWAL = "renewal"
    FEE = "fee"
    CHARGE = "charge"
    TOP_UP = "top_up"
    EXPECTED = "expected"


_ORDER = list(What)


@dataclass(frozen=True)
class Payment:
    """Money for a SIM on a day, above zero; `plan` where it was for one."""

    sim: int
    on: date
    money: Money
    what: What
    plan: int | None = None


@dataclass(frozen=True)
class Row:
    """What was spent, and is to be expected, in one month, on one SIM or at one operator; in one currency."""

    key: Hashable
    spent: Decimal
    expected: Decimal


@dataclass(frozen=True)
class Share:
    """A row, and how long its bars are: whole per cent of the longest."""

    row: Row
    spent: int
    expected: int


@dataclass(frozen=True)
class Statement:
    """What was spent and is to be expected in one currency: by month in their order, by SIM and by operator the dearest
    first, by calendar year the last first; and what the year from today on is expected to cost."""

    currency: str
    months: list[Share]
    sims: list[Share]
    operators: list[Share]
    years: list[Row]
    coming_year: Decimal


@dataclass(frozen=True)
class Glance:
    """In one currency: what was spent this month, what the next days are expected to cost, and the months around."""

    currency: str
    this_month: Decimal
    next_days: Decimal
    months: list[Share]


def spent(payments: Iterable[Payment]) -> list[Payment]:
    """Those payments with every sum of money once: each top-up with what no renewal or charge has used."""
    found: list[Payment] = []
    for _key, of_one in groupby(sorted(payments, key=_purse), key=_purse):
        found += _spent_of_one(list(of_one))
    return sorted(found, key=lambda one: (one.on, one.sim, one.plan or 0, _ORDER.index(one.what)))


def expected(sim: int, plans: Iterable[PlanFacts], today: date) -> list[Payment]:
    """What the plans of a SIM will cost from `today` on, for a year, if they go on as they are."""
    last = months_later(today, MONTHS, today.day) - timedelta(days=1)
    return [
        Payment(sim, end, plan.price, What.EXPECTED, plan.id)
        for plan in plans
        if plan.price and plan.price.amount > 0 and goes_on(plan, today)
        for end in takewhile(lambda end: end <= last, assumed_ends(plan))
        if end >= today
    ]


def goes_on(plan: PlanFacts, today: date) -> bool:
    """Whether it will be paid for again: a one-time plan, or one that ended long ago without a word, will not."""
    if plan.closed or plan.paid_until is None or plan.period is Period.ONCE:
        return False
    ends = [end for end, _ in zip(assumed_ends(plan), range(UNANSWERED_PERIODS + 1), strict=False)]
    return ends[-1] >= today


def cannot_be_foreseen(plan: PlanFacts) -> bool:
    """Whether a plan goes on as far as anybody knows, and its date or its price is missing."""
    return not plan.closed and plan.period is not Period.ONCE and (plan.paid_until is None or plan.price is None)


def statements(payments: Iterable[Payment], operators: Mapping[int, str], today: date) -> list[Statement]:
    """One a currency; `operators` names that of each SIM."""
    payments = list(payments)
    return [_statement(payments, currency, operators, today) for currency in currencies(payments)]


def glances(payments: Iterable[Payment], today: date) -> list[Glance]:
    """One a currency."""
    payments = list(payments)
    return [_glance(payments, currency, today) for currency in currencies(payments)]


def _glance(payments: list[Payment], currency: str, today: date) -> Glance:
    months = _by_month(payments, currency, today, GLANCE_BACK, GLANCE_AHEAD)
    last = today + timedelta(days=NEXT_DAYS - 1)
    to_come = (one for one in payments if one.what is What.EXPECTED and today <= one.on <= last)
    return Glance(
        currency,
        sum((row.spent for row in months if row.key == today.replace(day=1)), Decimal(0)),
        _sum(one.money for one in to_come if one.money.currency == currency),
        shares(months),
    )


def _statement(payments: list[Payment], currency: str, operators: Mapping[int, str], today: date) -> Statement:
    by_year = rows((one for one in payments if one.what is not What.EXPECTED), currency, lambda one: one.on.year)
    return Statement(
        currency,
        shares(_by_month(payments, currency, today, MONTHS, MONTHS)),
        shares(_dearest_first(rows(payments, currency, lambda one: one.sim))),
        shares(_dearest_first(rows(payments, currency, lambda one: operators[one.sim]))),
        [by_year[year] for year in sorted(by_year, reverse=True)],
        _sum(one.money for one in payments if one.what is What.EXPECTED and one.money.currency == currency),
    )


def _by_month(payments: list[Payment], currency: str, today: date, back: int, ahead: int) -> list[Row]:
    """So many months back, this one and so many ahead, without what is empty at both ends."""
    told = rows(payments, currency, _month_of)
    this = today.replace(day=1)
    window = [months_later(this, months, 1) for months in range(-back, ahead + 1)]
    wanted = [month for month in window if month in told or month == this]
    return [
        told.get(month) or Row(month, Decimal(0), Decimal(0)) for month in window if wanted[0] <= month <= wanted[-1]
    ]


def _dearest_first(found: Mapping[K, Row]) -> list[Row]:
    return sorted(found.values(), key=lambda row: (-(row.spent + row.expected), str(row.key)))


def _sum(sums: Iterable[Money]) -> Decimal:
    return sum((money.amount for money in sums), Decimal(0))


def is_unconfirmed(plan: PlanFacts, today: date) -> bool:
    """Whether it renewed itself, we assume, and nobody has said so: what was taken is not counted."""
    return (
        plan.renews is not Renews.HAND
        and goes_on(plan, today)
        and plan.paid_until is not None
        and plan.paid_until < today
    )


def currencies(payments: Iterable[Payment]) -> list[str]:
    """Those in which most payments are come first."""
    counts: dict[str, int] = {}
    for payment in payments:
        counts[payment.money.currency] = counts.get(payment.money.currency, 0) + 1
    return sorted(counts, key=lambda currency: (-counts[currency], currency))


def rows(payments: Iterable[Payment], currency: str, key: Callable[[Payment], K]) -> dict[K, Row]:
    """One row a key, of the payments in that currency."""
    sums: dict[K, dict[bool, Decimal]] = {}
    for payment in payments:
        if payment.money.currency == currency:
            of_key = sums.setdefault(key(payment), {True: Decimal(0), False: Decimal(0)})
            of_key[payment.what is What.EXPECTED] += payment.money.amount
    return {key: Row(key, found[False], found[True]) for key, found in sums.items()}


def _month_of(payment: Payment) -> date:
    """The first day of its month."""
    return payment.on.replace(day=1)


def shares(found: Iterable[Row]) -> list[Share]:
    """With bars that can be compared with each other."""
    found = list(found)
    longest = max((row.spent + row.expected for row in found), default=Decimal(0)) or Decimal(1)
    return [Share(row, _per_cent(row.spent, longest), _per_cent(row.expected, longest)) for row in found]


def _purse(payment: Payment) -> tuple[int, str]:
    """One SIM's money in one currency."""
    return payment.sim, payment.money.currency


def _spent_of_one(payments: list[Payment]) -> list[Payment]:
    top_ups = sorted((one for one in payments if one.what is What.TOP_UP), key=lambda one: one.on)
    left = [one.money.amount for one in top_ups]
    others = sorted((one for one in payments if one.what is not What.TOP_UP), key=lambda one: one.on)
    for payment in others:
        if payment.what is not What.FEE:
            _use(payment, top_ups, left)
    unused = [
        replace(one, money=Money(amount, one.money.currency))
        for one, amount in zip(top_ups, left, strict=True)
        if amount
    ]
    return others + unused


def _use(payment: Payment, top_ups: list[Payment], left: list[Decimal]) -> None:
    """Takes what a payment used from what is left of the top-ups."""
    wanted = payment.money.amount
    for place, top_up in enumerate(top_ups):
        if not wanted or top_up.on > payment.on + LATE:
            return
        taken = min(wanted, left[place])
        left[place] -= taken
        wanted -= taken


def _per_cent(amount: Decimal, longest: Decimal) -> int:
    """Rounded up, so that no money has no bar."""
    return min(ceil(amount * 100 / longest), 100)

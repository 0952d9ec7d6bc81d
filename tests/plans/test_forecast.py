from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.forecast import Charge, Entry, EntryKind, Known, balance_on, steps

TODAY = date(2026, 11, 23)
READING, TOP_UP, CHARGE, CORRECTION = EntryKind


def tenge(amount: int) -> Money:
    return Money(Decimal(amount))


def entry(kind: EntryKind, amount: int, offset: int = 0, hour: int = 6, currency: str = "KZT") -> Entry:
    on = TODAY + timedelta(days=offset)
    return Entry(kind, Money(Decimal(amount), currency), on, datetime.combine(on, time(hour), UTC))


def balance(entries: list[Entry], offset: int = 0, unconfirmed: tuple[int, ...] = ()) -> int | None:
    charges = [TODAY + timedelta(days=days) for days in unconfirmed]
    known = balance_on(TODAY + timedelta(days=offset), entries, charges)
    return None if known is None else int(known.balance.amount)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], None),
        ([entry(TOP_UP, 500)], None),  # nobody said what was there before
        ([entry(READING, 900, -3)], 900),
        ([entry(READING, 900, -3), entry(READING, 200, -1)], 200),
        ([entry(READING, 900, -3), entry(TOP_UP, 500, -2), entry(CHARGE, 300, -1)], 1100),
        ([entry(READING, 900, -3), entry(CORRECTION, -100, -2)], 800),
        ([entry(READING, 900, hour=9), entry(TOP_UP, 500, hour=8)], 900),  # read after it was topped up
        ([entry(READING, 900, hour=8), entry(TOP_UP, 500, hour=9)], 1400),
        ([entry(READING, 900, hour=6), entry(CHARGE, 300, hour=9)], 900),  # the charge fell in the night before
        ([entry(READING, 900, -3), entry(TOP_UP, 5, -2, currency="USD")], 900),
        ([entry(READING, 900, 1)], None),  # not yet
    ],
)
def test_the_balance_is_the_newest_reading_with_what_came_and_went_since(entries, expected):
    assert balance(entries) == expected


@pytest.mark.parametrize(
    ("read", "charge", "known"),
    [(-3, -2, False), (-3, -3, False), (-2, -3, True), (-3, 0, True), (-3, -4, True)],
)
def test_a_balance_older_than_a_charge_that_nobody_confirmed_is_not_known(read, charge, known):
    assert (balance([entry(READING, 900, read)], unconfirmed=(charge,)) is not None) is known


def test_it_tells_the_day_it_was_read_and_the_moment_it_is_known_from():
    entries = [entry(READING, 900, -3), entry(TOP_UP, 500, -1)]
    assert balance_on(TODAY, entries) == Known(tenge(1400), TODAY - timedelta(days=3), entries[1].said_at)


def test_several_plans_take_from_one_balance_in_the_order_of_their_days():
    known = Known(tenge(6000), TODAY, datetime(2026, 11, 23, tzinfo=UTC))
    charges = [Charge(plan, TODAY + timedelta(days=days), tenge(price)) for plan, days, price in CHARGES]
    found = [(step.charge.plan, int(step.before.amount), int(step.missing.amount)) for step in steps(known, charges)]
    assert found == [(1, 6000, 0), (2, 1010, 0), (3, 20, 970), (1, 0, 4990)]


CHARGES = [(1, 33, 4990), (3, 9, 990), (2, 9, 990), (1, 3, 4990)]


@pytest.mark.parametrize("amount", [None, Money(Decimal(5), "USD")])
def test_after_a_charge_of_unknown_size_nothing_is_known(amount):
    known = Known(tenge(6000), TODAY, datetime(2026, 11, 23, tzinfo=UTC))
    found = steps(known, [Charge(1, TODAY, amount), Charge(2, TODAY, tenge(1))])
    assert [step.missing for step in found] == [None, None]


def test_without_a_balance_no_step_is_known():
    assert steps(None, [Charge(1, TODAY, tenge(1))])[0].missing is None


@given(st.integers(0, 10_000), st.lists(st.integers(0, 3000), max_size=12))
def test_topping_up_what_is_missing_each_time_is_exactly_enough(start, prices):
    """The sum of what is missing is what all charges together take beyond the balance."""
    known = Known(tenge(start), TODAY, datetime(2026, 11, 23, tzinfo=UTC))
    found = steps(known, [Charge(1, TODAY + timedelta(days=n), tenge(price)) for n, price in enumerate(prices)])
    missing = sum(step.missing.amount for step in found)
    assert missing == max(sum(prices) - start, 0)
    assert all(step.after.amount >= 0 for step in found)

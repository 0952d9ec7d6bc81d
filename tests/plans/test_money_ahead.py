"""What the coming charges find on a SIM, and the least to top up, against a simulation of every day."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.deadlines import Needed, PlanFacts, Renews, SimFacts, Unknown, difference, money_ahead, money_needed
from plans.forecast import Entry, EntryKind
from plans.periods import Period, on_day_of_month

ALMATY = ZoneInfo("Asia/Almaty")
TODAY = date(2026, 11, 23)
READING, TOP_UP, CHARGE, CORRECTION = EntryKind


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def money(amount: int, currency: str = "KZT") -> Money:
    return Money(Decimal(amount), currency)


def plan(pk: int = 1, offset: int = 3, price: int | None = 4990, **fields) -> PlanFacts:
    facts = {"period": Period.DAYS_30, "renews": Renews.AUTO, "price": None if price is None else money(price)}
    return PlanFacts(pk, paid_until=day(offset), **({"anchor": None} | facts | fields))


def entry(kind: EntryKind, amount: int, offset: int = 0, hour: int = 6, currency: str = "KZT") -> Entry:
    return Entry(kind, money(amount, currency), day(offset), datetime.combine(day(offset), time(hour), UTC))


def sim(*plans: PlanFacts, entries=(), balance: int | None = None) -> SimFacts:
    said = (entry(READING, balance),) if balance is not None else ()
    return SimFacts(7, ALMATY, plans, (*entries, *said))


# --- the simulation --------------------------------------------------------------------------------


def next_end(one: PlanFacts, end: date) -> date:
    lengths = {Period.DAY: 1, Period.WEEK: 7, Period.DAYS_28: 28, Period.DAYS_30: 30}
    if one.period in lengths:
        return end + timedelta(days=lengths[one.period])
    charge = end + timedelta(days=1)
    month, year = charge.month % 12 + 1, charge.year + charge.month // 12
    return on_day_of_month(year, month, (one.paid_until + timedelta(days=1)).day) - timedelta(days=1)


def lived_through(plans: list[PlanFacts], balance: int, last: date) -> list[tuple[date, int, int, int]]:
    """Each night of these days: the day before it, the plan, what was there and what was missing."""
    ends = {one.id: one.paid_until for one in plans}
    happened, today = [], TODAY
    while today <= last:
        for one in sorted(plans, key=lambda one: one.id):
            if ends[one.id] == today:
                price = int(one.price.amount)
                happened.append((today, one.id, balance, max(price - balance, 0)))
                balance = max(balance - price, 0)
                ends[one.id] = next_end(one, today)
        today += timedelta(days=1)
    return happened


PERIODS = st.sampled_from([Period.DAY, Period.WEEK, Period.DAYS_28, Period.DAYS_30, Period.MONTH])
PLANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6000), PERIODS), max_size=4)


def plans_of(drawn) -> list[PlanFacts]:
    return [plan(pk, offset, price, period=period) for pk, (offset, price, period) in enumerate(drawn, start=1)]


@given(PLANS, st.integers(-500, 20_000))
def test_each_coming_charge_finds_and_lacks_what_living_through_the_days_shows(drawn, balance):
    plans = plans_of(drawn)
    ahead = money_ahead(sim(*plans, balance=balance), TODAY)
    found = [(one.charge.on, one.charge.plan, int(one.before.amount), int(one.missing.amount)) for one in ahead.steps]
    assert found == lived_through(plans, balance, date(2027, 2, 23))
    assert ahead.unknown is None


@given(PLANS, st.integers(-500, 20_000))
def test_the_sum_to_top_up_is_the_least_with_which_the_first_night_that_fails_does_not(drawn, balance):
    plans = plans_of(drawn)
    top_up = money_ahead(sim(*plans, balance=balance), TODAY).top_up
    nights = lived_through(plans, balance, date(2027, 2, 23))
    failing = [night for night in nights if night[3]]
    if top_up is None:
        assert failing == []
        return
    first = failing[0][0]
    enough, too_little = (
        [missing for _on, _plan, _before, missing in lived_through(plans, balance + extra, first)]
        for extra in (int(top_up.money.amount), int(top_up.money.amount) - 1)
    )
    assert top_up.on == first
    assert not any(enough)
    assert any(too_little)
    assert top_up.plans == tuple(night[1] for night in failing if night[0] == first)


@given(PLANS, st.integers(-500, 20_000), st.integers(0, 30))
def test_the_money_needed_in_some_days_is_what_they_lack(drawn, balance, days):
    plans = plans_of(drawn)
    found = money_needed(sim(*plans, balance=balance), TODAY, day(days))
    nights = lived_through(plans, balance, day(days))
    assert [(one.on, one.money) for one in found] == [(night[0], money(night[3])) for night in nights if night[3]]


@given(PLANS, st.integers(0, 30), st.lists(st.sampled_from(["KZT", "USD", "TRY"]), min_size=4, max_size=4))
def test_without_a_balance_the_prices_are_needed_each_currency_for_itself(drawn, days, currencies):
    plans = [
        replace(one, price=Money(one.price.amount, currency))
        for one, currency in zip(plans_of(drawn), currencies, strict=False)
    ]
    found = money_needed(sim(*plans), TODAY, day(days))
    for currency in ("KZT", "USD", "TRY"):
        of_it = [one for one in plans if one.price.currency == currency]
        wanted = sum(night[3] for night in lived_through(of_it, 0, day(days)))
        assert sum(one.money.amount for one in found if one.money.currency == currency) == wanted


# --- what a person is told -------------------------------------------------------------------------


def test_the_least_to_top_up_is_told_with_its_cutoff_and_what_a_day_costs_afterwards():
    ahead = money_ahead(sim(plan(fallback_fee=money(390)), balance=3690), TODAY)
    top_up = ahead.top_up
    assert (top_up.money, top_up.on, top_up.fee, top_up.fee_is_least) == (money(1300), day(3), money(390), False)
    assert top_up.cutoff == datetime(2026, 11, 26, 19, tzinfo=UTC)  # midnight in Almaty
    assert not top_up.is_estimate


def test_a_charge_by_the_hour_cuts_off_at_its_hour():
    top_up = money_ahead(sim(plan(period=Period.HOURS_720, ends_at=time(14, 30)), balance=0), TODAY).top_up
    assert top_up.cutoff == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fees", "fee", "is_least"),
    [((390, 290), 680, False), ((390, None), 390, True), ((390, 0), 390, False), ((None, None), None, True)],
)
def test_two_charges_that_fail_in_one_night_are_topped_up_together(fees, fee, is_least):
    plans = [plan(pk, fallback_fee=None if of is None else money(of)) for pk, of in enumerate(fees, start=1)]
    top_up = money_ahead(sim(*plans, balance=0), TODAY).top_up
    assert top_up.money == money(2 * 4990)
    assert (top_up.fee, top_up.fee_is_least) == (None if fee is None else money(fee), is_least)


def test_the_fee_of_a_plan_whose_charge_does_not_fail_is_not_spoken_of():
    ahead = money_ahead(sim(plan(1, 3, fallback_fee=money(390)), plan(2, 5, 990), balance=5000), TODAY)
    assert (ahead.top_up.plans, ahead.top_up.money, ahead.top_up.fee) == ((2,), money(980), None)
    assert ahead.top_up.is_estimate


@pytest.mark.parametrize(
    ("plans", "entries", "why", "which"),
    [
        ([plan()], [], Unknown.BALANCE, 1),
        ([plan()], [entry(TOP_UP, 500)], Unknown.BALANCE, 1),
        ([plan(offset=-2)], [entry(READING, 9000, -5)], Unknown.OLD, 1),
        ([plan(price=None)], [entry(READING, 9000)], Unknown.PRICE, 1),
        ([plan(1, 3), plan(2, 5, None)], [entry(READING, 9000)], Unknown.PRICE, 2),
        ([plan()], [entry(READING, 9000, currency="USD")], Unknown.CURRENCY, 1),
        ([plan(renews=Renews.AUTOPAY)], [entry(READING, 9000)], Unknown.CARD, 1),
        ([plan(price=100)], [entry(READING, 9000)], None, None),
        ([plan(renews=Renews.HAND)], [], None, None),
        ([plan(closed=True)], [], None, None),
    ],
)
def test_where_nobody_can_tell_it_says_what_one_must_know_first(plans, entries, why, which):
    ahead = money_ahead(sim(*plans, entries=entries), TODAY)
    assert ahead.unknown is why
    assert (ahead.unknown_from and ahead.unknown_from.charge.plan) == which


def test_a_plan_nobody_answers_about_any_more_needs_nobodys_money():
    assert money_needed(sim(plan(1, 3), plan(2, 4, 100)), TODAY, day(7), frozenset({1})) == [Needed(day(4), money(100))]


# --- a reading that is not what was expected -----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "read", "found"),
    [
        ([], 900, None),
        ([entry(READING, 1200, -3)], 900, -300),
        ([entry(READING, 1200, -3)], 1200, 0),
        ([entry(READING, 1200, -3), entry(TOP_UP, 500, -1)], 1900, 200),
        ([entry(READING, 1200, -3), entry(CHARGE, 500, -1)], 700, 0),
        ([entry(READING, 1200, 0, 1)], 900, -300),
        ([entry(READING, 1200, 0, 23)], 900, None),  # said later of the same day
        ([entry(READING, 5, -3, currency="USD")], 900, None),
    ],
)
def test_a_reading_is_compared_with_what_was_expected(before, read, found):
    now = entry(READING, read)
    told = difference(sim(entries=[*before, now]), now)
    assert told == (None if found is None else money(found))


def test_after_a_charge_that_nobody_confirmed_nothing_is_expected():
    now = entry(READING, 900)
    assert difference(sim(plan(offset=-1), entries=[entry(READING, 5890, -4), now]), now) is None

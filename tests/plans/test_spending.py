"""The same money counts once, and never with that of another currency."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.deadlines import PlanFacts, Renews
from plans.periods import Period, months_later
from plans.spending import (
    Payment,
    What,
    cannot_be_foreseen,
    expected,
    glances,
    goes_on,
    is_unconfirmed,
    spent,
    statements,
)

TODAY = date(2026, 11, 23)
RENEWAL, FEE, CHARGE, TOP_UP = What.RENEWAL, What.FEE, What.CHARGE, What.TOP_UP


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def paid(what: What, amount: int, offset: int = 0, sim: int = 1, currency: str = "KZT") -> Payment:
    return Payment(sim, day(offset), Money(Decimal(amount), currency), what)


def counted(*payments: Payment) -> list[tuple[What, int, int]]:
    return [(one.what, int(one.money.amount), (one.on - TODAY).days) for one in spent(payments)]


@pytest.mark.parametrize(
    ("payments", "found"),
    [
        ([], []),
        # A number without a plan: every top-up counts.
        ([paid(TOP_UP, 500, -60), paid(TOP_UP, 500)], [(TOP_UP, 500, -60), (TOP_UP, 500, 0)]),
        # Topped up, then renewed or charged from it: the renewal counts, and of the top-up what is over.
        ([paid(TOP_UP, 5000, -2), paid(RENEWAL, 4990)], [(TOP_UP, 10, -2), (RENEWAL, 4990, 0)]),
        ([paid(TOP_UP, 4990, -2), paid(CHARGE, 4990)], [(CHARGE, 4990, 0)]),
        # Renewed first and the top-up for it noted afterwards, up to a week.
        ([paid(RENEWAL, 4990), paid(TOP_UP, 4990, 7)], [(RENEWAL, 4990, 0)]),
        ([paid(RENEWAL, 4990), paid(TOP_UP, 4990, 8)], [(RENEWAL, 4990, 0), (TOP_UP, 4990, 8)]),
        # Topped up for months ahead: it counts as it is taken.
        (
            [paid(TOP_UP, 10_000, -70), paid(CHARGE, 4000, -60), paid(CHARGE, 4000, -30)],
            [(TOP_UP, 2000, -70), (CHARGE, 4000, -60), (CHARGE, 4000, -30)],
        ),
        # The oldest is used first, and one renewal may use several.
        (
            [paid(TOP_UP, 300, -9), paid(TOP_UP, 300, -5), paid(RENEWAL, 400)],
            [(TOP_UP, 200, -5), (RENEWAL, 400, 0)],
        ),
        # What nobody told us of a top-up for counts when it is taken.
        ([paid(TOP_UP, 100, -2), paid(CHARGE, 990)], [(CHARGE, 990, 0)]),
        # A fee never reached the SIM.
        ([paid(TOP_UP, 50, -2), paid(FEE, 50)], [(TOP_UP, 50, -2), (FEE, 50, 0)]),
        # Another SIM's, and another currency's, is other money.
        ([paid(TOP_UP, 990, sim=2), paid(RENEWAL, 990)], [(RENEWAL, 990, 0), (TOP_UP, 990, 0)]),
        ([paid(TOP_UP, 990, currency="USD"), paid(RENEWAL, 990)], [(RENEWAL, 990, 0), (TOP_UP, 990, 0)]),
    ],
)
def test_the_same_money_counts_once(payments, found):
    assert counted(*payments) == found
    assert counted(*reversed(payments)) == found


PAYMENTS = st.lists(
    st.builds(
        paid,
        st.sampled_from([RENEWAL, FEE, CHARGE, TOP_UP]),
        st.integers(1, 9000),
        st.integers(-400, 0),
        st.integers(1, 3),
        st.sampled_from(["KZT", "USD", "TRY"]),
    ),
    max_size=14,
)


def purses(payments, kinds=tuple(What)) -> dict:
    sums = defaultdict(Decimal)
    for one in payments:
        if one.what in kinds:
            sums[one.sim, one.money.currency] += one.money.amount
    return sums


@given(PAYMENTS)
def test_each_purse_costs_at_least_what_was_taken_or_put_in_and_at_most_both(payments):
    total, taken, put_in, fees = (
        purses(spent(payments)),
        purses(payments, (RENEWAL, CHARGE)),
        purses(payments, (TOP_UP,)),
        purses(payments, (FEE,)),
    )
    for purse in purses(payments):
        least = max(taken[purse], put_in[purse]) + fees[purse]
        assert least <= total[purse] <= taken[purse] + put_in[purse] + fees[purse]


@given(PAYMENTS)
def test_what_was_renewed_charged_and_paid_as_a_fee_counts_whole_and_top_ups_never_more_than_they_were(payments):
    found = spent(payments)
    kept = sorted(one for one in map(repr, found) if "TOP_UP" not in one)
    assert kept == sorted(one for one in map(repr, payments) if "TOP_UP" not in one)
    for on in {one.on for one in payments}:
        of_day = [one for one in payments if one.on == on]
        assert all(
            amount <= purses(of_day, (TOP_UP,))[purse]
            for purse, amount in purses([one for one in found if one.on == on], (TOP_UP,)).items()
        )
    assert all(one.money.amount > 0 for one in found)


@given(PAYMENTS)
def test_the_money_that_no_top_up_could_have_paid_is_the_brute_force_of_days(payments):
    """A coin at a time: each that is taken uses the oldest coin that was there by then, or within a week."""
    coins = defaultdict(list)
    for one in sorted(payments, key=lambda one: one.on):
        if one.what is TOP_UP:
            coins[one.sim, one.money.currency] += [one.on] * int(one.money.amount // 100)
    payments = [
        Payment(one.sim, one.on, Money(one.money.amount // 100, one.money.currency), one.what) for one in payments
    ]
    for one in sorted(payments, key=lambda one: one.on):
        purse = coins[one.sim, one.money.currency]
        for _coin in range(int(one.money.amount) if one.what in (RENEWAL, CHARGE) else 0):
            if purse and purse[0] <= one.on + timedelta(days=7):
                purse.pop(0)
    left = {purse: len(days) for purse, days in coins.items() if days}
    assert {purse: int(amount) for purse, amount in purses(spent(payments), (TOP_UP,)).items() if amount} == left


@given(PAYMENTS, PAYMENTS)
def test_a_statement_adds_only_its_own_currency_and_leaves_nothing_out(payments, later):
    to_come = [Payment(one.sim, day(-(one.on - TODAY).days), one.money, What.EXPECTED) for one in later]
    found = statements([*payments, *to_come], {1: "Kcell", 2: "Kcell", 3: "Beeline"}, TODAY)
    assert {one.currency for one in found} == {one.money.currency for one in [*payments, *to_come]}
    for one in found:
        past = sum(paid.money.amount for paid in payments if paid.money.currency == one.currency)
        coming = sum(paid.money.amount for paid in to_come if paid.money.currency == one.currency)
        for shares in (one.sims, one.operators):
            assert sum(share.row.spent for share in shares) == past
            assert sum(share.row.expected for share in shares) == coming
            assert all(0 <= share.spent <= 100 and 0 <= share.expected <= 100 for share in shares)
        assert sum(row.spent for row in one.years) == past
        assert one.coming_year == coming


def test_months_stand_in_their_order_without_gaps_and_without_empty_ends():
    found = statements([paid(TOP_UP, 5, -100), paid(TOP_UP, 9, -900), paid(What.EXPECTED, 7, 40)], {1: "Kcell"}, TODAY)
    assert [(share.row.key, int(share.row.spent), int(share.row.expected)) for share in found[0].months] == [
        (date(2026, 8, 1), 5, 0),
        (date(2026, 9, 1), 0, 0),
        (date(2026, 10, 1), 0, 0),
        (date(2026, 11, 1), 0, 0),
        (date(2026, 12, 1), 0, 0),
        (date(2027, 1, 1), 0, 7),
    ]
    assert [(row.key, int(row.spent)) for row in found[0].years] == [(2026, 5), (2024, 9)]


def test_bars_are_measured_against_the_longest_and_no_money_is_too_little_for_one():
    payments = [paid(TOP_UP, 10_000, sim=1), paid(What.EXPECTED, 5000, 9, sim=2), paid(TOP_UP, 1, sim=3)]
    (found,) = statements(payments, dict.fromkeys((1, 2, 3), "Kcell"), TODAY)
    assert [(share.row.key, share.spent, share.expected) for share in found.sims] == [
        (1, 100, 0),
        (2, 0, 50),
        (3, 1, 0),
    ]


# --- what is to be expected ------------------------------------------------------------------------------


def plan(offset: int | None = 3, period: Period = Period.DAYS_30, price: int | None = 4990, **fields) -> PlanFacts:
    money = None if price is None else Money(Decimal(price))
    return PlanFacts(1, period, None if offset is None else day(offset), price=money, **fields)


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        (plan(0), [30 * n for n in range(13)]),
        (plan(3, Period.WEEK, renews=Renews.AUTO), [3 + 7 * n for n in range(52)]),
        (plan(3, Period.DAY), list(range(3, 365))),
        (plan(-40), [-40 + 30 * n for n in range(2, 14)]),  # not answered yet: it may go on
        (plan(-61), []),  # ended two periods ago, without a word
        (plan(-5, Period.ONCE), []),
        (plan(5, Period.ONCE), []),
        (plan(5, closed=True), []),
        (plan(None), []),
        (plan(5, price=None), []),
        (plan(5, price=0), []),
    ],
)
def test_a_plan_is_expected_to_cost_its_price_each_time_it_ends_for_a_year(facts, days):
    found = expected(9, [facts], TODAY)
    assert [(one.on - TODAY).days for one in found] == days
    assert {(one.sim, one.plan, one.what, one.money.amount) for one in found} <= {(9, 1, What.EXPECTED, 4990)}


@given(st.integers(-100, 400), st.sampled_from([one for one in Period if one is not Period.ONCE]))
def test_nothing_is_expected_before_today_nor_after_a_year(offset, period):
    found = expected(9, [plan(offset, period)], TODAY)
    assert all(TODAY <= one.on < months_later(TODAY, 12, TODAY.day) for one in found)
    assert bool(found) <= goes_on(plan(offset, period), TODAY)


@pytest.mark.parametrize(
    ("facts", "is_so"),
    [
        (plan(), False),
        (plan(None), True),
        (plan(price=None), True),
        (plan(None, Period.ONCE), False),
        (plan(None, closed=True), False),
    ],
)
def test_a_plan_without_its_date_or_price_cannot_be_foreseen(facts, is_so):
    assert cannot_be_foreseen(facts) is is_so


@pytest.mark.parametrize(
    ("facts", "is_so"),
    [
        (plan(-1, renews=Renews.AUTO), True),
        (plan(-1, renews=Renews.AUTOPAY), True),
        (plan(0, renews=Renews.AUTO), False),
        (plan(-61, renews=Renews.AUTO), False),
        (plan(-1), False),
        (plan(None, renews=Renews.AUTO), False),
    ],
)
def test_what_renewed_itself_without_a_word_is_said_not_to_be_counted(facts, is_so):
    assert is_unconfirmed(facts, TODAY) is is_so


def test_in_short_only_the_months_around_and_the_next_thirty_days_count():
    payments = [
        *(paid(RENEWAL, 100, offset) for offset in (-300, -23, -22, 0)),  # the 23rd: this month began 22 days ago
        *(paid(What.EXPECTED, 10, offset) for offset in (0, 29, 30, 300)),
        paid(RENEWAL, 7, currency="USD"),
    ]
    found = {one.currency: one for one in glances(payments, TODAY)}
    assert (found["KZT"].this_month, found["KZT"].next_days) == (200, 20)
    assert [share.row.key.month for share in found["KZT"].months] == [10, 11, 12]
    assert (found["USD"].this_month, found["USD"].next_days) == (7, 0)

"""What is stored of a SIM for lists holds until the day on which it is worked out again."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.deadlines import SOON_DAYS, Activity, Needed, PlanFacts, Renews
from plans.periods import Period
from plans.standing import Ranking, standing, standing_review_on
from tests.plans.test_deadlines import PRICE, SAID, TODAY, day, plan, reading, sim


@pytest.mark.parametrize(
    ("plans", "ranking", "on"),
    [
        ([], Ranking.EMPTY, None),
        ([plan(5), plan(2, id=2)], Ranking.DATED, day(2)),
        ([plan(-3)], Ranking.DATED, day(-3)),
        ([plan(paid_until=None)], Ranking.UNKNOWN, None),
        ([plan(-9, closed=True)], Ranking.OVER, day(-9)),
        ([plan(-9, closed=True), plan(4, id=2)], Ranking.DATED, day(4)),
        ([plan(-70, renews=Renews.AUTO)], Ranking.PAUSED, day(20)),
    ],
)
def test_a_sim_is_sorted_by_what_comes_first(plans, ranking, on):
    found = standing(sim(*plans), TODAY)
    assert (found.ranking, found.on) == (ranking, on)


def test_a_number_that_is_watched_has_a_date_too():
    found = standing(sim(plan(40), activity=Activity(day(-50)), keep_alive=True), TODAY)
    assert (found.ranking, found.on) == (Ranking.DATED, day(10))


def test_what_its_owner_could_tell_us_is_counted():
    facts = sim(plan(paid_until=None), plan(-3, id=2, renews=Renews.AUTO), plan(3, id=3))
    assert standing(facts, TODAY).questions == 2


def test_by_hand_the_price_is_needed_and_of_a_balance_what_it_lacks():
    by_hand, charged = plan(3), plan(5, id=2, renews=Renews.AUTO, price=Money(Decimal(2000)))
    facts = sim(by_hand, charged, entries=(reading(1500, 0),))
    assert standing(facts, TODAY).needs == (Needed(day(3), PRICE), Needed(day(5), Money(Decimal(500))))


def test_what_is_over_needs_no_money():
    assert standing(sim(plan(-1), plan(3, id=2, closed=True)), TODAY).needs == ()


def test_only_what_renews_itself_or_has_another_day_is_looked_at_again():
    assert standing_review_on(sim(plan(3)), TODAY) is None
    assert standing_review_on(sim(plan(3, renews=Renews.AUTO)), TODAY) == day(3)
    assert standing_review_on(sim(plan(0, renews=Renews.AUTO)), TODAY) == day(1)
    assert standing_review_on(sim(plan(-1), plan(3, id=2), plan(5, id=3)), TODAY) == day(4)


def test_the_day_still_to_come_is_that_of_whatever_is_not_past():
    watched = sim(plan(-1), activity=Activity(day(-50)), keep_alive=True)
    assert (standing(watched, TODAY).on, standing(watched, TODAY).ahead) == (day(-1), day(10))
    assert standing(sim(plan(-1), plan(-40, id=2, renews=Renews.AUTO)), TODAY).ahead == day(20)
    assert standing(sim(plan(-1)), TODAY).ahead is None


PLANS = st.builds(
    PlanFacts,
    id=st.integers(1, 9),
    period=st.sampled_from(Period),
    paid_until=st.none() | st.dates(date(2026, 8, 1), date(2027, 2, 1)),
    renews=st.sampled_from(Renews),
    price=st.sampled_from([None, Money(Decimal(0)), PRICE, Money(Decimal(9), "USD")]),
    said_at=st.just(SAID),
    closed=st.booleans(),
)
SIMS = st.builds(
    lambda plans, balance: sim(*plans, entries=() if balance is None else (reading(*balance),)),
    st.lists(PLANS, max_size=3, unique_by=lambda one: one.id),
    st.none() | st.tuples(st.integers(0, 12_000), st.integers(-30, 0)),
)


@given(SIMS, st.integers(0, 60))
def test_it_holds_until_the_day_on_which_it_is_looked_at_again(facts, days):
    stored, later = standing(facts, TODAY), day(days)
    review = standing_review_on(facts, TODAY)
    if review is None or later < review:
        fresh = standing(facts, later)
        assert (fresh.ranking, fresh.on, fresh.questions) == (stored.ranking, stored.on, stored.questions)
        assert fresh.ahead == (stored.ahead if stored.ahead and stored.ahead >= later else None)
        assert _within_a_week(fresh.needs, later) == _within_a_week(stored.needs, later)


def _within_a_week(needs: tuple[Needed, ...], today: date) -> list[Needed]:
    return [need for need in needs if today <= need.on <= today + timedelta(days=SOON_DAYS)]

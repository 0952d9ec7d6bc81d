"""Where a person is when, and what lasts that long: the rules."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.deadlines import (
    Activity,
    Kind,
    Lasts,
    PlanFacts,
    Renews,
    SimFacts,
    StayFacts,
    covers,
    deadlines,
    departed,
    is_abroad_on,
    overlapping,
    review_at,
)
from plans.forecast import Entry, EntryKind
from plans.periods import Period
from plans.reminders import leads

ALMATY = ZoneInfo("Asia/Almaty")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PRICE = Money(Decimal(4990))


def day(offset: int | None) -> date | None:
    return None if offset is None else TODAY + timedelta(days=offset)


def stay(since: int | None, until: int | None, *, abroad: bool = True, **fields) -> StayFacts:
    return StayFacts(fields.pop("id", 1), abroad, day(since), day(until), NOW, **fields)


def plan(offset: int | None = 3, **fields) -> PlanFacts:
    facts = {"id": 1, "period": Period.DAYS_30, "paid_until": day(offset), "price": PRICE, "said_at": NOW}
    return PlanFacts(**(facts | fields))


def sim(*plans: PlanFacts, stays=(), **fields) -> SimFacts:
    return SimFacts(id=7, zone=ALMATY, plans=plans, stays=tuple(stays), **fields)


def reading(amount: int) -> Entry:
    return Entry(EntryKind.READING, Money(Decimal(amount)), TODAY, NOW)


# --- where they are ---


@pytest.mark.parametrize(
    ("stays", "abroad"),
    [
        ([], None),
        ([stay(-1, 1)], True),
        ([stay(None, 0, abroad=False)], False),
        ([stay(0, None)], True),
        ([stay(1, 9)], None),
        ([stay(-9, -1)], None),  # back from a trip: where they usually are
        ([stay(None, -1, abroad=False)], True),  # left the country
        ([stay(None, -1, abroad=False, settled=True)], None),  # and said so
        ([stay(None, -5, abroad=False), stay(-4, -1, id=2)], None),
        ([stay(None, 9, abroad=False), stay(-3, 3, id=2)], True),  # the one that began later
    ],
)
def test_where_somebody_is_today(stays, abroad):
    assert is_abroad_on(stays, TODAY) is abroad


@pytest.mark.parametrize(
    ("stays", "asked"),
    [
        ([stay(None, -1, abroad=False)], True),
        ([stay(None, 0, abroad=False)], False),
        ([stay(None, -1, abroad=False, settled=True)], False),
        ([stay(-9, -1)], False),
        ([stay(None, -5, abroad=False), stay(3, 9, id=2)], False),  # more is planned
        ([stay(None, -5, abroad=False), stay(-4, None, id=2)], False),
        ([], False),
    ],
)
def test_whoever_has_left_for_good_is_asked_once(stays, asked):
    assert (departed(stays, TODAY) is not None) is asked


@pytest.mark.parametrize(
    ("since", "until", "overlaps"),
    [
        (10, 20, True),
        (None, 9, False),
        (None, 10, True),
        (20, None, True),
        (21, None, False),
        (None, None, True),
        (15, 15, True),
        (1, 30, True),
    ],
)
def test_two_stays_share_no_day(since, until, overlaps):
    assert (overlapping(day(since), day(until), [stay(10, 20)], TODAY) is not None) is overlaps


def test_a_stay_without_a_beginning_begins_by_today_and_not_before_all_time():
    assert overlapping(None, day(9), [stay(-30, -10)], TODAY) is None
    assert overlapping(None, day(9), [stay(-30, 0)], TODAY) is not None


# --- what lasts ---


@pytest.mark.parametrize(
    ("one", "trip", "lasts", "act_by", "reaches"),
    [
        (plan(40), stay(10, 40), Lasts.YES, None, None),
        (plan(39), stay(10, 40), Lasts.NO, 9, 69),  # before the departure
        (plan(3), stay(10, 40), Lasts.NO, 3, 63),  # by its own end, twice
        (plan(3), stay(None, 10, abroad=False), Lasts.NO, 3, 33),
        (plan(3), stay(-5, 10), Lasts.NO, 3, 33),  # abroad already
        (plan(3), stay(10, None), Lasts.UNKNOWN, None, None),
        (plan(None), stay(10, 40), Lasts.UNKNOWN, None, None),
        (plan(-1), stay(10, 40), Lasts.OVER, None, None),
        (plan(20, period=Period.ONCE), stay(10, 40), Lasts.NO, 9, None),
        (plan(20, renews=Renews.AUTOPAY), stay(10, 40), Lasts.RENEWS, None, None),
        (plan(20, renews=Renews.AUTO), stay(10, 40), Lasts.CHECK, None, None),
    ],
)
def test_how_a_plan_lasts_through_a_stay(one, trip, lasts, act_by, reaches):
    (cover,) = covers(sim(one), trip, TODAY)
    assert (cover.lasts, cover.act_by, cover.reaches) == (lasts, day(act_by), day(reaches))


def test_what_is_to_be_paid_for_all_the_time_is_said():
    (cover,) = covers(sim(plan(3)), stay(10, 40), TODAY)
    assert (cover.periods, cover.needed) == (2, Money(Decimal(9980)))


@pytest.mark.parametrize(
    ("balance", "lasts", "missing"),
    [(9980, Lasts.RENEWS, None), (9979, Lasts.NO, 1), (0, Lasts.NO, 9980)],
)
def test_a_self_renewing_plan_lasts_as_long_as_the_money_for_all_its_charges(balance, lasts, missing):
    facts = sim(plan(5, renews=Renews.AUTO), entries=(reading(balance),))
    (cover,) = covers(facts, stay(10, 40), TODAY)  # charges after the 5th and the 35th day
    assert (cover.lasts, cover.missing) == (lasts, Money(Decimal(missing)) if missing else None)


def test_a_self_renewing_plan_that_is_charged_after_the_stay_only_lasts():
    (cover,) = covers(sim(plan(40, renews=Renews.AUTO)), stay(10, 40), TODAY)
    assert cover.lasts is Lasts.YES


@pytest.mark.parametrize(
    ("quiet", "trip", "lasts", "act_by", "reaches", "again"),
    [
        (10, stay(10, 50), Lasts.YES, None, None, None),
        (10, stay(10, 51), Lasts.NO, 9, 69, None),
        (10, stay(10, 100), Lasts.NO, 9, 69, 69),  # not even that is enough
        (55, stay(10, 50), Lasts.NO, 5, 65, None),
        (61, stay(10, 50), Lasts.OVER, None, None, None),
        (10, stay(10, None), Lasts.UNKNOWN, None, None, None),
    ],
)
def test_how_the_number_lasts(quiet, trip, lasts, act_by, reaches, again):
    (cover,) = covers(sim(activity=Activity(day(-quiet), NOW), keep_alive=True), trip, TODAY)
    said = (cover.lasts, cover.act_by, cover.reaches, cover.again_by)
    assert said == (lasts, day(act_by), day(reaches), day(again))


def test_a_number_that_nobody_watches_is_not_spoken_of():
    assert covers(sim(activity=Activity(day(-10), NOW)), stay(10, 50), TODAY) == []


# --- what is reminded of ---


def trip_deadlines(facts: SimFacts, now: datetime = NOW) -> list:
    return [one for one in deadlines(facts, now) if one.kind is Kind.TRIP]


@pytest.mark.parametrize(
    ("one", "trip", "speaks"),
    [
        (plan(20), stay(10, 40), True),
        (plan(10), stay(10, 40), True),
        (plan(9), stay(10, 40), False),  # its own reminders come first
        (plan(40), stay(10, 40), False),
        (plan(20), stay(10, None), False),
        (plan(20), stay(None, 40), False),  # away already
        (plan(20), stay(0, 40), False),
        (plan(20), stay(10, 40, abroad=False), False),
        (plan(20, muted=True), stay(10, 40), False),
        (plan(20, closed=True), stay(10, 40), False),
        (plan(20, period=Period.DAY), stay(10, 40), False),
    ],
)
def test_what_ends_on_a_trip_is_said_before_the_departure(one, trip, speaks):
    found = trip_deadlines(sim(one, stays=[trip]))
    assert [(one.on, one.until, one.ends_on) for one in found] == ([(day(9), day(40), one.paid_until)] * speaks)


def test_a_number_at_risk_on_a_trip_is_said_before_the_departure_in_few_messages():
    facts = sim(activity=Activity(day(-30), NOW), keep_alive=True, stays=[stay(10, 40)])
    (found,) = trip_deadlines(facts)
    assert (found.subject, found.on, leads(found)) == ("sim:7", day(9), (7, 1))


def test_once_they_have_left_nothing_is_said_any_more_and_that_moment_is_reviewed():
    facts = sim(plan(20), stays=[stay(10, 40)])
    departure = datetime(2026, 12, 2, 19, tzinfo=UTC)  # the end of 2 December in Almaty
    assert review_at(facts, NOW) == departure
    assert trip_deadlines(facts, departure - timedelta(seconds=1))
    assert trip_deadlines(facts, departure) == []
    assert review_at(facts, departure) is None


def test_a_trip_said_late_speaks_of_itself_at_once_though_the_plan_was_renewed_before():
    facts = sim(plan(20, said_at=NOW - timedelta(days=9), first_said=False), stays=[stay(3, 40)])
    (found,) = trip_deadlines(facts)
    assert (found.since, found.first) == (NOW, True)


def test_a_renewal_after_the_trip_was_said_brings_back_no_lead_that_passed():
    facts = sim(plan(20, said_at=NOW + timedelta(hours=1), first_said=False), stays=[stay(3, 40)])
    (found,) = trip_deadlines(facts)
    assert (found.since, found.first) == (NOW + timedelta(hours=1), False)


OFFSETS = st.none() | st.integers(-60, 400)
STAYS = st.tuples(OFFSETS, OFFSETS, st.booleans()).filter(
    lambda said: (said[0] is not None or said[1] is not None) and (None in said[:2] or said[0] <= said[1])
)
PLANS = st.builds(
    plan,
    st.integers(-60, 400),
    period=st.sampled_from(Period),
    renews=st.sampled_from(Renews),
    price=st.sampled_from([None, PRICE]),
)


@given(PLANS, STAYS, st.integers(0, 30000), st.integers(-30, 400))
def test_whatever_is_bought_lasts_to_the_end_and_is_bought_in_time(one, said, balance, later):
    trip = stay(said[0], said[1], abroad=said[2])
    today = TODAY + timedelta(days=max(later, 0))
    facts = sim(one, entries=(reading(balance),), activity=Activity(day(-3), NOW), keep_alive=True)
    for cover in covers(facts, trip, today):
        if cover.lasts is Lasts.NO:
            assert cover.on < trip.until
            assert today <= cover.act_by <= cover.on
            assert cover.missing is None or cover.missing.amount > 0
        if cover.lasts is Lasts.NO and cover.plan and cover.reaches:
            assert cover.reaches >= trip.until
            assert cover.periods >= 1
        if cover.lasts is Lasts.YES:
            assert cover.on >= trip.until


@given(PLANS, STAYS, st.integers(0, 30000), st.integers(0, 9000))
def test_between_two_reviews_time_changes_nothing(one, said, balance, minutes):
    facts = sim(one, entries=(reading(balance),), stays=[stay(said[0], said[1], abroad=said[2])])
    later, at = NOW + timedelta(minutes=minutes), review_at(facts, NOW)
    if at is None or later < at:
        assert trip_deadlines(facts, later) == trip_deadlines(facts, NOW)

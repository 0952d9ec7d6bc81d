"""What the next 90 days hold, in days and money, before anything is drawn."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.days_ahead import DAYS, Kind, Lane, Quiet, Window, in_order, lanes, trips, window_of
from plans.deadlines import Activity, Renews, StayFacts
from plans.periods import Period
from tests.plans.test_deadlines import PRICE, TODAY, day, plan, reading, sim
from tests.plans.test_standing import SIMS

WINDOW = window_of([TODAY])


def tenge(amount: int) -> Money:
    return Money(Decimal(amount))


def the_lane(facts, paused=frozenset()) -> Lane:
    (found,) = lanes(facts, TODAY, WINDOW, paused)
    return found


def spans(lane: Lane) -> list[tuple[int, int, bool]]:
    return [((one.first - TODAY).days, (one.last - TODAY).days, one.assumed) for one in lane.spans]


def points(lane: Lane) -> list[tuple[int, Kind]]:
    return [((one.on - TODAY).days, one.kind) for one in lane.points]


def test_it_is_ninety_days_with_today():
    assert (WINDOW.first, WINDOW.days) == (TODAY, DAYS) == (TODAY, 90)


def test_where_it_is_still_yesterday_nothing_of_that_day_is_left_out():
    assert window_of([TODAY, day(-1)]).first == day(-1)


def test_a_plan_renewed_by_hand_is_paid_for_until_its_day_and_then_needs_its_price():
    found = the_lane(sim(plan(3)))
    assert spans(found) == [(0, 3, False)]
    assert points(found) == [(3, Kind.ENDS)]
    assert found.points[0].needed == PRICE


def test_what_will_not_be_renewed_needs_no_money():
    assert the_lane(sim(plan(3, closed=True))).points[0].needed is None


@pytest.mark.parametrize(
    ("fields", "quiet"),
    [
        ({"offset": 90}, Quiet.LASTS),
        ({"offset": 89}, None),
        ({"offset": -1}, Quiet.OVER),
        ({"paid_until": None}, Quiet.UNKNOWN),
        ({"offset": -1, "renews": Renews.AUTO, "period": Period.ONCE}, Quiet.OVER),
    ],
)
def test_a_plan_to_which_nothing_happens_tells_why(fields, quiet):
    assert the_lane(sim(plan(**fields))).quiet is quiet


def test_what_renews_itself_is_confirmed_to_its_day_and_assumed_from_then_on():
    found = the_lane(sim(plan(3, renews=Renews.AUTO)))
    assert spans(found) == [(0, 3, False), (4, 89, True)]
    assert points(found) == [(3, Kind.CHARGE), (33, Kind.CHARGE), (63, Kind.CHARGE)]
    assert [point.missing for point in found.points] == [None, None, None]


def test_what_renewed_itself_long_ago_is_only_assumed_today():
    assert spans(the_lane(sim(plan(-3, renews=Renews.AUTO)))) == [(0, 89, True)]


def test_as_things_are_it_stops_before_the_charge_that_finds_too_little():
    found = the_lane(sim(plan(3, renews=Renews.AUTO), entries=(reading(6000, 0),)))
    assert spans(found) == [(0, 3, False), (4, 33, True)]
    assert [(point.on, point.missing) for point in found.points] == [(day(3), tenge(0)), (day(33), tenge(3980))]
    assert [point.falls_short for point in found.points] == [False, True]


def test_a_card_is_never_said_to_bring_too_little():
    found = the_lane(sim(plan(3, renews=Renews.AUTOPAY), entries=(reading(0, 0),)))
    assert [(point.by_card, point.needed, point.missing) for point in found.points] == [(True, PRICE, None)] * 3


def test_what_takes_nothing_goes_on_in_silence():
    found = the_lane(sim(plan(3, renews=Renews.AUTO, price=tenge(0))))
    assert (spans(found), found.points, found.quiet) == ([(0, 3, False), (4, 89, True)], (), Quiet.LASTS)


def test_of_what_is_charged_every_day_the_charge_that_fails_is_told_or_else_the_first():
    daily = plan(0, renews=Renews.AUTO, period=Period.DAY, price=tenge(100))
    assert points(the_lane(sim(daily))) == [(0, Kind.CHARGE)]
    found = the_lane(sim(daily, entries=(reading(450, 0),)))
    assert points(found) == [(4, Kind.CHARGE)]
    assert spans(found) == [(0, 0, False), (1, 4, True)]
    assert found.points[0].daily


def test_plans_of_one_sim_share_its_balance():
    first, second = plan(3, renews=Renews.AUTO), plan(5, id=2, renews=Renews.AUTO)
    found = lanes(sim(first, second, entries=(reading(5000, 0),)), TODAY, WINDOW)
    assert [lane.points[0].missing for lane in found] == [tenge(0), tenge(4980)]


def test_of_a_plan_that_nobody_confirms_any_more_no_charge_is_told():
    found = the_lane(sim(plan(-70, renews=Renews.AUTO)), frozenset({1}))
    assert (spans(found), found.points, found.quiet) == ([(0, 20, True)], (), Quiet.PAUSED)


def test_a_watched_number_is_at_risk_after_its_last_safe_day():
    found = the_lane(sim(activity=Activity(day(-50)), keep_alive=True))
    assert (found.plan, spans(found), points(found)) == (None, [(0, 10, False)], [(10, Kind.AT_RISK)])


def test_a_number_at_risk_already_is_told_today():
    found = the_lane(sim(activity=Activity(day(-70)), keep_alive=True))
    assert (spans(found), points(found)) == ([], [(0, Kind.AT_RISK)])
    assert found.points[0].since == day(-10)


def test_a_number_that_is_not_watched_has_no_lane():
    assert lanes(sim(activity=Activity(day(-70))), TODAY, WINDOW) == []


def test_it_is_told_day_by_day_over_all_plans():
    found = lanes(sim(plan(9), plan(2, id=2)), TODAY, WINDOW)
    assert [(lane.plan, point.on) for lane, point in in_order(found)] == [(2, day(2)), (1, day(9))]


def test_trips_are_seen_as_far_as_they_are_in_these_days():
    stays = [
        StayFacts(1, True, day(80), None),
        StayFacts(2, False, None, day(5)),
        StayFacts(3, True, day(-9), day(-1)),
        StayFacts(4, True, day(90), day(99)),
    ]
    found = trips(stays, WINDOW)
    assert [(one.stay, one.abroad, one.span.first, one.span.last) for one in found] == [
        (2, False, TODAY, day(5)),
        (1, True, day(80), day(89)),
    ]


WINDOWS = st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(lambda first: Window(first, first + timedelta(days=89)))


@given(WINDOWS)
def test_months_and_weeks_are_marked_where_they_begin(window):
    days = [window.first + timedelta(days=n) for n in range(90)]
    assert window.months == [one for one in days if one.day == 1]
    assert window.weeks == [one for one in days if one.weekday() == 0]


@given(SIMS, st.integers(-1, 1), st.booleans())
def test_spans_are_in_order_inside_and_never_overlap_and_points_are_inside(facts, ahead, is_paused):
    """Also where the SIM's today is not the reader's."""
    window = window_of([TODAY, day(ahead)])
    paused = frozenset(one.id for one in facts.plans) if is_paused else frozenset()
    for lane in lanes(facts, day(ahead), window, paused):
        edges = [edge for one in lane.spans for edge in (one.first, one.last)]
        assert edges == sorted(edges)
        assert all(earlier.last < later.first for earlier, later in pairwise(lane.spans))
        assert all(edge in window for edge in edges)
        assert all(point.on in window for point in lane.points)
        assert [point.on for point in lane.points] == sorted(point.on for point in lane.points)
        assert (lane.quiet is None) == bool(lane.points)
        assert not any(point.falls_short for point in lane.points[:-1])


@given(SIMS)
def test_what_is_confirmed_is_no_longer_than_what_its_owner_said(facts):
    said = {one.id: one.paid_until for one in facts.plans}
    for lane in lanes(facts, TODAY, WINDOW):
        assert all(one.last <= said[lane.plan] for one in lane.spans if not one.assumed)
        assert all(one.first > said[lane.plan] for one in lane.spans if one.assumed)

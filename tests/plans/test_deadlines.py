from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.deadlines import Activity, Kind, PlanFacts, Renews, SimFacts, State, deadlines, number_at_risk_on, outlooks
from plans.forecast import Entry, EntryKind
from plans.periods import Period

ALMATY = ZoneInfo("Asia/Almaty")
TODAY = date(2026, 11, 23)
SAID = datetime(2026, 11, 23, 6, tzinfo=UTC)
PRICE = Money(Decimal(4990))


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def plan(offset=3, **fields) -> PlanFacts:
    facts = {"id": 1, "period": Period.DAYS_30, "paid_until": day(offset), "price": PRICE, "said_at": SAID}
    return PlanFacts(**(facts | fields))


def sim(*plans: PlanFacts, **fields) -> SimFacts:
    return SimFacts(id=7, zone=ALMATY, plans=plans, **fields)


def reading(amount: int, offset: int, currency: str = "KZT") -> Entry:
    return Entry(EntryKind.READING, Money(Decimal(amount), currency), day(offset), SAID + timedelta(days=offset))


def said(facts: SimFacts) -> list[tuple[Kind, date, date]]:
    """Kind, day of the deadline, first day on which it is spoken of after the fact."""
    return [(found.kind, found.on, found.opens_on or found.on) for found in deadlines(facts, SAID)]


def test_a_plan_renewed_by_hand_ends_and_is_asked_about_twice_before_its_reminders_pause():
    assert said(sim(plan())) == [
        (Kind.PLAN_EXPIRES, day(3), day(3)),
        (Kind.RENEWED, day(3), day(4)),
        (Kind.RENEWED, day(3), day(34)),
        (Kind.PAUSED, day(3), day(64)),
    ]


def test_a_plan_without_a_date_has_no_deadline_but_an_open_question():
    facts = sim(plan(paid_until=None))
    assert deadlines(facts, SAID) == []
    assert outlooks(facts, TODAY)[0].state is State.UNKNOWN


@pytest.mark.parametrize("change", [{"closed": True}, {"muted": True}, {"period": Period.DAY}])
def test_nothing_is_said_of_a_plan_that_was_closed_or_muted_or_lasts_a_day(change):
    assert deadlines(sim(plan(**change)), SAID) == []


def test_nothing_is_said_of_a_muted_sim():
    assert deadlines(sim(plan(), muted=True, activity=Activity(TODAY), keep_alive=True), SAID) == []


def test_with_enough_on_the_balance_the_charge_is_silent_and_the_next_one_is_not_assumed_to_be():
    facts = sim(plan(renews=Renews.AUTO), entries=(reading(5000, 0),))
    first = deadlines(facts, SAID)[0]
    assert (first.kind, first.on, first.missing, first.unknown_balance) == (Kind.CHARGE, day(33), None, True)


def test_a_plan_that_takes_nothing_needs_no_money_and_leaves_the_balance_known():
    free = plan(-40, id=2, renews=Renews.AUTO, price=Money(Decimal(0)))
    assert deadlines(sim(free), SAID) == []
    assert outlooks(sim(free), TODAY)[0].state is State.FINE
    facts = sim(free, plan(renews=Renews.AUTO), entries=(reading(1200, -20),))
    assert deadlines(facts, SAID)[0].missing == Money(Decimal(3790))


def test_with_too_little_on_the_balance_the_missing_money_is_named():
    facts = sim(plan(renews=Renews.AUTO), entries=(reading(1200, 0),))
    first = deadlines(facts, SAID)[0]
    assert (first.kind, first.on, first.missing) == (Kind.CHARGE, day(3), Money(Decimal(3790)))


@pytest.mark.parametrize(
    ("readings", "known"),
    [
        ((), False),
        ((reading(9000, -27),), False),  # the very day after whose end the last charge fell
        ((reading(9000, -26),), True),
        ((reading(9000, -40),), False),
    ],
)
def test_a_balance_older_than_the_last_charge_is_not_known(readings, known):
    facts = sim(plan(-27, renews=Renews.AUTO), entries=readings)
    charge = [found for found in deadlines(facts, SAID) if found.kind is Kind.CHARGE and found.on == day(3)]
    assert bool(charge) is not known
    assert all(found.unknown_balance for found in charge)


def test_a_balance_in_another_currency_tells_nothing():
    facts = sim(plan(renews=Renews.AUTO), entries=(reading(90, 0, "EUR"),))
    assert deadlines(facts, SAID)[0].unknown_balance


def test_two_charges_of_one_day_share_the_balance():
    second = plan(renews=Renews.AUTO, id=2, price=Money(Decimal(500)))
    facts = sim(plan(renews=Renews.AUTO), second, entries=(reading(5000, 0),))
    charges = [found for found in deadlines(facts, SAID) if found.kind is Kind.CHARGE and found.on == day(3)]
    assert [(found.subject, found.missing) for found in charges] == [("plan:2", Money(Decimal(490)))]


def test_automatic_top_up_by_card_never_warns_and_asks_after_the_date():
    assert said(sim(plan(renews=Renews.AUTOPAY))) == [
        (Kind.RENEWED, day(3), day(4)),
        (Kind.RENEWED, day(33), day(34)),
        (Kind.PAUSED, day(33), day(63)),
    ]


def test_a_self_renewing_plan_pauses_after_two_unanswered_periods():
    assert said(sim(plan(renews=Renews.AUTO))) == [
        (Kind.CHARGE, day(3), day(3)),
        (Kind.RENEWED, day(3), day(4)),
        (Kind.CHARGE, day(33), day(33)),
        (Kind.RENEWED, day(33), day(34)),
        (Kind.PAUSED, day(33), day(63)),
    ]


def test_the_charge_of_another_plan_that_falls_before_is_reckoned_with():
    week = plan(3, id=2, period=Period.WEEK, price=Money(Decimal(990)), renews=Renews.AUTO)
    facts = sim(plan(9, renews=Renews.AUTO), week, entries=(reading(5000, 0),))
    found = next(one for one in deadlines(facts, SAID) if one.subject == "plan:1")
    assert (found.on, found.missing, found.is_estimate) == (day(9), Money(Decimal(980)), True)


def test_what_a_card_tops_up_nobody_knows():
    other = plan(3, id=2, renews=Renews.AUTOPAY)
    facts = sim(plan(9, renews=Renews.AUTO), other, entries=(reading(50_000, 0),))
    found = next(one for one in deadlines(facts, SAID) if one.subject == "plan:1" and one.kind is Kind.CHARGE)
    assert (found.on, found.unknown_balance) == (day(9), True)


def test_a_failed_charge_names_what_each_day_costs_after_it():
    fee = Money(Decimal(390))
    facts = sim(plan(renews=Renews.AUTO, fallback_fee=fee), entries=(reading(1200, 0),))
    assert deadlines(facts, SAID)[0].fallback_fee == fee
    assert outlooks(facts, TODAY)[0].fallback_fee == fee


def test_where_hours_are_counted_the_hour_is_the_cut_off():
    found = deadlines(sim(plan(period=Period.HOURS_720, ends_at=time(15, 30))), SAID)[0]
    assert found.cutoff == datetime(2026, 11, 26, 10, 30, tzinfo=UTC)


def test_the_number_is_at_risk_so_many_days_after_the_last_activity():
    facts = sim(activity=Activity(day(-50), SAID), keep_alive=True)
    assert number_at_risk_on(facts) == day(10)
    assert said(facts)[0] == (Kind.NUMBER_AT_RISK, day(10), day(10))
    assert [kind for kind, *_ in said(facts)].count(Kind.RENEWED) == 2


@pytest.mark.parametrize(
    ("offset", "fields", "state"),
    [
        (20, {}, State.FINE),
        (7, {}, State.SOON),
        (1, {}, State.URGENT),
        (0, {}, State.URGENT),
        (-1, {}, State.EXPIRED),
        (-1, {"renews": Renews.AUTO}, State.FINE),  # assumed to have renewed, 29 days to go
        (-28, {"renews": Renews.AUTO}, State.SOON),
        (-90, {"renews": Renews.AUTO}, State.PAUSED),
        (-5, {"renews": Renews.AUTO, "closed": True}, State.EXPIRED),
        (2, {"renews": Renews.AUTOPAY}, State.FINE),
    ],
)
def test_the_state_of_a_plan(offset, fields, state):
    assert outlooks(sim(plan(offset, **fields)), TODAY)[0].state is state


def test_an_assumed_renewal_is_told_from_a_confirmed_one():
    (outlook,) = outlooks(sim(plan(-1, renews=Renews.AUTO)), TODAY)
    assert (outlook.assumed, outlook.on, outlook.days_left) == (True, day(29), 29)


def test_what_runs_out_soonest_stands_first_and_the_unknown_last():
    facts = sim(plan(9, id=1), plan(id=2, paid_until=None), plan(2, id=3), activity=Activity(TODAY), keep_alive=True)
    assert [outlook.subject for outlook in outlooks(facts, TODAY)] == ["plan:3", "plan:1", "sim:7", "plan:2"]


PLANS = st.builds(
    PlanFacts,
    id=st.integers(1, 3),
    period=st.sampled_from(Period),
    paid_until=st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    renews=st.sampled_from(Renews),
    price=st.sampled_from([None, PRICE]),
    said_at=st.just(SAID),
)


@given(PLANS, st.lists(st.tuples(st.integers(0, 9000), st.integers(-700, 0)), max_size=4))
def test_every_sim_has_finitely_many_deadlines_each_with_one_identity(facts, amounts):
    found = deadlines(sim(facts, entries=tuple(reading(*pair) for pair in amounts)), SAID)
    identities = [(item.subject, item.kind, item.on, item.asked) for item in found]
    assert len(set(identities)) == len(identities)
    assert [item.opens_on or item.on for item in found] == sorted(item.opens_on or item.on for item in found)
    assert all(item.missing is None or item.missing.amount > 0 for item in found)

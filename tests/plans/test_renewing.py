"""What a renewal does to the date and the money: the rules first, then noting and taking back."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from guides.models import Operator, Tariff
from kzsim.common.money import Money
from plans import actions
from plans.actions import Said
from plans.deadlines import PlanFacts, Renews, outlooks
from plans.models import BalanceEntry, Plan, Renewal, Sim
from plans.periods import Early, Period, Wording, anchor_of, keeps_cycle, last_day_said, later_end
from plans.renewing import NextEnds, Taken, anchor_after, keeps_hour, next_ends, passed_over, taken
from tests.builders import NOW, TODAY, a_plan, a_sim

DAY = timedelta(days=1)


def facts(days: int = 3, **fields) -> PlanFacts:
    period = fields.pop("period", Period.DAYS_30)
    return PlanFacts(1, period, TODAY + timedelta(days=days), **fields)


# --- the date -------------------------------------------------------------------------------------------


def test_before_the_end_the_new_period_follows_or_begins_today():
    ends = next_ends(facts(3), TODAY)
    assert ends == NextEnds(follows=date(2026, 12, 26), restarts=date(2026, 12, 22))
    assert ends.by(None) == ends.by(Early.KEEPS) == date(2026, 12, 26)
    assert ends.by(Early.RESTARTS) == date(2026, 12, 22)


@pytest.mark.parametrize("days", [-5, -1])
def test_once_it_has_ended_both_are_one(days):
    assert not next_ends(facts(days), TODAY).differ


def test_a_plan_that_renews_itself_is_charged_on_its_date_whenever_we_are_told():
    ends = next_ends(facts(-3, renews=Renews.AUTO), TODAY)
    assert ends == NextEnds(TODAY + timedelta(days=27), TODAY + timedelta(days=27))


def test_several_periods_end_later():
    assert next_ends(facts(3), TODAY, periods=3) == NextEnds(TODAY + timedelta(days=93), TODAY + timedelta(days=89))


def test_a_day_tells_how_the_operator_counts_only_where_the_dates_differ():
    ends = next_ends(facts(3), TODAY)
    assert ends.early_for(ends.follows) is Early.KEEPS
    assert ends.early_for(ends.restarts) is Early.RESTARTS
    assert ends.early_for(ends.restarts + DAY) is None
    assert next_ends(facts(-3), TODAY).early_for(next_ends(facts(-3), TODAY).follows) is None


def test_a_month_bought_anew_on_the_31st_does_not_drift():
    plan = PlanFacts(1, Period.MONTH, date(2027, 1, 11), anchor=12)
    ends = next_ends(plan, date(2027, 1, 31))
    assert ends.follows == date(2027, 2, 27)
    anchor = anchor_after(plan, ends.follows, Period.MONTH, date(2027, 1, 31))
    assert later_end(ends.follows, Period.MONTH, anchor) == date(2027, 3, 30)


MONTH_DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 1))


@given(MONTH_DAYS, st.integers(1, 31), st.integers(1, 24))
def test_a_month_renewed_on_time_keeps_its_day(until, anchor, periods):
    until = later_end(until, Period.MONTH, anchor, 1)
    plan = PlanFacts(1, Period.MONTH, until, anchor=anchor)
    to = later_end(until, Period.MONTH, anchor, periods)
    assert anchor_after(plan, to, Period.MONTH, until) == anchor


@given(
    MONTH_DAYS, st.sampled_from([one for one in Period if one is not Period.ONCE]), st.integers(1, 9), st.integers(1, 5)
)
def test_a_cycle_is_kept_by_whole_periods_only(until, period, periods, off):
    anchor = anchor_of(until)
    end = later_end(until, period, anchor, periods)
    assert keeps_cycle(until, end, period, anchor)
    if period is not Period.DAY:
        assert not keeps_cycle(until, end - timedelta(days=off), period, anchor)


def test_the_hour_stays_where_hours_go_on_and_is_unknown_where_they_begin_anew():
    plan = facts(3, period=Period.HOURS_720, ends_at=time(15))
    assert keeps_hour(plan, plan.paid_until + timedelta(days=60), Period.HOURS_720)
    assert not keeps_hour(plan, plan.paid_until + timedelta(days=29), Period.HOURS_720)
    assert not keeps_hour(plan, plan.paid_until + timedelta(days=30), Period.DAYS_30)


@pytest.mark.parametrize(
    ("wording", "period", "at", "last"),
    [
        (Wording.PAID, Period.HOURS_720, time(15), date(2026, 12, 23)),
        (Wording.PAID, Period.HOURS_720, None, date(2026, 12, 22)),
        (Wording.PAID, Period.DAYS_30, time(15), date(2026, 12, 22)),
        (Wording.CHARGE, Period.HOURS_720, time(15), date(2026, 11, 23)),
        (Wording.CHARGE, Period.HOURS_720, None, date(2026, 11, 22)),
        (Wording.CHARGE, Period.MONTH, time(15), date(2026, 11, 22)),
        (Wording.UNTIL, Period.HOURS_720, time(15), date(2026, 11, 23)),
    ],
)
def test_the_hour_counts_where_hours_are_counted(wording, period, at, last):
    assert last_day_said(wording, TODAY, period, at) == last


# --- the money ------------------------------------------------------------------------------------------


def took(plan: PlanFacts, after: Renews | None = None, *, to: date | None = None, known: bool = True) -> Taken:
    to = to or next_ends(plan, TODAY).follows
    return taken(plan, after or plan.renews, to, TODAY, is_sum_known=known)


def test_what_is_paid_by_hand_leaves_the_balance():
    assert took(facts(-3)) == Taken()


def test_what_renews_from_the_balance_is_taken_the_day_after_the_old_last_day():
    assert took(facts(-3, renews=Renews.AUTO)) == Taken(on=TODAY - 2 * DAY)


def test_a_charge_that_is_told_before_its_day_was_taken_by_today():
    assert took(facts(3, renews=Renews.AUTO)) == Taken(on=TODAY)


def test_a_charge_that_came_late_was_taken_on_the_day_we_are_told():
    late = facts(-5, renews=Renews.AUTO)
    assert took(late, to=TODAY + timedelta(days=29)) == Taken(on=TODAY)


def test_charges_of_which_nobody_told_us_stay_unknown():
    weekly = facts(-17, renews=Renews.AUTO, period=Period.WEEK)  # ended 17, 10 and 3 days ago
    assert took(weekly) == Taken(on=TODAY - 2 * DAY, uncounted_on=TODAY - 10 * DAY)
    assert took(replace(weekly, price=Money(Decimal(0)))) == Taken(on=TODAY - 2 * DAY)  # it takes nothing


@pytest.mark.parametrize(
    ("before", "after", "known"),
    [
        (Renews.AUTO, Renews.AUTO, False),
        (Renews.AUTOPAY, Renews.AUTOPAY, True),
        (Renews.AUTO, Renews.HAND, True),
        (Renews.HAND, Renews.AUTO, True),
    ],
)
def test_what_nobody_told_us_is_not_counted(before, after, known):
    found = took(facts(-3, renews=before), after, known=known)
    assert found.on is None
    assert TODAY - 3 * DAY <= found.uncounted_on < TODAY


@pytest.mark.parametrize(
    ("plan", "to", "passed"),
    [
        (facts(-3, renews=Renews.AUTO), 27, -3),
        (facts(-17, renews=Renews.AUTO, period=Period.WEEK), 4, -3),
        (facts(-17, renews=Renews.AUTO, period=Period.WEEK), -10, None),
        (facts(3, renews=Renews.AUTO), 33, None),
        (facts(-3, renews=Renews.AUTO, closed=True), 27, None),
        (facts(-3, renews=Renews.AUTO, price=Money(Decimal(0))), 27, None),
        (facts(-3), 27, None),
    ],
)
def test_a_later_date_said_without_a_renewal_passes_over_a_charge(plan, to, passed):
    found = passed_over(plan, TODAY + timedelta(days=to), TODAY)
    assert found == (None if passed is None else TODAY + timedelta(days=passed))


@pytest.mark.django_db
def test_a_corrected_date_does_not_make_an_old_balance_known_again():
    plan = a_plan(days=-3, renews="auto")
    actions.read_balance(plan.sim, Decimal(6000), NOW - 10 * DAY)
    plan = Plan.objects.get()

    actions.save_plan(plan, paid_until=TODAY + timedelta(days=5), now=NOW)

    assert seen(plan).unknown_balance


# --- noting and taking back -----------------------------------------------------------------------------

WATCHED = [field.attname for field in Plan._meta.concrete_fields]


def stored(plan: Plan) -> dict:
    sim = Sim.objects.filter(pk=plan.sim_id).values("last_activity_on", "activity_said_at", "activity_first_said").get()
    standing = BalanceEntry.objects.filter(sim=plan.sim_id, deleted_at=None)
    return Plan.objects.values(*WATCHED).get(pk=plan.pk) | sim | {"entries": set(standing.values_list("pk", flat=True))}


def seen(plan: Plan):
    sim = Sim.objects.with_facts().get(pk=plan.sim_id)
    return outlooks(sim.facts(), TODAY)[0]


@pytest.fixture
def tariff(db):
    operator = Operator.objects.get_or_create(slug="kcell", defaults={"name": "Kcell"})[0]
    return Tariff.objects.create(operator=operator, name="Freestyle", price=4590, period="30d", source="x")


@pytest.mark.django_db
def test_a_renewal_from_the_balance_takes_the_price_and_undo_gives_it_back():
    plan = a_plan(days=-3, renews="auto")
    actions.read_balance(plan.sim, Decimal(6000), NOW - 10 * DAY)
    before = stored(plan)
    assert seen(plan).unknown_balance

    renewal = actions.renew(plan, to=TODAY + timedelta(days=27), now=NOW)

    charge = renewal.balance_entries.get()
    assert (charge.kind, charge.amount, charge.on) == ("charge", 4990, TODAY - 2 * DAY)
    assert seen(plan).missing == Money(Decimal(3980))  # 6 000 less 4 990
    assert actions.undo_renewal(renewal, NOW + DAY)
    assert stored(plan) == before
    assert seen(plan).unknown_balance


@pytest.mark.django_db
@pytest.mark.parametrize(("renews", "price"), [("auto", None), ("autopay", 4990)])
def test_after_an_unknown_charge_an_older_balance_is_not_known(renews, price):
    plan = a_plan(days=-3, renews=renews, price=price)
    other = a_plan(plan.sim, days=20, renews="auto", price=1000)
    actions.read_balance(plan.sim, Decimal(6000), NOW - 10 * DAY)

    renewal = actions.renew(plan, to=TODAY + timedelta(days=27), now=NOW)

    sim = Sim.objects.with_facts().get(pk=plan.sim_id)
    assert next(one for one in outlooks(sim.facts(), TODAY) if one.plan.id == other.pk).unknown_balance
    assert not renewal.balance_entries.exists()
    actions.read_balance(sim, Decimal(900), NOW)
    sim = Sim.objects.with_facts().get(pk=plan.sim_id)
    assert next(one for one in outlooks(sim.facts(), TODAY) if one.plan.id == other.pk).missing == Money(Decimal(100))


@pytest.mark.django_db
def test_a_renewal_by_hand_leaves_the_balance_untouched():
    plan = a_plan(days=-1)

    renewal = actions.renew(
        plan, to=TODAY + timedelta(days=29), now=NOW, channel="kiosk", fee=Decimal(50), note="Kiosk 7"
    )

    assert not BalanceEntry.objects.exists()
    assert (renewal.amount, renewal.fee, renewal.channel, renewal.note) == (4990, 50, "kiosk", "Kiosk 7")


@pytest.mark.django_db
def test_undo_puts_everything_back_after_a_switch_to_another_plan(tariff):
    plan = a_plan(
        a_sim(last_activity_on=TODAY - 9 * DAY, inactivity_days=60),
        days=3,
        period="720h",
        ends_at=time(15),
        early="keeps",
        tariff=tariff,
        tariff_price=4590,
        fallback_fee=390,
        data_mb=20480,
        minutes=100,
        messages=50,
    )
    actions.save_plan(plan, paid_until=plan.paid_until, ends_at=time(15), now=NOW)
    before = stored(plan)
    switch = {"name": "Big", "period": "month", "price": Decimal(7990), "renews": "auto"}

    renewal = actions.renew(
        plan, to=TODAY + timedelta(days=20), now=NOW + DAY, early=Early.RESTARTS, periods=2, switch_to=switch
    )

    after = stored(plan)
    assert (after["tariff_id"], after["fallback_fee"], after["data_mb"], after["ends_at"]) == (None, None, None, None)
    assert (after["early"], renewal.amount) == ("restarts", 15980)
    assert actions.undo_renewal(renewal, NOW + 2 * DAY)
    assert stored(plan) == before


@pytest.mark.django_db
def test_undo_keeps_what_was_edited_since_and_is_none_of_the_renewal(tariff):
    plan = a_plan(days=3, tariff=tariff)
    renewal = actions.renew(plan, to=TODAY + 33 * DAY, now=NOW)
    plan.refresh_from_db()
    plan.name, plan.price = "Freestyle for Mum", Decimal(5990)
    actions.save_plan(plan, paid_until=plan.paid_until, now=NOW + DAY)
    assert actions.undo_renewal(renewal, NOW + 2 * DAY)
    plan.refresh_from_db()
    assert (plan.name, plan.price, plan.paid_until) == ("Freestyle for Mum", Decimal(5990), TODAY + 3 * DAY)
    assert plan.tariff == tariff


def test_undo_works_though_the_tariff_is_gone(tariff):
    plan = a_plan(days=3, tariff=tariff)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW, switch_to={"name": "Big"})
    tariff.delete()

    assert actions.undo_renewal(renewal, NOW)
    assert Plan.objects.get().tariff_id is None


@pytest.mark.django_db
def test_the_hour_is_kept_or_said_anew():
    plan = a_plan(days=3, period="720h")
    actions.save_plan(plan, paid_until=plan.paid_until, ends_at=time(15), now=NOW)

    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    assert Plan.objects.get().ends_at == time(15)
    actions.renew(plan, to=TODAY + timedelta(days=40), now=NOW)
    assert Plan.objects.get().ends_at is None
    actions.renew(plan, to=TODAY + timedelta(days=50), now=NOW, ends_at=time(9))
    assert Plan.objects.get().ends_at == time(9)


@pytest.mark.broad
class AnyRenewal(HypothesisTestCase):
    @settings(max_examples=60, deadline=None)
    @given(
        days=st.none() | st.integers(-40, 40),
        period=st.sampled_from(Plan.Period.values),
        renews=st.sampled_from(Plan.Renews.values),
        price=st.sampled_from([None, 0, 4990]),
        watched=st.booleans(),
        said=st.fixed_dictionaries(
            {"to": st.integers(1, 400).map(lambda days: TODAY + timedelta(days=41 + days))},
            optional={
                "amount": st.decimals(0, 9999, places=2),
                "periods": st.integers(1, 24),
                "early": st.sampled_from(Early),
                "ends_at": st.times(),
                "switch_to": st.fixed_dictionaries(
                    {},
                    optional={
                        "name": st.just("Big"),
                        "price": st.just(Decimal(7990)),
                        "period": st.sampled_from(Plan.Period.values),
                        "renews": st.sampled_from(Plan.Renews.values),
                    },
                ),
            },
        ),
    )
    def test_any_renewal_is_taken_back_exactly(self, days, period, renews, price, watched, said):
        activity = {"last_activity_on": TODAY - 9 * DAY, "inactivity_days": 60} if watched else {}
        plan = a_plan(a_sim(**activity), days=days, period=period, renews=renews, price=price)
        actions.read_balance(plan.sim, Decimal(9000), NOW - DAY)
        before, coming = stored(plan), set(plan.reminders.coming().values_list("kind", "deadline", "occurrence"))

        renewal = actions.renew(plan, now=NOW + DAY, **said)

        charged = renewal.balance_entries.first()
        assert charged is None or (charged.amount == renewal.amount and charged.on <= TODAY + DAY)
        assert actions.undo_renewal(renewal, NOW + DAY)
        assert stored(plan) == before
        assert set(plan.reminders.coming().values_list("kind", "deadline", "occurrence")) == coming


# --- several at once ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_lot_is_taken_back_as_one_or_not_at_all():
    sim = a_sim(last_activity_on=TODAY - 9 * DAY, inactivity_days=60)
    plans = [a_plan(sim, days=1), a_plan(sim, days=2), a_plan(days=-3, renews="auto")]
    before = [stored(plan) for plan in plans]
    said = {plan.pk: Said(to=TODAY + timedelta(days=27 + n)) for n, plan in enumerate(plans)}

    lot = actions.renew_together(said, NOW + DAY, uuid4())

    assert [one.to_date for one in lot] == [one.to for one in said.values()]
    later = actions.renew(plans[1], to=TODAY + timedelta(days=90), now=NOW + 2 * DAY)
    assert not actions.undo_renewals(lot, NOW + 2 * DAY)
    assert not Renewal.objects.exclude(undone_at=None).exists()
    assert actions.undo_renewal(later, NOW + 2 * DAY)
    assert actions.undo_renewals(lot, NOW + 2 * DAY)
    assert [stored(plan) for plan in plans] == before


@pytest.mark.django_db
def test_many_plans_cost_no_more_questions_than_few():
    sims = [a_sim() for _ in range(12)]
    plans = [a_plan(sim, days=2) for sim in sims]

    def reads(some) -> int:
        with CaptureQueriesContext(
            connection,
        ) as told:
            lot = actions.renew_together({plan.pk: Said(to=TODAY + timedelta(days=32)) for plan in some}, NOW)
            actions.undo_renewals(lot, NOW)
        return sum(query["sql"].startswith("SELECT") for query in told)

    assert reads(plans) == reads(plans[:3])

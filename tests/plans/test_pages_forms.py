"""What people write into the forms, and what is understood."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from plans.forms.money import BalanceForm
from plans.forms.plans import PlanForm
from plans.forms.renewals import RenewForm
from plans.forms.sims import AddSimForm, OperatorChoices
from plans.models import Plan
from tests.builders import TODAY, a_plan, a_user

pytestmark = pytest.mark.django_db


def sent(**fields) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data[name] = value
    return data


def plan_form(**fields) -> PlanForm:
    return PlanForm(sent(**fields), today=TODAY)


@pytest.mark.parametrize(
    ("period", "wording", "day", "last_day", "anchor"),
    [
        ("30d", "until", "2026-12-12", date(2026, 12, 12), None),
        ("30d", None, "2026-12-12", date(2026, 12, 12), None),
        ("30d", "", "12.12.2026", date(2026, 12, 12), None),
        ("30d", "charge", "2026-12-12", date(2026, 12, 11), 12),
        ("30d", "paid", "2026-11-20", date(2026, 12, 19), 20),
        ("7d", "paid", "2026-11-20", date(2026, 11, 26), 20),
        ("day", "paid", "2026-11-23", date(2026, 11, 23), 23),
        ("month", "paid", "2026-10-31", date(2026, 11, 29), 31),
        ("month", "charge", "2027-02-28", date(2027, 2, 27), 28),
        ("once", "until", "2026-12-12", date(2026, 12, 12), None),
        ("once", "charge", "2026-12-12", date(2026, 12, 11), 12),
        ("30d", "unknown", "2026-12-12", None, None),
        ("30d", "until", "", None, None),
        ("30d", None, None, None, None),
        ("once", "paid", "", None, None),
    ],
)
def test_a_date_may_be_said_in_any_way(period, wording, day, last_day, anchor):
    fields = {"period": period, "wording": wording, "paid_until": day, "name": "Super"}
    form = plan_form(**{name: value for name, value in fields.items() if value is not None})

    assert form.is_valid(), form.errors
    assert form.last_day() == last_day
    if last_day is not None:
        assert form.anchor() == anchor


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"paid_until": "0202-12-01"}, "paid_until", "0202"),
        ({"paid_until": "20262-01-01"}, "paid_until", "year-month-day"),
        ({"paid_until": "2199-01-01"}, "paid_until", "2199"),
        ({"paid_until": "tomorrow"}, "paid_until", "year-month-day"),
        ({"paid_until": "2026-02-30"}, "paid_until", "year-month-day"),
        ({"paid_until": "2026-12-24", "wording": "paid"}, "paid_until", "still to come"),
        ({"paid_until": "2026-11-01", "wording": "paid", "period": "once"}, "paid_until", "no period to count from"),
        ({"price": "much"}, "price", "in figures"),
        ({"price": "-5"}, "price", "below zero"),
        ({"price": "100000000"}, "price", "too large"),
        ({"period": "fortnight"}, "period", ""),
        ({"renews": "never"}, "renews", ""),
        ({"wording": "perhaps"}, "wording", ""),
        ({"name": "x" * 81}, "name", ""),
    ],
)
def test_an_error_stands_next_to_its_field_and_says_what_to_do(fields, field, words):
    form = plan_form(**fields)

    assert list(form.errors) == [field]
    assert words in form.errors[field][0]


@pytest.mark.parametrize(
    ("fields", "is_filled"),
    [
        ({}, False),
        ({"period": "30d", "renews": "hand", "wording": "until", "name": "", "price": "", "paid_until": ""}, False),
        ({"name": "  "}, False),
        ({"name": "Super"}, True),
        ({"price": "0"}, True),
        ({"paid_until": "2026-12-01"}, True),
        ({"wording": "unknown"}, True),
        ({"period": "7d"}, True),
        ({"renews": "auto"}, True),
    ],
)
def test_what_the_page_proposes_by_itself_makes_no_plan(fields, is_filled):
    form = plan_form(**fields)

    assert form.is_valid(), form.errors
    assert form.is_filled == is_filled


def test_an_old_page_changes_only_what_was_changed_on_it():
    plan = a_plan(days=3)
    seen = {f"initial-{name}": "" for name in ("name", "price", "period", "wording", "paid_until", "renews")}
    seen |= {"initial-name": "Old name", "initial-paid_until": "2026-11-01", "initial-wording": "until"}
    same = {"name": "Old name", "paid_until": "2026-11-01", "wording": "until"}

    form = PlanForm(sent(**seen, **same, price="5000"), today=TODAY, plan=plan)

    assert form.is_valid(), form.errors
    assert form.tariff_changes() == {"price": Decimal(5000)}
    assert form.last_day() == plan.paid_until


def test_a_script_may_change_a_plan_without_saying_what_it_saw():
    plan = a_plan(days=3)

    form = PlanForm(sent(paid_until="2027-01-15"), today=TODAY, plan=plan)

    assert form.is_valid(), form.errors
    assert form.last_day() == date(2027, 1, 15)
    assert form.tariff_changes() == {}


def renew_form(plan: Plan, **fields) -> RenewForm:
    return RenewForm(sent(**fields), plan=plan, today=TODAY)


def test_a_renewal_without_a_day_takes_the_day_worked_out():
    plan = a_plan(days=3)

    form = renew_form(plan)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["paid_until"] == plan.paid_until + timedelta(days=30)
    assert form.said()["amount"] is None


@pytest.mark.parametrize("fields", [{"days": None}, {"period": "once"}])
def test_a_renewal_asks_for_the_day_where_it_cannot_be_worked_out(fields):
    form = renew_form(a_plan(**fields))

    assert list(form.errors) == ["paid_until"]


def test_a_renewal_ends_after_the_date_until_now():
    plan = a_plan(days=3)

    form = renew_form(plan, paid_until=plan.paid_until.isoformat())

    assert form.has_error("paid_until", "not_later")


def test_another_period_shows_its_day_before_anything_is_saved():
    plan = a_plan(days=3)
    old = (plan.paid_until + timedelta(days=30)).isoformat()
    seen = {"initial-paid_until": old, "initial-period": "30d"}

    form = renew_form(plan, **seen, paid_until=old, period="7d")

    assert list(form.errors) == ["paid_until"]
    assert form["paid_until"].value() == (plan.paid_until + timedelta(days=7)).isoformat()


def test_a_day_chosen_by_hand_stands_whatever_the_period():
    plan = a_plan(days=3)
    old = (plan.paid_until + timedelta(days=30)).isoformat()
    chosen = plan.paid_until + timedelta(days=11)

    form = renew_form(plan, **{"initial-paid_until": old}, paid_until=chosen.isoformat(), period="7d")

    assert form.is_valid(), form.errors
    assert form.cleaned_data["paid_until"] == chosen
    assert form.tariff_changes() == {"period": "7d"}


@pytest.mark.parametrize(("text", "is_valid"), [("1 250", True), ("-40,5", True), ("", False), ("lots", False)])
def test_a_balance_is_a_sum_and_may_be_a_debt(text, is_valid):
    assert BalanceForm(sent(balance=text), today=TODAY, currency="KZT", asks=False).is_valid() == is_valid


@pytest.mark.parametrize(
    ("typed", "marked", "proposed", "first", "now_marked"),
    [
        ("", "", "", [], ""),
        ("8 701 1", "", "", ["kcell", "activ"], ""),
        ("+7 778 123 45 67", "", "", ["kcell", "activ"], ""),
        ("8 705 123 45 67", "", "", ["beeline"], "beeline"),
        ("８ ７０５ １２３ ４５ ６７", "", "", ["beeline"], "beeline"),
        ("8 708 123 45 67", "", "", ["altel"], "altel"),
        ("+86 138 0013 8000", "", "", [], "other"),
        # chosen by the reader: stays
        ("8 705 123 45 67", "tele2", "", ["beeline"], "tele2"),
        ("8 701 123 45 67", "activ", "beeline", ["kcell", "activ"], "activ"),
        # proposed by the page: follows the number
        ("8 701 123 45 67", "beeline", "beeline", ["kcell", "activ"], ""),
        ("8 708 123 45 67", "beeline", "beeline", ["altel"], "altel"),
    ],
)
def test_the_number_proposes_its_operators(guides_loaded, typed, marked, proposed, first, now_marked):
    from guides.models import Operator

    operators = list(Operator.objects.all())
    choices = OperatorChoices(operators, typed, marked, proposed)

    assert [operator.slug for operator in choices.first] == first
    assert choices.marked == now_marked
    assert set(operators) == {*choices.first, *choices.rest}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "", "operator": "kcell"}, "number"),
        ({"number": "123", "operator": "kcell"}, "number"),
        ({"number": "+86 138 0013 8000", "operator": "kcell"}, "number"),
        ({"number": "+7 916 123 45 67", "operator": "beeline"}, "number"),
        ({"number": "8 701 123 45 67"}, "operator"),
        ({"number": "8 701 123 45 67", "operator": "vodafone"}, "operator"),
        ({"number": "8 701 123 45 67", "operator": "kcell", "last_activity_on": "2027-01-01"}, "last_activity_on"),
        ({"number": "8 701 123 45 67", "operator": "kcell", "inactivity_days": "1"}, "inactivity_days"),
        ({"number": "8 701 123 45 67", "operator": "kcell", "inactivity_days": "many"}, "inactivity_days"),
        ({"number": "8 701 123 45 67", "operator": "kcell", "balance": "?"}, "balance"),
    ],
)
def test_a_sim_needs_a_number_and_an_operator_that_fit(guides_loaded, fields, field):
    form = AddSimForm(sent(**fields), owner=a_user(), today=TODAY)

    assert list(form.errors) == [field]


@pytest.mark.parametrize(
    ("fields", "watched"),
    [
        ({}, (False, None)),
        ({"inactivity_days": "60"}, (False, 60)),
        ({"keep_alive": "on"}, (True, None)),
        ({"keep_alive": "on", "inactivity_days": "90"}, (True, 90)),
        ({"last_activity_on": "2026-11-01"}, (True, None)),
    ],
)
def test_a_number_is_watched_where_that_was_said(guides_loaded, fields, watched):
    user = a_user()
    form = AddSimForm(sent(number="8 701 123 45 67", operator="kcell", **fields), owner=user, today=TODAY)

    assert form.is_valid(), form.errors
    sim = form.new_sim(user.person)
    assert (sim.keep_alive, sim.inactivity_days) == watched


@pytest.mark.parametrize("text", ["10000000000", "9999999999.995", "-9999999999.9999", "9" * 90])
def test_a_sum_that_the_database_has_no_room_for_is_too_large(text):
    assert (
        BalanceForm(sent(balance=text), today=TODAY, currency="KZT", asks=False).errors.as_data()["balance"][0].code
        == "large"
    )

"""What is left: the deadline it makes, saying it and taking it back, its page."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from plans import actions
from plans.deadlines import Kind, PlanFacts, Renews, SimFacts, deadlines, running_period, use_outlooks
from plans.forms.fields import DataField
from plans.models import Plan, Reminder, UsageReading
from plans.periods import Early, Period
from plans.reminders import Row, Settings, message_items, rows_that_should_stand
from plans.said import data_said
from plans.usage import Allowance, Use
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user
from tests.plans.test_letter import html_of, sent, text_of

ALMATY = ZoneInfo("Asia/Almaty")


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def data(*said: tuple[float, int], plan: int | None = 1) -> tuple[Use, ...]:
    """Readings of data: days from now, megabytes."""
    return tuple(Use(Allowance.DATA, plan, left, NOW + timedelta(days=days)) for days, left in said)


def facts(uses=(), offset: int = 20, **fields) -> SimFacts:
    plan = {"id": 1, "period": Period.DAYS_30, "paid_until": day(offset), "said_at": NOW - timedelta(days=40)}
    return SimFacts(id=7, zone=ALMATY, plans=(PlanFacts(**(plan | fields)),), uses=uses)


def data_out(sim: SimFacts):
    return next((found for found in deadlines(sim, NOW) if found.kind is Kind.DATA_OUT), None)


FAST = data((-6, 10_000), (-3, 7000), (0, 4000))  # gone in 4 days, 3.2 to 5.5


@pytest.mark.parametrize(
    ("until", "period", "on", "first", "last"),
    [
        (20, Period.DAYS_30, 0, -9, 20),
        (20, Period.DAYS_30, -9, -9, 20),
        (20, Period.DAYS_30, -10, -39, -10),  # the period before
        (35, Period.DAYS_30, 0, -24, 5),  # paid for two periods: each has its own data
        (20, Period.WEEK, 0, 0, 6),
        (20, Period.ONCE, 0, None, 20),
    ],
)
def test_the_period_that_runs_is_found_from_its_last_day(until, period, on, first, last):
    plan = PlanFacts(1, period, day(until))
    assert running_period(plan, day(on)) == (None if first is None else day(first), day(last))


def test_a_month_keeps_its_day():
    plan = PlanFacts(1, Period.MONTH, date(2026, 12, 30), anchor=31)
    assert running_period(plan, date(2026, 12, 1)) == (date(2026, 11, 30), date(2026, 12, 30))


@pytest.mark.parametrize(
    ("renews", "found"), [(Renews.HAND, None), (Renews.AUTO, (day(-2), day(27))), (Renews.AUTOPAY, (day(-2), day(27)))]
)
def test_after_its_last_day_a_plan_goes_on_only_where_it_renews_by_itself(renews, found):
    assert running_period(PlanFacts(1, Period.DAYS_30, day(-3), renews), TODAY) == found


@given(st.sampled_from([one for one in Period if one is not Period.ONCE]), st.integers(-100, 100), st.integers(-100, 0))
def test_every_day_up_to_the_last_has_one_period_and_they_leave_no_gap(period, until, before):
    plan = PlanFacts(1, period, day(until), anchor=31 if period is Period.MONTH else None)
    on = day(until + before)
    first, last = running_period(plan, on)
    assert first <= on <= last
    if last < plan.paid_until:
        assert running_period(plan, last + timedelta(days=1))[0] == last + timedelta(days=1)


def test_data_that_will_not_last_is_a_deadline_with_what_it_could_have_been():
    found = data_out(facts(FAST))
    assert (found.subject, found.on, found.until, found.since) == ("plan:1", day(4), day(20), NOW)
    assert found.daily_mb == 4000 * 24 // (20 * 24 + 13)  # 13 hours are left of today


@pytest.mark.parametrize(
    ("uses", "fields"),
    [
        (data((0, 100)), {"whole": ((Allowance.DATA, 20_000),)}),  # one reading: an estimate for the page alone
        (data((-6, 10_000), (-3, 7000)), {"offset": 2}),  # it lasts until about the end
        (data((-6, 10_000), (-0.2, 4000), (0, 12_000)), {}),  # something was added
        (data((-6, 10_000), (0, 0)), {}),  # it is gone, and its owner said so
        (data((-6, 10_000), (0, 10_000)), {}),
        (data((-12, 10_000), (-11, 7000), (-10.5, 4000)), {"paid_until": day(19)}),  # of the period before
        (FAST, {"closed": True}),
        (FAST, {"muted": True}),
        (FAST, {"paid_until": None}),
        (FAST, {"period": Period.DAY, "paid_until": TODAY}),
        (FAST, {"paid_until": day(29), "early": Early.RESTARTS, "said_at": NOW + timedelta(hours=1)}),
    ],
)
def test_nothing_is_said_of_data_where_it_is_not_sure_enough_or_not_so(uses, fields):
    found = data_out(facts(uses, **fields))
    assert found is None or found.on < TODAY


def test_minutes_make_no_deadline():
    uses = tuple(Use(Allowance.MINUTES, 1, use.left, use.at) for use in FAST)
    assert data_out(facts(uses)) is None
    assert use_outlooks(facts(uses), NOW)[0].falls_short


def test_a_reading_of_no_plan_is_that_of_the_only_one():
    uses = tuple(Use(use.kind, None, use.left, use.at) for use in FAST)
    one = facts(uses)
    two = SimFacts(7, ALMATY, (*one.plans, PlanFacts(2, Period.WEEK, day(3))), uses=uses)
    assert data_out(one).subject == "plan:1"
    assert data_out(two) is None
    assert [outlook.plan for outlook in use_outlooks(two, NOW)] == [None]


@pytest.mark.parametrize(
    ("uses", "fields", "expected"),
    [
        ((), {}, []),
        (FAST, {}, [(4000, day(4), day(3), day(5), True, False)]),
        (data((-5, 19_000), (0, 18_000)), {}, [(18_000, day(90), day(69), day(130), False, True)]),
        (data((0, 100)), {}, [(100, None, None, None, False, False)]),
        (
            data((0, 10_000)),
            {"whole": ((Allowance.DATA, 20_000),)},
            [(10_000, day(9), day(6), day(19), True, False)],
        ),
        (FAST, {"paid_until": day(-1)}, []),  # the plan has ended
    ],
)
def test_how_it_stands_is_told_with_its_width(uses, fields, expected):
    found = use_outlooks(facts(uses, **fields), NOW)
    assert [
        (one.last.left, one.out_on, one.earliest_on, one.latest_on, one.falls_short, one.lasts) for one in found
    ] == expected


def test_an_older_reading_is_carried_on_to_today():
    uses = tuple(Use(use.kind, use.plan, use.left, use.at - timedelta(days=2)) for use in FAST)
    (found,) = use_outlooks(facts(uses), NOW)
    assert (found.last.left, found.left_now) == (4000, 2000)
    assert found.a_day == 2000 * 24 // (20 * 24 + 13)


# --- reminders -------------------------------------------------------------------------------------------


def test_it_is_said_at_most_twice_a_period_though_the_day_moves_with_every_reading():
    settings = Settings(zone=ALMATY)
    slower = data((-6, 10_000), (-3, 7000), (0, 4800))
    first = {row.identity for row in rows_that_should_stand([data_out(facts(FAST))], settings)}
    later = {row.identity for row in rows_that_should_stand([data_out(facts(slower))], settings)}
    assert first == later == {("plan:1", "data_out", day(20), lead) for lead in ("3", "1")}


def test_it_is_said_beside_the_end_of_the_plan_and_not_instead_of_it():
    settings = Settings(zone=ALMATY)
    found = deadlines(facts(FAST, offset=7), NOW)
    standing = {row.identity: one for one in found for row in rows_that_should_stand([one], settings)}
    rows = [Row(*identity, NOW) for identity in standing if identity[1] in ("plan_expires", "data_out")]
    assert [item.deadline.kind for item in message_items(rows, standing, NOW)] == [Kind.DATA_OUT, Kind.PLAN_EXPIRES]
    kinds_later = [found.kind for found in deadlines(facts(FAST, offset=7), NOW + timedelta(days=5))]
    assert Kind.PLAN_EXPIRES in kinds_later
    assert Kind.DATA_OUT not in kinds_later  # by then it is gone, and no question is asked


# --- what people write --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [
        ("3,2 GB", 3277),
        ("3.2ГБ", 3277),
        ("512 MB", 512),
        ("512 мб", 512),
        ("1 024 MB", 1024),
        ("1,024 MB", 1024),
        ("1.536 GB", 1573),  # a gigabyte and a half, not a thousand and more
        ("1 GB 200 MB", 1224),
        ("20G", 20480),
        ("0 MB", 0),
        ("１０ＧＢ", 10240),
        ("3,2", None),
        ("3,2 KB", None),
        ("GB", None),
        ("", None),
        ("-1 GB", None),
        ("1 GB and more", None),
        ("9" * 200 + " GB", None),
    ],
)
def test_data_is_read_as_people_write_it(text, megabytes):
    assert data_said(text) == megabytes


@given(st.integers(0, 9_999_999))
def test_what_a_form_shows_of_data_is_read_as_the_same(megabytes):
    field = DataField()
    assert field.clean(field.prepare_value(megabytes)) == megabytes


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading_of_data(text):
    found = data_said(text)
    assert found is None or found >= 0


# --- actions and pages -----------------------------------------------------------------------------------------

in_database = pytest.mark.django_db


@pytest.fixture
def owner(client):
    with time_machine.travel(NOW, tick=False):
        user = a_user()
        client.force_login(user)
        yield user


def a_sim_with_use(user=None, **fields) -> Plan:
    """Data goes so fast that it is out in 4 days, and the plan works for 20."""
    plan = a_plan(a_sim(user or a_user(), **fields), days=20, data_mb=20_480)
    for days, left in ((-6, 10_000), (-3, 7000), (0, 4000)):
        actions.say_left(plan.sim, {Allowance.DATA: left}, NOW + timedelta(days=days), plan)
    return plan


def warnings(plan: Plan) -> list[str]:
    return sorted(Reminder.objects.filter(plan=plan, kind="data_out").coming().values_list("occurrence", flat=True))


@in_database
def test_reminders_stand_as_soon_as_it_is_sure_and_go_when_it_is_taken_back():
    plan = a_sim_with_use()
    assert warnings(plan) == ["1", "3"]
    reading = plan.usage_readings.first()
    actions.forget_use(reading, NOW)
    assert plan.usage_readings.filter(deleted_at=None).count() == 2
    actions.forget_use(reading, NOW, on=False)
    assert warnings(plan) == ["1", "3"]
    actions.say_left(plan.sim, {Allowance.DATA: 20_000}, NOW + timedelta(hours=1), plan)
    assert warnings(plan) == []


@in_database
def test_a_second_tap_says_nothing_new_and_all_of_one_moment_goes_together():
    plan = a_plan()
    said = {Allowance.DATA: 900, Allowance.MINUTES: 30}
    first = actions.say_left(plan.sim, said, NOW, plan)
    assert actions.say_left(plan.sim, said, NOW + timedelta(minutes=2), plan).said_at == first.said_at
    assert UsageReading.objects.count() == 2
    actions.forget_use(first, NOW)
    assert not UsageReading.objects.filter(deleted_at=None).exists()
    actions.say_left(plan.sim, said, NOW + timedelta(hours=1), plan)
    actions.say_left(plan.sim, said, NOW + timedelta(hours=3), plan)  # the same again is news
    assert UsageReading.objects.filter(deleted_at=None).count() == 4


@in_database
def test_the_letter_says_when_and_what_a_day_would_have_done():
    plan = a_sim_with_use(label="Till 14")
    assert warnings(plan) == ["1", "3"]
    (message,) = sent(NOW + timedelta(days=1))
    assert message["Subject"].startswith("Till 14 (…")
    assert message["Subject"].endswith("): data may run out in 3 days")
    for body in (text_of(message), html_of(message).get_text(" ")):
        assert "At your pace the data of Freestyle runs out about Friday 27 November, in 3 days." in body
        assert "From what was left on 23 November, 194\xa0MB a day would last" in body
        assert "an estimate from what you told us" in body
    assert "Have you" not in text_of(message)


@in_database
def test_what_is_left_is_said_shown_and_taken_back(client, owner):
    plan = a_plan(a_sim(owner), days=20)
    address = f"/sims/{plan.sim_id}/left/"
    page = BeautifulSoup(client.get(address).content, "html.parser")
    assert {field["name"] for field in page.select("main input[type=text]")} == {"data", "minutes", "messages"}

    response = client.post(address, {"data": "3,2 ГБ", "minutes": "120"}, follow=True)

    assert {one.kind: (one.left, one.plan) for one in plan.sim.usage_readings.all()} == {
        "data": (3277, plan),
        "minutes": (120, plan),
    }
    page = BeautifulSoup(response.content, "html.parser")
    assert "3.2\xa0GB" in page.get_text()
    response = client.post(page.select_one(".messages form")["action"], follow=True)
    assert not plan.sim.usage_readings.filter(deleted_at=None).exists()
    client.post(BeautifulSoup(response.content, "html.parser").select_one(".messages form")["action"])
    assert plan.sim.usage_readings.filter(deleted_at=None).count() == 2


@in_database
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"data": "3,2"}, "Write it with its unit, for example 3.2 GB or 512 MB."),
        ({"data": "", "minutes": ""}, "Say what is left of at least one of them."),
        ({"minutes": "many"}, "Write a whole number, for example 120."),
        ({"messages": "-1"}, "This cannot be below zero."),
        ({"data": "999999 TB"}, "This number is too large. Check the figures."),
    ],
)
def test_what_cannot_be_read_is_asked_again_and_nothing_typed_is_lost(client, owner, typed, words):
    sim = a_sim(owner)
    response = client.post(f"/sims/{sim.pk}/left/", typed)
    page = BeautifulSoup(response.content, "html.parser")
    assert [error.get_text(strip=True) for error in page.select(".invalid-feedback")] == [words]
    for name, value in typed.items():
        assert page.select_one(f"[name={name}]").get("value", "") == value
    assert not sim.usage_readings.exists()


@in_database
def test_with_several_plans_one_is_chosen(client, owner):
    first, second = a_plan(a_sim(owner)), None
    second = a_plan(first.sim, name="Second")
    client.post(f"/sims/{first.sim_id}/left/", {"data": "1 GB", "plan": second.pk})
    assert UsageReading.objects.get().plan == second
    strangers = a_plan()
    response = client.post(f"/sims/{first.sim_id}/left/", {"data": "2 GB", "plan": strangers.pk})
    assert response.status_code == 200
    assert UsageReading.objects.count() == 1


@in_database
def test_a_plan_gets_what_is_in_it(client, owner):
    sim = a_sim(owner)
    client.post(f"/sims/{sim.pk}/plans/add/", {"name": "A", "data_mb": "30 ГБ", "minutes": "1 000", "messages": "50"})
    plan = Plan.objects.get()
    assert (plan.data_mb, plan.minutes, plan.messages) == (30 * 1024, 1000, 50)
    page = BeautifulSoup(client.get(f"/plans/{plan.pk}/edit/").content, "html.parser")
    assert page.select_one("[name=data_mb]")["value"] == "30 GB"
    assert page.select_one("details[open] [name=data_mb]")
    client.post(
        f"/plans/{plan.pk}/edit/",
        {"name": "A", "data_mb": "512 MB", "minutes": "", "initial-minutes": "1000", "messages": "50"},
    )
    plan.refresh_from_db()
    assert (plan.data_mb, plan.minutes, plan.messages, plan.price) == (512, None, 50, None)


@in_database
def test_a_stranger_finds_nothing_and_a_look_changes_nothing(client, owner):
    theirs = actions.say_left(a_sim(a_user()), {Allowance.DATA: 5}, NOW)
    mine = actions.say_left(a_sim(owner), {Allowance.DATA: 5}, NOW)
    before = list(UsageReading.objects.values())
    for address in (f"/sims/{theirs.sim_id}/left/", f"/uses/{theirs.pk}/undo/", f"/uses/{theirs.pk}/restore/"):
        assert client.post(address, {"data": "1 GB"}).status_code == 404
        assert client.get(address).status_code in (404, 405)
    for address in (f"/uses/{mine.pk}/undo/", f"/uses/{mine.pk}/restore/"):
        assert client.get(address).status_code == 405
    assert list(UsageReading.objects.values()) == before


@in_database
def test_the_page_of_what_is_left_costs_the_same_for_many_readings(client, owner, django_assert_num_queries):
    few, many = a_sim_with_use(owner), a_sim_with_use(owner)
    for hours in range(1, 12):
        actions.say_left(many.sim, {Allowance.DATA: 4000 - hours}, NOW + timedelta(hours=hours), many)
    client.get(f"/sims/{few.sim_id}/left/")
    with django_assert_num_queries(7):
        client.get(f"/sims/{few.sim_id}/left/")
    with django_assert_num_queries(7):
        client.get(f"/sims/{many.sim_id}/left/")

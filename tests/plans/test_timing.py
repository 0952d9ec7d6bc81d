"""One's own hour and days before, every day until there is an answer, snoozes, and quiet hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans import actions
from plans.deadlines import Deadline, Kind
from plans.models import Person, Reminder, Snooze
from plans.periods import Period
from plans.reminders import (
    ENOUGH_TIME,
    LED,
    Row,
    Settings,
    Snoozed,
    lead_moment,
    leads,
    message_items,
    next_hour,
    next_morning,
    out_of_quiet,
    rows_that_should_stand,
)
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

ALMATY = ZoneInfo("Asia/Almaty")
ZONES = st.sampled_from([ALMATY, *map(ZoneInfo, ["Pacific/Pago_Pago", "Europe/Berlin", "Pacific/Kiritimati"])])
HOURS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
ON = date(2026, 12, 12)


def deadline(**fields) -> Deadline:
    usual = {"subject": "plan:1", "kind": Kind.PLAN_EXPIRES, "on": ON, "zone": ALMATY, "period": Period.DAYS_30}
    return Deadline(**(usual | {"length": 30} | fields))


def question(**fields) -> Deadline:
    return deadline(**({"kind": Kind.RENEWED, "asked": 1, "opens_on": ON + timedelta(days=1)} | fields))


def settings(**fields) -> Settings:
    return Settings(ALMATY, **fields)


def at(day: int, hour: int = 4, minute: int = 0, month: int = 12) -> datetime:
    """09:00 in Almaty, where nothing else is said."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def said(deadlines: Deadline | list[Deadline], how: Settings) -> list[tuple[str, datetime]]:
    found = deadlines if isinstance(deadlines, list) else [deadlines]
    return [(row.occurrence, row.planned_for) for row in rows_that_should_stand(found, how)]


# --- the hour ----------------------------------------------------------------------------------------


def test_reminders_come_at_the_hour_that_the_person_chose():
    how = settings(hour=time(7, 30))
    assert said(deadline(), how) == [("7", at(5, 2, 30)), ("1", at(11, 2, 30)), ("0", at(12, 2, 30))]
    assert said(question(), how) == [("1", at(13, 2, 30))]


def test_an_evening_hour_leaves_time_to_act_by_coming_the_day_before():
    assert said(deadline(), settings(hour=time(20))) == [("7", at(5, 15)), ("1", at(11, 15)), ("0", at(11, 15))]


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), ZONES, HOURS, st.sampled_from([30, 7, 1, 0]), st.none() | HOURS)
def test_whatever_the_hour_there_is_time_to_act_and_no_day_is_given_away(on, zone, hour, lead, ends_at):
    one = deadline(on=on, ends_at=ends_at)
    planned = lead_moment(one, lead, zone, hour)
    assert one.cutoff - planned >= ENOUGH_TIME
    day_later = next_morning(planned, zone, hour)
    assert one.cutoff - day_later < ENOUGH_TIME or (on - planned.astimezone(zone).date()).days == lead


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), ZONES, HOURS)
def test_whatever_the_hour_a_question_never_comes_before_the_cutoff(on, zone, hour):
    asked = question(on=on, opens_on=on + timedelta(days=1))
    (row,) = rows_that_should_stand([asked], Settings(zone, hour))
    assert timedelta() <= row.planned_for - asked.cutoff <= timedelta(days=2)


@given(st.integers(0, 6 * 365 * 24 * 60), ZONES, HOURS)
def test_the_next_hour_is_the_first_one_that_is_not_past(minutes, zone, hour):
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = next_hour(now, zone, hour)
    assert now <= found <= now + timedelta(hours=26)
    assert found.astimezone(zone).date() - now.astimezone(zone).date() <= timedelta(days=1)


# --- the days before -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "own", "expected"),
    [
        ({}, {"plan_expires": [3, 14, 3]}, (14, 3)),
        ({}, {"charge": [3]}, (7, 1, 0)),  # of another kind
        ({"length": 28}, {"plan_expires": [28, 5]}, (5,)),  # never as long as the period
        ({"length": 28}, {"plan_expires": [30]}, (7, 1, 0)),  # none is left: the usual ones
        ({}, {"plan_expires": []}, (7, 1, 0)),
        ({"period": Period.DAY, "length": 1}, {"plan_expires": [0]}, ()),  # whoever pays daily is never told
        ({"kind": Kind.NUMBER_AT_RISK, "period": None, "length": 60}, {"number_at_risk": [45, 3]}, (45, 3)),
        ({"kind": Kind.CHARGE, "unknown_balance": True}, {"charge": [5, 2]}, (5, 2)),
        ({"kind": Kind.PRICE, "length": None}, {"price": [3, 10]}, (10,)),  # a price is told once
        ({"kind": Kind.CARE, "length": None}, {"care": [3]}, (0,)),  # a backup on its day
    ],
)
def test_ones_own_days_replace_the_usual_ones_of_that_kind(fields, own, expected):
    assert leads(deadline(**fields), settings(leads={kind: tuple(days) for kind, days in own.items()})) == expected


@given(st.sampled_from(LED), st.lists(st.integers(0, 60)), st.sampled_from([1, 7, 28, 30, 60, None]), st.booleans())
def test_a_lead_is_never_as_long_as_the_period_and_somebody_who_was_told_still_is(kind, days, length, insists):
    one = deadline(kind=kind, length=length, needed=Money(1))
    own = leads(one, settings(leads={kind.value: tuple(days)}, insists=insists))
    assert own or not leads(one)
    assert all(length is None or lead < length for lead in own)
    assert list(own) == sorted(set(own), reverse=True)


# --- every day until there is an answer ------------------------------------------------------------------


def test_who_wants_it_is_told_every_day_from_the_first_lead_on():
    assert leads(deadline(), settings(insists=True)) == (7, 6, 5, 4, 3, 2, 1, 0)
    assert leads(deadline(kind=Kind.TRIP), settings(insists=True)) == (7, 1)  # there is nothing to answer


def test_the_question_comes_every_day_too_for_two_weeks():
    found = said(question(), settings(insists=True))
    assert [moment for _occurrence, moment in found] == [at(13) + timedelta(days=day) for day in range(14)]
    assert [occurrence for occurrence, _moment in found][:3] == ["1", "1+1", "1+2"]


def test_a_question_is_not_repeated_any_more_once_the_next_one_is_asked():
    how = settings(insists=True)
    assert [moment for _name, moment in said(question(asked_until=ON + timedelta(days=3)), how)] == [
        at(13),
        at(14),
        at(15),
    ]
    assert len(said(question(kind=Kind.PAUSED, asked=3), how)) == 1


def test_of_repeated_questions_a_message_says_the_latest():
    rows = rows_that_should_stand([question()], settings(insists=True))
    (item,) = message_items(rows[::-1], {row.identity: question() for row in rows}, at(20))
    assert item.row.occurrence == "1+13"


# --- snoozes -----------------------------------------------------------------------------------------------

KEY = ("plan:1", "plan_expires", ON)


def snoozed(until: int, made: int = 5, key=KEY, hour: int = 6, **fields) -> Settings:
    return settings(snoozes={key: Snoozed(date(2026, 12, until), at(made, hour))}, **fields)


def test_a_snoozed_reminder_is_silent_until_its_day_and_then_says_it_once():
    assert said(deadline(), snoozed(8)) == [("1", at(11)), ("0", at(12)), ("again-2026-12-08", at(8))]
    assert said(deadline(), snoozed(8, hour=6, insists=True))[:2] == [("4", at(8)), ("3", at(9))]


def test_a_snooze_speaks_of_one_thing_only():
    others = [deadline(subject="plan:2"), deadline(on=ON + timedelta(days=1)), deadline(kind=Kind.CHARGE)]
    assert said(others, snoozed(8)) == said(others, settings())


def test_a_snooze_never_reaches_behind_the_cutoff():
    assert said(deadline(), snoozed(15)) == [("0", at(12)), ("again-2026-12-15", at(12))]
    assert said(deadline(), snoozed(13, made=12)) == said(deadline(), settings())  # the last moment had passed


def test_a_question_can_wait_and_is_asked_again_unless_the_next_one_is_due_by_then():
    key = ("plan:1", "renewed", ON)
    first, second = question(asked_until=date(2026, 12, 19)), question(asked=2, opens_on=date(2026, 12, 20))
    assert said([first, second], snoozed(16, 13, key)) == [("again-2026-12-16", at(16)), ("2", at(20))]
    assert said([first, second], snoozed(20, 13, key)) == [("2", at(20)), ("again-2026-12-20", at(20))]


def test_a_backup_can_be_put_off_beyond_its_day():
    key = ("plan:1", "care", ON)
    assert said(deadline(kind=Kind.CARE), snoozed(15, 12, key)) == [("again-2026-12-15", at(15))]


def test_of_a_snoozed_reminder_and_a_lead_of_the_same_day_one_speaks():
    rows = [Row("plan:1", "plan_expires", ON, name, at(11)) for name in ("again-2026-12-11", "1")]
    (item,) = message_items(rows, {row.identity: deadline() for row in rows}, at(11))
    assert item.row.occurrence == "again-2026-12-11"


@given(st.integers(0, 20), st.integers(0, 20), st.lists(st.integers(0, 29), max_size=4), HOURS, ZONES)
def test_a_snooze_costs_nobody_the_last_word(made, days, own, hour, zone):
    moment = at(1) + timedelta(days=made)
    until = moment.astimezone(zone).date() + timedelta(days=days)
    how = Settings(zone, hour, leads={"plan_expires": tuple(own)})
    before = rows_that_should_stand([deadline()], how)
    how = Settings(zone, hour, leads=how.leads, snoozes={KEY: Snoozed(until, moment)})
    after = rows_that_should_stand([deadline()], how)
    if any(row.planned_for > moment for row in before):
        assert any(row.planned_for > moment for row in after)
    assert all(row.planned_for < deadline().cutoff for row in after)


# --- quiet hours ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "planned", "cutoff", "expected"),
    [
        ((22, 8), at(12, 18), None, at(13, 3)),  # 23:00 in Almaty waits until eight
        ((22, 8), at(12, 22), None, at(13, 3)),  # and so does 03:00
        ((22, 8), at(12, 3), None, at(12, 3)),  # at eight it may ring
        ((22, 8), at(12, 16, 59), None, at(12, 16, 59)),
        ((13, 15), at(12, 9), None, at(12, 10)),  # within one day
        ((22, 8), at(12, 22), at(13, 19), at(13, 3)),  # sixteen hours are left
        ((22, 13), at(12, 22), at(13, 19), at(12, 16, 45)),  # eleven would be: before the night
        ((9, 9), at(12, 22), None, at(12, 22)),  # no hours at all
    ],
)
def test_what_rings_keeps_out_of_the_quiet_hours(hours, planned, cutoff, expected):
    how = settings(quiet_from=time(hours[0]), quiet_until=time(hours[1]))
    assert out_of_quiet(planned, cutoff, how) == expected


def test_without_quiet_hours_nothing_moves():
    assert out_of_quiet(at(12, 22), at(13, 19), settings()) == at(12, 22)


@given(st.integers(0, 366 * 24 * 60), HOURS, HOURS, ZONES, st.none() | st.integers(0, 48 * 60))
def test_nothing_rings_in_quiet_hours_or_after_the_cutoff(minutes, first, last, zone, left):
    how = Settings(zone, quiet_from=first, quiet_until=last)
    planned = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    cutoff = None if left is None else planned + timedelta(minutes=left)
    moved = out_of_quiet(planned, cutoff, how)
    if moved != planned:
        clock = moved.astimezone(zone).time()
        is_end = clock == last
        assert is_end or moved < planned
        assert not is_end or cutoff is None or cutoff - moved >= ENOUGH_TIME
    assert cutoff is None or moved <= cutoff
    assert moved - planned <= timedelta(hours=25)


# --- the actions -------------------------------------------------------------------------------------------------


def coming(plan, kind: str = "plan_expires") -> dict[str, datetime]:
    rows = Reminder.objects.filter(plan=plan, kind=kind).coming()
    return dict(rows.values_list("occurrence", "planned_for"))


@pytest.mark.django_db
def test_another_hour_moves_what_is_ahead():
    plan = a_plan(days=9)
    actions.set_timing(plan.sim.person, NOW, hour=time(18, 30))
    assert {moment.hour for moment in coming(plan).values()} == {13}
    assert Person.objects.get().hour == time(18, 30)


@pytest.mark.django_db
def test_new_days_before_that_have_passed_are_said_at_once_and_are_not_late():
    plan = a_plan(days=9)
    later = NOW + timedelta(days=1, hours=3)
    actions.set_timing(plan.sim.person, later, leads={"plan_expires": [20, 3]})
    assert coming(plan) == {"20": later, "3": at(29, month=11)}
    actions.set_timing(plan.sim.person, later + timedelta(hours=1), leads={})
    assert set(coming(plan)) == {"7", "1", "0"}


@pytest.mark.django_db
def test_after_its_day_no_new_day_before_is_warned_of():
    plan = a_plan(days=1)
    actions.set_timing(plan.sim.person, NOW + timedelta(days=3), leads={"plan_expires": [20]})
    assert "20" not in coming(plan)


@pytest.mark.django_db
def test_a_kind_is_switched_off_for_one_sim():
    user = a_user()
    one, other = a_plan(a_sim(user)), a_plan(a_sim(user))
    actions.set_sim_kinds(one.sim, ["plan_expires"], NOW)
    assert (coming(one), set(coming(other))) == ({}, {"7", "1", "0"})
    actions.set_sim_kinds(one.sim, [], NOW)
    assert set(coming(one)) == {"7", "1", "0"}


@pytest.mark.django_db
def test_a_stored_snooze_is_heeded():
    plan = a_plan(days=9)
    about = {"subject": f"plan:{plan.pk}", "kind": "plan_expires", "deadline": plan.paid_until}
    Snooze.objects.create(sim=plan.sim, **about, until=TODAY + timedelta(days=5), made_at=NOW)
    actions.set_timing(plan.sim.person, NOW, hour=time(9, 1))
    assert set(coming(plan)) == {"again-2026-11-28", "1", "0"}

"""One mail a week or a month for who wants no other: nothing falls between two of them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from guides.models import Operator, Promotion, raise_revision
from kzsim.common.mail import assemble
from kzsim.common.money import Money
from plans import actions, outbox, schedule
from plans.deadlines import Activity, Care, PlanFacts, Renews, SimFacts, deadlines
from plans.media.overview_letter import LINES, write_overview
from plans.models import Address, Message, Plan, Reminder, Sim
from plans.periods import Period
from plans.reminders import (
    Overviews,
    Settings,
    next_overview,
    overview_days,
    overview_items,
    overview_moment,
    rows_that_should_stand,
    tells_until,
)
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

ALMATY = ZoneInfo("Asia/Almaty")
ZONES = st.sampled_from([ALMATY, *map(ZoneInfo, ["Pacific/Pago_Pago", "Europe/Berlin", "Pacific/Kiritimati"])])
HOURS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
EVERY = st.sampled_from(["week", "month"])
State = Reminder.State


# --- on which days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "now", "expected", "until"),
    [
        ("week", datetime(2026, 11, 23, 3, 59, tzinfo=UTC), date(2026, 11, 23), date(2026, 12, 7)),  # Monday, 08:59
        ("week", datetime(2026, 11, 23, 4, tzinfo=UTC), date(2026, 11, 30), date(2026, 12, 7)),
        ("week", datetime(2026, 11, 22, 20, tzinfo=UTC), date(2026, 11, 23), date(2026, 12, 7)),
        ("month", datetime(2026, 11, 23, 6, tzinfo=UTC), date(2026, 12, 1), date(2027, 1, 1)),
        ("month", datetime(2026, 12, 1, 3, tzinfo=UTC), date(2026, 12, 1), date(2027, 2, 1)),
        ("month", datetime(2026, 12, 1, 5, tzinfo=UTC), date(2027, 1, 1), date(2027, 2, 1)),
    ],
)
def test_overviews_come_on_mondays_or_on_the_first_and_tell_until_the_one_after_the_next(every, now, expected, until):
    assert next_overview(every, now, ALMATY) == expected
    assert tells_until(every, now.astimezone(ALMATY).date()) == until


PLANS = st.builds(
    PlanFacts,
    id=st.integers(1, 3),
    period=st.sampled_from(Period),
    paid_until=st.dates(date(2026, 11, 1), date(2027, 2, 1)),
    renews=st.sampled_from(Renews),
    price=st.none() | st.just(Money(Decimal(990))),
)
SIMS = st.builds(
    SimFacts,
    id=st.just(1),
    zone=st.just(ALMATY),
    plans=st.lists(PLANS, max_size=2, unique_by=lambda plan: plan.id).map(tuple),
    care=st.none() | st.builds(Care, st.integers(1, 6), st.dates(date(2026, 9, 1), date(2026, 12, 1))),
    activity=st.none() | st.builds(Activity, st.dates(date(2026, 9, 1), date(2026, 11, 20))),
    keep_alive=st.booleans(),
)


@pytest.mark.broad
@hypothesis_settings(max_examples=300, deadline=None)
@given(SIMS, EVERY, ZONES, HOURS, st.integers(0, 60 * 24 * 60), st.sampled_from([(), (0,), (3,), (40, 2)]))
def test_what_would_have_been_told_is_told_by_an_overview_in_time_or_as_usual(sim, every, zone, hour, minutes, own):
    """As if all facts were entered at one moment, while an overview stands."""
    said_at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    how = Settings(zone, hour, leads=dict.fromkeys(("plan_expires", "number_at_risk"), own))
    stands = Overviews(every, next_overview(every, said_at, zone, hour))
    sim = SimFacts(
        **vars(sim)
        | {
            "plans": tuple(PlanFacts(**vars(plan) | {"said_at": said_at}) for plan in sim.plans),
            "activity": sim.activity and Activity(sim.activity.on, said_at),
        }
    )
    with_overview = Settings(**vars(how) | {"overview": stands})
    for deadline in deadlines(sim, said_at):
        usual = rows_that_should_stand([deadline], how)
        in_time = [row for row in usual if deadline.opens_on or said_at <= row.planned_for < deadline.cutoff]
        if in_time and not rows_that_should_stand([deadline], with_overview):
            last = deadline.opens_on or deadline.on
            days = overview_days(every, stands.next_on - timedelta(days=1))
            told = False
            for day in days:
                at = overview_moment(day, with_overview)
                told = told or (at >= said_at and is_told_at(at, deadline, sim, with_overview))
                if told or day > last + timedelta(days=70):
                    break
            assert told, deadline


def is_told_at(at, deadline, sim, how) -> bool:
    """Whether an overview that is sent then speaks of it, in time. The latest question speaks for those before."""
    until = tells_until(how.overview.every, at.astimezone(how.zone).date())
    found = [item.deadline for item in overview_items([(one, how) for one in deadlines(sim, at)], at, until)]
    if deadline.opens_on:
        return any(one.subject == deadline.subject and one.opens_on for one in found)
    return at < deadline.cutoff and (deadline.subject, deadline.kind, deadline.on) in {
        (one.subject, one.kind, one.on) for one in found
    }


# --- as it is sent --------------------------------------------------------------------------------------------


MONDAY = NOW.replace(hour=4) + timedelta(days=7)  # the next one, at nine in Almaty


def sent(now) -> list:
    mail.outbox.clear()
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
    outbox.send(outbox.due_messages(now), clock=lambda: now)
    return [message_from_bytes(message.message().as_bytes(), policy=policy.default) for message in mail.outbox]


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def html_of(message) -> str:
    return message.get_body(("html",)).get_content()


@pytest.fixture
def weekly(db):
    user = a_user()
    actions.set_timing(user.person, NOW, overview="week")
    return user


def coming(user, **fields):
    return Reminder.objects.filter(person=user.person, **fields).coming()


def test_one_mail_every_monday_stands_in_the_place_of_reminders(weekly):
    plan = a_plan(a_sim(weekly, label="Till 14", number="+77011234567"), days=9)
    row = coming(weekly).get()
    assert (row.subject, row.kind, row.occurrence, row.sim) == (
        f"person:{weekly.person.pk}",
        "overview",
        "week",
        None,
    )
    assert (row.deadline, row.planned_for) == (TODAY + timedelta(days=7), MONDAY)
    assert sent(MONDAY - timedelta(minutes=1)) == []
    (message,) = sent(MONDAY)
    assert message["Subject"] == "Overview: Till 14 (…4567): ends in 2 days"
    for body in (text_of(message), html_of(message)):
        assert "Freestyle works until Wednesday 2 December, in 2 days." in body
        assert "Money needed: 4,990\xa0₸" in body
        assert f"/sims/{plan.sim_id}/" in body
        assert "1234567" not in body
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert coming(weekly).get().deadline == TODAY + timedelta(days=14)


def test_what_no_overview_can_tell_in_time_is_told_as_usual(weekly):
    plan = a_plan(a_sim(weekly), days=3)
    assert set(coming(weekly, plan=plan).values_list("occurrence", flat=True)) == {"7", "1", "0"}
    (message,) = sent(NOW)
    assert message["Subject"].endswith("ends in 3 days")


def test_what_ends_on_the_monday_itself_is_told_in_the_morning_of_that_day_with_time_to_act(weekly):
    assert not coming(weekly, plan=a_plan(a_sim(weekly), days=7)).exists()


def test_a_week_in_which_nothing_ends_is_told_in_one_sentence(weekly):
    a_plan(a_sim(weekly), days=60)
    (message,) = sent(MONDAY)
    assert message["Subject"] == "Overview: nothing runs out until Monday 14 December"
    assert "nothing runs out and no money is needed until Monday 14 December" in text_of(message)


def test_who_has_no_sim_gets_none_and_the_next_one_stands(weekly):
    assert sent(MONDAY) == []
    assert coming(weekly).get().deadline == TODAY + timedelta(days=14)
    assert Message.objects.get().state == Message.State.DROPPED
    a_plan(a_sim(weekly), days=40)
    assert len(sent(MONDAY + timedelta(days=7))) == 1


def test_days_of_downtime_give_one_that_says_that_it_is_late(weekly):
    a_plan(a_sim(weekly), days=12)
    late = MONDAY + timedelta(days=10)
    (message,) = sent(late)
    assert "This message is late: it was to reach you on Monday 30 November." in text_of(message)
    assert coming(weekly, kind="overview").get().deadline == TODAY + timedelta(days=21)
    assert sent(late + timedelta(days=1)) == []


def test_open_questions_stay_until_they_are_answered(weekly):
    plan = a_plan(a_sim(weekly), days=9)
    sent(MONDAY)
    for week in (1, 2):
        (message,) = sent(MONDAY + timedelta(days=7 * week))
        assert "Please tell us" in text_of(message)
        assert "Have you renewed it?" in text_of(message)
        assert "Yes: http://127.0.0.1:8000/a/" in text_of(message).replace("/answer/", "/a/")
    actions.close_plan(plan, MONDAY + timedelta(days=15))
    (message,) = sent(MONDAY + timedelta(days=21))
    assert "Have you renewed it?" not in text_of(message)


def test_the_last_message_about_a_plan_is_told_by_one_overview_only(weekly):
    a_plan(a_sim(weekly), days=0, period="7d")
    sent(NOW)
    found = [text_of(*sent(MONDAY + timedelta(days=7 * week))) for week in range(6)]
    assert sum("we stop reminding you of it" in text for text in found) == 1


def test_the_same_day_brings_one_mail_that_tells_all(weekly):
    sim = a_sim(weekly)
    a_plan(sim, days=9)
    a_plan(sim, days=6, name="Roaming")  # which ends before the overview leaves time: told as usual
    message = outbox.post(weekly.person.pk, MONDAY)
    assert set(message.reminders.values_list("kind", flat=True)) == {"overview", "plan_expires"}
    assert outbox.send([message.pk], clock=lambda: MONDAY) == 1
    assert set(message.reminders.values_list("state", flat=True)) <= {State.SENT, State.FOLDED, State.SKIPPED}
    assert coming(weekly, kind="plan_expires").count() == 0


def test_what_an_overview_told_is_kept_with_it_and_not_told_again(weekly):
    plan = a_plan(a_sim(weekly), days=9)
    sent(MONDAY)
    message = Message.objects.get()
    assert set(message.reminders.values_list("kind", "sim", "occurrence", "state")) == {
        ("overview", None, "week", State.SENT),
        ("plan_expires", plan.sim_id, "overview", State.SENT),
    }
    actions.set_timing(weekly.person, MONDAY, hour=time(8))
    assert not coming(weekly, plan=plan).exists()


def test_what_the_last_overview_left_out_is_told_as_usual(weekly):
    plan = a_plan(a_sim(weekly), days=9)
    actions.set_sim_kinds(plan.sim, ["plan_expires"], NOW)
    sent(MONDAY)
    actions.set_sim_kinds(plan.sim, [], MONDAY + timedelta(hours=3))
    assert set(coming(weekly, plan=plan).values_list("occurrence", flat=True)) == {"7", "1", "0"}


def test_an_offer_is_told_by_one_overview_only(weekly):
    operator = Operator.objects.create(slug="some", name="Some")
    actions.mute_kinds(weekly.person, [], NOW)
    for _ in range(2):
        a_sim(weekly, operator=operator)
    with time_machine.travel(NOW):
        Promotion.objects.create(operator=operator, title="More", source="x", until=TODAY + timedelta(days=60))
        raise_revision()
        schedule.catch_up(NOW)
        assert not coming(weekly, kind="promotion").exists()
        assert "thing comes up" in text_of(*sent(MONDAY))
        assert Reminder.objects.filter(kind="promotion", state=State.SENT).count() == 1
        assert "nothing runs out" in text_of(*sent(MONDAY + timedelta(days=7)))
        actions.set_timing(weekly.person, MONDAY + timedelta(days=8), overview="")
        assert not coming(weekly, kind="promotion").exists()


def test_switching_to_and_fro_leaves_one_overview_or_the_reminders(weekly):
    plan = a_plan(a_sim(weekly), days=9)
    person = weekly.person
    actions.set_timing(person, NOW, overview="month")
    assert coming(weekly, kind="overview").get().deadline == date(2026, 12, 1)
    actions.set_timing(person, NOW, overview="")
    assert set(coming(weekly).values_list("occurrence", flat=True)) == {"7", "1", "0", "2", "3"}
    actions.set_timing(person, NOW, overview="week")
    assert coming(weekly).get().deadline == TODAY + timedelta(days=7)
    actions.stop_reminders(person, NOW)
    assert not coming(weekly).exists()
    actions.resume_reminders(person, NOW)
    assert coming(weekly).get().kind == "overview"
    actions.set_timing(person, NOW, hour=time(7), overview="week")
    assert coming(weekly).get().planned_for == MONDAY - timedelta(hours=2)
    assert plan.sim.person == person


def test_an_hour_moved_on_the_day_brings_no_second_one(weekly):
    a_plan(a_sim(weekly), days=9)
    sent(MONDAY)
    actions.set_timing(weekly.person, MONDAY + timedelta(hours=1), hour=time(20))
    assert coming(weekly, kind="overview").get().deadline == TODAY + timedelta(days=14)


def test_chats_keep_to_single_reminders(weekly):
    Address.objects.create(person=weekly.person, medium="ntfy", to={"topic": "x"}, added_at=NOW)
    plan = a_plan(a_sim(weekly), days=9)
    assert set(coming(weekly, plan=plan).values_list("medium", flat=True)) == {"ntfy"}
    assert coming(weekly, kind="overview").get().medium == "email"


def test_a_pause_puts_the_overview_off_until_it_ends(weekly):
    a_plan(a_sim(weekly), days=12)
    actions.pause_reminders(weekly.person, TODAY + timedelta(days=9), NOW)
    assert coming(weekly, kind="overview").get().planned_for == MONDAY + timedelta(days=2)


def test_a_message_that_fails_for_good_is_followed_by_the_next_overview(weekly):
    a_plan(a_sim(weekly), days=9)
    message = outbox.claim(outbox.post(weekly.person.pk, MONDAY).pk, MONDAY)
    trouble = outbox.Trouble(outbox.Scope.RECIPIENT, "no such mailbox", permanent=True)
    outbox._put_off(message, trouble, MONDAY)
    assert coming(weekly, kind="overview").get().deadline == TODAY + timedelta(days=14)


def test_all_kinds_are_told_that_are_not_switched_off(weekly):
    sim = a_watched_sim(weekly, quiet=50)
    actions.set_care(sim, 1, NOW - timedelta(days=20))
    a_plan(sim, days=9, renews="auto")
    text = text_of(*sent(MONDAY))
    assert "Use this number or top it up" in text
    assert "Check that at least" in text
    assert "Thursday 3 December: Back up your contacts" in text
    actions.set_sim_kinds(sim, ["number_at_risk"], MONDAY)
    actions.mute_kinds(weekly.person, ["care", "promotion"], MONDAY)
    sim = type(sim).objects.with_facts().get(pk=sim.pk)
    kinds = {item.deadline.kind for item in schedule.overview_of(weekly.person, [sim], MONDAY)}
    assert not kinds & {"number_at_risk", "care"}


@pytest.mark.broad
def test_five_hundred_sims_fit_into_one_small_mail_in_every_language(weekly):
    person = weekly.person
    names = [f"Точка продаж {number}" for number in range(500)]
    Sim.objects.bulk_create(
        Sim(owner=weekly, person=person, number=f"+7702{number:07d}", label=name) for number, name in enumerate(names)
    )
    until = TODAY + timedelta(days=9)
    Plan.objects.bulk_create(
        Plan(sim=sim, name="Безлимитный", price=4990, period="30d", renews="hand", paid_until=until, said_at=NOW)
        for sim in Sim.objects.all()
    )
    sims = {sim.pk: sim for sim in Sim.objects.with_facts()}
    for language in ("en", "zh-hans", "zh-hant", "ru", "kk"):
        person.language = language
        letter = write_overview(person, schedule.overview_of(person, sims.values(), MONDAY), sims, MONDAY, MONDAY)
        message = assemble(
            to="me@example.org", subject=letter.subject, text=letter.text, html=letter.html, message_id="<1@x>"
        )
        assert len(message.message().as_bytes()) < 60_000
        assert letter.text.count("/sims/") == LINES
    assert "2 495 000" in letter.text.replace("\xa0", " ")  # the money for all of them

"""Offers of one's operator: for who asked for them, told once, never pressing."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail

from guides.models import Operator, Promotion, raise_revision
from plans import actions, outbox, schedule
from plans.models import Message, Person, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user

pytestmark = pytest.mark.django_db
State = Reminder.State


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kcell():
    return Operator.objects.create(slug="kcell", name="Kcell")


@pytest.fixture
def curious():
    return a_user(muted_kinds=[], language="en")


def an_offer(operator, since=None, days=20, **fields) -> Promotion:
    first = None if since is None else TODAY + timedelta(days=since)
    usual = {"title": "More data", "source": "a poster", "noted_at": NOW}
    one = Promotion.objects.create(
        operator=operator, since=first, until=TODAY + timedelta(days=days), **(usual | fields)
    )
    raise_revision()
    schedule.catch_up(NOW)
    return one


def rows(**fields):
    return Reminder.objects.filter(kind="promotion", **fields)


def sent(now) -> list[str]:
    """The texts of the mails that leave at a moment."""
    mail.outbox.clear()
    schedule.catch_up(now)
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
    outbox.send(outbox.due_messages(now), clock=lambda: now)
    return [message.body for message in mail.outbox]


MORNING = NOW + timedelta(hours=22)  # the next nine o'clock in Almaty


def test_a_new_offer_is_found_and_told_the_next_morning_to_who_wants_to_hear_of_it(kcell, curious):
    sim = a_sim(curious, operator=kcell)
    a_sim(a_user(), operator=kcell)  # who never asked
    one = an_offer(kcell)
    row = rows().get()
    assert (row.subject, row.occurrence, row.deadline) == (f"sim:{sim.pk}", str(one.pk), one.until)
    assert row.due_at == row.planned_for == MORNING
    (deadline,) = schedule.standing_rows(Sim.objects.with_facts().get(pk=sim.pk), NOW).values()
    assert (deadline.offer, deadline.source, deadline.on) == ("More data", "a poster", one.until)


def test_it_is_told_when_it_begins_and_not_after_its_last_day(kcell, curious):
    a_sim(curious, operator=kcell)
    an_offer(kcell, since=4, days=6)
    an_offer(kcell, since=-9, days=-1)
    an_offer(kcell, days=0)  # the next morning it is over
    assert rows().get().planned_for.date() == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("fields", "person", "sim", "is_told"),
    [
        ({"language": "ru"}, {"language": "en"}, {}, False),
        ({"language": "ru"}, {"language": "kk"}, {}, True),  # who reads Russian where there is no Kazakh
        ({"audience": "abroad"}, {"place": "kz"}, {}, False),
        ({"audience": "kz"}, {"place": "kz"}, {}, True),
        ({"audience": "kz"}, {"place": ""}, {}, False),  # nobody knows where they are
        ({"audience": "abroad"}, {"place": "kz"}, {"place": "abroad"}, True),  # the SIM is elsewhere
        ({}, {}, {"muted_kinds": ["promotion"]}, False),
        ({}, {}, {"reminders_off": True}, False),
    ],
)
def test_only_for_readers_of_its_language_where_they_are(kcell, fields, person, sim, is_told):
    a_sim(a_user(muted_kinds=[], **person), operator=kcell, **sim)
    an_offer(kcell, **fields)
    assert rows().coming().exists() is is_told


def test_a_trip_brings_the_offers_for_people_abroad_and_takes_the_others(kcell):
    user = a_user(muted_kinds=[], place="kz")
    sim = a_sim(user, operator=kcell)
    an_offer(kcell, title="Roaming", audience="abroad")
    a_stay(user, since=2, until=9)
    assert not rows().coming().exists()
    assert Sim.objects.get(pk=sim.pk).review_at.date() == TODAY + timedelta(days=1)
    schedule.catch_up(NOW + timedelta(days=3))
    assert rows().coming().count() == 1
    schedule.catch_up(NOW + timedelta(days=12))
    assert not rows().coming().exists()


def test_moving_or_reading_another_language_finds_other_offers(kcell, curious):
    a_sim(curious, operator=kcell)
    an_offer(kcell, audience="abroad", language="ru")
    person = Person.objects.get(user=curious)
    person.place, person.language = "abroad", "ru"
    actions.save_person(person, NOW, ["place", "language"])
    assert rows().coming().count() == 1


def test_an_offer_is_told_once_however_many_sims_and_corrections_there_are(kcell, curious):
    for _ in range(3):
        a_sim(curious, operator=kcell)
    one = an_offer(kcell)
    assert rows().coming().count() == 3
    assert len(sent(MORNING)) == 1
    assert sorted(rows().values_list("state", flat=True)) == [State.FOLDED, State.FOLDED, State.SENT]
    a_sim(curious, operator=kcell)
    one.title, one.until = "More and more data", one.until + timedelta(days=3)
    one.save()
    raise_revision()
    schedule.catch_up(MORNING)
    assert not rows().coming().exists()
    assert sent(MORNING + timedelta(days=1)) == []


def test_a_sim_that_came_while_it_was_told_says_nothing_more(kcell, curious):
    a_sim(curious, operator=kcell)
    an_offer(kcell)
    message = outbox.claim(outbox.post(curious.person.pk, MORNING).pk, MORNING)
    attempt = outbox._written(message, MORNING)
    a_sim(curious, operator=kcell)
    assert rows().coming().count() == 1
    outbox._mark_sent(message, attempt, MORNING)
    assert not rows().coming().exists()


def test_it_never_makes_a_second_message_a_day(kcell, curious):
    a_plan(a_sim(curious, operator=kcell), days=3)
    assert len(sent(NOW)) == 1
    rows().all().delete()
    an_offer(kcell, noted_at=NOW - timedelta(days=2))
    assert rows().get().due_at == MORNING  # found late: at the hour of reminding all the same
    assert sent(NOW + timedelta(hours=3)) == []
    assert len(sent(MORNING)) == 1


def test_it_comes_last_in_the_message_of_the_day(kcell, curious):
    a_plan(a_sim(curious, operator=kcell), days=8)
    sent(NOW)
    an_offer(kcell)
    assert len(sent(MORNING)) == 1
    assert "ends in 7 days" in Message.objects.latest("pk").subject
    assert rows().get().state == State.SENT


def test_nobody_is_asked_about_it_and_it_is_never_late(kcell, curious):
    a_sim(curious, operator=kcell)
    an_offer(kcell)
    assert set(Reminder.objects.values_list("kind", flat=True)) == {"promotion"}
    (text,) = sent(MORNING + timedelta(days=3))
    assert "late" not in text


def test_who_switches_offers_on_hears_of_those_that_run_at_the_next_hour(kcell):
    user = a_user()
    sim = a_sim(user, operator=kcell)
    an_offer(kcell, since=-5)
    actions.mute_kinds(user.person, [], NOW)
    assert rows().get().due_at == MORNING
    assert Sim.objects.get(pk=sim.pk).guides_revision is not None
    actions.mute_kinds(user.person, ["promotion"], NOW)
    assert not rows().coming().exists()

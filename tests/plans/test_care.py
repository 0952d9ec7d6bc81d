"""Every few months: back up, and see that the codes of the bank still arrive. Gentle, and off until it is wanted."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from plans import actions, answers, outbox
from plans.answers import Answer, Standing
from plans.deadlines import Care, Deadline, Kind, SimFacts, care_days, deadlines, is_care_due
from plans.models import Reminder, Sim
from plans.reminders import Settings, rows_that_should_stand
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

ALMATY = ZoneInfo("Asia/Almaty")


@pytest.mark.parametrize(
    ("months", "since", "days"),
    [
        (3, date(2026, 11, 23), [date(2027, 2, 23), date(2027, 5, 23)]),
        (3, date(2026, 11, 30), [date(2027, 2, 28), date(2027, 5, 30)]),
        (1, date(2027, 12, 31), [date(2028, 1, 31), date(2028, 2, 29)]),
        (12, date(2028, 2, 29), [date(2029, 2, 28), date(2030, 2, 28)]),
    ],
)
def test_it_is_said_after_so_many_months_and_once_more_if_nobody_answers(months, since, days):
    assert care_days(Care(months, since)) == days


@given(st.integers(1, 24), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_no_time_is_longer_or_shorter_than_months_can_make_it(months, since):
    first, second = care_days(Care(months, since))
    assert 28 * months <= (first - since).days <= 31 * months
    assert 28 * months <= (second - first).days <= 31 * months
    assert not is_care_due(Care(months, since), first - timedelta(days=1))
    assert is_care_due(Care(months, since), first)


def test_one_message_each_time_and_none_where_it_is_off_or_the_sim_is_muted():
    facts = {"id": 7, "zone": ALMATY}
    on = SimFacts(**facts, care=Care(3, TODAY))
    rows = rows_that_should_stand(deadlines(on, NOW), Settings(ALMATY))
    assert [(row.kind, row.deadline, row.occurrence) for row in rows] == [
        ("care", date(2027, 2, 23), "0"),
        ("care", date(2027, 5, 23), "0"),
    ]
    assert deadlines(SimFacts(**facts), NOW) == []
    assert deadlines(SimFacts(**facts, care=Care(3, TODAY), muted=True), NOW) == []


# --- the letter, its links, the page --------------------------------------------------------------------

pytestmark = pytest.mark.django_db
DUE = NOW + timedelta(days=92)  # 23 February, 11:00 in Almaty


@pytest.fixture
def sim(guides_loaded):
    sim = a_sim(a_user(), label="Mum", number="+77015550143")
    actions.set_care(sim, 3, NOW)
    return sim


@pytest.fixture
def owner(sim):
    client = Client()
    client.force_login(sim.owner)
    return client


def messages_at(now):
    mail.outbox.clear()
    with time_machine.travel(now, tick=False):
        for person, medium in outbox.due_people(now):
            outbox.post(person, now, medium)
        outbox.send(outbox.due_messages(now), clock=lambda: now)
    return list(mail.outbox)


def links_in(message) -> dict[str, str]:
    html = BeautifulSoup(message.alternatives[0][0], "html.parser")
    return {link.get_text(): link["href"].removeprefix("http://127.0.0.1:8000") for link in html.find_all("a")}


def test_the_letter_asks_gently_and_leads_to_the_guides(sim):
    (message,) = messages_at(DUE)
    assert message.subject == "Mum (…0143): time for a backup"
    assert "codes from your bank still reach this number" in message.body
    assert "You asked for this every 3 months." in message.body
    assert "At the latest" not in message.body
    assert "How to renew" not in message.body
    assert any("/guides/all/back-up-your-phone/" in link for link in links_in(message).values())
    assert {"Done", "Not now", "Stop reminding me of this"} <= links_in(message).keys()


def test_two_messages_without_an_answer_are_the_last(sim):
    said = [offset for offset in range(800) if messages_at(NOW + timedelta(days=offset))]
    assert said == [92, 181]


def test_a_backup_gives_way_to_what_runs_out_and_takes_no_second_message_a_day(sim):
    a_plan(sim, days=1, now=DUE - timedelta(minutes=1))
    (message,) = messages_at(DUE)
    assert message.subject == "Mum (…0143): ends tomorrow, and 1 more"
    assert message.body.index("works until") < message.body.index("Back up your contacts")
    states = Reminder.objects.filter(sim=sim, state=Reminder.State.SENT).values_list("kind", flat=True)
    assert set(states) == {"plan_expires", "care"}


def test_a_backup_and_a_number_at_risk_do_not_fold_into_one(sim):
    sim.keep_alive, sim.inactivity_days, sim.last_activity_on = True, 93, TODAY
    actions.save_sim(sim, activity_changed=True, now=NOW)
    for offset in range(92):
        messages_at(NOW + timedelta(days=offset))
    (message,) = messages_at(DUE)
    assert "use the number" in message.subject
    assert "Back up your contacts" in message.body


def test_said_days_late_it_is_still_no_question(sim):
    (message,) = messages_at(DUE + timedelta(days=4))
    assert "time for a backup" in message.subject
    assert "This message is late" in message.body


@pytest.mark.parametrize(
    ("label", "months", "cared_on", "next_on"),
    [
        ("Done", 3, DUE.date(), date(2027, 5, 23)),
        ("Not now", 3, None, date(2027, 5, 23)),
        ("Stop reminding me of this", None, None, None),
    ],
)
def test_one_tap_in_the_letter_is_noted_once(client, sim, label, months, cared_on, next_on):
    (message,) = messages_at(DUE)
    link = links_in(message)[label]
    with time_machine.travel(DUE + timedelta(hours=1), tick=False):
        assert client.get(link).status_code == 200
        sim.refresh_from_db()
        assert (sim.care_months, sim.cared_on) == (3, None)  # looking changes nothing
        assert client.post(link).status_code == 200
        assert "nothing happens twice" in client.post(link).content.decode()
    sim.refresh_from_db()
    assert (sim.care_months, sim.cared_on) == (months, cared_on)
    coming = Reminder.objects.filter(sim=sim, kind="care").coming()
    assert coming.values_list("deadline", flat=True).first() == next_on


def test_a_link_ends_with_what_it_was_about(client, sim):
    (message,) = messages_at(DUE)
    links = links_in(message)
    with time_machine.travel(DUE, tick=False):
        actions.note_care(sim, DUE, done=True)
        token = links["Not now"].rstrip("/").rpartition("/")[2]
        assert answers.read_answer(token, DUE).standing is Standing.OVER
        assert client.post(links["Not now"]).status_code == 410
        assert "noted already" in client.get(links["Done"]).content.decode()
    sim.refresh_from_db()
    assert sim.care_since == DUE.date()


def test_the_link_of_a_backup_does_not_speak_of_the_number(client, sim):
    sim.inactivity_days, sim.last_activity_on = 92, TODAY
    actions.save_sim(sim, activity_changed=True, now=NOW)
    about = Deadline(f"sim:{sim.pk}", Kind.CARE, care_days(Care(3, TODAY))[0], ALMATY)
    token = answers.answer_url(about, Answer.YES).rstrip("/").rpartition("/")[2]
    answers.take(token, DUE)
    sim.refresh_from_db()
    assert (sim.last_activity_on, sim.cared_on) == (TODAY, DUE.date())


def test_it_is_off_until_one_tap_on_the_page(client, guides_loaded):
    sim = a_sim(a_user())
    client.force_login(sim.owner)
    page, switch = reverse("plans:sim", args=[sim.pk]), reverse("plans:sim_care", args=[sim.pk])
    with time_machine.travel(NOW, tick=False):
        assert sim.care_months is None
        assert "Remind me every 3 months" in client.get(page).content.decode()
        assert client.post(switch, {"months": "3"}).status_code == 302
        assert "We remind you on Tuesday 23 February 2027." in client.get(page).content.decode()
        assert client.post(switch, {"months": "-1"}).status_code == 302
        sim.refresh_from_db()
        assert sim.care_months == 3
        client.post(switch, {"months": ""})
    sim.refresh_from_db()
    assert (sim.care_months, sim.care_since) == (None, None)
    assert not Reminder.objects.filter(sim=sim, kind="care").coming().exists()


def test_another_rhythm_is_counted_from_the_day_it_was_chosen(sim):
    actions.set_care(sim, 6, NOW + timedelta(days=60))
    actions.set_care(sim, 1, NOW + timedelta(days=60))
    days = Reminder.objects.filter(sim=sim, kind="care").coming().values_list("deadline", flat=True)
    assert sorted(days) == [date(2027, 2, 22), date(2027, 3, 22)]


def test_the_page_asks_when_it_is_time_and_takes_the_answer(owner, sim):
    page, answer = reverse("plans:sim", args=[sim.pk]), reverse("plans:sim_cared", args=[sim.pk])
    with time_machine.travel(DUE, tick=False):
        shown = owner.get(page).content.decode()
        assert "It is time again." in shown
        assert "Not now" in shown
        assert "All right, not now." in owner.post(answer, {"later": ""}, follow=True).content.decode()
        assert "It is time again." not in owner.get(page).content.decode()
        assert "Last done on" not in owner.get(page).content.decode()
        assert "Noted: backed up today." in owner.post(answer, {"done": ""}, follow=True).content.decode()
        assert "Last done on Tuesday 23 February" in owner.get(page).content.decode()


def test_a_stranger_switches_and_answers_nothing(client, sim):
    client.force_login(a_user())
    for name in ("plans:sim_care", "plans:sim_cared"):
        assert client.post(reverse(name, args=[sim.pk]), {"months": "6", "done": ""}).status_code == 404
        assert client.get(reverse(name, args=[sim.pk])).status_code == 405
    stored = Sim.objects.get(pk=sim.pk)
    assert (stored.care_months, stored.cared_on) == (3, None)

"""The page of what will come and what was sent."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from plans import actions, outbox
from plans.models import Message, Reminder
from plans.models.people import SWITCHES
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user():
    return a_user()


@pytest.fixture
def page(client, user):
    client.force_login(user)

    def get(query: str = "") -> BeautifulSoup:
        response = client.get(reverse("plans:reminders") + query)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get


def days_of(page: BeautifulSoup) -> list[str]:
    return [heading.get_text() for heading in page.select("section[aria-labelledby=coming] h3")]


def send_now() -> None:
    for person, medium in outbox.due_people(NOW):
        outbox.post(person, NOW, medium)
    outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)


def test_what_will_come_stands_under_its_day(page, user):
    a_plan(a_sim(user, label="Till 14"), days=9)
    shown = page()
    assert days_of(shown)[:3] == ["Wednesday 25 November", "Tuesday 1 December", "Wednesday 2 December"]
    first = shown.select_one("section[aria-labelledby=coming] .rows > li").get_text(" ", strip=True)
    assert "E-mail · 09:00" in first
    assert "Till 14" in first
    assert "works until Wednesday 2 December" in first


def test_leads_of_one_date_that_come_together_are_said_once(page, user):
    a_plan(a_sim(user, label="Till 14"), days=0)
    said = [words.get_text(" ", strip=True) for words in page().select("section[aria-labelledby=coming] ul ul > li")]
    assert len([one for one in said if "works until" in one]) == 1
    assert Reminder.objects.filter(kind=Reminder.Kind.PLAN_EXPIRES).coming().count() > 1


def test_days_and_hours_are_those_of_the_reader(page, user):
    user.person.time_zone = "America/New_York"
    actions.save_person(user.person, NOW)
    a_plan(a_sim(user), days=9)
    assert "E-mail · 09:00" in page().select_one("section[aria-labelledby=coming] .rows > li").get_text(" ", strip=True)


def test_what_is_due_comes_in_a_few_minutes(page, user):
    a_plan(a_sim(user), days=3)
    assert days_of(page())[0] == "In a few minutes"


def test_without_a_verified_address_they_wait_and_the_page_says_so(page, user):
    a_plan(a_sim(user), days=3)
    actions.set_address(user.person, user.email, False, NOW)
    shown = page()
    assert "wait until you confirm" in shown.get_text()
    assert days_of(shown)[0] == "As soon as your address is confirmed"


def test_a_sent_message_is_listed_with_its_state(page, user):
    a_plan(a_sim(user, label="Till 14"), days=3)
    send_now()
    sent = page().select_one("section[aria-labelledby=sent]").get_text(" ", strip=True)
    assert "Till 14" in sent
    assert "Sent" in sent
    assert "Late" not in sent


def test_a_late_message_says_so(page, user):
    a_plan(a_sim(user), days=3)
    Reminder.objects.due(NOW).update(planned_for=NOW - timedelta(hours=7))
    send_now()
    assert "Late: it was planned for 23 Nov 2026 04:00" in page().get_text(" ")


def test_a_failed_message_says_why(page, user):
    Message.objects.create(
        kind="reminders",
        person=user.person,
        message_id="<1@test>",
        to=user.email,
        state="failed",
        error="550 no such user",
        posted_at=NOW,
    )
    sent = page().select_one("section[aria-labelledby=sent]").get_text(" ", strip=True)
    assert "Failed" in sent
    assert "550 no such user" in sent


def test_account_mail_is_not_listed(page, user):
    outbox.post_account_mail(user.email, "Secret code", "1234", person=user.person)
    assert "Secret code" not in page().get_text()


def test_long_lists_come_in_pages(page, user):
    for _index in range(12):
        a_plan(a_sim(user), days=9)
    first, last = page(), page("?page=3")
    assert "Page 1 of 3" in first.get_text()
    assert len(first.select("section[aria-labelledby=coming] li li")) == 20
    assert len(last.select("section[aria-labelledby=coming] li li")) == 8


def test_the_page_asks_the_database_the_same_for_many_sims_as_for_few(
    page, user, client, django_assert_max_num_queries
):
    for _index in range(12):
        a_plan(a_sim(user), days=3)
    send_now()
    page()
    with django_assert_max_num_queries(12):
        page()


def test_reminders_are_paused_until_a_day_and_resumed(client, page, user):
    a_plan(a_sim(user), days=9)
    until = TODAY + timedelta(days=4)
    page()
    client.post(reverse("plans:pause"), {"until": until.isoformat()})
    shown = page()
    assert "Paused. Reminders go on Friday 27 November" in shown.get_text()
    assert days_of(shown)[0] == "Friday 27 November"
    response = client.post(reverse("plans:resume"), {"next": reverse("plans:reminders")})
    assert response["Location"] == reverse("plans:reminders")
    assert days_of(page())[0] == "Wednesday 25 November"


@pytest.mark.parametrize("until", ["", "2026-11-23", "2026-01-01", "2030-01-01", "soon"])
def test_a_pause_that_makes_no_sense_is_refused_next_to_the_field(client, page, user, until):
    page()
    response = client.post(reverse("plans:pause"), {"until": until})
    assert response.status_code == 422
    assert BeautifulSoup(response.content, "html.parser").select_one("#id_until.is-invalid")
    user.person.refresh_from_db()
    assert user.person.paused_until is None


def test_stopped_reminders_go_on_with_one_tap_which_leads_to_the_dashboard(client, page, user):
    plan = a_plan(a_sim(user), days=3)
    actions.stop_reminders(user.person, NOW)
    assert "All reminders are stopped" in page().get_text()
    response = client.post(reverse("plans:resume"))
    assert response["Location"] == reverse("plans:dashboard")
    assert Reminder.objects.filter(plan=plan).coming().exists()


def test_resuming_leads_to_no_other_site(client, page):
    page()
    response = client.post(reverse("plans:resume"), {"next": "https://evil.example/"})
    assert response["Location"] == reverse("plans:dashboard")


def test_kinds_are_switched_off_and_on(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    page()
    client.post(reverse("plans:kinds"), {"kinds": ["charge", "number_at_risk"]})
    assert not Reminder.objects.filter(plan=plan).coming().exists()
    boxes = page().select("input[name=kinds][checked]")
    assert [box["value"] for box in boxes] == ["charge", "number_at_risk"]
    client.post(reverse("plans:kinds"), {"kinds": list(SWITCHES)})
    assert Reminder.objects.filter(plan=plan).coming().exists()


@pytest.mark.parametrize("name", ["pause", "resume", "kinds"])
def test_a_visit_changes_nothing(client, page, name):
    page()
    assert client.get(reverse(f"plans:{name}")).status_code == 405

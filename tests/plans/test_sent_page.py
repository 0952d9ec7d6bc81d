"""What was sent: the list, and each message as it left."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from plans import actions, outbox
from plans.models import Message, Reminder
from tests.builders import NOW, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

NUMBER = "+77011234567"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def page(client, user):
    def get(address: str = reverse("plans:reminders_sent")) -> BeautifulSoup:
        response = client.get(address)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get


def send_now() -> Message:
    for person, medium in outbox.due_people(NOW):
        outbox.post(person, NOW, medium)
    outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
    return Message.objects.latest("pk")


def a_message(user, state: str = "failed", **fields) -> Message:
    values = {"kind": "reminders", "message_id": f"<{Message.objects.count()}@test>", "posted_at": NOW}
    waits = {"next_attempt_at": NOW + timedelta(hours=1)} if state == "queued" else {}
    return Message.objects.create(person=user.person, to=user.email, state=state, **(values | waits | fields))


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


def test_a_failed_message_says_why_and_what_to_do(page, user):
    message = a_message(user, error="550 5.1.1 no such user")
    assert "does not know this address. Check the address" in page().get_text(" ")
    shown = page(reverse("plans:reminders_message", args=[message.pk]))
    assert "550 5.1.1 no such user" in shown.select_one(".notice-error").get_text()
    assert shown.select_one(".notice-error a[href='/accounts/email/']")


def test_what_is_tried_again_says_that_nothing_need_be_done(page, user):
    a_message(user, "queued", error="421 busy")
    assert "On its way" in page().get_text()
    assert "we go on trying" in page().get_text()


def test_what_had_nothing_left_to_say_is_hidden(client, page, user):
    message = a_message(user, "dropped", subject="Nothing")
    assert "Nothing has been sent yet" in page().get_text()
    assert client.get(reverse("plans:reminders_message", args=[message.pk])).status_code == 404


def test_account_mail_is_shown_nowhere(client, page, user):
    mail = outbox.post_account_mail(user.email, "Secret code", "1234", "<p>1234</p>", person=user.person)
    assert "Secret code" not in page().get_text()
    for name in ("reminders_message", "message_html"):
        assert client.get(reverse(f"plans:{name}", args=[mail.pk])).status_code == 404


def test_other_peoples_messages_are_shown_nowhere(client, page, user):
    a_plan(a_sim(), days=3)
    message = send_now()
    assert message.subject not in page().get_text()
    for name in ("reminders_message", "message_html"):
        assert client.get(reverse(f"plans:{name}", args=[message.pk])).status_code == 404


def test_a_message_is_shown_as_it_left_whatever_became_of_its_sim(page, user):
    plan = a_plan(a_sim(user, NUMBER, label="Till 14"), days=3)
    message = send_now()
    actions.renew(plan, to=plan.paid_until + timedelta(days=30), now=NOW)
    shown = page(reverse("plans:reminders_message", args=[message.pk]))
    assert message.subject in shown.h1.get_text()
    as_text = shown.select_one("#as-text").get_text("\n")
    assert message.text.splitlines()[0] in as_text
    assert "Till 14" in shown.select_one("section[aria-labelledby=about]").get_text()


def test_a_full_number_stands_in_no_subject_that_is_shown(page, user):
    a_plan(a_sim(user, NUMBER), days=3)
    message = send_now()
    shown = page(reverse("plans:reminders_message", args=[message.pk]))
    for words in (
        shown.h1.get_text(),
        shown.title.get_text(),
        page().select_one("[aria-labelledby=sent] li").get_text(),
    ):
        assert "4567" in words
        assert "701" not in "".join(words.split())


def test_the_html_of_a_message_can_do_nothing(client, page, user):
    a_plan(a_sim(user), days=3)
    message = send_now()
    frame = page(reverse("plans:reminders_message", args=[message.pk])).iframe
    assert set(frame["sandbox"]) == {"allow-popups", "allow-popups-to-escape-sandbox"}
    response = client.get(frame["src"])
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["form-action"] == "'none'"
    assert policy["img-src"] == "data:"
    assert policy["frame-ancestors"] == "'self'"
    assert set(policy["sandbox"].split()) == {"allow-popups", "allow-popups-to-escape-sandbox"}
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in response["Cache-Control"]
    html = response.content.decode()
    assert '<base target="_blank">' in html
    assert html.replace('<base target="_blank">', "") == message.html


def test_what_has_no_html_has_no_page_of_it(client, page, user):
    message = a_message(user, "sent", text="Hello", sent_at=NOW)
    assert page(reverse("plans:reminders_message", args=[message.pk])).iframe is None
    assert client.get(reverse("plans:message_html", args=[message.pk])).status_code == 404


def test_the_list_costs_the_same_for_many_messages(page, user, django_assert_max_num_queries):
    for _index in range(45):
        a_message(user, error="550 5.1.1 no such user")
    assert "Page 1 of 3" in page().get_text()
    with django_assert_max_num_queries(6):
        page()


def test_a_message_costs_the_same_for_many_sims(page, user, django_assert_max_num_queries):
    for _index in range(15):
        a_plan(a_sim(user), days=3)
    address = reverse("plans:reminders_message", args=[send_now().pk])
    page(address)
    with django_assert_max_num_queries(6):
        assert len(page(address).select("section[aria-labelledby=about] li")) >= 15

"""How messages fare, as operators of the site see it, at a cost that history does not raise."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kzsim.runner.programs import mail_grace_seconds
from plans import clockwork, outbox
from plans.models import Heartbeat, Message, Reminder
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan, a_user
from tests.plans.test_bounces import refused
from tests.plans.test_outbox import a_long_history, server_says, tick
from tests.plans.test_several_media import AWAY, Chats, an_address, chats  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

PAGE = "/admin/plans/deliveries/"
AGAIN = "/admin/plans/deliveries/send-again/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def staff(*permissions: str):
    user = get_user_model().objects.create_user("staff@example.org", "a long password 7", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def operator(client):
    client.force_login(staff("view_message", "change_message"))


def fail(count: int = 1) -> list[Message]:
    """Messages that a server refused for good because of what they say."""
    plans = [a_plan(days=3) for _ in range(count)]
    with server_says(*[smtplib.SMTPDataError(554, b"5.6.0 not like this")] * count):
        tick()
    return list(Message.objects.filter(person__in=[plan.sim.person for plan in plans]))


def by_medium(now=NOW) -> dict[str, clockwork.Delivery]:
    return {delivery.medium: delivery for delivery in clockwork.deliveries(now)}


def test_each_medium_tells_what_waits_flies_failed_and_left(chats: Chats):  # noqa: F811
    fail()
    a_plan(days=3)
    tick()
    flying, put_off = (outbox.post(a_plan(days=3).sim.person_id, NOW) for _ in range(2))
    outbox.claim(flying.pk, NOW)
    with server_says(refused(450, "4.2.0 later")):
        outbox.send([put_off.pk], clock=lambda: NOW)
    outbox.post(a_plan(days=3).sim.person_id, NOW)
    told = a_plan(days=3)
    an_address(told.sim.owner)
    chats.answer = AWAY
    outbox.send([outbox.post(told.sim.person_id, NOW, Medium.TELEGRAM).pk], clock=lambda: NOW)
    mails, telegram = by_medium()[Medium.EMAIL], by_medium()[Medium.TELEGRAM]
    assert (mails.reminders, mails.due, mails.in_flight, mails.put_off) == (1, 1, 1, 1)
    assert (mails.late, mails.failed_today, mails.failed_this_week) == (0, 1, 1)
    assert (mails.left_at, mails.trouble) == (NOW, None)
    assert (telegram.put_off, telegram.left_at, telegram.trouble.note) == (1, None, "502 bad gateway")
    later = by_medium(NOW + timedelta(days=2))[Medium.EMAIL]
    assert (later.late, later.failed_today, later.failed_this_week) == (3, 0, 1)
    assert set(by_medium()) == {Medium.EMAIL, Medium.TELEGRAM}


def test_the_page_shows_it_all(client, operator):
    (message,) = fail()
    clockwork.note_tick(NOW)
    page = BeautifulSoup(client.get(PAGE).content, "html.parser")
    said = page.get_text(" ", strip=True)
    assert "554 5.6.0 not like this" in said
    assert message.person.email in said
    assert len(page.select("[name=message]")) == 1
    assert page.select_one(f'a[href="{reverse("admin:plans_message_change", args=[message.pk])}"]')


def test_the_way_there_stands_on_the_first_page_of_the_admin_for_whom_it_is(client):
    client.force_login(staff("view_message"))
    assert PAGE in client.get("/admin/").content.decode()
    client.force_login(get_user_model().objects.create_user("other@example.org", "a long password 7", is_staff=True))
    assert PAGE not in client.get("/admin/").content.decode()


def test_only_who_may_sees_messages_and_only_who_may_change_them_sends_again(client):
    (message,) = fail()
    client.force_login(a_user())
    assert client.get(PAGE).status_code == 302
    other = get_user_model().objects.create_user("other@example.org", "a long password 7", is_staff=True)
    client.force_login(other)
    assert client.get(PAGE).status_code == 403
    client.force_login(staff("view_message"))
    assert not BeautifulSoup(client.get(PAGE).content, "html.parser").select("[name=message]")
    assert client.post(AGAIN, {"all": "1"}).status_code == 403
    assert client.get(AGAIN).status_code == 405
    message.refresh_from_db()
    assert message.state == Message.State.FAILED


def test_chosen_ones_go_out_again_and_so_do_all(client, operator):
    first, second, third = fail(3)
    client.post(AGAIN, {"message": [first.pk, "x"]})
    assert tick() == 1
    client.post(AGAIN, {"all": "1"})
    assert tick() == 2
    assert {message.to[0] for message in mail.outbox} == {first.to, second.to, third.to}
    assert not Message.objects.failed().exists()
    assert "Nothing was sent again" in client.post(AGAIN, {"all": "1"}, follow=True).content.decode()


def test_account_mail_that_failed_is_listed_without_a_way_to_send_what_is_gone(client, operator):
    outbox.post_account_mail("gone@example.org", "Your code", "It is 123 456")
    with server_says(refused(550, "5.1.1 no such user")):
        outbox.send(outbox.due_messages(NOW))
    page = BeautifulSoup(client.get(PAGE).content, "html.parser")
    assert "gone@example.org" in page.get_text()
    assert not page.select("[name=message]")


def test_the_list_is_paged_the_newest_first(client, operator):
    plan = a_plan(days=3)
    Message.objects.bulk_create(
        Message(
            kind="reminders", person=plan.sim.person, message_id=f"<{number}@x>", to="a@b.c", state="failed",
            posted_at=NOW, failed_at=NOW - timedelta(minutes=number), error=f"reason {number:03}",
        )
        for number in range(60)
    )  # fmt: skip
    first, second = client.get(PAGE).content.decode(), client.get(PAGE + "?page=2").content.decode()
    assert "reason 000" in first
    assert "reason 049" in first
    assert "reason 050" not in first
    assert "reason 059" in second


def test_its_queries_do_not_grow_with_messages_and_read_small_indexes_only(client, operator):
    fail()
    client.get(PAGE)  # the session's first visit of the day
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    fail(4)
    a_long_history(a_plan(days=3))
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(many) == len(few)
    asked = [query["sql"] for query in many.captured_queries if 'FROM "plans_message"' in query["sql"]]
    asked += [query["sql"] for query in many.captured_queries if 'FROM "plans_reminder"' in query["sql"]]
    assert len(asked) == 7
    for sql, plan in zip(asked, _plans(asked), strict=True):
        assert any(index in plan for index in ("message_next_attempt", "message_failed", "reminder_due")), (sql, plan)


def _plans(queries: list[str]) -> list[str]:
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        plans = []
        for sql in queries:
            cursor.execute(explain + sql)
            plans.append(str(cursor.fetchall()))
    return plans


ADMIN_PAGES = [
    "/admin/",
    "/admin/plans/",
    PAGE,
    "/admin/plans/message/",
    "/admin/plans/sim/add/",
    "/admin/plans/person/{person}/change/",
    "/admin/plans/person/{person}/history/",
    "/admin/plans/person/{person}/delete/",
    "/admin/guides/to-verify/",
    "/admin/guides/changes-from-the-files/",
    "/admin/guides/files/import/",
    "/admin/guides/guide/",
    "/admin/guides/guide/add/",
    "/admin/guides/fact/",
    "/admin/kzsim/user/add/",
]


@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_every_page_of_the_admin_says_when_the_clockwork_stands_still(admin_client, page):
    person = a_user().person
    clockwork.note_tick(NOW - timedelta(minutes=6))
    response = admin_client.get(page.format(person=person.pk))
    assert response.status_code == 200
    assert "has not run for five minutes" in response.content.decode()
    clockwork.note_tick(NOW - timedelta(minutes=4))
    assert "has not run for five minutes" not in admin_client.get(page.format(person=person.pk)).content.decode()


def test_a_chat_service_that_is_away_is_told_and_is_no_alarm(client, admin_client, chats: Chats):  # noqa: F811
    clockwork.note_tick(NOW)
    plan = a_plan(days=3)
    an_address(plan.sim.owner)
    a_telegram = outbox.post(plan.sim.person_id, NOW, Medium.TELEGRAM)
    tick()
    chats.answer = AWAY
    clockwork.note_trouble(Medium.TELEGRAM, "502 secret gateway", NOW)
    Message.objects.filter(pk=a_telegram.pk).update(
        state="queued", sent_at=None, next_attempt_at=NOW - timedelta(hours=2)
    )
    Reminder.objects.filter(state="scheduled").update(due_at=NOW + timedelta(days=1))
    response = client.get("/healthz")
    assert response.status_code == 200
    assert list(response.json()["media_failing_since"]) == ["telegram"]
    assert "secret" not in response.content.decode()
    assert "502 secret gateway" in admin_client.get("/admin/").content.decode()
    Heartbeat.objects.create(name="mail trouble", at=NOW, note="535 no")
    assert client.get("/healthz").status_code == 503


def test_a_worker_that_is_to_stop_gets_the_time_of_the_slowest_medium(chats: Chats, settings):  # noqa: F811
    settings.EMAIL_TIMEOUT = 1
    assert mail_grace_seconds() == chats.longest_conversation() + 10
    settings.EMAIL_TIMEOUT = 30
    assert mail_grace_seconds() == 12 * 30 + 10

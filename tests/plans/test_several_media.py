"""Reminders on several media: each goes its own way, and where one falls silent another speaks."""

import time
from collections.abc import Iterator
from datetime import time as hour
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core import mail

from plans import actions, outbox, schedule
from plans.media import Parcel, Scope, Trouble, transports
from plans.models import Address, Message, Reminder
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db
State = Reminder.State
ALMATY = ZoneInfo("Asia/Almaty")

DEAD = Trouble(Scope.RECIPIENT, "403 bot was blocked", permanent=True)
BUSY = Trouble(Scope.RECIPIENT, "429 later")
AWAY = Trouble(Scope.SERVER, "502 bad gateway")


class Chats:
    """Stands for a chat service: what arrived, and what it answers instead of taking a message."""

    def __init__(self) -> None:
        self.arrived: list[Parcel] = []
        self.answer: Trouble | None = None
        self.opened = self.closed = 0

    def open_transport(self, _medium: str) -> "Chats":
        self.opened += 1
        return self

    def longest_conversation(self) -> int:
        return 20

    def send(self, parcel: Parcel) -> None:
        if self.answer:
            raise self.answer
        self.arrived.append(parcel)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def chats(monkeypatch) -> Iterator[Chats]:
    service, module_of = Chats(), transports._module
    monkeypatch.setattr(transports, "_module", lambda medium: module_of(medium) if medium == Medium.EMAIL else service)
    return service


def an_address(user, medium: str = Medium.TELEGRAM, **fields) -> Address:
    fields = {"to": {"chat": 4711}, "label": "@aigerim", "added_at": NOW} | fields
    address = Address.objects.create(person=user.person, medium=medium, **fields)
    schedule.reschedule_person(user.person, NOW)
    return address


def tick(now=NOW) -> int:
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
    return outbox.send(outbox.due_messages(now), clock=lambda: now)


def of(medium: str) -> dict[str, str]:
    return dict(Reminder.objects.filter(medium=medium, kind="plan_expires").values_list("occurrence", "state"))


def test_a_reminder_goes_to_every_medium(chats: Chats):
    plan = a_plan(days=1)
    address = an_address(plan.sim.owner)
    assert tick() == 2
    assert of(Medium.EMAIL) == of(Medium.TELEGRAM)
    assert [parcel.to for parcel in chats.arrived] == [{"chat": 4711}]
    assert chats.arrived[0].subject == mail.outbox[0].subject
    assert (chats.opened, chats.closed) == (1, 1)
    address.refresh_from_db()
    assert address.worked_at == NOW
    assert {message.to for message in Message.objects.all()} == {plan.sim.person.email, "@aigerim"}


def test_what_was_told_already_is_not_told_late_on_a_medium_that_is_added(chats: Chats):
    plan = a_plan(days=3)
    assert tick() == 1
    an_address(plan.sim.owner)
    assert tick(NOW + timedelta(hours=1)) == 0
    assert of(Medium.TELEGRAM) == {"1": State.SCHEDULED, "0": State.SCHEDULED}


def test_what_nobody_could_be_told_yet_is_told_on_a_medium_that_is_added(chats: Chats):
    user = a_user(email_verified=False)
    a_plan(a_sim(user), days=3)
    assert tick() == 0
    an_address(user)
    assert tick() == 1
    assert len(chats.arrived) == 1
    actions.set_address(user.person, user.email, verified=True, now=NOW + timedelta(hours=1))
    assert tick(NOW + timedelta(hours=1)) == 0  # the address works now, but this was told


def test_a_medium_whose_server_is_away_keeps_trying_apart_from_the_others(chats: Chats):
    plans = [a_plan(days=1) for _ in range(2)]
    for plan in plans:
        an_address(plan.sim.owner)
    chats.answer = AWAY
    assert tick() == 2
    assert len(mail.outbox) == 2
    waiting = Message.objects.filter(state=Message.State.QUEUED)
    assert sorted(waiting.values_list("medium", "attempts")) == [(Medium.TELEGRAM, 0), (Medium.TELEGRAM, 1)]
    chats.answer = None
    assert tick(NOW + timedelta(minutes=2)) == 2
    assert Address.objects.filter(stopped_at=None, failing_since=None).count() == 2  # the server's fault, not theirs


def test_where_a_medium_dies_another_tells_what_was_not_told_and_that_it_died(chats: Chats):
    user = a_user(mail_off=True)
    address = an_address(user)
    plan = a_plan(a_sim(user), days=1)
    assert of(Medium.EMAIL) == {}
    chats.answer = DEAD
    assert tick() == 0
    address.refresh_from_db()
    assert (address.stopped_at, address.trouble) == (NOW, "403 bot was blocked")
    assert tick(NOW + timedelta(minutes=1)) == 2
    notice, reminder = sorted(mail.outbox, key=lambda one: "Telegram" not in one.subject)
    assert "403 bot was blocked" in notice.body
    assert "ends tomorrow" in reminder.subject
    assert plan.sim.person.email in reminder.to
    assert set(of(Medium.TELEGRAM).values()) <= {State.FAILED, State.SKIPPED}


def test_mail_steps_in_while_the_only_other_medium_fails_for_long(chats: Chats):
    user = a_user(mail_off=True)
    an_address(user)
    a_plan(a_sim(user), days=2)
    chats.answer = BUSY
    assert tick() == 0
    assert tick(NOW + timedelta(minutes=30)) == 0
    assert mail.outbox == []
    assert tick(NOW + timedelta(hours=2)) == 0  # tells that it fails for long
    assert tick(NOW + timedelta(hours=2, minutes=1)) == 1
    assert "ends in 2 days" in mail.outbox[0].subject
    chats.answer = None
    assert tick(NOW + timedelta(hours=6)) == 1  # Telegram came back, and had not told it
    schedule.reschedule_person(user.person, NOW + timedelta(hours=6))
    assert State.SCHEDULED not in of(Medium.EMAIL).values()


def test_at_most_one_message_a_day_on_each_medium(chats: Chats):
    user = a_user()
    an_address(user)
    a_plan(a_sim(user), days=3)
    assert tick() == 2
    a_plan(a_sim(user), days=3)
    assert tick(NOW + timedelta(hours=2)) == 0
    assert tick(NOW + timedelta(days=1)) == 2


def test_a_medium_that_was_removed_gets_nothing_more(chats: Chats):
    user = a_user()
    address = an_address(user)
    a_plan(a_sim(user), days=3)
    for person, medium in outbox.due_people(NOW):
        outbox.post(person, NOW, medium)
    address.delete()
    assert outbox.send(outbox.due_messages(NOW), clock=lambda: NOW) == 1
    assert chats.arrived == []
    assert Message.objects.get(medium=Medium.TELEGRAM).state == Message.State.DROPPED


def test_a_test_says_that_messages_arrive_and_does_not_count_as_the_days_message(chats: Chats):
    user = a_user(language="ru")
    an_address(user)
    for medium in (Medium.EMAIL, Medium.TELEGRAM):
        outbox.post_test(user.person, medium, NOW)
    a_plan(a_sim(user), days=3)
    assert tick() == 4
    assert len(chats.arrived) == 2
    assert "Telegram" in chats.arrived[0].text + chats.arrived[1].text


def test_what_rings_keeps_to_the_quiet_hours_and_mail_does_not(chats: Chats):
    user = a_user(hour=hour(6), quiet_from=hour(22), quiet_until=hour(8))
    an_address(user)
    a_plan(a_sim(user), days=20)
    first = dict(Reminder.objects.filter(occurrence="7", kind="plan_expires").values_list("medium", "planned_for"))
    assert first[Medium.EMAIL].astimezone(ALMATY).hour == 6
    assert first[Medium.TELEGRAM].astimezone(ALMATY).hour == 8


def test_what_waited_for_a_server_through_the_night_does_not_ring_before_the_morning(chats: Chats):
    user = a_user(quiet_from=hour(22), quiet_until=hour(7, 30))
    an_address(user)
    a_plan(a_sim(user), days=3)
    chats.answer = AWAY
    assert tick() == 1
    chats.answer = None
    night = NOW.replace(hour=20)  # 01:00 in Almaty
    assert tick(night) == 0
    message = Message.objects.get(medium=Medium.TELEGRAM)
    assert message.next_attempt_at.astimezone(ALMATY).time() == hour(7, 30)
    assert tick(night + timedelta(hours=6, minutes=30)) == 1
    assert "ends in 2 days" in chats.arrived[0].subject


def test_a_test_rings_at_any_hour(chats: Chats):
    user = a_user(quiet_from=hour(0), quiet_until=hour(23, 59))
    an_address(user)
    outbox.post_test(user.person, Medium.TELEGRAM, NOW)
    assert tick() == 1


def test_mail_steps_in_where_a_whole_service_is_away_for_long(chats: Chats):
    user = a_user(mail_off=True)
    address = an_address(user)
    a_plan(a_sim(user), days=2)
    chats.answer = AWAY
    for minutes in (0, 30, 70, 71):
        tick(NOW + timedelta(minutes=minutes))
        assert mail.outbox == [] or minutes == 71
        Message.objects.filter(medium=Medium.TELEGRAM).update(next_attempt_at=NOW)
    assert "ends in 2 days" in mail.outbox[0].subject
    address.refresh_from_db()
    assert address.failing_since == NOW
    chats.answer = None
    assert tick(NOW + timedelta(minutes=80)) == 1
    address.refresh_from_db()
    assert (address.failing_since, address.trouble) == (None, "")


class SlowChats(Chats):
    """Servers of people's own that take half a minute to say anything."""

    seconds = 0.0

    def send(self, parcel: Parcel) -> None:
        self.seconds += 30
        super().send(parcel)


def test_people_whose_own_servers_are_slow_hold_up_neither_mail_nor_the_worker(monkeypatch):
    """Whoever lets a server of theirs drip, in many accounts, would else silence all others as long as they like."""
    slow, module_of = SlowChats(), transports._module
    monkeypatch.setattr(transports, "_module", lambda medium: module_of(medium) if medium == Medium.EMAIL else slow)
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: slow.seconds, sleep=time.sleep))
    people = [a_user().person for _ in range(9)]
    for person in people[:-1]:
        an_address(person.user, Medium.WEBHOOK)
    ids = [actions.send_test(person, Medium.WEBHOOK, NOW).pk for person in people[:-1]]
    ids.append(actions.send_test(people[-1], Medium.EMAIL, NOW).pk)
    in_hand_at_mail = []
    monkeypatch.setattr("plans.media.email.Mail.send", lambda *_: in_hand_at_mail.append(slow.seconds))

    assert outbox.send(ids, clock=lambda: NOW) == 1 + 3
    assert in_hand_at_mail == [0]
    assert slow.seconds <= outbox.A_TURN + 30
    assert outbox.send(outbox.due_messages(NOW), clock=lambda: NOW) == 3  # the rest has its turn


def test_that_a_service_is_back_says_nothing_of_an_address_with_a_trouble_of_its_own(chats: Chats):
    addresses = [an_address(a_user(), failing_since=NOW - timedelta(hours=3)), an_address(a_user())]
    for address in addresses[1:]:
        a_plan(a_sim(address.person.user), days=2)
    chats.answer = AWAY
    tick()
    chats.answer = None
    assert tick(NOW + timedelta(minutes=5)) == 1
    addresses[0].refresh_from_db()
    assert addresses[0].failing_since == NOW - timedelta(hours=3)

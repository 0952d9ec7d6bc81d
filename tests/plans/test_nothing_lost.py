"""What failed, was dropped or was held back on one medium is told on another, or again once that is possible."""

from datetime import time, timedelta

import pytest
from django.core import mail

from plans import actions, outbox, schedule
from plans.bounces import Kind, Report
from plans.models import Address, Message, Reminder
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan, a_sim, a_user
from tests.plans.test_outbox import server_says
from tests.plans.test_several_media import AWAY, BUSY, DEAD, Chats, an_address, chats, tick  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
State = Reminder.State
HOUR = timedelta(hours=1)


def a_bounce(message: Message, kind: Kind = Kind.GONE) -> Report:
    return Report(kind, message.to, message.message_id, "550 5.1.1 no such user")


# --- one medium in the place of another -------------------------------------------------------------------------------


def test_a_mail_that_is_refused_was_told_to_nobody_and_another_medium_that_waited_for_it_speaks(chats: Chats):  # noqa: F811
    user = a_user()
    a_plan(a_sim(user), days=1)
    for person, medium in outbox.due_people(NOW):
        outbox.post(person, NOW, medium)
    an_address(user)  # finds it on its way by mail
    with server_says(ValueError("a bad header")):
        Message.objects.update(posted_at=NOW - timedelta(days=6))
        outbox.send(outbox.due_messages(NOW), clock=lambda: NOW)
    assert Message.objects.get().state == Message.State.FAILED
    tick(NOW + timedelta(minutes=1))
    assert len(chats.arrived) == 1


def test_a_mail_that_comes_back_was_told_to_nobody_and_another_medium_that_kept_silent_speaks(chats: Chats):  # noqa: F811
    user = a_user()
    a_plan(a_sim(user), days=1)
    assert tick() == 1
    an_address(user)
    assert tick(NOW + HOUR) == 0
    message = Message.objects.get()
    actions.note_report(a_bounce(message, Kind.FAILED), NOW + HOUR)
    tick(NOW + 2 * HOUR)
    assert any("ends tomorrow" in parcel.subject for parcel in chats.arrived)


@pytest.mark.parametrize("way_back", ["the same", "another"])
def test_what_failed_on_a_dead_address_is_told_once_it_works_again_where_nobody_else_told_it(chats: Chats, way_back):  # noqa: F811
    user = a_user(email_verified=False)
    address = an_address(user)
    a_plan(a_sim(user), days=0)
    chats.answer = DEAD
    assert tick() == 0
    chats.answer = None
    address.refresh_from_db()
    if way_back == "the same":
        actions.revive_address(address, NOW + HOUR)
    else:
        actions.save_address(user.person, Medium.TELEGRAM, {"chat": 12}, "@other", NOW + HOUR)
    assert tick(NOW + HOUR) == 1
    assert len(chats.arrived) == 1
    actions.revive_address(Address.objects.get(), NOW + 2 * HOUR)
    assert tick(NOW + 2 * HOUR) == 0


def test_what_failed_on_a_dead_address_and_was_told_by_mail_is_not_told_again_once_it_works(chats: Chats):  # noqa: F811
    user = a_user()
    address = an_address(user)
    a_plan(a_sim(user), days=0)
    chats.answer = DEAD
    assert tick() == 1
    tick(NOW + timedelta(minutes=1))
    chats.answer = None
    actions.revive_address(Address.objects.get(pk=address.pk), NOW + HOUR)
    assert tick(NOW + HOUR) == 0


def test_mail_steps_in_where_a_service_went_away_after_an_address_had_trouble_of_its_own(chats: Chats):  # noqa: F811
    user = a_user(mail_off=True)
    an_address(user)
    a_plan(a_sim(user), days=2)
    chats.answer = BUSY
    tick()
    chats.answer = AWAY
    for minutes in (10, 30, 80, 81):
        Message.objects.filter(medium=Medium.TELEGRAM).update(next_attempt_at=NOW)
        tick(NOW + timedelta(minutes=minutes))
    assert len(mail.outbox) == 1


def test_held_mail_that_waited_for_another_medium_speaks_where_that_falls_silent(chats: Chats):  # noqa: F811
    user = a_user(email_verified=False)
    an_address(user)
    a_plan(a_sim(user), days=1)
    chats.answer = BUSY
    tick()
    actions.set_address(user.person, user.email, verified=True, now=NOW + timedelta(minutes=5))
    assert tick(NOW + timedelta(minutes=5)) == 0
    Message.objects.update(next_attempt_at=NOW)
    tick(NOW + 2 * HOUR)
    tick(NOW + 2 * HOUR + timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_who_does_without_mail_gets_none_once_the_other_medium_works_again(chats: Chats):  # noqa: F811
    user = a_user(mail_off=True)
    an_address(user)
    a_plan(a_sim(user), days=7)
    chats.answer = BUSY
    tick()
    tick(NOW + 2 * HOUR)
    assert tick(NOW + 2 * HOUR + timedelta(minutes=1)) == 1
    chats.answer = None
    assert tick(NOW + 6 * HOUR) == 1
    for days in range(1, 9):
        tick(NOW + timedelta(days=days))
    assert len(mail.outbox) == 1
    assert len(chats.arrived) > 2


@pytest.mark.parametrize("step", ["_put_off", "_written"])
def test_a_message_whose_fate_cannot_be_kept_stops_no_other(step, monkeypatch):
    for _number in range(2):
        a_plan(days=1)
    real, first = getattr(outbox, step), []

    def breaks_once(message, *rest):
        first.append(message.pk)
        if message.pk == first[0]:
            raise ValueError("broken")
        return real(message, *rest)

    monkeypatch.setattr(outbox, step, breaks_once)
    with server_says(*([ValueError("a bad header"), None] if step == "_put_off" else [None])):
        assert tick() == 1


def test_a_message_that_left_is_not_sent_again_where_what_follows_cannot_be_worked_out(monkeypatch):
    def breaks(*_args):
        raise ValueError("broken")

    a_plan(days=1)
    monkeypatch.setattr(outbox, "_skip_offers_that_were_told", breaks)
    assert tick() == 1
    assert tick(NOW + HOUR) == 0
    assert len(mail.outbox) == 1
    assert Message.objects.get().state == Message.State.SENT


# --- quiet hours ------------------------------------------------------------------------------------------------------


def test_what_cannot_wait_does_not_wait_with_a_message_that_was_put_off_till_the_morning(chats: Chats):  # noqa: F811
    user = a_user(quiet_from=time(22), quiet_until=time(8), email_verified=False)
    an_address(user)
    a_plan(a_sim(user), days=3)
    chats.answer = AWAY
    tick()
    chats.answer = None
    night = NOW.replace(hour=18)  # 23:00 in Almaty
    assert tick(night) == 0
    a_plan(a_sim(user), days=0, now=night)
    assert tick(night + timedelta(minutes=1)) == 1
    assert "today" in chats.arrived[0].subject


def test_what_is_over_since_does_not_ring_at_night(chats: Chats):  # noqa: F811
    user = a_user(quiet_from=time(22), quiet_until=time(8), email_verified=False)
    an_address(user)
    a_plan(a_sim(user), days=0)
    chats.answer = AWAY
    tick()
    chats.answer = None
    night = NOW.replace(hour=20) + timedelta(days=1)  # 01:00 in Almaty, a day after it was over
    assert tick(night) == 0
    assert tick(night + timedelta(hours=7)) == 1


# --- what does not go round for ever ----------------------------------------------------------------------------------


def test_a_person_without_an_address_is_not_written_to_at_every_tick():
    user = a_user()
    user.person.email = ""
    user.person.save()
    a_plan(a_sim(user), days=1)
    for minutes in range(3):
        tick(NOW + timedelta(minutes=minutes))
    assert Message.objects.count() <= 1
    assert not Reminder.objects.due(NOW + timedelta(minutes=3)).exists()


# --- overviews --------------------------------------------------------------------------------------------------------

MONDAY = NOW + timedelta(days=7)


def who_has_overviews():
    user = a_user(overview="week")
    schedule.stand_overview(user.person, NOW)
    return user


def test_what_an_overview_that_failed_was_to_tell_is_told_by_itself():
    user = who_has_overviews()
    a_plan(a_sim(user), days=11)  # four days after the overview that is to tell it, and before the next
    for person, medium in outbox.due_people(MONDAY):
        outbox.post(person, MONDAY, medium)
    Message.objects.update(posted_at=MONDAY - timedelta(days=6))
    with server_says(ValueError("a bad header")):
        tick(MONDAY)
    assert Message.objects.get().state == Message.State.FAILED
    assert tick(MONDAY + timedelta(days=1)) == 1
    assert "ends" in mail.outbox[0].subject


def test_what_an_overview_that_came_back_told_is_told_once_the_address_works():
    user = who_has_overviews()
    a_plan(a_sim(user), days=11)
    assert tick(MONDAY) == 1
    actions.note_report(a_bounce(Message.objects.get()), MONDAY + HOUR)
    actions.resume_address(user.person, MONDAY + 2 * HOUR)
    mail.outbox.clear()
    assert tick(MONDAY + timedelta(days=1)) >= 1
    assert any("ends" in one.subject for one in mail.outbox)


def test_a_chat_that_is_added_repeats_nothing_that_an_overview_has_told(chats: Chats):  # noqa: F811
    user = who_has_overviews()
    a_plan(a_sim(user), days=11)  # warned of seven days before: on Friday
    assert tick(MONDAY) == 1
    actions.save_address(user.person, Medium.TELEGRAM, {"chat": 12}, "@a", MONDAY + HOUR)
    assert tick(MONDAY + HOUR) == 0
    assert tick(MONDAY + timedelta(days=3)) == 1  # a day before


# --- questions --------------------------------------------------------------------------------------------------------


def test_a_question_that_came_back_is_asked_again_once_the_address_works():
    user = a_user()
    a_plan(a_sim(user), days=0)
    asked = NOW + timedelta(days=1)
    assert tick() == 1
    assert tick(asked) == 1
    question = Message.objects.order_by("pk").last()
    assert question.reminders.get(state=State.SENT).kind == Reminder.Kind.RENEWED
    actions.note_report(a_bounce(question), asked + HOUR)
    actions.resume_address(user.person, asked + 2 * HOUR)
    mail.outbox.clear()
    tick(asked + timedelta(days=1))
    assert any("renewed?" in one.subject for one in mail.outbox)

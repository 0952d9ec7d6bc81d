"""Post, claim, send, mark: the states a message goes through, and what each kind of trouble does."""

import smtplib
import threading
from datetime import time, timedelta
from unittest import mock

import pytest
import time_machine
from django.core import mail
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from plans import actions, clockwork, outbox, schedule, tasks
from plans.media.email import sorted_out
from plans.models import Message, Plan, Reminder
from plans.models.reminders import Medium
from plans.usage import Allowance
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db
State, Queued = Reminder.State, Message.State.QUEUED


def tick(now=NOW) -> int:
    """What the clockwork does at a moment, without its processes."""
    for person, medium in outbox.due_people(now):
        outbox.post(person, now, medium)
    return outbox.send(outbox.due_messages(now), clock=lambda: now)


def server_says(error: Exception | None, *others: Exception | None):
    """The server's answers, one a message; None accepts."""
    return mock.patch(
        "django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=[error, *others], autospec=False
    )


def states(**filters) -> dict[str, str]:
    return dict(Reminder.objects.filter(**filters).values_list("occurrence", "state"))


def test_a_new_plan_that_ends_soon_is_spoken_of_at_once_and_only_once():
    plan = a_plan(days=3)
    assert tick() == 1
    assert tick() == 0
    assert states(plan=plan, kind="plan_expires") == {"7": State.SENT, "1": State.SCHEDULED, "0": State.SCHEDULED}
    message = Message.objects.get()
    assert (message.state, message.next_attempt_at, message.sent_at) == (Message.State.SENT, None, NOW)
    assert mail.outbox[0].extra_headers["Message-ID"] == message.message_id


def test_every_lead_is_sent_on_its_day_with_the_days_that_are_then_true():
    a_plan(days=9)
    subjects = []
    for offset in range(12):
        tick(NOW + timedelta(days=offset))
        subjects += [(offset, message.subject.split(": ")[1]) for message in mail.outbox]
        mail.outbox.clear()
    assert subjects == [(2, "ends in 7 days"), (8, "ends tomorrow"), (9, "ends today"), (10, "renewed?")]


def test_several_sims_and_several_leads_fold_into_one_message():
    user = a_user()
    a_plan(a_sim(user, label="Mum"), days=0)
    a_plan(a_sim(user, label="Till"), days=2)
    assert tick() == 1
    assert "and 1 more" in mail.outbox[0].subject
    assert mail.outbox[0].subject.startswith("Mum (…")
    assert set(Reminder.objects.filter(message__state="sent").values_list("state", flat=True)) == {"sent", "folded"}


def test_a_second_sim_of_the_same_day_waits_for_the_next_morning():
    user = a_user()
    a_plan(a_sim(user), days=3)
    tick()
    late = NOW + timedelta(minutes=5)
    a_plan(a_sim(user), days=4, now=late)
    assert tick(late) == 0
    assert outbox.due_people(late + timedelta(hours=3)) == []  # the tick does not see it again today
    assert tick(NOW + timedelta(days=1)) == 1


def test_what_would_be_lost_before_the_next_morning_goes_the_same_day_an_hour_later():
    user = a_user()
    a_plan(a_sim(user), days=3)
    tick()
    late = NOW + timedelta(minutes=5)
    a_plan(a_sim(user), days=0, now=late)
    assert tick(late) == 0
    assert tick(NOW + timedelta(hours=1)) == 1


def test_three_days_of_downtime_give_one_true_message_that_says_it_is_late():
    plan = a_plan(days=20)
    back = NOW + timedelta(days=16)
    assert tick(back) == 1
    assert "This message is late" in mail.outbox[0].body
    assert "in 4 days" in mail.outbox[0].body
    assert tick(back + timedelta(hours=1)) == 0
    assert states(plan=plan, kind="plan_expires")["7"] == State.SENT


def test_days_of_trouble_with_the_mail_server_give_one_message_not_a_backlog():
    a_plan(days=7)
    with server_says(ConnectionRefusedError(), *[ConnectionRefusedError()] * 30):
        for offset in range(6):
            tick(NOW + timedelta(days=offset))
    assert Message.objects.count() == 1
    tick(NOW + timedelta(days=6, hours=2))
    (sent,) = mail.outbox
    assert "ends tomorrow" in sent.subject
    assert Message.objects.get().state == Message.State.SENT


def test_nothing_is_sent_before_the_address_is_verified_and_then_at_once():
    user = a_user(email_verified=False)
    a_plan(a_sim(user), days=3)
    assert tick() == 0
    assert states()["7"] == State.HELD
    later = NOW + timedelta(days=1)
    actions.set_address(user.person, user.email, True, later)
    assert tick(later) == 1
    assert "This message is late" not in mail.outbox[0].body


def test_what_was_renewed_after_it_was_posted_is_not_sent():
    plan = a_plan(days=3)
    message = outbox.post(plan.sim.person_id, NOW)
    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    assert outbox.send([message.pk], clock=lambda: NOW) == 0
    message.refresh_from_db()
    assert (message.state, mail.outbox) == (Message.State.DROPPED, [])
    assert states(message=message) == {"7": State.SKIPPED}


def test_a_dropped_reminder_stands_again_when_its_deadline_comes_back():
    plan = a_plan(days=3)
    message = outbox.post(plan.sim.person_id, NOW)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    outbox.send([message.pk], clock=lambda: NOW)
    actions.undo_renewal(renewal, NOW)
    assert tick(NOW + timedelta(minutes=1)) == 1


def test_a_message_claimed_by_one_is_not_taken_by_another_until_the_lease_ends():
    message = outbox.post(a_plan(days=3).sim.person_id, NOW)
    first = outbox.claim(message.pk, NOW)
    assert first.token
    assert outbox.claim(message.pk, NOW + outbox.lease() - timedelta(seconds=1)) is None
    second = outbox.claim(message.pk, NOW + outbox.lease())
    assert second.token != first.token
    assert second.message_id == first.message_id


def test_an_attempt_that_lost_its_lease_marks_nothing():
    message = outbox.post(a_plan(days=3).sim.person_id, NOW)
    slow = outbox.claim(message.pk, NOW)
    attempt = outbox._written(slow, NOW)
    outbox.claim(message.pk, NOW + outbox.lease())
    outbox._mark_sent(slow, attempt, NOW)
    message.refresh_from_db()
    assert message.state == Queued


def test_posting_twice_attaches_each_reminder_once():
    person = a_plan(days=3).sim.person_id
    assert outbox.post(person, NOW)
    assert outbox.post(person, NOW) is None
    assert Message.objects.count() == 1


def test_what_falls_due_while_a_message_is_on_the_wire_has_its_own_turn():
    plan = a_plan(days=3)
    message = outbox.claim(outbox.post(plan.sim.person_id, NOW).pk, NOW)
    attempt = outbox._written(message, NOW)
    a_plan(plan.sim, days=2, name="Late comer")
    outbox.post(plan.sim.person_id, NOW)
    outbox._mark_sent(message, attempt, NOW)
    assert not Reminder.objects.filter(state=State.ATTACHED).exists()
    assert tick(NOW + timedelta(days=1)) == 1
    assert "Late comer" in mail.outbox[0].body


def test_what_falls_due_while_a_message_is_found_to_be_untrue_is_not_lost():
    plan = a_plan(days=3)
    message = outbox.claim(outbox.post(plan.sim.person_id, NOW).pk, NOW)
    read_before = list(message.reminders.all())
    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    a_plan(plan.sim, days=2, name="Late comer")
    outbox.post(plan.sim.person_id, NOW)
    outbox._drop(message, read_before, NOW)
    assert not Reminder.objects.filter(state=State.ATTACHED).exists()
    assert tick(NOW + timedelta(minutes=1)) == 1
    assert "Late comer" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_nothing_is_attached_to_a_message_that_another_process_is_marking_as_sent():
    plan = a_plan(days=3)
    message = outbox.claim(outbox.post(plan.sim.person_id, NOW).pk, NOW)
    attempt = outbox._written(message, NOW)
    a_plan(plan.sim, days=2, name="Late comer")

    def post() -> None:
        try:
            outbox.post(plan.sim.person_id, NOW)
        finally:
            connection.close()

    other = threading.Thread(target=post)
    with transaction.atomic():
        outbox._mark_sent(message, attempt, NOW)
        other.start()
        other.join(timeout=1)  # it waits for us, or it is done
    other.join()
    assert not Reminder.objects.filter(state=State.ATTACHED).exists()


def test_what_ends_early_in_the_morning_is_not_put_off_to_the_hour_of_reminding():
    plan = a_plan(days=3)
    assert tick() == 1
    added = NOW + timedelta(hours=3)
    day_long = Plan(sim=a_sim(plan.sim.owner), price=990, period="720h", renews="hand")
    actions.save_plan(day_long, paid_until=TODAY + timedelta(days=1), ends_at=time(6), now=added)
    assert tick(added) == 1


def test_data_that_is_gone_by_the_time_a_message_can_leave_is_not_posted_again_and_again():
    plan = a_plan(days=29)
    for days, left in ((0, 10_000), (3, 7000), (6, 4000)):  # gone in four more days
        actions.say_left(plan.sim, {Allowance.DATA: left}, NOW + timedelta(days=days), plan)
    assert [tick(NOW + timedelta(days=12, minutes=minute)) for minute in range(3)] == [0, 0, 0]
    assert Message.objects.count() == 1
    assert set(states(kind="data_out").values()) == {State.SKIPPED}


def test_a_change_never_takes_back_what_was_put_into_a_message_meanwhile(monkeypatch):
    plan = a_plan(days=9)
    compared = schedule._differences

    def compared_while_the_clockwork_runs(*args):
        found = compared(*args)
        assert tick(NOW + timedelta(days=2)) == 1
        return found

    monkeypatch.setattr(schedule, "_differences", compared_while_the_clockwork_runs)
    plan.sim.person.time_zone = "Europe/Berlin"  # every reminder moves to another hour
    actions.save_person(plan.sim.person, NOW)
    assert states(kind="plan_expires") == {"7": State.SENT, "1": State.SCHEDULED, "0": State.SCHEDULED}


def test_a_message_that_waits_for_the_server_is_not_sent_into_a_pause():
    plan = a_plan(days=9)
    with server_says(ConnectionRefusedError()):
        tick(NOW + timedelta(days=2))
    actions.pause_reminders(plan.sim.person, TODAY + timedelta(days=5), NOW)
    assert tick(NOW + timedelta(days=3)) == 0
    assert tick(NOW + timedelta(days=5)) == 1
    assert "in 4 days" in mail.outbox[0].body


def test_one_person_whose_reminders_cannot_be_posted_does_not_stop_the_others(monkeypatch):
    plans = [a_plan(days=3) for _ in range(3)]
    people = [plan.sim.person_id for plan in plans]
    post = outbox.post

    def broken_for_one(person, now, medium):
        if person == people[1]:
            raise ValueError("a zone that nobody knows")
        return post(person, now, medium)

    monkeypatch.setattr(outbox, "post", broken_for_one)
    with time_machine.travel(NOW, tick=False):
        tasks.deliver([(person, Medium.EMAIL) for person in people])
    assert {message.to[0] for message in mail.outbox} == {plans[0].sim.person.email, plans[2].sim.person.email}


REFUSED = smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no such user")})
GREYLISTED = smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"try later")})


@pytest.mark.parametrize(
    ("error", "first_state", "sent"),
    [
        (REFUSED, Message.State.FAILED, 1),
        (GREYLISTED, Queued, 1),
        (smtplib.SMTPDataError(554, b"looks like spam"), Message.State.FAILED, 1),
        (smtplib.SMTPDataError(451, b"try later"), Queued, 1),
        (smtplib.SMTPDataError(421, b"closing"), Queued, 0),
        (smtplib.SMTPServerDisconnected("gone"), Queued, 0),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), Queued, 0),
        (smtplib.SMTPSenderRefused(550, b"not you", "kzsim@example.org"), Queued, 0),
        (TimeoutError("timed out"), Queued, 0),
        (ValueError("bad header"), Message.State.FAILED, 1),
    ],
)
def test_only_trouble_with_the_server_stops_the_others(error, first_state, sent):
    for _ in range(2):
        a_plan(days=3)
    with server_says(error, None):
        assert tick() == sent
    first, second = Message.objects.order_by("pk")
    assert first.state == first_state
    assert second.state == (Message.State.SENT if sent else Queued)
    assert second.attempts == sent
    if first_state == Queued:
        assert NOW < first.next_attempt_at < NOW + timedelta(minutes=2)
    else:
        assert set(first.reminders.values_list("state", flat=True)) == {State.FAILED}


def test_a_message_that_cannot_be_written_does_not_stop_the_others(monkeypatch):
    for _ in range(2):
        a_plan(days=3)
    real, calls = outbox.write_letter, []

    def broken_once(*args):
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("a typo in a catalogue")
        return real(*args)

    monkeypatch.setattr(outbox, "write_letter", broken_once)
    assert tick() == 1
    assert Message.objects.filter(state=Queued, error__contains="typo").count() == 1


def test_a_recipient_who_is_never_there_is_given_up_after_days_but_a_server_never():
    a_plan(days=3)
    with server_says(GREYLISTED, GREYLISTED):
        tick()
        assert tick(NOW + timedelta(days=6)) == 0
    assert Message.objects.get().state == Message.State.FAILED
    assert outbox.send_again([Message.objects.get().pk], NOW) == 1
    with server_says(*[ConnectionRefusedError()] * 2):
        tick(NOW)
        tick(NOW + timedelta(days=60))
    assert Message.objects.get().state == Queued


def test_the_wait_doubles_up_to_an_hour():
    waits = [outbox._back_off(attempts).total_seconds() for attempts in range(1, 20)]
    for attempts, seconds in enumerate(waits):
        expected = min(60 * 2**attempts, 3600)
        assert 0.8 * expected <= seconds <= 1.2 * expected


def test_account_mail_goes_through_the_outbox_and_forgets_its_secret():
    message = outbox.post_account_mail("new@example.org", "Your code", "It is 123 456", "<p>123 456</p>")
    with server_says(ConnectionRefusedError()):
        outbox.send([message.pk])
    message.refresh_from_db()
    assert (message.state, message.text) == (Queued, "It is 123 456")
    assert outbox.send([message.pk], clock=lambda: message.next_attempt_at) == 1
    message.refresh_from_db()
    assert (message.state, message.text, message.html) == (Message.State.SENT, "", "")
    assert mail.outbox[0].body == "It is 123 456"


def test_a_failed_account_mail_cannot_be_sent_again_without_its_text():
    message = outbox.post_account_mail("gone@example.org", "Your code", "It is 123 456")
    with server_says(REFUSED):
        outbox.send([message.pk])
    message.refresh_from_db()
    assert (message.state, message.text) == (Message.State.FAILED, "")
    assert outbox.send_again([message.pk], NOW) == 0


@pytest.mark.parametrize(
    ("error", "scope", "permanent"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (421, b"closing")}), "server", False),
        (smtplib.SMTPSenderRefused(552, b"too large", "k@b.c"), "message", True),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"5.1.1 no such user")}), "recipient", True),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (554, b"5.7.1 relay access denied")}), "recipient", False),
        (smtplib.SMTPConnectError(421, b"busy"), "server", False),
        (OSError("no route"), "server", False),
    ],
)
def test_trouble_is_sorted_in_one_place(error, scope, permanent):
    trouble = sorted_out(error)
    assert (trouble.scope, trouble.permanent) == (scope, permanent)


def test_health_tells_of_a_late_tick_of_waiting_mail_and_of_a_dead_server():
    assert any("clockwork" in problem for problem in clockwork.health(NOW).problems)
    clockwork.note_tick(NOW)
    assert clockwork.health(NOW).problems == []
    a_plan(days=3)
    with server_says(ConnectionRefusedError("no")):
        tick()
    health = clockwork.health(NOW + timedelta(minutes=2))
    assert health.mail_failing_since is not None
    assert health.last_tick_age == 120
    assert len(health.problems) == 1
    assert clockwork.health(NOW + timedelta(hours=1)).oldest_due_age > 3000
    tick(NOW + timedelta(minutes=3))
    clockwork.note_tick(NOW + timedelta(minutes=3))
    assert clockwork.health(NOW + timedelta(minutes=4)).problems == []


def test_what_was_put_off_or_claimed_does_not_wait_for_the_old_hour_after_the_clock_was_set_back():
    clockwork.note_tick(NOW)
    put_off, claimed = (outbox.post(a_plan(days=3).sim.person_id, NOW) for _ in range(2))
    outbox.claim(claimed.pk, NOW)
    with server_says(ConnectionRefusedError()):
        outbox.send([put_off.pk], clock=lambda: NOW)
    postponed = a_plan(days=3)
    Reminder.objects.filter(plan=postponed, occurrence="7").update(due_at=NOW + timedelta(days=1))
    back = NOW - timedelta(hours=1)
    assert clockwork.was_set_back(back)
    outbox.follow_the_clock_back(back)
    assert outbox.due_messages(back) == [put_off.pk]
    claimed.refresh_from_db()
    assert claimed.next_attempt_at == back + outbox.lease()
    assert Reminder.objects.get(plan=postponed, occurrence="7").due_at == NOW


def test_two_machines_that_do_not_quite_agree_are_no_clock_set_back():
    clockwork.note_tick(NOW + timedelta(minutes=1))
    assert not clockwork.was_set_back(NOW)


def test_a_message_that_has_left_is_marked_when_the_database_is_back(monkeypatch):
    plan, real, calls = a_plan(days=3), outbox._mark_sent, []

    def away_at_first(*args):
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("database is locked")
        return real(*args)

    monkeypatch.setattr(outbox, "_mark_sent", away_at_first)
    monkeypatch.setattr(outbox.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(outbox.connection, "close", lambda: None)
    assert tick() == 1
    assert states(plan=plan)["7"] == State.SENT


def test_the_tick_asks_indexes_of_live_rows_only():
    plan = a_plan(days=3)
    a_long_history(plan)
    with CaptureQueriesContext(connection) as asked:
        outbox.due_people(NOW)
        outbox.due_messages(NOW)
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for query in asked.captured_queries:
            cursor.execute(explain + query["sql"])
            plans.append(str(cursor.fetchall()))
    assert "reminder_due" in plans[0]
    assert "message_next_attempt" in plans[1]


def a_long_history(plan) -> None:
    """So much that was sent that no database would read all of it to find what is due."""
    person = plan.sim.person
    about = {"person": person, "sim": plan.sim, "plan": plan, "medium": "email", "subject": f"plan:{plan.pk}"}
    past = [NOW - timedelta(days=days) for days in range(1, 2001)]
    Reminder.objects.bulk_create(
        Reminder(**about, kind="plan_expires", deadline=at, occurrence="1", state=State.SENT, planned_for=at)
        for at in past
    )
    Message.objects.bulk_create(
        Message(kind="reminders", person=person, message_id=f"<{at}@x>", to="a@b.c", state="sent", posted_at=at)
        for at in past
    )


def test_the_command_does_a_tick_by_hand(capsys):
    from django.core.management import call_command

    a_plan(days=3)
    with time_machine.travel(NOW, tick=False):
        call_command("send_due_reminders")
    assert len(mail.outbox) == 1
    assert "1 message" in capsys.readouterr().out

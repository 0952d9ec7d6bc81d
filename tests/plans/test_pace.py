"""A limit a minute: never exceeded in any minute, by however many, and not a reason to stand in anybody's way."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from plans import outbox, pace, tasks
from plans.models import Message, Quota
from plans.models.reminders import Medium
from tests.builders import NOW, a_plan
from tests.plans.test_outbox import server_says

LEASE = 30.0


@given(
    rate=st.integers(1, 12),
    tries=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 100)), max_size=80),
)
def test_no_minute_sees_more_than_the_limit_however_long_each_takes(rate, tries):
    """Each try comes so many seconds after the one before; a message reaches the server within its conversation."""
    now, slots, running, reached = 0.0, {}, {}, []
    for number, (gap, takes) in enumerate(tries):
        now += gap
        for key in [key for key, end in running.items() if end <= now]:
            end = running.pop(key)
            if key in slots:
                slots[key] = (slots[key][0], end + pace.WINDOW)
        slots = dict(pace.still_counting(slots, now, 100 + pace.WINDOW))
        if pace.free_at(slots, rate, now) <= now:
            slots[number] = (now, now + 100 + pace.WINDOW)
            running[number] = now + takes
            reached.append(now + takes)
    reached.sort()
    assert all(later - earlier > 60 for earlier, later in zip(reached, reached[rate:], strict=False))


@given(rate=st.integers(1, 600))
def test_slots_are_spaced_evenly(rate):
    slots = {"first": (0.0, pace.WINDOW)}
    assert pace.free_at(slots, rate, 0) == pytest.approx(pace.WINDOW / rate)


def test_a_clock_that_was_set_back_does_not_stop_the_mail_for_longer_than_a_lease():
    slots = {"ahead": (10_000.0, 10_061.0)}
    kept = pace.still_counting(slots, 0.0, LEASE + pace.WINDOW)
    assert kept == {"ahead": (0.0, LEASE + pace.WINDOW)}


@pytest.fixture
def limited(settings):
    settings.EMAIL_RATE = 2
    return settings


def messages(count: int) -> list[int]:
    return [outbox.post(a_plan(days=3).sim.person_id, NOW).pk for _ in range(count)]


def send(ids, seconds: float = 0, **how) -> int:
    return outbox.send(ids, clock=lambda: NOW + timedelta(seconds=seconds), **how)


@pytest.mark.django_db
def test_what_finds_no_slot_stays_due_and_untouched(limited):
    ids = messages(3)
    assert [send(ids), send(ids, 10), send(ids, 31), send(ids, 59), send(ids, 62)] == [1, 0, 1, 0, 1]
    assert Message.objects.filter(attempts=1).count() == 3
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_while_a_slot_is_missing_nothing_is_claimed_and_the_message_can_still_be_changed(limited):
    first, second = messages(2)
    send([first, second])
    waiting = Message.objects.get(pk=second)
    assert (waiting.attempts, waiting.token, waiting.next_attempt_at) == (0, "", NOW)


@pytest.mark.django_db
def test_a_refused_message_counts_and_one_that_was_not_on_the_wire_does_not(limited):
    first, second = messages(2)
    assert send([first]) == 1
    assert send([first], 31) == 0  # it is gone already: no slot is used up
    assert send([second], 31) == 1
    assert len(Quota.objects.get().slots) == 2


@pytest.mark.django_db
def test_a_slot_whose_process_was_killed_comes_back_after_its_lease(limited):
    limited.EMAIL_RATE = 1
    (only,) = messages(1)
    lease = outbox.lease().total_seconds()
    assert pace._take(Medium.EMAIL, "killed", 1, NOW.timestamp(), lease + pace.WINDOW) == 0
    assert send([only], lease) == 0
    assert send([only], lease + pace.WINDOW) == 1


@pytest.mark.django_db
def test_who_waits_for_a_code_goes_before_all_reminders(limited):
    limited.EMAIL_RATE = 10
    ids = messages(3)
    assert send(ids[:1]) == 1
    with mock.patch("django.utils.timezone.now", return_value=NOW):
        code = outbox.post_account_mail("new@example.org", "Your code", "123 456")
    assert send(ids[1:], 7) == 1
    assert mail.outbox[-1].subject == "Your code"
    code.refresh_from_db()
    assert code.state == Message.State.SENT
    first_bell, _seconds = next(outbox.bells(NOW))
    assert first_bell == [ids[1]]


@pytest.mark.django_db
def test_a_short_wait_for_a_slot_is_waited_with_nothing_in_hand(limited, monkeypatch):
    limited.EMAIL_RATE = 20
    ids, slept, passed = messages(3), [], [0.0]

    def sleep(seconds: float) -> None:
        assert not Message.objects.exclude(token="").filter(next_attempt_at__isnull=False).exists()
        slept.append(seconds)
        passed[0] += seconds

    monkeypatch.setattr(outbox.time, "sleep", sleep)
    monkeypatch.setattr(outbox.time, "monotonic", lambda: passed[0])
    clock = lambda: NOW + timedelta(seconds=passed[0])  # noqa: E731
    assert outbox.send(ids, clock=clock, patience=5) == 2  # the third would have to wait for longer than it may
    assert slept == [pytest.approx(3.05)]


@pytest.mark.django_db
def test_the_tick_spreads_what_may_leave_until_the_next_over_its_time(limited):
    limited.EMAIL_RATE, limited.TICK_SECONDS = 30, 60
    ids = messages(40)
    bells = list(outbox.bells(NOW))
    assert [pk for chunk, _seconds in bells for pk in chunk] == ids[:30]
    assert {len(chunk) for chunk, _seconds in bells} == {2}
    assert [seconds for _chunk, seconds in bells] == pytest.approx([number * 2 * 61 / 30 for number in range(15)])


@pytest.mark.broad
@pytest.mark.django_db
def test_without_a_limit_all_is_rung_for_at_once_and_asks_nothing_of_the_limit(django_assert_num_queries):
    ids = messages(60)
    assert [(len(chunk), seconds) for chunk, seconds in outbox.bells(NOW)] == [(50, 0), (10, 0)]
    assert send(ids) == 60
    assert not Quota.objects.exists()


@pytest.mark.django_db
def test_the_tick_rings_later_for_what_may_leave_later(limited, monkeypatch):
    limited.EMAIL_RATE, limited.TICK_SECONDS = 2, 60
    messages(2)
    rung = []
    monkeypatch.setattr(tasks.send, "apply_async", lambda args, **how: rung.append((args, how)))
    with mock.patch("django.utils.timezone.now", return_value=NOW):
        tasks.tick()
    assert [how["countdown"] for _args, how in rung] == [0, 30.5]
    assert all(how["expires"] > how["countdown"] for _args, how in rung)


@pytest.mark.broad
@pytest.mark.django_db
def test_the_command_keeps_to_the_limit_and_says_what_became_of_all(limited, monkeypatch, capsys):
    limited.EMAIL_RATE = 30
    messages(3)
    passed = [0.0]
    monkeypatch.setattr(outbox.time, "sleep", lambda seconds: passed.__setitem__(0, passed[0] + seconds))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(seconds=passed[0]))
    with server_says(None, ValueError("a bad header"), None):
        call_command("send_due_reminders")
    assert "2 messages sent, 1 failed, 0 left for later." in capsys.readouterr().out
    assert passed[0] >= 2 * 61 / 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time; tests/chaos has processes")
def test_several_at_once_never_exceed_it(monkeypatch):
    """In windows of a second, so that a test sees many of them."""
    monkeypatch.setattr(pace, "WINDOW", 1.0)
    monkeypatch.setattr(pace, "rate_of", lambda _medium: 8)
    reached, chance, end = [], random.Random(), time.monotonic() + 5

    def work() -> None:
        try:
            while time.monotonic() < end:
                try:
                    with pace.slot(Medium.EMAIL, lambda: datetime.now(UTC), LEASE) as slot:
                        time.sleep(chance.uniform(0, 0.3))  # a slow server
                        slot.is_used = True
                        reached.append(time.time())
                        time.sleep(chance.uniform(0, 0.1))
                except pace.Full:
                    time.sleep(0.01)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    reached.sort()
    assert len(reached) > 8
    assert all(later - earlier >= 1 for earlier, later in zip(reached, reached[8:], strict=False))

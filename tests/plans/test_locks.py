"""Two who change the same at once wait for each other in one order, and neither is thrown out."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from plans import actions, outbox, schedule
from plans.media import Scope, Trouble
from plans.models import Person, Plan, Reminder, Sim, Stay
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]

LATER = NOW + timedelta(hours=1)


def renew(plan: Plan) -> None:
    actions.renew(plan, to=TODAY + timedelta(days=33), now=LATER)


def say_a_trip(plan: Plan) -> None:
    stay = Stay(
        person=plan.sim.person, place="abroad", since=TODAY + timedelta(days=5), until=TODAY + timedelta(days=9)
    )
    actions.save_stay(stay, LATER)


def reply(plan: Plan) -> None:
    actions.take_reply(plan.sim, now=LATER, plan=plan, paid_until=TODAY + timedelta(days=20))


def settle(plan: Plan) -> None:
    """Archives the later of two SIMs; the clockwork works out both."""
    stay = Stay.objects.create(person=plan.sim.person, place="kazakhstan", until=TODAY - timedelta(days=1))
    actions.settle_stay(stay, [Sim.objects.order_by("pk").last()], LATER)


def work_out_again(plan: Plan) -> None:
    Reminder.objects.all().delete()  # so that new ones are written, which name the plan and the person
    schedule.reschedule(plan.sim, LATER)


def fail(plan: Plan) -> None:
    """Gives up a message: its reminders, and those of the SIM."""
    message = outbox.claim(outbox.post(plan.sim.person_id, LATER).pk, LATER)
    outbox._put_off(message, Trouble(Scope.MESSAGE, "no thanks", permanent=True), LATER)


def drop(plan: Plan) -> None:
    message = outbox.claim(outbox.post(plan.sim.person_id, LATER).pk, LATER)
    outbox._drop(message, list(message.reminders.all()), LATER)


def want_overviews(plan: Plan) -> None:
    actions.set_timing(Person.objects.get(pk=plan.sim.person_id), LATER, overview="week")


def lock(rows) -> None:
    list(rows.select_for_update(no_key=True).values_list("pk"))


def lock_all_sims(_plan: Plan) -> None:
    lock(Sim.objects.order_by("pk"))


@pytest.mark.parametrize(
    ("mine", "then", "theirs"),
    [
        (work_out_again, None, renew),
        (work_out_again, None, say_a_trip),
        (lambda plan: lock(Plan.objects.filter(pk=plan.pk)), renew, reply),
        (lambda plan: lock(Sim.objects.filter(pk=plan.sim_id)), lock_all_sims, settle),
        (lambda plan: lock(Person.objects.filter(pk=plan.sim.person_id)), say_a_trip, renew),
        (lambda plan: lock(Sim.objects.filter(pk=plan.sim_id)), renew, fail),
        (lambda plan: lock(Sim.objects.filter(pk=plan.sim_id)), renew, drop),
        (fail, want_overviews, renew),
        (fail, renew, want_overviews),
        (drop, want_overviews, fail),
    ],
)
def test_neither_of_two_at_once_is_thrown_out(mine, then, theirs):
    plan, errors = a_plan(days=3), []
    a_sim(plan.sim.owner)

    def other() -> None:
        try:
            theirs(Plan.objects.select_related("sim__person").get(pk=plan.pk))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        mine(plan)
        thread.start()
        wait_until_somebody_waits(thread)
        if then:
            then(plan)
    thread.join()
    assert errors == []


def test_two_who_share_a_chat_stop_it_while_their_sims_are_worked_out():
    users = [a_user(), a_user()]
    low, high = a_sim(users[1]), a_sim(users[0])  # who came first has the SIM that came last
    for user in users:
        actions.save_address(user.person, "telegram", {"chat": 4711}, "@both", NOW)
    errors = []

    def stop() -> None:
        try:
            actions.stop_chat(4711, LATER)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=stop)
    with transaction.atomic():
        lock(Sim.objects.filter(pk=low.pk))
        thread.start()
        wait_until_somebody_waits(thread)
        lock(Sim.objects.filter(pk=high.pk))
    thread.join()
    assert errors == []


def wait_until_somebody_waits(thread: threading.Thread) -> None:
    """For a lock that we hold; or they are done, and needed none of ours."""
    for _attempt in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0] or not thread.is_alive():
                return
        time.sleep(0.02)
    raise AssertionError("they neither wait nor end")

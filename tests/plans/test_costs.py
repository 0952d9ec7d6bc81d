"""What the clockwork costs: it asks small indexes, and no more for a message among many than for one alone."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans import outbox, schedule
from plans.models import Message, Person, Plan, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [pytest.mark.broad, pytest.mark.django_db]

LARGE = ("plans_person", "plans_sim", "plans_plan", "plans_message", "plans_reminder")
OTHERS = 1500
DAY = timedelta(days=1)


def statements(asked: CaptureQueriesContext) -> list[str]:
    """What was asked of the database, without the beginning and end of transactions."""
    asked_of = [query["sql"] for query in asked.captured_queries]
    return [sql for sql in asked_of if sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]


def reads_all_of(sql: str) -> set[str]:
    """Which of the large tables the database would read from end to end to answer this."""
    on_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if on_postgres else "EXPLAIN QUERY PLAN ") + sql)
        lines = [str(row[-1]) for row in cursor.fetchall()]
    # SQLite's partial indexes hold live rows only: to read one of those from end to end is what is meant.
    whole = r"Seq Scan on (\w+)" if on_postgres else r"SCAN (\w+)(?! USING (?:COVERING )?INDEX \w*(?:_due|_attempt))"
    return {table for line in lines for table in re.findall(whole, line) if table in LARGE}


def many_others() -> None:
    """People who were told all there was to tell."""
    user_model = get_user_model()
    users = user_model.objects.bulk_create(user_model(email=f"o{n}@example.org", password="!") for n in range(OTHERS))
    people = Person.objects.bulk_create(Person(user=user, email=user.email, email_verified=True) for user in users)
    sims = Sim.objects.bulk_create(Sim(owner=p.user, person=p, number=f"+7702{p.pk:07d}") for p in people)
    plans = Plan.objects.bulk_create(Plan(sim=sim, name="Other", paid_until=TODAY, said_at=NOW) for sim in sims)
    messages = Message.objects.bulk_create(
        Message(
            kind="reminders", person=person, message_id=f"{person.pk}-{ago}", state="sent", posted_at=NOW - ago * DAY
        )
        for person in people
        for ago in range(1, 4)
    )
    plan_of = {plan.sim.person_id: plan for plan in plans}
    Reminder.objects.bulk_create(
        Reminder(
            person=message.person,
            medium="email",
            subject=f"plan:{plan_of[message.person_id].pk}",
            kind="plan_expires",
            deadline=message.posted_at,
            occurrence="1",
            sim=plan_of[message.person_id].sim,
            plan=plan_of[message.person_id],
            message=message,
            state="sent",
            planned_for=message.posted_at,
        )
        for message in messages
    )


@pytest.mark.parametrize("analysed", [True, False])
def test_neither_the_tick_nor_a_message_on_its_way_reads_a_whole_table(analysed):
    if not analysed and connection.vendor == "postgresql":
        pytest.skip("PostgreSQL analyses by itself; without that, it plans by what other tests left in the files")
    many_others()
    user = a_user()
    for _ in range(3):
        a_plan(a_sim(user), days=3)
    if analysed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        schedule.catch_up(NOW)
        for person, medium in outbox.due_people(NOW):
            outbox.post(person, NOW, medium)
        assert outbox.send(outbox.due_messages(NOW), clock=lambda: NOW) == 1
        outbox.follow_the_clock_back(NOW)
    assert reads_all_of("SELECT id FROM plans_reminder WHERE reason = 'none'") == {"plans_reminder"}
    slow = {sql: tables for sql in statements(asked) if not sql.startswith("INSERT") and (tables := reads_all_of(sql))}
    assert not slow, slow


def queries_to_send(messages: int, sims: int) -> int:
    """How many queries a chunk of messages with so many SIMs each takes to send."""
    Message.objects.all().delete()
    Sim.objects.all().delete()
    for _ in range(messages):
        user = a_user()
        for _ in range(sims):
            a_plan(a_sim(user), days=3)
    posted = [outbox.post(person, NOW, medium).pk for person, medium in outbox.due_people(NOW)]
    with CaptureQueriesContext(connection) as asked:
        assert outbox.send(posted, clock=lambda: NOW) == messages
    return len(statements(asked))


def test_a_message_takes_few_queries_and_as_many_with_ten_sims_or_among_fifty_as_alone_with_one(guides_loaded):
    alone, among_fifty = queries_to_send(1, sims=1), queries_to_send(50, sims=1)
    each = (among_fifty - alone) / 49
    assert each == int(each) <= 16
    assert alone - each <= 12, "for the whole chunk"
    assert queries_to_send(1, sims=10) == alone


def test_folding_takes_as_many_queries_for_ten_sims_as_for_one():
    counted = []
    for sims in (1, 10):
        user = a_user()
        for _ in range(sims):
            a_plan(a_sim(user), days=3)
        with CaptureQueriesContext(connection) as asked:
            outbox.post(user.person.pk, NOW)
        counted.append(len(statements(asked)))
    assert counted[0] == counted[1] <= 8

"""People, SIMs and messages to measure with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from plans import demo, outbox, schedule
from plans.models import Message, Person, Plan, Reminder, Sim
from tests.builders import a_user


def a_person_with(sims: int) -> Any:
    """A user with so many SIMs, each with a plan that ends in a month."""
    user, now = a_user(), timezone.now()
    made = Sim.objects.bulk_create(
        Sim(owner=user, person=user.person, number=f"+770{user.pk % 10}{number:07d}") for number in range(sims)
    )
    Plan.objects.bulk_create(
        Plan(sim=sim, name="Plan", price=4990, paid_until=sim.today(now) + timedelta(days=30), said_at=now)
        for sim in made
    )
    schedule.reschedule_many(Sim.objects.filter(owner=user), now)
    return user


def with_only(due: int, sims: int) -> None:
    """A database with so many SIMs, all with reminders to come, of which so many people have one due."""
    Person.objects.all().delete()
    assert list(demo.load_people(sims, timezone.now()))[-1] == sims
    later = timezone.now() + timedelta(days=2)
    told = list(Person.objects.order_by("pk").values_list("pk", flat=True)[due:])
    Reminder.objects.filter(person__in=told, due_at__lte=timezone.now()).update(due_at=later)


def account_mails(count: int) -> list[int]:
    Message.objects.all().delete()
    return [outbox.post_account_mail("a@example.org", "Subject", "Text\n" * 40, "").pk for _ in range(count)]

"""Thousands of people of every language, in several zones, with plans that end on different days.

`add` runs in the site, so that its clock counts.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from plans import actions, schedule
from plans.models import Person, Plan, Sim

LANGUAGES = ("en", "ru", "kk", "zh-hans", "zh-hant")
ZONES = ("Asia/Almaty", "Asia/Shanghai", "Europe/Berlin", "America/New_York")
SIM_ZONES = ("Asia/Almaty", "Asia/Almaty", "Asia/Qyzylorda", "Asia/Tokyo")


@transaction.atomic
def add(count: int, seed: int, ends_in: tuple[int, ...]) -> None:
    """People who each have one reminder due now, of a plan that ends in one of these numbers of days, all below 7."""
    chance, now, user_model = random.Random(seed), timezone.now(), get_user_model()
    users = user_model.objects.bulk_create(
        user_model(email=f"person{number}@crowd.example", password="!") for number in range(count)
    )
    people = Person.objects.bulk_create(
        Person(
            user=user,
            email=user.email,
            email_verified=True,
            reachable_since=now,
            language=chance.choice(LANGUAGES),
            time_zone=chance.choice(ZONES),
        )
        for user in users
    )
    sims = Sim.objects.bulk_create(
        Sim(owner=person.user, person=person, number=f"+7701{number:07d}", time_zone=chance.choice(SIM_ZONES))
        for number, person in enumerate(people)
    )
    plans = [Plan(sim=sim, name="Crowd", price=Decimal(4990), period=Plan.Period.DAYS_30) for sim in sims]
    for plan in plans:
        plan.say_date(plan.sim.today(now) + timedelta(days=chance.choice(ends_in)), now, first=True)
    Plan.objects.bulk_create(plans)
    schedule.reschedule_many(Sim.objects.filter(pk__in=[sim.pk for sim in sims]), now)


def change_all(seed: int) -> None:
    """Everybody changes one thing, each as a person does on the site: their language, their zone or their plan."""
    chance, now = random.Random(seed), timezone.now()
    for plan in Plan.objects.select_related("sim__person").order_by("pk"):
        person = plan.sim.person
        match chance.choice(["language", "zone", "corrected", "renewed"]):
            case "language":
                person.language = chance.choice([code for code in LANGUAGES if code != person.language])
                actions.save_person(person, now, ["language"])
            case "zone":
                person.time_zone = chance.choice([zone for zone in ZONES if zone != person.time_zone])
                actions.save_person(person, now, ["time_zone"])
            case "corrected":
                actions.save_plan(plan, paid_until=plan.paid_until + timedelta(days=chance.choice([1, 10])), now=now)
            case "renewed":
                actions.renew(plan, to=plan.paid_until + timedelta(days=30), now=now)

"""Short ways to make what tests are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

from plans import actions
from plans.models import Person, Plan, Sim, Stay

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)  # 11:00 in Almaty, a Monday
TODAY = date(2026, 11, 23)
_numbers = count(1)


def a_user(email: str = "", **person: Any):
    """A user whose address is verified, and their person as `user.person`."""
    user = get_user_model().objects.create_user(email or f"user{next(_numbers)}@example.org", "a long password 7")
    fields = {"email_verified": True} | person
    Person.objects.create(user=user, email=user.email, **fields)
    return user


def a_sim(user=None, number: str = "", **fields: Any) -> Sim:
    user = user or a_user()
    number = number or f"+7701{next(_numbers):07d}"
    sim = Sim(owner=user, person=user.person, number=number, **fields)
    return actions.save_sim(sim, activity_changed=sim.last_activity_on is not None, now=NOW)


def a_watched_sim(user=None, *, quiet: int = 0, days: int | None = 60, **fields: Any) -> Sim:
    """One whose number is kept alive, last used so many days ago; `days` None: without a figure of its owner's."""
    last = TODAY - timedelta(days=quiet)
    return a_sim(user, **({"last_activity_on": last, "inactivity_days": days, "keep_alive": True} | fields))


def a_stay(user, place: str = "abroad", *, since: int | None = None, until: int | None = None) -> Stay:
    """Where the user's person is from so many days after today to so many."""
    first, last = (None if days is None else TODAY + timedelta(days=days) for days in (since, until))
    return actions.save_stay(Stay(person=user.person, place=place, since=first, until=last), NOW)


def a_plan(sim: Sim | None = None, *, days: int | None = 3, now: datetime = NOW, **fields: Any) -> Plan:
    """A plan that works for so many more days, saved as its owner would have entered it now."""
    sim = sim or a_sim()
    until = None if days is None else sim.today(now) + timedelta(days=days)
    plan = Plan(sim=sim, **({"name": "Freestyle", "price": 4990, "period": "30d", "renews": "hand"} | fields))
    return actions.save_plan(plan, paid_until=until, now=now)

"""What a page of the signed-in asks of the database: at most twelve questions, the reader included, with five hundred
SIMs as with eight. What the guides say is read once after each change to them, and is no part of a page's questions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guides.models import Operator
from plans import actions
from plans.models import Plan, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user

pytestmark = [pytest.mark.broad, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

MOST = 12
PAGES = {
    "SIM": "/sims/{sim}/",
    "SIM edit": "/sims/{sim}/edit/",
    "SIM add": "/sims/add/",
    "SIM reply": "/sims/{sim}/reply/?text=500",
    "SIM left": "/sims/{sim}/left/",
    "SIM accounts": "/sims/{sim}/accounts/",
    "SIM clerk": "/sims/{sim}/clerk/",
    "plan add": "/sims/{sim}/plans/add/",
    "plan edit": "/plans/{plan}/edit/",
    "plan renew": "/plans/{plan}/renew/",
    "renewals": "/renewals/",
    "archived": "/sims/archived/",
    "share": "/share/?text=500&choose=yes",
    "trips": "/trips/",
    "reminders": "/reminders/",
    "reminders sent": "/reminders/sent/",
    "reminders when": "/reminders/when/",
    "media": "/reminders/media/",
    "devices": "/reminders/media/devices/",
    "settings": "/settings/",
    "numbers": "/settings/numbers/",
    "situation": "/situation/",
    "delete account": "/settings/delete/",
}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def owner_of(count: int):
    """Somebody with so many SIMs, a plan on each; the first of them has all that a SIM can have."""
    user = a_user()
    operators = list(Operator.objects.all())
    first = a_sim(user, operator=operators[0], last_activity_on=TODAY, keep_alive=True, care_months=3)
    a_plan(first, days=0, data_mb=20480)
    a_plan(first, name="Second", renews="auto")
    actions.read_balance(first, Decimal(500), NOW)
    actions.renew(first.plans.first(), to=TODAY + timedelta(days=30), now=NOW)
    a_stay(user, since=5, until=40)
    sims = Sim.objects.bulk_create(
        Sim(
            owner=user,
            person=user.person,
            number=f"+7705{number:07d}",
            operator=operators[number % len(operators)],
            group=f"Group {number % 5}",
            ranking="dated",
            next_on=TODAY + timedelta(days=number % 30),
            ahead_on=TODAY + timedelta(days=number % 30),
            found_by=f"+7705{number:07d}",
            archived_at=NOW if number % 20 == 19 else None,
        )
        for number in range(count - 1)
    )
    Plan.objects.bulk_create(
        Plan(sim=sim, name="Other", price=1990, period="30d", paid_until=sim.next_on, said_at=NOW) for sim in sims
    )
    return user, first


def questions(client, path: str) -> list[str]:
    client.get(path)  # what is asked once a process or a day is no part of it
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path)
    assert response.status_code == 200, path
    return [one["sql"] for one in asked.captured_queries]


@pytest.mark.parametrize("count", [8, 500])
def test_a_page_asks_the_database_at_most_twelve_times(client, count):
    user, sim = owner_of(count)
    client.force_login(user)
    plan = sim.plans.first()
    cache.clear()

    asked = {name: questions(client, path.format(sim=sim.pk, plan=plan.pk)) for name, path in PAGES.items()}

    counted = {name: len(queries) for name, queries in asked.items()}
    assert {name: number for name, number in counted.items() if number > MOST} == {}, counted


def test_nor_more_for_an_hour_after_a_renewal_when_its_guide_is_asked_about(client):
    user, sim = owner_of(8)
    renewal = sim.plans.first().renewals.get()
    renewal.channel = "shop"
    renewal.save()
    client.force_login(user)

    assert len(questions(client, f"/sims/{sim.pk}/")) <= MOST
    assert "guide" in client.get(f"/sims/{sim.pk}/").context["question"].url

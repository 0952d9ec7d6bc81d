"""Saying where one is, seeing what lasts that long, and leaving for good."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guides.models import Operator
from plans import actions
from plans.models import Reminder, Sim, Stay
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user, a_watched_sim

pytestmark = pytest.mark.django_db

TRIPS = "/trips/"
DASHBOARD = "/dashboard/"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


def text(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").main.get_text(" ").split())


def trips_of(user) -> set[str]:
    rows = Reminder.objects.filter(sim__owner=user, kind="trip").coming()
    return {reminder.subject for reminder in rows}


# --- saying it ---


def test_a_trip_is_said_once_and_what_does_not_last_is_reminded_of(client, owner):
    plan, lasting = a_plan(a_sim(owner), days=20), a_plan(a_sim(owner), days=80)
    said = {"place": "abroad", "since": day(10), "until": day(40)}

    response = client.post(TRIPS, said)
    client.post(TRIPS, said)  # a double click

    assert (response.status_code, response["Location"]) == (302, TRIPS)
    stay = owner.person.stays.get()
    assert (stay.place, stay.since.isoformat(), stay.until.isoformat()) == ("abroad", day(10), day(40))
    assert trips_of(owner) == {f"plan:{plan.pk}"}
    page = text(client.get(TRIPS))
    assert "It works until Sunday 13 December, not to the end." in page
    assert "Renew it once by Wednesday 2 December: then it works until Tuesday 12 January 2027." in page
    assert "That costs 4,990\xa0₸ as far as we know." in page.replace("4,990 ₸", "4,990\xa0₸")
    assert "Nothing to do." in page
    assert lasting.title in page


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"since": day(1)}, "Choose where you will be."),
        ({"place": "kz"}, "Say at least one of the two days."),
        ({"place": "kz", "since": day(9), "until": day(8)}, "This is before the first day."),
        ({"place": "kz", "until": "2099-01-01"}, "Check the year"),
        ({"place": "kz", "until": "soon"}, "Write the day as year-month-day"),
        (
            {"place": "kz", "until": day(12)},
            "Abroad from Thursday 3 December to Saturday 2 January 2027. Change the days",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_and_nothing_typed_is_lost(client, owner, said, words):
    a_stay(owner, since=10, until=40)
    response = client.post(TRIPS, said)
    assert response.status_code == 422
    assert words in text(response)
    form = BeautifulSoup(response.content, "html.parser")
    assert form.select_one("[name=until]").get("value", "") == said.get("until", "")
    assert owner.person.stays.count() == 1


def test_the_days_are_changed_and_the_reminders_with_them(client, owner):
    stay, plan = a_stay(owner, since=10, until=40), a_plan(a_sim(owner), days=20)
    assert trips_of(owner)
    response = client.post(f"/trips/{stay.pk}/edit/", {"place": "abroad", "since": day(10), "until": day(20)})
    assert response.status_code == 302
    assert trips_of(owner) == set()
    assert plan.paid_until == TODAY + timedelta(days=20)


def test_changing_the_days_into_those_of_another_trip_is_refused(client, owner):
    a_stay(owner, since=10, until=40)
    later = a_stay(owner, since=50, until=60)
    response = client.post(f"/trips/{later.pk}/edit/", {"place": "abroad", "since": day(40), "until": day(60)})
    assert response.status_code == 422
    later.refresh_from_db()
    assert later.since == TODAY + timedelta(days=50)


def test_a_removed_trip_comes_back_with_its_reminders(client, owner):
    stay, _plan = a_stay(owner, since=10, until=40), a_plan(a_sim(owner), days=20)
    said = trips_of(owner)
    page = client.post(f"/trips/{stay.pk}/delete/", follow=True)
    assert trips_of(owner) == set()
    undo = BeautifulSoup(page.content, "html.parser").select_one(f"form[action='/trips/{stay.pk}/restore/']")
    client.post(undo["action"])
    assert trips_of(owner) == said


def test_a_removed_trip_cannot_come_back_where_another_has_its_days(client, owner):
    stay = a_stay(owner, since=10, until=40)
    actions.delete_stay(stay, NOW)
    a_stay(owner, since=40, until=50)
    page = client.post(f"/trips/{stay.pk}/restore/", follow=True)
    assert "It cannot come back: you have said Abroad from" in page.content.decode()
    assert Stay.objects.in_use().count() == 1


def test_a_number_at_risk_on_a_trip_is_said_in_plain_words(client, owner):
    a_watched_sim(owner, quiet=30)
    a_stay(owner, since=10, until=40)
    page = text(client.get(TRIPS))
    assert "It is safe until Wednesday 23 December only." in page
    assert "Use it or top it up by Wednesday 2 December" in page


def test_the_page_costs_as_many_queries_for_ten_sims_as_for_one(client, owner):
    a_stay(owner, since=10, until=40)
    a_plan(a_watched_sim(owner))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(TRIPS)
        return len(asked)

    queries()  # what is kept after the first visit of a day
    one = queries()
    for _ in range(9):
        a_plan(a_watched_sim(owner))
    assert queries() == one


@pytest.mark.parametrize("what", ["edit", "delete", "restore", "settle"])
def test_a_strangers_trip_is_not_there(client, owner, what):
    stay = a_stay(a_user(), since=10, until=40)
    if what == "restore":
        actions.delete_stay(stay, NOW)
    assert client.post(f"/trips/{stay.pk}/{what}/", {"place": "kz", "until": day(1)}).status_code == 404


@pytest.mark.parametrize("what", ["delete", "restore", "settle"])
def test_looking_changes_nothing(client, owner, what):
    stay = a_stay(owner, since=10, until=40)
    assert client.get(f"/trips/{stay.pk}/{what}/").status_code == 405


# --- while away ---


def test_while_away_only_what_works_from_abroad_is_offered(client, owner, guides_loaded):
    owner.person.place = "kz"
    owner.person.save()
    sim = a_sim(owner, operator=Operator.objects.get(slug="beeline"))

    def offers() -> str:
        return str(BeautifulSoup(client.get(f"/sims/{sim.pk}/").content, "html.parser").select_one("#how"))

    def place_in_assistant() -> str:
        page = BeautifulSoup(client.get(reverse("guides:assistant", kwargs={"lang": "en"})).content, "html.parser")
        return page.select_one("[name=place][checked]")["value"]

    assert "place=kz" in offers()
    assert "renew-at-a-shop" in offers()
    assert place_in_assistant() == "kz"
    assert "Show this to the clerk" in offers()
    assert "You said" not in text(client.get("/situation/"))
    a_stay(owner, since=-1, until=9)
    assert "place=abroad" in offers()
    assert "renew-at-a-shop" not in offers()
    assert place_in_assistant() == "abroad"
    assert "Show this to the clerk" not in offers()
    assert "You said: Abroad from Sunday 22 November to Wednesday 2 December." in text(client.get("/situation/"))
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        assert "place=kz" in offers()


# --- after the departure ---


def test_after_the_departure_they_are_asked_once_and_choose_which_sims_to_put_away(client, owner):
    gone, kept = a_plan(a_sim(owner)).sim, a_plan(a_sim(owner)).sim
    stay = a_stay(owner, "kz", until=2)
    assert "Have you left Kazakhstan?" not in text(client.get(DASHBOARD))
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        page = client.get(DASHBOARD)
        assert "Have you left Kazakhstan?" in text(page)
        assert not BeautifulSoup(page.content, "html.parser").select("[name=sims][checked]")
        assert reverse("plans:delete_account") in page.content.decode()
        client.post(f"/trips/{stay.pk}/settle/", {"sims": [gone.pk]})
        client.post(f"/trips/{stay.pk}/settle/", {"sims": [kept.pk]})  # from another tab
        assert "Have you left Kazakhstan?" not in text(client.get(DASHBOARD))
    assert set(Sim.objects.in_use()) == {kept}
    assert not Reminder.objects.filter(sim=gone).coming().exists()
    owner.person.refresh_from_db()
    assert owner.person.place == "abroad"


def test_saving_the_same_days_again_asks_nobody_again(client, owner):
    a_sim(owner)
    stay = a_stay(owner, "kz", until=-1)
    actions.settle_stay(stay, [], NOW)
    client.post(f"/trips/{stay.pk}/edit/", {"place": "kz", "since": "", "until": day(-1)})
    assert "Have you left Kazakhstan?" not in text(client.get(DASHBOARD))
    client.post(f"/trips/{stay.pk}/edit/", {"place": "kz", "since": "", "until": day(3)})
    stay.refresh_from_db()
    assert stay.settled_at is None


def test_a_sim_of_somebody_else_is_not_put_away(client, owner):
    a_sim(owner)
    theirs, stay = a_sim(a_user()), a_stay(owner, "kz", until=-1)
    client.post(f"/trips/{stay.pk}/settle/", {"sims": [theirs.pk]})
    assert Sim.objects.in_use().filter(pk=theirs.pk).exists()
    stay.refresh_from_db()
    assert stay.settled_at is None


@pytest.mark.parametrize("number", ["9" * 30, str(2**63), "-1", "1\0", "NaN"])
def test_what_is_no_sim_at_all_is_asked_again(client, owner, number):
    sim, stay = a_sim(owner), a_stay(owner, "kz", until=-1)
    response = client.post(f"/trips/{stay.pk}/settle/", {"sims": [sim.pk, number]})
    assert (response.status_code, response["Location"]) == (302, DASHBOARD)
    stay.refresh_from_db()
    assert stay.settled_at is None


def test_without_sims_nobody_is_asked(client, owner):
    a_stay(owner, "kz", until=-1)
    assert "Have you left Kazakhstan?" not in text(client.get(DASHBOARD))

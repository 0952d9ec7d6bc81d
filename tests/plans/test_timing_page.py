"""The page of when reminders come, and of what."""

from datetime import time, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse

from plans import actions
from plans.models import Reminder
from plans.models.people import SWITCHES
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

WHEN = "plans:reminders_when"
SAID = {"hour": "09:00", "overview": "", "kinds": list(SWITCHES)}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def page(client, user):
    return lambda: BeautifulSoup(client.get(reverse(WHEN)).content, "html.parser")


def say(client, **said) -> BeautifulSoup:
    response = client.post(reverse(WHEN), SAID | said)
    page = BeautifulSoup(response.content, "html.parser")
    assert response.status_code == (422 if page.select(".invalid-feedback") else 302)
    return page


def coming(plan) -> list[str]:
    rows = Reminder.objects.filter(plan=plan, kind="plan_expires").coming()
    return [f"{row.planned_for:%d %H:%M}" for row in rows]


def follows(page: BeautifulSoup) -> str:
    return page.select_one("#follows").get_text(" ")


def test_the_usual_timing_is_said_in_words(page):
    shown = follows(page())
    assert "For a plan of 30 days: 7 days before, 1 day before, on the day, at 09:00." in shown
    assert "For a plan of 7 days: 1 day before, on the day, at 09:00." in shown
    assert "For a number that is kept alive: 30 days before, 7 days before, 1 day before, at 09:00." in shown


def test_another_hour_moves_what_will_come(client, user):
    plan = a_plan(a_sim(user), days=9)
    say(client, hour="07:30")
    assert coming(plan) == ["25 02:30", "01 02:30", "02 02:30"]


def test_an_hour_that_leaves_too_little_time_is_said_as_it_will_be(client, page, user):
    say(client, hour="21:00")
    assert "For a plan of 7 days: 1 day before, at 21:00." in follows(page())


def test_other_days_before_move_what_will_come_and_are_said(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    say(client, days_plan_expires="5， 2")
    assert coming(plan) == ["27 04:00", "30 04:00"]
    shown = page()
    assert shown.select_one("[name=days_plan_expires]")["value"] == "5, 2"
    assert shown.select_one("details:has([name=days_plan_expires])").has_attr("open")
    assert "For a plan of 30 days: 5 days before, 2 days before" in follows(shown)
    say(client, days_plan_expires="")
    assert coming(plan) == ["25 04:00", "01 04:00", "02 04:00"]


def test_every_day_until_there_is_an_answer(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    say(client, insists="on")
    assert len(coming(plan)) == 8
    assert "until you answer" in follows(page())


def test_an_overview_takes_the_place_of_reminders_and_says_so(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    say(client, overview="week")
    assert coming(plan) == []
    assert "Every Monday at 09:00" in follows(page())


def test_quiet_hours_are_kept_and_said(client, page, user):
    say(client, quiet_from="22:00", quiet_until="08:00")
    user.person.refresh_from_db()
    assert (user.person.quiet_from, user.person.quiet_until) == (time(22), time(8))
    assert "silent from 22:00 to 08:00" in follows(page())


def test_kinds_are_switched_off_and_on(client, page, user):
    plan = a_plan(a_sim(user), days=9)
    say(client, kinds=["charge", "number_at_risk"])
    assert coming(plan) == []
    assert [box["value"] for box in page().select("input[name=kinds][checked]")] == ["charge", "number_at_risk"]
    say(client)
    assert coming(plan) != []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"hour": ""}, "hour"),
        ({"hour": "half past nine"}, "hour"),
        ({"days_charge": "a week"}, "days_charge"),
        ({"days_charge": "-1"}, "days_charge"),
        ({"days_charge": "400"}, "days_charge"),
        ({"days_charge": "1 2 3 4 5 6 7 8 9 10 11"}, "days_charge"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_until": "08:00"}, "quiet_from"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"overview": "hour"}, "overview"),
        ({"kinds": ["gossip"]}, "kinds"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field_and_nothing_typed_is_lost(client, user, said, field):
    shown = say(client, days_trip="3", **said)
    assert shown.select_one(f"#div_id_{field} .invalid-feedback, #div_id_{field} .is-invalid")
    assert shown.select_one("[name=days_trip]")["value"] == "3"
    user.person.refresh_from_db()
    assert (user.person.leads, user.person.hour, user.person.quiet_from) == ({}, time(9), None)


def test_the_page_opens_at_the_first_mistake_on_it(client, user):
    shown = say(client, days_charge="a week", quiet_from="22:00")
    assert [field["name"] for field in shown.select("[autofocus]")] == ["days_charge"]


def test_what_would_follow_is_said_before_it_is_saved(client, user):
    response = client.get(reverse("plans:timing_words"), SAID | {"hour": "08:30", "days_plan_expires": "3"})
    assert "For a plan of 30 days: 3 days before, at 08:30." in response.content.decode()
    user.person.refresh_from_db()
    assert user.person.leads == {}


def test_of_nonsense_nothing_follows(client, user):
    assert client.get(reverse("plans:timing_words"), SAID | {"hour": "x"}).status_code == 204


def test_reminders_are_paused_until_a_day_and_resumed(client, user):
    plan = a_plan(a_sim(user), days=9)
    until = TODAY + timedelta(days=4)
    client.post(reverse("plans:pause"), {"until": until.isoformat()})
    shown = BeautifulSoup(client.get(reverse("plans:reminders")).content, "html.parser")
    assert "Paused. Reminders go on Friday 27 November" in shown.get_text()
    assert coming(plan)[0] == "27 04:00"
    response = client.post(reverse("plans:resume"), {"next": reverse("plans:reminders")})
    assert response["Location"] == reverse("plans:reminders")
    assert coming(plan)[0] == "25 04:00"


@pytest.mark.parametrize("until", ["", "2026-11-23", "2026-01-01", "2030-01-01", "soon"])
def test_a_pause_that_makes_no_sense_is_refused_next_to_the_field(client, user, until):
    response = client.post(reverse("plans:pause"), {"until": until})
    assert response.status_code == 422
    assert BeautifulSoup(response.content, "html.parser").select_one("#id_until.is-invalid")
    user.person.refresh_from_db()
    assert user.person.paused_until is None


# --- one SIM -----------------------------------------------------------------------------------------------


def test_a_kind_is_switched_off_for_one_sim(client, user):
    loud, still = a_plan(a_sim(user), days=9), a_plan(a_sim(user), days=9)
    wanted = [kind for kind in user.person.wanted_kinds if kind != "plan_expires"]
    client.post(reverse("plans:sim_kinds", args=[still.sim_id]), {"kinds": wanted})
    assert coming(still) == []
    assert coming(loud) != []
    shown = BeautifulSoup(client.get(reverse("plans:sim", args=[still.sim_id])).content, "html.parser")
    assert [box["value"] for box in shown.select("#reminders [name=kinds][checked]")] == wanted
    client.post(reverse("plans:sim_kinds", args=[still.sim_id]), {"kinds": list(user.person.wanted_kinds)})
    assert coming(still) == coming(loud)


def test_a_sim_is_not_asked_about_what_its_person_hears_of_nowhere(client, user):
    sim = a_sim(user, muted_kinds=["charge", "trip"])
    actions.mute_kinds(user.person, ["charge"], NOW)
    shown = BeautifulSoup(client.get(reverse("plans:sim", args=[sim.pk])).content, "html.parser")
    assert "charge" not in [box["value"] for box in shown.select("#reminders [name=kinds]")]
    client.post(reverse("plans:sim_kinds", args=[sim.pk]), {"kinds": ["trip", "price"]})
    sim.refresh_from_db()
    assert "charge" in sim.muted_kinds
    assert "trip" not in sim.muted_kinds


def test_nobody_else_switches_the_kinds_of_a_sim(client, user):
    other = a_sim()
    assert client.post(reverse("plans:sim_kinds", args=[other.pk]), {"kinds": []}).status_code == 404

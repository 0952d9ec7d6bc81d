"""The person's settings, the copy of their data, and deleting the account."""

import json

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth import get_user_model
from django.urls import reverse

from plans import actions
from plans.models import Heartbeat, Message, Need, Person, Plan, Quota, Reminder, Sim
from plans.usage import Allowance
from plans.views.settings import _kept_of
from tests.builders import NOW, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

SAID = {
    "name": "Aigerim",
    "language": "ru",
    "time_zone": "Europe/Berlin",
    "place": "abroad",
    "payments": ["foreign_card", "unionpay"],
}


@pytest.fixture
def user(client):
    user = a_user()
    client.force_login(user)
    return user


def test_what_is_said_is_kept(client, user):
    response = client.post(reverse("plans:settings"), SAID)
    assert (response.status_code, response["Location"]) == (302, reverse("plans:settings"))
    person = Person.objects.get(user=user)
    assert (person.name, person.language, person.time_zone) == ("Aigerim", "ru", "Europe/Berlin")
    assert (person.place, person.payments) == ("abroad", ["foreign_card", "unionpay"])
    assert 'lang="ru"' in client.get(reverse("plans:settings")).content.decode()


def test_the_form_shows_what_is_kept(client, user):
    client.post(reverse("plans:settings"), SAID)
    page = BeautifulSoup(client.get(reverse("plans:settings")).content, "html.parser")
    assert page.select_one("[name=language] [selected]")["value"] == "ru"
    assert page.select_one("[name=time_zone] [selected]")["value"] == "Europe/Berlin"
    assert page.select_one("[name=place][checked]")["value"] == "abroad"
    assert [box["value"] for box in page.select("[name=payments][checked]")] == ["foreign_card", "unionpay"]


@time_machine.travel(NOW, tick=False)
def test_another_time_zone_moves_the_reminders(client, user):
    a_plan(a_sim(user), days=9)
    first = Reminder.objects.coming().first().planned_for
    client.post(reverse("plans:settings"), SAID)
    assert Reminder.objects.coming().first().planned_for.hour == 8  # 09:00 in Berlin
    assert Reminder.objects.coming().first().planned_for != first


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Olympus"), ("time_zone", ""), ("language", "de"), ("payments", ["gold"]), ("place", "moon")],
)
def test_what_makes_no_sense_is_refused_next_to_its_field(client, user, field, value):
    response = client.post(reverse("plans:settings"), SAID | {field: value})
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select(f"#div_id_{field} .invalid-feedback")
    assert Person.objects.get(user=user).name == ""


def test_zones_are_offered_once_each_by_their_names_of_today_in_the_readers_language(client, user):
    Person.objects.filter(user=user).update(language="zh-hant", time_zone="Asia/Almaty")
    page = BeautifulSoup(client.get(reverse("plans:settings")).content, "html.parser")
    zones = {option["value"]: option.get_text() for option in page.select("[name=time_zone] option")}
    assert (zones["Asia/Almaty"], zones["Asia/Shanghai"], zones["Asia/Kolkata"]) == ("阿拉木圖", "上海", "加爾各答")
    assert not {"Asia/Chongqing", "Asia/Calcutta"} & set(zones)


def test_an_unusual_zone_that_is_kept_can_be_kept(client, user):
    Person.objects.filter(user=user).update(time_zone="Etc/GMT-5")
    page = BeautifulSoup(client.get(reverse("plans:settings")).content, "html.parser")
    assert page.select_one("[name=time_zone] [selected]")["value"] == "Etc/GMT-5"


def test_the_copy_of_the_data_holds_the_users_own_and_nobody_elses(client, user):
    a_plan(a_sim(user, label="Mine"))
    a_plan(a_sim(label="Theirs"))
    response = client.get(reverse("plans:download"))
    assert response["Content-Disposition"].startswith("attachment;")
    rows = json.loads(response.content)
    assert {row["model"] for row in rows} == {"plans.person", "plans.sim", "plans.plan", "plans.reminder"}
    assert "Mine" in response.content.decode()
    assert "Theirs" not in response.content.decode()


def test_the_copy_of_the_data_holds_everything_that_users_own(user, rf):
    """A model that comes to the app comes into the copy, or is the clockwork's, or worked out of the others."""
    request = rf.get("/")
    request.user, request.person = user, user.person
    kept = {queryset.model for queryset in _kept_of(request)}
    assert set(apps.get_app_config("plans").get_models()) - kept == {Heartbeat, Need, Quota}


def test_the_copy_of_the_data_holds_what_was_said_of_use(client, user):
    mine, theirs = (actions.say_left(a_sim(of), {Allowance.DATA: 77}, NOW) for of in (user, a_user()))
    rows = json.loads(client.get(reverse("plans:download")).content)
    assert [row["pk"] for row in rows if row["model"] == "plans.usagereading"] == [mine.pk] != [theirs.pk]


@pytest.mark.parametrize(
    "target", ["NaN", "plans:settings", "guides:index", "a/b", "//evil.example/", "/\\evil.example"]
)
def test_what_is_no_path_of_this_site_leads_to_the_usual_page(client, user, target):
    sim = a_sim(user)
    price = client.post(reverse("plans:plan_price", args=[a_plan(sim).pk]), {"next": target})
    assert (price.status_code, price["Location"]) == (302, reverse("plans:sim", args=[sim.pk]))
    resumed = client.post(reverse("plans:resume"), {"next": target})
    assert (resumed.status_code, resumed["Location"]) == (302, reverse("plans:dashboard"))


def test_deleting_the_account_asks_once_and_leaves_nothing(client, user):
    a_plan(a_sim(user))
    Message.objects.create(
        kind="reminders", person=user.person, message_id="<1@test>", to=user.email, state="sent", posted_at=NOW
    )
    other = a_plan()
    question = client.get(reverse("plans:delete_account"))
    assert "1 SIM " in question.content.decode()
    assert get_user_model().objects.filter(pk=user.pk).exists()
    response = client.post(reverse("plans:delete_account"), follow=True)
    assert "is deleted" in response.content.decode()
    assert list(get_user_model().objects.all()) == [other.sim.owner]
    assert list(Sim.objects.all()) == [other.sim]
    assert list(Plan.objects.all()) == [other]
    assert not Message.objects.exists()
    assert client.get(reverse("plans:dashboard")).status_code == 302

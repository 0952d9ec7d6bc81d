"""The admin: everything workable for an administrator, what users own hidden from editors."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from plans import actions, clockwork, outbox
from plans.models import Heartbeat, Lot, Message, Person, Plan, Quota, Reminder, Sim, Stay
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user

pytestmark = pytest.mark.django_db

OWNED = [*apps.get_app_config("plans").get_models(), get_user_model()]
HISTORY = ["reminder", "message", "renewal", "receipt", "heartbeat", "quota", "address", "snooze", "need", "lot"]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(client):
    user = get_user_model().objects.create_superuser("admin@example.org", "a long password 7")
    client.force_login(user)
    return user


@pytest.fixture
def plan():
    return a_plan(a_sim(number="+77015550142", label="Till 14"), days=9)


@pytest.fixture
def everything(plan):
    """One row of every kind."""
    renewal = actions.renew(plan, to=TODAY + timedelta(days=20), now=NOW)
    renewal.receipts.create(file="aa/none", name="0142.jpg", content_type="image/jpeg", size=3, added_at=NOW)
    actions.read_balance(plan.sim, 500, NOW)
    plan.sim.usage_readings.create(kind="data", left=900, said_at=NOW)
    plan.sim.tied_accounts.create(name="The bank of 0142")
    plan.sim.person.stays.create(place="abroad", since=TODAY)
    plan.sim.person.addresses.create(medium="telegram", to={"chat": "secret 4711"}, label="@chat0142", added_at=NOW)
    plan.sim.snoozes.create(subject="plan:1", kind="plan_expires", deadline=TODAY, until=TODAY, made_at=NOW)
    Lot.objects.create(owner=plan.sim.owner, kind="grouped", sims={plan.sim.pk: ""}, group="0142", made_at=NOW)
    Heartbeat.objects.create(name="tick", at=NOW)
    Quota.objects.create(medium="email")
    return a_message(plan)


def a_message(plan: Plan, **fields) -> Message:
    values = {"kind": "reminders", "state": "failed", "error": "550 no such user", "text": "words of the message"}
    values |= {"person": plan.sim.person, "to": plan.sim.person.email, "message_id": "<1@test>", "posted_at": NOW}
    return Message.objects.create(**(values | fields))


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OWNED)
def test_every_model_is_listed_searched_and_opened(client, administrator, everything, model):
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "changelist") + "?q=0142").status_code == 200
    assert client.get(address(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("name", HISTORY)
def test_history_can_only_be_read(client, administrator, everything, name):
    model = apps.get_model("plans", name)
    row = model.objects.first()
    assert client.get(address(model, "add")).status_code == 403
    assert client.post(address(model, "change", row.pk), {}).status_code == 403
    assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def form_data(page: BeautifulSoup) -> dict[str, object]:
    """What a browser would send back unchanged."""
    data = {}
    for field in page.select("#content-main form [name]"):
        if field.get("type") in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        if field.name == "select":
            chosen = [option.get("value", "") for option in field.select("option[selected]")]
            data[field["name"]] = chosen if field.has_attr("multiple") else (chosen or [""])[0]
        else:
            data[field["name"]] = field.get_text() if field.name == "textarea" else field.get("value", "")
    return {name: value for name, value in data.items() if not name.startswith("_") and "__prefix__" not in name}


def change(client, item, **fields) -> None:
    link = address(type(item), "change", item.pk)
    data = form_data(BeautifulSoup(client.get(link).content, "html.parser"))
    response = client.post(link, data | fields)
    problems = BeautifulSoup(response.content, "html.parser").select(".errorlist, .errornote")
    assert response.status_code == 302, problems


def coming_deadlines(sim) -> set:
    return set(Reminder.objects.filter(sim=sim, kind="plan_expires").coming().values_list("deadline", flat=True))


def test_another_day_of_departure_moves_the_reminders_of_a_trip(client, administrator, plan):
    stay = a_stay(plan.sim.owner, since=5, until=40)
    change(client, stay, since="2026-12-01")
    trip = Reminder.objects.filter(sim=plan.sim, kind="trip").coming()
    assert {row.deadline.isoformat() for row in trip} == {"2026-11-30"}


def test_a_stay_that_shares_a_day_with_another_is_refused(client, administrator, plan):
    a_stay(plan.sim.owner, since=5, until=40)
    said = {"person": plan.sim.person_id, "place": "kz", "since": "2026-12-20", "until": "2027-02-01"}
    page = client.post(address(Stay, "add"), said).content.decode()
    assert "It shares a day with Abroad 2026-11-28 – 2027-01-02." in page
    assert Stay.objects.count() == 1


def test_another_date_of_a_plan_moves_its_reminders(client, administrator, plan):
    change(client, plan, paid_until="2026-12-20")
    plan.refresh_from_db()
    assert plan.said_at == NOW
    assert not plan.first_said
    assert {day.isoformat() for day in coming_deadlines(plan.sim)} == {"2026-12-20"}


def test_a_plan_changed_on_the_page_of_its_sim_moves_its_reminders(client, administrator, plan):
    change(client, plan.sim, **{"plans-0-paid_until": "2026-12-20"})
    assert {day.isoformat() for day in coming_deadlines(plan.sim)} == {"2026-12-20"}


def test_a_plan_saved_unchanged_keeps_what_was_said(client, administrator, plan):
    before = Plan.objects.values().get()
    change(client, plan)
    assert Plan.objects.values().get() == before


def test_a_sim_that_is_archived_reminds_of_nothing(client, administrator, plan):
    change(client, plan.sim, archived_at_0="2026-11-23", archived_at_1="10:00:00")
    assert coming_deadlines(plan.sim) == set()


def test_a_watched_number_is_reminded_of(client, administrator):
    sim = a_sim(number="+77015550142")
    change(client, sim, last_activity_on="2026-11-20", keep_alive="on")
    assert Reminder.objects.filter(sim=sim, kind="number_at_risk").coming().exists()


def test_a_balance_entered_with_its_sim_counts(client, administrator):
    plan = a_plan(a_sim(number="+77015550142"), days=3, renews="auto")
    change(
        client,
        plan.sim,
        **{
            "balance_entries-TOTAL_FORMS": "1",
            "balance_entries-0-kind": "reading",
            "balance_entries-0-amount": "9000",
            "balance_entries-0-currency": "KZT",
            "balance_entries-0-on": "2026-11-23",
        },
    )
    assert not Reminder.objects.filter(plan=plan, kind="charge", deadline=plan.paid_until).coming().exists()


def test_another_zone_of_a_person_moves_their_reminders(client, administrator, plan):
    change(client, plan.sim.person, time_zone="Europe/Berlin", payments=["cash"])
    assert Person.objects.get(pk=plan.sim.person.pk).payments == ["cash"]
    assert Reminder.objects.filter(sim=plan.sim).coming().first().planned_for.hour == 8


def test_deleting_a_plan_deletes_its_reminders(client, administrator, plan):
    client.post(address(Plan, "delete", plan.pk), {"post": "yes"})
    assert not Plan.objects.exists()
    assert not Reminder.objects.exists()


def test_a_user_can_be_deleted_with_everything(client, administrator, everything, plan):
    client.post(address(get_user_model(), "delete", plan.sim.owner.pk), {"post": "yes"})
    assert list(get_user_model().objects.all()) == [administrator]
    assert not Sim.objects.exists()


def test_a_user_can_be_added_and_has_to_verify_the_address(client, administrator):
    client.post(
        address(get_user_model(), "add"),
        {
            "email": "New@Example.org",
            "usable_password": "true",
            "password1": "some thing 77",
            "password2": "some thing 77",
        },
    )
    user = get_user_model().objects.get(email="new@example.org")
    assert EmailAddress.objects.filter(user=user, email=user.email, primary=True, verified=False).exists()
    assert (user.person.email, user.person.email_verified) == ("new@example.org", False)


def test_another_address_of_a_user_has_to_be_verified(client, administrator):
    user = a_user("old@example.org")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    change(client, user, email="other@example.org")
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [
        ("other@example.org", False)
    ]
    assert list(Person.objects.filter(user=user).values_list("email", "email_verified")) == [
        ("other@example.org", False)
    ]


@pytest.mark.parametrize("name", ["message", "reminder"])
def test_what_failed_can_be_sent_again(client, administrator, plan, name):
    message = a_message(plan)
    reminder = Reminder.objects.filter(plan=plan).first()
    Reminder.objects.filter(pk=reminder.pk).update(state="failed", due_at=None, message=message)
    row = message if name == "message" else reminder
    model = type(row)
    data = {"action": "send_again", "_selected_action": [row.pk]}
    assert "1 message goes out again" in client.post(address(model, "changelist"), data, follow=True).content.decode()
    message.refresh_from_db()
    assert (message.state, message.next_attempt_at) == (Message.State.QUEUED, NOW)
    assert "Nothing was sent again" in client.post(address(model, "changelist"), data, follow=True).content.decode()


def test_the_text_of_account_mail_is_read_by_nobody(client, administrator, plan):
    message = outbox.post_account_mail("x@example.org", "Your code", "the code is 4711", "<b>4711</b>")
    assert "4711" not in client.get(address(Message, "change", message.pk)).content.decode()
    reminders = a_message(plan)
    assert "words of the message" in client.get(address(Message, "change", reminders.pk)).content.decode()


def test_the_first_page_says_that_the_clockwork_stands(client, administrator):
    assert "The clockwork has not run" in client.get(reverse("admin:index")).content.decode()
    clockwork.note_tick(NOW)
    assert "The clockwork has not run" not in client.get(reverse("admin:index")).content.decode()


def test_editors_see_nothing_that_users_own(client, everything):
    editor = a_user("editor@example.org")
    editor.is_staff = True
    editor.save()
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    index = client.get(reverse("admin:index")).content.decode()
    assert reverse("admin:app_list", args=["guides"]) in index
    assert f'href="{reverse("admin:app_list", args=["plans"])}"' not in index
    for model in OWNED:
        assert client.get(address(model, "changelist")).status_code == 403
        assert client.get(address(model, "change", model.objects.first().pk)).status_code == 403


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_that_nobody_can_mean_is_refused_next_to_its_field(client, administrator, plan, day):
    told = {"sim": plan.sim_id, "price": "1", "currency": "KZT", "period": "30d", "renews": "auto", "paid_until": day}
    page = client.post(reverse("admin:plans_plan_change", args=[plan.pk]), told)
    assert "paid_until" in page.context["adminform"].errors
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.update(paid_until=day)

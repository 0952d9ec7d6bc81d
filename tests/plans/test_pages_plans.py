"""The pages of a plan: adding, editing, renewing, putting away."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from plans import actions
from plans.models import Plan, Renewal
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def plan(owner):
    return a_plan(a_sim(owner), days=3)


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def shown(response) -> dict:
    """What the page's form would send as it stands."""
    form = soup(response).select_one("main form")
    data = {element["name"]: element.get("value", "") for element in form.select("input") if "checked" in element.attrs}
    plain = [e for e in form.select("input") if e.get("type") not in ("radio", "checkbox")]
    data |= {element["name"]: element.get("value", "") for element in plain}
    return data | {select["name"]: select.select_one("option[selected]")["value"] for select in form.select("select")}


def standing(plan: Plan) -> set:
    return set(plan.reminders.coming().values_list("kind", "deadline", "occurrence", "planned_for"))


# --- adding and editing ---------------------------------------------------------------------------------


def test_a_sim_may_carry_several_plans(client, owner, plan):
    response = client.post(f"/sims/{plan.sim_id}/plans/add/", {"name": "Roaming", "period": "7d", "price": "990"})

    assert response.url == f"/sims/{plan.sim_id}/"
    assert [one.name for one in plan.sim.plans.order_by("pk")] == ["Freestyle", "Roaming"]


def test_an_empty_plan_page_adds_a_plan_of_unknown_date(client, owner):
    sim = a_sim(owner)

    client.post(f"/sims/{sim.pk}/plans/add/", shown(client.get(f"/sims/{sim.pk}/plans/add/")))

    assert sim.plans.get().paid_until is None


def test_saving_an_edit_page_as_it_is_changes_nothing(client, owner, plan):
    before = Plan.objects.filter(pk=plan.pk).values().get()

    assert client.post(f"/plans/{plan.pk}/edit/", shown(client.get(f"/plans/{plan.pk}/edit/"))).status_code == 302

    assert Plan.objects.filter(pk=plan.pk).values().get() == before


def test_a_date_is_corrected_in_any_wording(client, owner, plan):
    data = shown(client.get(f"/plans/{plan.pk}/edit/")) | {"wording": "charge", "paid_until": "2026-12-05"}

    client.post(f"/plans/{plan.pk}/edit/", data)

    plan.refresh_from_db()
    assert plan.paid_until.isoformat() == "2026-12-04"


def test_a_date_that_turns_out_unknown_stays_an_open_question(client, owner, plan):
    client.post(f"/plans/{plan.pk}/edit/", shown(client.get(f"/plans/{plan.pk}/edit/")) | {"wording": "unknown"})

    plan.refresh_from_db()
    assert plan.paid_until is None
    assert "Needs a decision" in client.get("/dashboard/").content.decode()


def test_an_old_edit_page_does_not_take_a_renewal_back(client, owner, plan):
    old_page = shown(client.get(f"/plans/{plan.pk}/edit/"))
    to = plan.paid_until + timedelta(days=30)
    actions.renew(plan, to=to, now=NOW)

    client.post(f"/plans/{plan.pk}/edit/", old_page | {"name": "Super"})

    plan.refresh_from_db()
    assert (plan.name, plan.paid_until) == ("Super", to)


# --- renewing -------------------------------------------------------------------------------------------


def test_renewing_takes_one_tap_and_moves_the_reminders(client, owner, plan):
    page = client.get(f"/plans/{plan.pk}/renew/")
    text = soup(page).get_text(" ", strip=True)
    assert "Thursday 26 November" in text  # until now
    assert "Saturday 26 December" in text  # from now on
    old = standing(plan)

    response = client.post(f"/plans/{plan.pk}/renew/", shown(page))

    plan.refresh_from_db()
    assert response.url == f"/sims/{plan.sim_id}/"
    assert plan.paid_until == TODAY + timedelta(days=33)
    assert Renewal.objects.get().amount == 4990
    assert {deadline for _kind, deadline, *_rest in standing(plan)} == {plan.paid_until}
    assert not standing(plan) & old


def test_a_renewal_can_be_undone_from_its_message(client, owner, plan):
    old = standing(plan)
    response = client.post(f"/plans/{plan.pk}/renew/", follow=True)

    form = soup(response).select_one(".messages form")
    client.post(form["action"])

    plan.refresh_from_db()
    assert plan.paid_until == TODAY + timedelta(days=3)
    assert standing(plan) == old
    assert "cannot be taken back" in client.post(form["action"], follow=True).content.decode()


def test_a_second_tap_is_no_second_renewal(client, owner, plan):
    page = shown(client.get(f"/plans/{plan.pk}/renew/"))

    client.post(f"/plans/{plan.pk}/renew/", page)
    response = client.post(f"/plans/{plan.pk}/renew/", page)

    assert response.url == f"/sims/{plan.sim_id}/"
    assert Renewal.objects.count() == 1


def test_renewing_may_switch_to_another_plan(client, owner, plan):
    to = TODAY + timedelta(days=20)
    changes = {"name": "Big", "price": "7 990", "period": "28d", "renews": "auto", "paid_until": to.isoformat()}

    client.post(f"/plans/{plan.pk}/renew/", shown(client.get(f"/plans/{plan.pk}/renew/")) | changes)

    plan.refresh_from_db()
    assert (plan.name, plan.price, plan.period, plan.renews) == ("Big", Decimal(7990), "28d", "auto")
    assert plan.paid_until == to
    assert Renewal.objects.get().amount == 7990


def test_another_period_brings_another_date(client, owner, plan):
    part = client.get(f"/plans/{plan.pk}/renew/", {"period": "7d"}, headers={"HX-Request": "true"})

    assert "Thursday 3 December" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_renewing_asks_for_a_date_it_cannot_work_out(client, owner):
    plan = a_plan(a_sim(owner), days=None)

    response = client.post(f"/plans/{plan.pk}/renew/", shown(client.get(f"/plans/{plan.pk}/renew/")))

    assert "Enter the last day" in soup(response).select_one("#div_id_paid_until .invalid-feedback").text
    client.post(f"/plans/{plan.pk}/renew/", {"paid_until": "2026-12-24"})
    plan.refresh_from_db()
    assert plan.paid_until.isoformat() == "2026-12-24"


def test_an_assumed_renewal_is_confirmed(client, owner):
    plan = a_plan(a_sim(owner), days=-3, renews="auto")

    client.post(f"/plans/{plan.pk}/renew/", shown(client.get(f"/plans/{plan.pk}/renew/")))

    plan.refresh_from_db()
    assert plan.paid_until == TODAY + timedelta(days=27)


# --- putting away ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_putting_a_plan_away_can_be_undone(client, owner, plan, action):
    before = standing(plan)

    response = client.post(f"/plans/{plan.pk}/{action}/", follow=True)
    assert not standing(plan)

    client.post(soup(response).select_one(".messages form")["action"])
    assert standing(plan) == before


def test_an_archived_plan_can_be_brought_back_later(client, owner, plan):
    client.post(f"/plans/{plan.pk}/archive/", follow=True)

    assert soup(client.get(f"/sims/{plan.sim_id}/")).select_one(f'form[action="/plans/{plan.pk}/unarchive/"]')


def test_reminders_of_a_plan_stop_and_go_on(client, owner, plan):
    before = standing(plan)
    address = f"/plans/{plan.pk}/reminders/"

    client.post(address)
    assert not standing(plan)
    switch = soup(client.get(f"/sims/{plan.sim_id}/")).select_one(f"form[action='{address}'] button")

    client.post(address, {switch["name"]: ""})
    assert standing(plan) == before


ACTIONS = ["reminders", "archive", "unarchive", "delete", "restore"]


@pytest.mark.parametrize("action", ACTIONS)
def test_looking_at_an_address_that_acts_changes_nothing(client, owner, plan, action):
    assert client.get(f"/plans/{plan.pk}/{action}/").status_code == 405


def test_looking_at_an_undo_changes_nothing(client, owner, plan):
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)

    assert client.get(f"/renewals/{renewal.pk}/undo/").status_code == 405


@pytest.mark.parametrize("action", ["edit", "renew", *ACTIONS])
def test_a_stranger_finds_nothing(client, plan, action):
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    deleted, on_deleted_sim = a_plan(plan.sim), a_plan(a_sim(plan.sim.owner))
    actions.set_flag(deleted, "deleted_at", NOW, on=True)
    actions.set_flag(on_deleted_sim.sim, "deleted_at", NOW, on=True)
    client.force_login(a_user())
    before = list(Plan.objects.values())

    for one in (plan, deleted, on_deleted_sim):
        assert client.get(f"/plans/{one.pk}/{action}/").status_code in (404, 405)
        assert client.post(f"/plans/{one.pk}/{action}/", {"paid_until": "2026-12-30"}).status_code == 404
    assert client.post(f"/renewals/{renewal.pk}/undo/").status_code == 404
    assert list(Plan.objects.values()) == before

"""Doing without leaving the page: each form over another page, in place, and as a page of its own."""

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from guides.models import Operator
from plans import actions
from plans.forms.sims import OperatorChoices
from plans.models import BalanceEntry, Plan, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user

pytestmark = pytest.mark.django_db

IN_SHEET = {"HX-Request": "true", "HX-Target": "sheet-body", "HX-Current-URL": "http://testserver/dashboard/"}
IN_PLACE = IN_SHEET | {"HX-Target": "main"}


@dataclass(frozen=True)
class Form:
    """A form page: its address, what it takes, and what it refuses ({}: it refuses nothing)."""

    url: str
    good: dict = field(default_factory=dict)
    bad: dict = field(default_factory=dict)


NEW = {"number": "8 701 222 33 44", "operator": "kcell"}


def _forms(plan, renewal, stay) -> dict[str, Form]:
    sim, pk = f"/sims/{plan.sim_id}", plan.pk
    file = SimpleUploadedFile("r.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    return {
        "renew": Form(f"/plans/{pk}/renew/", {"paid_until": "2027-01-20"}, {"paid_until": "2020-01-01"}),
        "top up": Form(f"{sim}/top-up/", {"amount": "1000"}, {"amount": "much"}),
        "balance": Form(f"{sim}/balance/", {"balance": "1000"}, {"balance": "much"}),
        "left": Form(f"{sim}/left/", {"data": "3 GB"}, {"data": "3 apples"}),
        "add a plan": Form(f"{sim}/plans/add/", {"name": "Other", "price": "990"}, {"price": "much"}),
        "edit a plan": Form(f"/plans/{pk}/edit/", {"name": "Super", "price": "4990"}, {"price": "much"}),
        "edit a SIM": Form(f"{sim}/edit/", NEW, NEW | {"number": "123"}),
        "add a SIM": Form("/sims/add/", NEW, NEW | {"number": "123"}),
        "reply": Form(f"{sim}/reply/", {"reply": "Баланс: 1250 ₸", "save": "yes", "take_balance": "on"}),
        "receipt": Form(f"/renewals/{renewal.pk}/receipts/add/", {"receipts": [file]}, {"receipts": []}),
        "trip": Form(f"/trips/{stay.pk}/edit/", {"place": "abroad", "since": "2026-12-01", "until": "2026-12-09"}),
        "later": Form(f"{sim}/later/"),
    }


NAMES = [*_forms(Plan(pk=1, sim_id=1), Plan(pk=1), Plan(pk=1))]
WITH_ERRORS = [name for name, form in _forms(Plan(pk=1, sim_id=1), Plan(pk=1), Plan(pk=1)).items() if form.bad]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client, guides_loaded):
    user = a_user()
    client.force_login(user)
    return user


@pytest.fixture
def plan(owner):
    operator = Operator.objects.get(slug="beeline")
    return a_plan(a_sim(owner, "+77051234567", operator=operator))


@pytest.fixture
def forms(owner, plan):
    renewal = actions.renew(plan, to=date(2026, 12, 26), now=NOW)
    return _forms(plan, renewal, a_stay(owner, since=5, until=9))


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


# --- the pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_form_is_a_page_and_opens_over_a_page(client, forms, name):
    alone = soup(client.get(forms[name].url))
    assert alone.html is not None
    assert alone.select_one("main h1")

    response = client.get(forms[name].url, headers=IN_SHEET)
    over = soup(response)
    assert over.html is None
    assert over.select_one("#sheet-title").get_text(strip=True) == alone.select_one("main h1").get_text(strip=True)
    assert over.select_one("[data-sheet-close]")
    assert over.select("form") or name == "later"
    assert "HX-Target" in response["Vary"]


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_what_is_wrong_is_said_in_the_sheet_and_nothing_typed_is_lost(client, forms, name):
    form = forms[name]
    response = client.post(form.url, form.bad, headers=IN_SHEET)

    page = soup(response)
    assert response.status_code in (200, 422)
    assert page.html is None
    assert page.select(".is-invalid, .invalid-feedback, [role=alert]")
    for field_name, value in form.bad.items():
        if isinstance(value, str):
            shown = page.select_one(f"input[name={field_name}]:not([type=radio])")
            assert shown is None or shown["value"] == value
    assert not BalanceEntry.objects.exists()
    assert Sim.objects.count() == 1


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("later", "reply")])
def test_what_is_saved_in_the_sheet_leads_nowhere(client, forms, name):
    form = forms[name]
    response = client.post(form.url, form.good, headers=IN_SHEET)

    assert response.status_code == 204
    assert "Location" not in response
    assert json.loads(response["HX-Trigger"])["sheet:done"]["to"].startswith("/")
    below = soup(client.get("/dashboard/"))
    assert below.select_one("#messages .notice")


def test_without_scripts_a_form_leads_to_its_next_page(client, forms):
    for name in ("add a SIM", "top up", "edit a plan"):
        assert client.post(forms[name].url, forms[name].good).status_code == 302


def test_a_pasted_reply_is_confirmed_in_the_sheet(client, plan):
    url = f"/sims/{plan.sim_id}/reply/"
    page = soup(client.post(url, {"reply": "Баланс: 1 250,50 ₸"}, headers=IN_SHEET))

    assert page.select_one("#recognised [name=balance]")["value"] == "1250.50"
    said = {"reply": "Баланс: 1 250,50 ₸", "save": "yes", "take_balance": "on", "balance": "1250.50"}
    response = client.post(url, said, headers=IN_SHEET)
    assert response.status_code == 204
    assert BalanceEntry.objects.get().amount == Decimal("1250.50")


def test_the_next_date_follows_the_choice_in_the_sheet_too(client, plan):
    part = client.get(f"/plans/{plan.pk}/renew/", {"period": "7d"}, headers=IN_SHEET | {"HX-Target": "new-date"})

    assert soup(part).select_one("#new-date")
    assert soup(part).select_one("#sheet-title") is None


# --- in place ----------------------------------------------------------------------------------------------


def test_a_small_form_stays_where_it_is_with_its_undo(client, plan):
    response = client.post(f"/plans/{plan.pk}/archive/", headers=IN_PLACE)

    assert response.status_code == 204
    toast = soup(client.get("/dashboard/")).select_one("#messages .notice")
    assert toast.select_one("form[data-in-place]")["action"] == f"/plans/{plan.pk}/unarchive/"


def test_other_parts_of_a_page_are_answered_as_ever(client, plan):
    reminder = plan.sim.reminders.coming().first()
    line = IN_SHEET | {"HX-Target": ""}
    url = reverse("plans:reminder_snooze", args=[reminder.pk])

    assert client.post(url, {"days": "1"}, headers=line).status_code == 200
    assert client.post(url, {"days": "1"}, headers=IN_SHEET).status_code == 204


def test_what_comes_next_can_wait(client, plan):
    page = soup(client.get(f"/sims/{plan.sim_id}/later/", headers=IN_SHEET))
    form = page.select_one("form:has(button[name=days])")
    assert [button["value"] for button in form.select("button")] == ["1", "3"]  # a week would be too late

    client.post(form["action"], {"days": "1"}, headers=IN_SHEET)
    assert plan.sim.snoozes.get().until == date(2026, 11, 24)
    page = soup(client.get(f"/sims/{plan.sim_id}/later/", headers=IN_SHEET))
    assert "Not before" in page.get_text()


# --- what was not saved --------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [IN_SHEET, IN_PLACE])
def test_who_is_signed_out_keeps_the_page_with_what_was_typed(client, plan, target):
    client.logout()
    response = client.post(f"/sims/{plan.sim_id}/top-up/", {"amount": "5"}, headers=target)

    assert response.status_code == 401
    assert "HX-Redirect" not in response
    assert not BalanceEntry.objects.exists()
    assert client.get("/sims/add/", headers=IN_SHEET)["HX-Redirect"].startswith("/accounts/login/")


def test_a_form_that_stood_open_too_long_is_refused_as_such(owner, plan):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)

    response = strict.post(f"/sims/{plan.sim_id}/top-up/", {"amount": "5"}, headers=IN_SHEET)
    assert response.status_code == 403
    assert not BalanceEntry.objects.exists()


def test_only_the_signed_in_get_the_sheet(client, owner):
    assert soup(client.get("/dashboard/")).select_one("dialog#sheet")
    client.logout()
    assert soup(client.get("/")).select_one("dialog") is None


# --- a SIM with its plan, in a few taps ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ({"paid": "today"}, date(2026, 12, 22)),
        ({"paid": "yesterday"}, date(2026, 12, 21)),
        ({"paid": "today", "period": "7d"}, date(2026, 11, 29)),
        ({"paid": "other", "paid_until": "2026-12-01"}, date(2026, 12, 1)),
        ({"paid": "other", "paid_until": "2026-11-20", "wording": "paid"}, date(2026, 12, 19)),
        ({"paid_until": "2026-12-01"}, date(2026, 12, 1)),
        # a day that was typed before the tap is hidden, and does not count
        ({"paid": "today", "paid_until": "2026-12-01", "wording": "until"}, date(2026, 12, 22)),
    ],
)
def test_the_day_is_said_with_a_tap(client, owner, said, until):
    client.post("/sims/add/", NEW | {"price": "4990"} | said)

    plan = Plan.objects.get()
    assert (plan.paid_until, plan.price) == (until, 4990)


def test_another_day_without_the_day_makes_no_plan(client, owner):
    client.post("/sims/add/", NEW | {"paid": "other", "period": "30d"})

    assert Sim.objects.exists()
    assert not Plan.objects.exists()


def test_a_payment_for_what_has_no_period_is_asked_about_in_sight(client, owner):
    page = soup(client.post("/sims/add/", NEW | {"paid": "today", "period": "once"}))

    assert page.select_one(".said-otherwise.is-said .invalid-feedback")
    assert not Sim.objects.exists()


def test_the_operator_is_named_while_the_number_is_typed_and_shows_its_tariffs(client, owner):
    page = soup(client.get("/sims/operators/", {"number": "8 705 12"}))

    assert page.select_one("#number-operator").get_text(" ", strip=True) == "Operator: Beeline"
    offered = {one["value"] for one in page.select("#tariff-chips input[type=radio][name=tariff]")}
    beeline = Operator.objects.get(slug="beeline").tariffs.values_list("pk", flat=True)
    assert offered == {"", *map(str, beeline)}
    both = soup(client.get("/sims/operators/", {"number": "8 701 12"}))
    assert "Kcell, activ" in both.select_one("#number-operator").get_text(" ", strip=True)
    assert not both.select("#tariff-chips input[type=radio]")  # nobody knows yet whose


def test_a_tariff_gives_its_price_only_where_it_was_confirmed_lately(client, owner):
    tariffs = Operator.objects.get(slug="beeline").tariffs
    stale = tariffs.exclude(price=None).first()
    tariffs.filter(pk=stale.pk).update(confidence="old")
    said = {"number": "8 705 222 33 44", "operator": "beeline", "tariff": stale.pk, "fill_in": "tariff"}
    assert soup(client.post("/sims/add/", said)).select_one("[name=price]").get("value", "") == ""

    tariffs.filter(pk=stale.pk).update(confidence="confirmed", seen_on=TODAY)
    page = soup(client.post("/sims/add/", said))
    assert Decimal(page.select_one("[name=price]")["value"]) == stale.price
    if stale.period:
        assert page.select_one("[name=period][checked]")["value"] == stale.period


def test_an_operator_chosen_by_hand_stays_whatever_is_typed(guides_loaded):
    operators = list(Operator.objects.all())
    typed = OperatorChoices(operators, "8 705 1")
    assert (typed.marked, typed.proposed) == ("beeline", "beeline")

    by_hand = OperatorChoices(operators, "8 705 12", "tele2", typed.proposed)
    again = OperatorChoices(operators, "8 707 12", by_hand.marked, by_hand.proposed)  # which fits it by chance
    last = OperatorChoices(operators, "8 705 12", again.marked, again.proposed)
    assert (by_hand.marked, again.marked, last.marked) == ("tele2", "tele2", "tele2")


def test_the_whole_of_it_can_be_said_in_the_same_form(client, owner):
    page = soup(client.get("/sims/add/"))

    names = {one["name"] for one in page.select("main form [name]")}
    assert {"number", "operator", "label", "balance", "name", "price", "period", "paid_until", "renews"} <= names
    assert page.select_one("[name=number]").has_attr("autofocus")
    assert page.select_one("[name=number]")["inputmode"] == "tel"

"""The owner's own card for the clerk: their number, and what is to be paid."""

from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from guides.models import Operator
from plans import actions
from plans.models import Sim
from tests.builders import NOW, a_plan, a_sim, a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sim(client) -> Sim:
    user = a_user()
    client.force_login(user)
    return a_sim(user, "+77011234567", operator=Operator.objects.get(slug="kcell"))


def card(client, sim, query=""):
    return BeautifulSoup(client.get(f"/sims/{sim.pk}/clerk/{query}").content, "html.parser")


def russian(page) -> str:
    return page.select_one(".clerk-first [lang=ru]").get_text().replace("\u00a0", " ")


def test_the_card_names_number_sum_and_operator(client, sim):
    a_plan(sim, price=4990)
    page = card(client, sim)
    assert "номера +7 701 123 45 67 на сумму 4 990 ₸ (тенге)" in russian(page)
    assert page.select_one(".clerk-operator").get_text() == "Kcell"
    assert page.select_one(".clerk-close")["href"] == f"/sims/{sim.pk}/"


def test_the_sum_is_what_is_missing_where_the_plan_renews_itself(client, sim):
    a_plan(sim, price=4990, renews="auto")
    actions.read_balance(sim, Decimal(1000), NOW)
    assert "на сумму 3 990 ₸" in russian(card(client, sim))


def test_the_sum_is_that_of_the_plan_asked_for(client, sim):
    a_plan(sim, price=4990, days=1)
    other = a_plan(sim, name="Music", price=590, days=9)
    assert "на сумму 4 990 ₸" in russian(card(client, sim))
    assert "на сумму 590 ₸" in russian(card(client, sim, f"?plan={other.pk}"))


@pytest.mark.parametrize("plan", [{"price": None}, {"price": 10, "currency": "USD"}, None])
def test_a_sum_nobody_knows_or_no_shop_takes_is_a_line_to_write_on(client, sim, plan):
    if plan:
        a_plan(sim, **plan)
    assert "на сумму _______ ₸" in russian(card(client, sim))


def test_the_card_is_private_and_named_to_no_search_engine(client, sim):
    response = client.get(f"/sims/{sim.pk}/clerk/")
    assert "private" in response.headers["Cache-Control"]
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert not page.select("link[rel=canonical], meta[property]")
    assert sim.owner.email not in response.content.decode()
    assert not page.select_one("[data-remember]")  # what is the account's is not kept among what is the device's


def test_it_is_nobody_elses(client, sim):
    client.force_login(a_user())
    assert client.get(f"/sims/{sim.pk}/clerk/").status_code == 404
    client.logout()
    assert client.get(f"/sims/{sim.pk}/clerk/").status_code == 302


def test_the_page_of_the_sim_and_that_of_renewing_lead_to_it(client, sim):
    plan = a_plan(sim)
    for path, link in [
        (f"/sims/{sim.pk}/", f"/sims/{sim.pk}/clerk/"),
        (f"/plans/{plan.pk}/renew/", f"/sims/{sim.pk}/clerk/?plan={plan.pk}"),
    ]:
        page = BeautifulSoup(client.get(path).content, "html.parser")
        assert page.select_one(f'a[href="{link}"]'), path

"""Choosing a tariff: what it fills in, what it never says, and that nothing typed is lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from guides.models import Operator, Tariff
from plans.catalogue import price_today, taken_from
from plans.forms.catalogue import price_words, tariffs_of
from plans.models import Plan, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user
from tests.plans.test_pages_plans import shown

pytestmark = pytest.mark.django_db
FRESH = {"source": "beeline.kz", "seen_on": TODAY - timedelta(days=10), "confidence": "one_source"}
STALE = {"source": "archive of beeline.kz", "seen_on": date(2024, 3, 12), "confidence": "old"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def operators(db):
    beeline = Operator.objects.create(slug="beeline", name="Beeline", prefixes=["705"])
    izi = Operator.objects.create(slug="izi", name="izi", network=beeline)
    kcell = Operator.objects.create(slug="kcell", name="Kcell")
    return {"beeline": beeline, "izi": izi, "kcell": kcell}


@pytest.fixture
def big(operators):
    says = {"period": "28d", "data_mb": 17408, "minutes": 120, "messages": 0, "fallback_fee": Decimal(390)}
    return Tariff.objects.create(operator=operators["beeline"], name="Big", price=Decimal(4990), **says, **FRESH)


@pytest.fixture
def old(operators):
    return Tariff.objects.create(operator=operators["beeline"], name="Old", price=Decimal(3990), period="30d", **STALE)


@pytest.fixture
def sim(client, operators):
    sim = a_sim(a_user(), operator=operators["beeline"], number="+77051234567")
    client.force_login(sim.owner)
    return sim


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def filled_in(client, url: str, tariff: Tariff, **typed):
    """The page after "take this"."""
    return client.post(url, shown(client.get(url)) | typed | {"tariff": tariff.pk, "fill_in": "tariff"})


def add_url(sim: Sim) -> str:
    return f"/sims/{sim.pk}/plans/add/"


# --- the rules -------------------------------------------------------------------------------------------


def test_everything_the_tariff_says_is_taken_and_the_price_only_where_it_is_todays(big, old):
    said = {"name": "Big", "period": "28d", "data_mb": 17408, "minutes": 120, "messages": 0, "fallback_fee": 390}
    assert taken_from(big, TODAY) == said | {"price": 4990}
    assert taken_from(big, TODAY + timedelta(days=81)) == said
    assert taken_from(old, TODAY) == {"name": "Old", "period": "30d"}


@pytest.mark.parametrize(("since", "price"), [(None, 4990), (TODAY, 4990), (TODAY + timedelta(days=1), None)])
def test_a_price_for_a_day_to_come_is_not_todays(big, since, price):
    big.price_since = since
    assert price_today(big, TODAY) == price


def test_each_price_is_said_with_its_day_and_its_source(big, old):
    assert price_words(big, TODAY) == "4,990\xa0₸, confirmed on 13 November: beeline.kz."
    assert price_words(old, TODAY) == (
        "Last seen on 12 March 2024: 3,990\xa0₸, archive of beeline.kz. Write what you pay."
    )
    old.seen_on = None
    assert "nobody knows when: 3,990" in price_words(old, TODAY)
    big.price_since = date(2026, 12, 12)
    assert price_words(big, TODAY).startswith("From 12 December it costs 4,990")


def test_a_brand_without_tariffs_offers_those_of_its_network(operators, big, old):
    every = [big, old]
    assert tariffs_of(operators["beeline"], every) == every
    assert tariffs_of(operators["izi"], every) == every
    assert tariffs_of(operators["kcell"], every) == []
    assert tariffs_of(None, every) == []
    own = Tariff.objects.create(operator=operators["izi"], name="Own", price=1, **FRESH)
    assert tariffs_of(operators["izi"], [*every, own]) == [own]


# --- the pages -------------------------------------------------------------------------------------------


def test_taking_a_tariff_fills_the_page_in_loses_nothing_and_stores_nothing(client, sim, big):
    typed = {"name": "x", "paid_until": "2026-12-12", "wording": "charge", "renews": "auto", "minutes": "7"}
    page = filled_in(client, add_url(sim), big, **typed)
    assert not Plan.objects.exists()
    data = shown(page)
    assert data["paid_until"] == "2026-12-12"
    assert (data["wording"], data["renews"]) == ("charge", "auto")
    said = {
        "name": "Big",
        "price": "4990",
        "period": "28d",
        "data_mb": "17 GB",
        "minutes": "120",
        "fallback_fee": "390",
    }
    assert {name: data[name] for name in said} == said
    assert "Filled in below" in page.content.decode()
    assert "confirmed on 13 November: beeline.kz" in page.content.decode()
    assert soup(page).select_one(".invalid-feedback, [role=alert]") is None
    assert client.post(add_url(sim), data).status_code == 302
    plan = Plan.objects.get()
    assert (plan.tariff, plan.tariff_price, plan.tariff_said_at) == (big, 4990, NOW)
    assert (plan.name, plan.price, plan.period, plan.paid_until) == ("Big", 4990, "28d", date(2026, 12, 11))
    assert (plan.data_mb, plan.minutes, plan.messages, plan.fallback_fee) == (17408, 120, 0, 390)


def test_what_is_typed_after_taking_counts_more(client, sim, big):
    data = shown(filled_in(client, add_url(sim), big))
    client.post(add_url(sim), data | {"price": "4500", "period": "30d", "minutes": ""})
    plan = Plan.objects.get()
    assert (plan.price, plan.period, plan.minutes, plan.data_mb) == (4500, "30d", None, 17408)
    assert plan.tariff_price == 4990  # which its owner was told


def test_an_old_price_is_shown_with_its_day_and_typed_by_the_reader(client, sim, old):
    page = filled_in(client, add_url(sim), old, price="4200")
    assert "Last seen on 12 March 2024: 3,990\xa0₸" in page.content.decode()
    option = soup(page).select_one(f'select[name=tariff] option[value="{old.pk}"]')
    assert option.text == "Old: 30 days"  # no price beside the name, for none is today's
    client.post(add_url(sim), shown(page))
    plan = Plan.objects.get()
    assert (plan.price, plan.tariff, plan.tariff_price) == (4200, old, None)


def test_nothing_of_a_tariff_that_was_taken_before_stays_in_another(client, sim, big, old):
    first = shown(filled_in(client, add_url(sim), big))
    second = shown(client.post(add_url(sim), first | {"minutes": "99", "tariff": old.pk, "fill_in": "tariff"}))
    said = {name: second[name] for name in ("name", "price", "period", "data_mb", "minutes", "fallback_fee")}
    assert said == {
        "name": "Old",
        "price": "",
        "period": "30d",
        "data_mb": "",
        "fallback_fee": "",
        "minutes": "99",  # which the reader typed
    }
    client.post(add_url(sim), first)
    plan = Plan.objects.get()
    url = f"/plans/{plan.pk}/edit/"
    client.post(url, shown(client.get(url)) | {"tariff": old.pk})
    plan.refresh_from_db()
    assert (plan.tariff, plan.name, plan.price, plan.data_mb, plan.minutes) == (old, "Old", None, None, None)


def test_a_tariff_sent_without_having_been_filled_in_says_what_was_left_as_it_was(client, sim, big):
    client.post(add_url(sim), {"tariff": big.pk, "price": "4700"})
    plan = Plan.objects.get()
    assert (plan.name, plan.price, plan.period, plan.data_mb) == ("Big", 4700, "28d", 17408)


def test_a_payment_day_is_counted_with_the_period_of_the_tariff(client, sim, big):
    client.post(add_url(sim), {"tariff": big.pk, "wording": "paid", "paid_until": "2026-11-20"})
    assert Plan.objects.get().paid_until == date(2026, 12, 17)


def test_the_fold_is_shown_only_where_there_is_something_to_choose(client, sim, operators, old):
    assert "Take it from the catalogue" in client.get(add_url(sim)).content.decode()
    fold = soup(client.get(add_url(sim))).select_one("#plan-fields details")
    assert not fold.has_attr("open")
    sim.operator = operators["kcell"]
    sim.save()
    assert "Take it from the catalogue" not in client.get(add_url(sim)).content.decode()
    assert client.post(add_url(sim), {"tariff": old.pk}).status_code == 200  # none of its operator's
    assert not Plan.objects.exists()


def test_a_sim_is_added_with_a_tariff_that_also_says_the_operator(client, sim, big):
    page = filled_in(client, "/sims/add/", big, number="8 777 555 01 01", label="Shop", keep_alive="on")
    assert Sim.objects.count() == 1
    filled = shown(page)
    assert (filled["number"], filled["label"], filled["operator"], filled["name"]) == (
        *("8 777 555 01 01", "Shop", "beeline"),
        "Big",
    )
    assert soup(page).select_one("[name=keep_alive]").has_attr("checked")
    assert "Not saved yet" not in page.content.decode()
    assert client.post("/sims/add/", filled).status_code == 302
    assert Plan.objects.get().tariff == big


def test_a_tariff_of_another_operator_is_refused_in_words(client, sim, big):
    data = {"number": "8 777 555 01 01", "operator": "kcell", "tariff": big.pk}
    page = client.post("/sims/add/", data)
    assert "This tariff is one of Beeline." in page.content.decode()
    assert Sim.objects.count() == 1


def test_only_the_number_and_the_operator_still_make_a_sim_without_a_plan(client, sim, big):
    data = shown(client.get("/sims/add/"))
    client.post("/sims/add/", data | {"number": "8 777 555 01 01", "operator": "kcell"})
    assert Sim.objects.count() == 2
    assert not Plan.objects.exists()


def test_editing_a_plan_keeps_its_tariff_changes_it_and_lets_it_go(client, sim, big, old):
    plan = a_plan(sim, tariff=old, price=Decimal(3500), name="My own")
    url = f"/plans/{plan.pk}/edit/"
    client.post(url, shown(client.get(url)) | {"minutes": "5"})
    plan.refresh_from_db()
    assert (plan.tariff, plan.name, plan.price, plan.minutes) == (old, "My own", 3500, 5)
    page = client.post(url, shown(client.get(url)) | {"tariff": str(big.pk), "fill_in": "tariff"})
    client.post(url, shown(page))
    plan.refresh_from_db()
    assert (plan.tariff, plan.name, plan.price, plan.minutes) == (big, "Big", 4990, 120)
    client.post(url, shown(client.get(url)) | {"tariff": ""})
    plan.refresh_from_db()
    assert (plan.tariff, plan.tariff_price, plan.name) == (None, None, "Big")


def test_a_script_that_knows_no_tariffs_leaves_them_alone(client, sim, big):
    plan = a_plan(sim, tariff=big)
    client.post(f"/plans/{plan.pk}/edit/", {"name": "Renamed", "initial-name": plan.name})
    plan.refresh_from_db()
    assert (plan.name, plan.tariff) == ("Renamed", big)


def test_a_source_is_text_and_no_html(client, sim, old):
    old.source = "<script>alert(1)</script>"
    old.save()
    page = client.post(add_url(sim), {"tariff": old.pk, "fill_in": "tariff"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_costs_one_query_however_many_tariffs_there_are(client, sim, big, django_assert_max_num_queries):
    for number in range(30):
        Tariff.objects.create(operator=big.operator, name=f"T{number}", price=1, **FRESH)
    with django_assert_max_num_queries(20) as asked:
        client.get(add_url(sim))
    assert sum('FROM "guides_tariff"' in query["sql"] for query in asked.captured_queries) == 1

"""The page on which an operator's reply is pasted: proposed, confirmed, noted."""

from datetime import date
from decimal import Decimal
from unittest import mock

import pytest
import time_machine
from bs4 import BeautifulSoup

from plans import actions
from plans.models import BalanceEntry, Plan
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

TEXT = "Баланс: 1 250,50 ₸. Следующее списание 15.12.2026.\nОсталось 3 ГБ"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def pasted(client, sim, text=TEXT) -> BeautifulSoup:
    return soup(client.post(f"/sims/{sim.pk}/reply/", {"reply": text}))


def confirmed(page: BeautifulSoup, **changes) -> dict:
    """What a browser sends from the form of what was recognised."""
    data = {"save": "yes"}
    for element in page.select("#recognised input"):
        if element.get("type") in ("radio", "checkbox") and not element.has_attr("checked"):
            continue
        data[element["name"]] = element.get("value", "on")
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def save(client, sim, data):
    return client.post(f"/sims/{sim.pk}/reply/", data)


def errors(page: BeautifulSoup) -> list[str]:
    return [element.get_text(" ", strip=True) for element in page.select(".invalid-feedback, .alert li")]


def noted(sim) -> list[tuple[Decimal, str, date]]:
    return list(sim.balance_entries.values_list("amount", "currency", "on"))


def test_the_page_of_the_sim_leads_to_it(client, owner, guides_loaded):
    sim = a_sim(owner)

    assert soup(client.get(f"/sims/{sim.pk}/")).select_one(f'#balance a[href="/sims/{sim.pk}/reply/"]')
    assert soup(client.get(f"/sims/{sim.pk}/reply/")).select_one("textarea[name=reply]")


def test_what_is_recognised_is_proposed_with_its_words_and_nothing_is_noted_yet(client, owner):
    plan = a_plan(a_sim(owner))

    page = pasted(client, plan.sim)

    assert page.select_one("[name=balance]")["value"] == "1250.50"
    assert page.select_one("[name=paid_until]")["value"] == "2026-12-15"
    assert page.select_one("[name=wording][checked]")["value"] == "charge"
    assert page.select_one("[name=take_balance]").has_attr("checked")
    assert "Баланс: 1 250,50 ₸" in page.text
    assert "Следующее списание 15.12.2026" in page.text
    assert page.select_one("#recognised [name=reply]")["value"] == TEXT
    assert not noted(plan.sim)
    assert Plan.objects.get().paid_until == plan.paid_until


def test_what_is_confirmed_is_noted(client, owner):
    plan = a_plan(a_sim(owner), period="month")

    response = save(client, plan.sim, confirmed(pasted(client, plan.sim)))

    assert response.url == f"/sims/{plan.sim.pk}/"
    assert noted(plan.sim) == [(Decimal("1250.50"), "KZT", TODAY)]
    plan.refresh_from_db()
    assert (plan.paid_until, plan.anchor) == (date(2026, 12, 14), 15)
    assert plan.sim.reminders.filter(deadline=date(2026, 12, 14)).exists()


def test_data_left_is_noted_of_the_only_plan_and_once(client, owner):
    plan = a_plan(a_sim(owner))
    page = pasted(client, plan.sim)
    assert page.select_one("[name=data]")["value"] == "3 GB"
    assert "Осталось 3 ГБ" in page.text

    for _ in range(2):
        save(client, plan.sim, confirmed(page))

    assert [(one.kind, one.left, one.plan) for one in plan.sim.usage_readings.all()] == [("data", 3072, plan)]
    two = a_plan(plan.sim).sim
    save(client, two, confirmed(page, data="2,5 ГБ", take_balance=None, wording=""))
    assert two.usage_readings.first().plan is None  # which of them it speaks of nobody knows


def test_it_can_be_edited_before(client, owner):
    plan = a_plan(a_sim(owner))
    data = confirmed(pasted(client, plan.sim), balance="1 300", paid_until="2026-12-20", wording="until")

    save(client, plan.sim, data)

    assert noted(plan.sim) == [(Decimal(1300), "KZT", TODAY)]
    assert Plan.objects.get().paid_until == date(2026, 12, 20)


def test_only_what_is_ticked_is_noted(client, owner):
    plan = a_plan(a_sim(owner))
    page = pasted(client, plan.sim)

    save(client, plan.sim, confirmed(page, take_balance=None))
    assert not noted(plan.sim)
    assert Plan.objects.get().paid_until == date(2026, 12, 14)

    save(client, plan.sim, confirmed(page, wording=""))
    assert noted(plan.sim)


def test_nothing_ticked_is_asked_about(client, owner):
    plan = a_plan(a_sim(owner))

    response = save(
        client, plan.sim, confirmed(pasted(client, plan.sim), take_balance=None, take_data=None, wording="")
    )

    assert errors(soup(response)) == ["Choose what to note, or go back."]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"balance": ""}, "Write the balance in figures, for example 1250."),
        ({"balance": "much"}, "Write a sum in figures, for example 4990."),
        ({"paid_until": ""}, "Enter the day."),
        ({"paid_until": "2096-12-15"}, "Check the year: 2096 is too far away."),
        ({"plan": ""}, "Choose one of the plans."),
        ({"plan": "0"}, "Choose one of the plans."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_noted(client, owner, changes, message):
    sim = a_sim(owner)
    a_plan(sim)
    a_plan(sim, name="Second")
    data = confirmed(pasted(client, sim), plan=str(sim.plans.first().pk)) | changes

    page = soup(save(client, sim, data))

    assert errors(page) == [message]
    assert page.select_one("#recognised [name=reply]")["value"] == TEXT
    assert not noted(sim)


def test_with_two_plans_the_reader_says_which(client, owner):
    sim = a_sim(owner)
    first, second = a_plan(sim), a_plan(sim, name="Second")
    page = pasted(client, sim)

    assert not page.select("[name=plan][checked]")
    save(client, sim, confirmed(page, plan=str(second.pk)))

    until = dict(sim.plans.values_list("pk", "paid_until"))
    assert until == {first.pk: first.paid_until, second.pk: date(2026, 12, 14)}


def test_the_plan_of_another_sim_is_refused(client, owner):
    sim, theirs = a_sim(owner), a_plan(a_sim())
    a_plan(sim)

    response = save(client, sim, confirmed(pasted(client, sim), plan=str(theirs.pk)))

    assert response.status_code == 200
    assert Plan.objects.get(pk=theirs.pk).paid_until == theirs.paid_until


def test_a_day_until_which_something_works_is_taken_for_the_plans_only_beside_data(client, owner):
    plan = a_plan(a_sim(owner))

    page = pasted(client, plan.sim, "Ваш баланс 500 тг. Действует до 12.12.2026")
    assert page.select_one("[name=wording][checked]")["value"] == ""
    page = pasted(client, plan.sim, "Осталось 3 ГБ. Действует до 12.12.2026")
    assert page.select_one("[name=wording][checked]")["value"] == "until"


def test_a_sim_without_a_plan_is_told_of_the_day(client, owner):
    sim = a_sim(owner)

    page = pasted(client, sim)

    assert not page.select("[name=paid_until]")
    assert page.select_one(f'.notice a[href="/sims/{sim.pk}/plans/add/"]')
    assert save(client, sim, confirmed(page)).status_code == 302
    assert noted(sim)


@pytest.mark.parametrize("text", ["Услуга недоступна. Код 505", "Осталось немного", "🤷", "500"])
def test_where_nothing_is_certain_the_page_says_so(client, owner, text):
    sim = a_sim(owner)

    page = pasted(client, sim, text)

    assert "We found nothing in this text" in page.text
    assert not page.select("#recognised")
    assert save(client, sim, {"reply": text, "save": "yes", "take_balance": "on", "balance": "5"}).status_code == 200
    assert not noted(sim)


@pytest.mark.parametrize("text", ["", "x" * 2001])
def test_an_empty_or_endless_text_is_an_error(client, owner, text):
    assert errors(pasted(client, a_sim(owner), text))


def test_money_of_another_country_is_not_this_sims(client, owner):
    sim = a_sim(owner)

    page = pasted(client, sim, "Баланс: 150 руб.")

    assert "The reply speaks of 150" in page.text
    assert not page.select("[name=balance]")


def test_a_foreign_sim_takes_the_money_of_its_reply(client, owner):
    sim = a_sim(owner, "+79161234567")

    save(client, sim, confirmed(pasted(client, sim, "Баланс: 150 руб.")))

    assert noted(sim) == [(Decimal(150), "RUB", TODAY)]
    assert "Баланс" in pasted(client, sim, "Баланс: 140,50 руб.").select_one("#recognised").text


def test_a_reply_of_another_number_is_pointed_out(client, owner):
    sim = a_sim(owner, "+77011234567")

    assert "That is not this SIM" in pasted(client, sim, "Ваш номер +7 701 765 43 21. Баланс 500 тг").text
    assert "That is not this SIM" not in pasted(client, sim, "Ваш номер +7 701 123 45 67. Баланс 500 тг").text


def test_a_second_tap_notes_nothing_twice(client, owner):
    plan = a_plan(a_sim(owner))
    data = confirmed(pasted(client, plan.sim))

    save(client, plan.sim, data)
    response = save(client, plan.sim, data)

    assert response.url == f"/sims/{plan.sim.pk}/"
    assert len(noted(plan.sim)) == 1
    assert Plan.objects.get().paid_until == date(2026, 12, 14)


def test_the_same_balance_is_noted_again_on_another_day(client, owner):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal("1250.50"), NOW)

    with time_machine.travel("2026-11-25T06:00:00Z", tick=False):
        save(client, sim, confirmed(pasted(client, sim)))

    assert BalanceEntry.objects.count() == 2


def test_all_or_nothing_is_noted(client, owner):
    plan = a_plan(a_sim(owner))
    data = confirmed(pasted(client, plan.sim))

    with mock.patch("plans.actions.money.save_plan", side_effect=RuntimeError), pytest.raises(RuntimeError):
        save(client, plan.sim, data)

    assert not noted(plan.sim)


def test_the_text_is_shown_as_text(client, owner):
    response = client.post(
        f"/sims/{a_sim(owner).pk}/reply/", {"reply": "Баланс: «<script>alert(1)</script>» 500 ₸ <b>"}
    )

    assert "<script>alert" not in response.content.decode()
    assert "<b>" not in soup(response).select_one("textarea").decode_contents()


def test_a_stranger_finds_no_page(client, owner):
    sim = a_sim()

    assert client.get(f"/sims/{sim.pk}/reply/").status_code == 404
    assert save(client, sim, {"reply": TEXT, "save": "yes", "take_balance": "on", "balance": "5"}).status_code == 404
    assert not noted(sim)

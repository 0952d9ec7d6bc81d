"""What is said of a SIM's money: noted once, told what it means, taken back without a trace."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from kzsim.common.money import Money
from plans import actions, schedule
from plans.forms.plans import PlanForm
from plans.models import BalanceEntry, Need, Plan, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

TOO_EARLY = "1990-01-01"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def errors(response) -> list[str]:
    return [element.get_text(" ", strip=True) for element in soup(response).select(".invalid-feedback")]


def told(response) -> str:
    return " ".join(element.get_text(" ", strip=True) for element in soup(response).select(".messages .notice-text"))


def card_words(response) -> str:
    return soup(response).select_one("#balance").get_text(" ", strip=True)


def say(client, sim: Sim, what: str, **fields):
    return client.post(f"/sims/{sim.pk}/{what}/", fields, follow=True)


def entries(sim: Sim) -> list[tuple]:
    standing = sim.balance_entries.filter(deleted_at=None).order_by("pk")
    return list(standing.values_list("kind", "amount", "currency", "on"))


def live(sim: Sim) -> set:
    """The reminder rows that still may go, wherever they came from."""
    rows = Reminder.objects.filter(sim=sim, state__in=["scheduled", "held"])
    return set(rows.values_list("subject", "kind", "deadline", "occurrence", "planned_for", "state"))


# --- noting ------------------------------------------------------------------------------------------


def test_a_top_up_is_noted_for_today_and_tells_what_should_be_there(client, owner):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal(250), NOW - timedelta(hours=1))

    page = say(client, sim, "top-up", amount="1 000 ₸")

    assert entries(sim)[1] == ("top_up", 1000, "KZT", TODAY)
    assert told(page) == "Noted: 1,000\xa0₸ topped up. Now 1,250\xa0₸ should be there."
    assert "1,250\xa0₸ worked out from what you said on Monday 23 November and since" in card_words(page)


def test_a_top_up_of_an_earlier_day_does_not_change_what_was_read_after_it(client, owner):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal(250), NOW)

    page = say(client, sim, "top-up", amount="1000", on=(TODAY - timedelta(days=2)).isoformat())

    assert entries(sim)[1] == ("top_up", 1000, "KZT", TODAY - timedelta(days=2))
    assert "You said the balance after that, so it stays 250\xa0₸." in told(page)


def test_without_a_balance_a_top_up_asks_for_it(client, owner):
    assert "Say the balance as well" in told(say(client, a_sim(owner), "top-up", amount="1000"))


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ("950", "That is 300\xa0₸ less than we expected."),
        ("1 300,50", "That is 50.50\xa0₸ more than we expected."),
        ("1250", "That is what we expected."),
        ("-50", "That is 1,300\xa0₸ less than we expected."),
    ],
)
def test_a_reading_says_how_far_it_is_from_what_was_expected(client, owner, read, words):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal(750), NOW - timedelta(days=2))
    actions.top_up(sim, Decimal(500), NOW - timedelta(days=1))

    assert told(say(client, sim, "balance", balance=read)).endswith(words)


def test_the_first_reading_says_only_that_it_is_noted(client, owner):
    assert told(say(client, a_sim(owner), "balance", balance="950")) == "The balance is noted: 950\xa0₸."


@pytest.mark.parametrize(("what", "field"), [("balance", "balance"), ("top-up", "amount")])
def test_the_same_within_minutes_counts_once_and_says_so(client, owner, clock, what, field):
    sim = a_sim(owner)
    say(client, sim, what, **{field: "500"})
    clock.move_to(NOW + timedelta(minutes=9))
    again = say(client, sim, what, **{field: "500"})
    assert len(entries(sim)) == 1
    assert "noted already: it counts once" in told(again)
    assert not soup(again).select(".messages form")

    clock.move_to(NOW + timedelta(minutes=11))
    say(client, sim, what, **{field: "500"})
    assert len(entries(sim)) == 2


def test_another_sum_another_day_or_what_was_taken_back_is_not_the_same(owner):
    sim = a_sim(owner)
    first = actions.top_up(sim, Decimal(500), NOW)
    assert not actions.top_up(sim, Decimal(501), NOW).again
    assert not actions.top_up(sim, Decimal(500), NOW, on=TODAY - timedelta(days=1)).again
    assert not actions.top_up(sim, Decimal(500), NOW, "USD").again
    actions.take_back(first.entry, NOW)
    assert not actions.top_up(sim, Decimal(500), NOW).again
    assert not actions.top_up(a_sim(owner), Decimal(500), NOW).again


def test_a_balance_said_again_after_a_top_up_is_news(owner):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal(500), NOW)
    actions.top_up(sim, Decimal(100), NOW + timedelta(minutes=1))
    assert not actions.read_balance(sim, Decimal(500), NOW + timedelta(minutes=2)).again


def test_a_top_up_ends_the_warning_that_money_is_missing(owner):
    sim = a_plan(a_sim(owner), renews="auto", price=5000, days=3).sim
    actions.read_balance(sim, Decimal(1000), NOW)
    assert {row[1] for row in live(sim)} >= {"charge"}
    charge = {row for row in live(sim) if row[1] == "charge" and row[2] == TODAY + timedelta(days=3)}

    actions.top_up(sim, Decimal(4000), NOW + timedelta(minutes=1))

    assert charge
    assert not charge & live(sim)


# --- taking back -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "field"), [("balance", "balance"), ("top-up", "amount")])
def test_it_is_undone_from_its_message(client, owner, what, field):
    sim = a_plan(a_sim(owner), renews="auto").sim
    actions.read_balance(sim, Decimal(100), NOW - timedelta(hours=1))
    before = entries(sim), live(sim)
    page = say(client, sim, what, **{field: "9000"})
    assert (entries(sim), live(sim)) != before
    undo = soup(page).select_one(".messages form")["action"]

    assert "everything is as it was before" in told(client.post(undo, follow=True))
    assert (entries(sim), live(sim)) == before
    assert "was already" in told(client.post(undo, follow=True))


def test_taking_back_is_undone_as_well(client, owner):
    sim = a_plan(a_sim(owner), renews="auto").sim
    entry = actions.read_balance(sim, Decimal(100), NOW).entry
    before = entries(sim), live(sim)
    page = client.post(f"/money/{entry.pk}/take-back/", follow=True)
    assert (entries(sim), live(sim)) != before
    again = soup(page).select_one(".messages form")["action"]

    page = client.post(again, follow=True)

    assert (entries(sim), live(sim)) == before
    assert soup(page).select_one(".messages form")["action"] == f"/money/{entry.pk}/take-back/"
    assert "It counts already." in told(client.post(again, follow=True))


def test_the_balance_of_a_reply_that_was_taken_back_is_noted_again(owner):
    sim = a_sim(owner)
    money = Money(Decimal(100))
    actions.take_reply(sim, now=NOW, balance=money)
    actions.take_reply(sim, now=NOW + timedelta(hours=1), balance=money)
    assert len(entries(sim)) == 1
    actions.take_back(sim.balance_entries.get(), NOW + timedelta(hours=2))

    actions.take_reply(sim, now=NOW + timedelta(hours=3), balance=money)

    assert len(entries(sim)) == 1


def test_what_belongs_to_a_renewal_is_not_taken_back_alone(client, owner):
    plan = a_plan(a_sim(owner), days=0)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=30), now=NOW)
    entry = plan.sim.balance_entries.create(kind="charge", amount=4990, on=TODAY, said_at=NOW, renewal=renewal)

    client.post(f"/money/{entry.pk}/take-back/")
    client.post(f"/money/{entry.pk}/put-back/")

    entry.refresh_from_db()
    assert entry.deleted_at is None
    assert f"/money/{entry.pk}/take-back/" not in client.get(f"/sims/{plan.sim_id}/").content.decode()


SAYINGS = st.lists(
    st.tuples(
        st.sampled_from(["read_balance", "top_up"]),
        st.integers(1, 9000),
        st.integers(-40, 0),
        st.sampled_from(["KZT", "USD"]),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.broad
class TakingBack(HypothesisTestCase):
    @settings(max_examples=40, deadline=None)
    @given(SAYINGS, st.sampled_from(["hand", "auto", "autopay"]), st.integers(-35, 30))
    def test_whatever_was_said_and_taken_back_leaves_everything_as_before(self, sayings, renews, days):
        sim = a_sim(a_user(), inactivity_days=60, last_activity_on=TODAY)
        a_plan(sim, renews=renews, days=days)
        a_plan(sim, renews="auto", days=days + 3, period="7d", price=990)
        states = []
        now = NOW
        noted = []
        for action, amount, offset, currency in sayings:
            now += timedelta(hours=1)
            states.append((live(sim), entries(sim)))
            said = getattr(actions, action)(sim, Decimal(amount), now, currency, TODAY + timedelta(days=offset))
            noted.append(said.entry)
        for entry, before in zip(reversed(noted), reversed(states), strict=True):
            assert actions.take_back(entry, now)
            assert entries(sim) == before[1]
            assert live(sim) == deserved(sim, now)
        assert live(sim) == states[0][0]


def deserved(sim: Sim, now) -> set:
    fresh = Sim.objects.with_facts().get(pk=sim.pk)
    return {(*row.identity, row.planned_for, "scheduled") for row in schedule.standing_rows(fresh, now)}


# --- bad input, and other people ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "fields", "error"),
    [
        ("top-up", {"amount": ""}, "Write how much you topped up, for example 1000."),
        ("top-up", {"amount": "0"}, "Write how much you topped up, for example 1000."),
        ("top-up", {"amount": "-5"}, "This cannot be below zero."),
        ("top-up", {"amount": "much"}, "Write a sum in figures, for example 4990."),
        ("top-up", {"amount": "5", "on": "yesterday"}, "Write the day as year-month-day, like 2026-12-31."),
        ("top-up", {"amount": "5", "on": "2026-12-24"}, "This day is still to come. Check the date."),
        ("balance", {"balance": ""}, "Write the balance in figures, for example 1250."),
        ("balance", {"balance": "9" * 30}, "This sum is too large. Check the figures."),
        ("balance", {"balance": "5", "on": TOO_EARLY}, "Check the year: 1990 is too far away."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(client, owner, what, fields, error):
    sim = a_sim(owner)

    response = client.post(f"/sims/{sim.pk}/{what}/", fields)

    assert errors(response) == [error]
    page = soup(response)
    (form,) = page.select(f'form[action="/sims/{sim.pk}/{what}/"]')
    assert form.find_parent("details").has_attr("open")
    assert {
        element["name"]: element.get("value", "") for element in form.select("input[type=text], input[type=date]")
    } | {name: value for name, value in fields.items() if name != "on"} == {
        element["name"]: element.get("value", "") for element in form.select("input[type=text], input[type=date]")
    }
    assert entries(sim) == []


def test_no_two_fields_of_the_page_share_an_id(client, owner):
    ids = [element["id"] for element in soup(client.get(f"/sims/{a_sim(owner).pk}/")).select("main [id]")]
    assert len(ids) == len(set(ids))


def test_tomorrow_where_the_reader_is_counts_as_today_there(client, owner):
    sim = a_sim(owner)
    say(client, sim, "top-up", amount="5", on=(TODAY + timedelta(days=1)).isoformat())
    assert entries(sim) == [("top_up", 5, "KZT", TODAY)]


def test_a_stranger_can_neither_say_nor_take_back(client, owner):
    sim = a_sim(a_user())
    entry = actions.read_balance(sim, Decimal(5), NOW).entry
    deleted = a_sim(owner)
    mine = actions.read_balance(deleted, Decimal(5), NOW).entry
    actions.set_flag(deleted, "deleted_at", NOW, on=True)

    for one, said in ((sim, entry), (deleted, mine)):
        assert client.post(f"/sims/{one.pk}/top-up/", {"amount": "5"}).status_code == 404
        assert client.post(f"/sims/{one.pk}/balance/", {"balance": "6"}).status_code == 404
        assert client.post(f"/money/{said.pk}/take-back/").status_code == 404
        assert client.post(f"/money/{said.pk}/put-back/").status_code == 404
    assert BalanceEntry.objects.filter(deleted_at=None).count() == 2


def test_looking_changes_nothing(client, owner):
    sim = a_sim(owner)
    entry = actions.read_balance(sim, Decimal(5), NOW).entry
    for address in (f"/money/{entry.pk}/take-back/", f"/money/{entry.pk}/put-back/"):
        assert client.get(address).status_code == 405
    for address in (f"/sims/{sim.pk}/top-up/", f"/sims/{sim.pk}/balance/"):
        assert client.get(address).status_code == 200
    assert BalanceEntry.objects.get() == entry


# --- what the page says --------------------------------------------------------------------------------


def test_the_page_says_what_to_top_up_by_when_and_what_a_day_costs_afterwards(client, owner):
    sim = a_plan(a_sim(owner), renews="auto", days=3, fallback_fee=390).sim
    actions.read_balance(sim, Decimal(3690), NOW)

    words = card_words(client.get(f"/sims/{sim.pk}/"))

    assert "Top up at least 1,300\xa0₸ by Thursday 26 November." in words
    assert "In time it costs nothing more; after that it is 390\xa0₸ a day." in words
    assert "Cut-off: Thursday 23:59 in Almaty" in words
    assert "1,300\xa0₸ missing" in words


def test_a_fee_that_nobody_knows_is_not_spoken_of(client, owner):
    sim = a_plan(a_sim(owner), renews="auto", days=3).sim
    actions.read_balance(sim, Decimal(3690), NOW)
    assert "costs nothing more" not in card_words(client.get(f"/sims/{sim.pk}/"))


def test_with_several_plans_the_later_shortage_is_called_an_estimate(client, owner):
    sim = a_plan(a_sim(owner), renews="auto", days=3, price=1000).sim
    a_plan(sim, renews="auto", days=5, price=2000)
    actions.read_balance(sim, Decimal(2500), NOW)
    words = card_words(client.get(f"/sims/{sim.pk}/"))
    assert "Top up about 500\xa0₸ by Saturday 28 November, if the charges before it are as expected." in words
    assert "1,500\xa0₸ left" in words


@pytest.mark.parametrize(
    ("plan", "balance", "words"),
    [
        ({"renews": "auto"}, None, "Say the balance, and we tell you what is missing and by when."),
        ({"renews": "auto", "price": 10}, 900, "Enough for every charge in the next three months."),
        ({"renews": "auto", "price": None}, 900, "Say the price of Freestyle , and we can look further ahead."),
        ({"renews": "auto", "currency": "USD"}, 900, "Freestyle is priced in USD and the balance is not"),
        ({"renews": "autopay"}, 900, "Your card tops up for Freestyle around Thursday 26 November"),
    ],
)
def test_what_cannot_be_told_says_what_one_must_know(client, owner, plan, balance, words):
    sim = a_plan(a_sim(owner), days=3, **plan).sim
    if balance is not None:
        actions.read_balance(sim, Decimal(balance), NOW)
    assert words in card_words(client.get(f"/sims/{sim.pk}/"))


def test_after_the_charge_the_balance_said_before_it_is_shown_as_old(client, owner, clock):
    sim = a_plan(a_sim(owner), renews="auto", days=1).sim
    actions.read_balance(sim, Decimal(9000), NOW)
    clock.move_to(NOW + timedelta(days=3))
    words = card_words(client.get(f"/sims/{sim.pk}/"))
    assert "as you said on Monday 23 November, before the last charge" in words
    assert "Say what it is now" in words


def test_a_week_needs_each_charge_of_several_plans_from_the_balance_they_share(owner):
    sim = a_plan(a_sim(owner), renews="auto", days=0, period="7d", price=1000).sim  # and again in seven days
    a_plan(sim, renews="auto", days=2, price=5000)
    a_plan(sim, renews="hand", days=4, price=700)
    actions.read_balance(sim, Decimal(2500), NOW)
    needed = Need.objects.within_a_week(owner.sims.all(), NOW, [sim.time_zone])
    assert [((need.on - TODAY).days, int(need.amount)) for need in needed] == [(2, 3500), (4, 700), (7, 1000)]


# --- other countries -----------------------------------------------------------------------------------


def test_a_foreign_number_is_asked_about_in_its_own_currency(client, owner):
    sim = a_sim(owner, "+905321234567")

    page = soup(client.get(f"/sims/{sim.pk}/"))
    assert page.select_one("#balance select[name=currency] option[selected]")["value"] == "TRY"
    assert "In tenge" not in page.get_text()
    say(client, sim, "balance", balance="250")
    page = say(client, sim, "top-up", amount="20", currency="EUR")

    assert "should be there" not in told(page)
    assert entries(sim) == [("reading", 250, "TRY", TODAY), ("top_up", 20, "EUR", TODAY)]
    assert errors(client.post(f"/sims/{sim.pk}/balance/", {"balance": "5", "currency": "???"}))


def test_a_kazakh_number_is_not_asked_for_a_currency(client, owner):
    sim = a_sim(owner)
    page = soup(client.get(f"/sims/{sim.pk}/"))
    assert not page.select("#balance select")
    assert "In tenge." in page.select_one("#balance").get_text()


def test_a_new_foreign_sim_and_its_plan_are_in_the_money_of_its_country(client, owner):
    fields = {"number": "+90 532 123 45 67", "operator": "other", "balance": "300", "price": "250", "name": "Kolay"}
    client.post("/sims/add/", fields)
    sim = Sim.objects.get()
    assert entries(sim) == [("reading", 300, "TRY", TODAY)]
    assert Plan.objects.get().currency == "TRY"

    sim.delete()
    client.post("/sims/add/", fields | {"currency": "USD"})
    assert (entries(Sim.objects.get())[0][2], Plan.objects.get().currency) == ("USD", "USD")


def test_a_plan_of_a_foreign_number_may_have_any_currency_and_keeps_it(client, owner):
    sim = a_sim(owner, "+905321234567")
    client.post(f"/sims/{sim.pk}/plans/add/", {"price": "10", "currency": "EUR", "fallback_fee": "2"})
    plan = Plan.objects.get()
    assert (plan.cost.currency, plan.fallback_fee) == ("EUR", 2)

    client.post(f"/plans/{plan.pk}/edit/", {"price": "12", "initial-price": "10"})
    plan.refresh_from_db()
    assert (plan.price, plan.currency, plan.fallback_fee) == (12, "EUR", 2)
    assert "In tenge" not in client.get(f"/plans/{plan.pk}/renew/").content.decode()


def test_a_plan_of_a_kazakh_number_is_in_tenge_and_its_fee_can_be_said(client, owner):
    plan = a_plan(a_sim(owner))
    page = client.get(f"/plans/{plan.pk}/edit/").content.decode()
    assert "In tenge, for one period." in page
    assert 'name="currency"' not in page
    assert "currency" not in PlanForm(today=TODAY, sim=Sim.objects.with_facts().get(pk=plan.sim_id)).fields

    client.post(f"/plans/{plan.pk}/edit/", {"fallback_fee": "390", "currency": "USD"})
    plan.refresh_from_db()
    assert (plan.fallback_fee, plan.currency) == (390, "KZT")

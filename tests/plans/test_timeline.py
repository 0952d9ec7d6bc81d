"""What happened to a SIM, on its page."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from plans import actions
from plans.models import BalanceEntry, Message, Reminder, Renewal, Sim
from plans.timeline import What, events, page_of
from plans.usage import Allowance
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def happened(sim: Sim, now=NOW):
    sim = Sim.objects.with_facts().get(pk=sim.pk)
    renewals = Renewal.objects.filter(plan__sim=sim, undone_at=None).select_related("plan")
    sent = sim.reminders.filter(state="sent").select_related("plan", "message").order_by("-message__sent_at")
    return list(events(sim, renewals, sent, now))


def entry(sim: Sim, kind: str, amount: int, offset: int = 0, **fields) -> BalanceEntry:
    at = NOW + timedelta(days=offset)
    return sim.balance_entries.create(kind=kind, amount=amount, on=sim.today(at), said_at=at, **fields)


def was_sent(plan) -> None:
    message = Message.objects.create(
        kind="reminders", person=plan.sim.person, to="a@example.org", message_id="<1@x>", state="sent", posted_at=NOW,
        sent_at=NOW - timedelta(days=1),
    )  # fmt: skip
    Reminder.objects.filter(plan=plan, occurrence="7").update(state="sent", due_at=None, message=message)


def test_everything_stands_in_the_order_in_which_it_happened():
    plan = a_plan(a_sim(last_activity_on=TODAY - timedelta(days=8), inactivity_days=60), days=-2, renews="auto")
    entry(plan.sim, "reading", 900, -6)
    entry(plan.sim, "top_up", 500, -4)
    actions.say_left(plan.sim, {Allowance.DATA: 900, Allowance.MINUTES: 3}, NOW - timedelta(days=3), plan)
    was_sent(plan)
    found = happened(plan.sim)
    assert [(event.what, (event.on - TODAY).days) for event in found] == [
        (What.PLAN, 0),
        (What.ADDED, 0),
        (What.ASSUMED, -1),
        (What.LEFT, -3),
        (What.MONEY, -4),
        (What.MONEY, -6),
        (What.USED, -8),
    ]
    assert [use.left for use in found[3].uses] == [900, 3]


def test_what_we_wrote_stands_there():
    plan = a_plan(days=3)
    was_sent(plan)
    reminded = [event for event in happened(plan.sim) if event.what is What.REMINDED]
    assert [(event.reminder.kind, event.on) for event in reminded] == [("plan_expires", TODAY - timedelta(days=1))]


def test_each_assumed_charge_stands_there_until_it_is_confirmed():
    plan = a_plan(days=-8, renews="auto", period="7d", price=990)
    assert [(event.on, event.money.amount) for event in happened(plan.sim) if event.is_assumed] == [
        (TODAY - timedelta(days=0), 990),
        (TODAY - timedelta(days=7), 990),
    ]
    actions.renew(plan, to=TODAY + timedelta(days=6), now=NOW)
    assert not [event for event in happened(plan.sim) if event.is_assumed]


def test_only_the_last_renewal_of_a_plan_can_be_taken_back_and_what_belongs_to_it_is_told_once():
    plan = a_plan(a_sim(inactivity_days=60), days=3)
    actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW - timedelta(days=2))
    last = actions.renew(plan, to=TODAY + timedelta(days=63), now=NOW)
    entry(plan.sim, "charge", 4990, renewal=last)
    found = happened(plan.sim)
    assert [event.can_undo for event in found if event.what is What.RENEWED] == [True, False]
    assert not [event for event in found if event.what in (What.MONEY, What.USED)]


def test_pages_follow_each_other_without_a_gap():
    numbers = [page_of(iter(range(25)), page, 10) for page in (1, 2, 3, 4)]
    assert numbers == [
        (list(range(10)), True),
        (list(range(10, 20)), True),
        (list(range(20, 25)), False),
        ([], False),
    ]


# --- the page -----------------------------------------------------------------------------------------------------


def page(client, sim: Sim, query: str = "") -> BeautifulSoup:
    response = client.get(f"/sims/{sim.pk}/{query}")
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def test_the_page_draws_and_tells_what_is_known(client, owner):
    plan = a_plan(a_sim(owner), days=12, renews="auto", price=1000, data_mb=20_480)
    entry(plan.sim, "reading", 1900, -9)
    entry(plan.sim, "top_up", 500, -4, note="from Aigul")
    for days, left in ((-6, 10_000), (-3, 7000), (0, 4000)):
        actions.say_left(plan.sim, {Allowance.DATA: left}, NOW + timedelta(days=days), plan)

    found = page(client, plan.sim)

    assert len(found.select("svg.chart")) == 2
    assert len(found.select("svg.chart .chart-expected")) > 1
    assert len(found.select("figure details table")) == 2
    assert not found.select("[style], main script, main style")
    text = found.get_text(" ", strip=True)
    for words in (
        "At your pace it runs out between 26\xa0November and 28\xa0November",
        "You can use 318\xa0MB a day until 5\xa0December",
        "Topped up with 500\xa0₸",
        "from Aigul",
        "20\xa0GB",
    ):
        assert words in text
    assert "A charge may have been taken" not in text


def test_a_balance_from_before_a_charge_is_called_old(client, owner):
    plan = a_plan(a_sim(owner), days=-2, renews="auto")
    entry(plan.sim, "reading", 900, -5)
    assert "A charge may have been taken since" in page(client, plan.sim).get_text()


def test_without_readings_there_is_no_drawing_but_a_way_to_begin(client, owner):
    sim = a_sim(owner)
    found = page(client, sim)
    assert not found.select("svg.chart")
    assert found.select_one(f"#left a[href='/sims/{sim.pk}/left/']")
    assert "You added this SIM" in found.select_one("#history").get_text()
    assert "The number is not watched" in found.get_text()


def test_all_that_one_does_with_a_sim_is_a_tap_away(client, owner):
    plan = a_plan(a_sim(owner))
    quick = page(client, plan.sim).select_one(".quick")
    ways = {way.get("href") or way.get("action") for way in quick.select("a, form")}
    mine = f"/sims/{plan.sim_id}/"
    rest = {f"{mine}{what}/" for what in ("used", "left", "reply", "balance", "top-up")}
    assert ways == rest | {f"/plans/{plan.pk}/renew/"}


def test_what_was_said_is_taken_back_from_the_history(client, owner):
    sim = a_plan(a_sim(owner)).sim
    actions.say_left(sim, {Allowance.DATA: 900}, NOW - timedelta(days=1))
    form = page(client, sim).select_one("#history form")
    client.post(form["action"])
    assert not sim.usage_readings.filter(deleted_at=None).exists()


def test_the_history_is_paged_and_no_number_of_a_page_breaks_it(client, owner):
    sim = a_sim(owner)
    for ago in range(15):
        entry(sim, "reading", 100 + ago, -ago)
    first = page(client, sim)
    assert len(first.select(".happened > li")) == 10
    second = page(client, sim, first.select_one("a[rel=next]")["href"].partition("#")[0])
    assert len(second.select(".happened > li")) == 6
    assert second.select_one("a[rel=prev]")["href"] == "?page=1#history"
    for asked in ("0", "-1", "x", "²", "9" * 5000, ""):
        page(client, sim, f"?page={asked}")


def test_the_page_costs_the_same_for_a_long_life(client, owner, django_assert_max_num_queries):
    short, long = a_plan(a_sim(owner), days=20).sim, a_plan(a_sim(owner), days=20).sim
    for sim, times in ((short, 1), (long, 14)):
        plan = sim.plans.get()
        for n in range(times):
            entry(sim, "reading", 900 + n, -n)
            at = NOW - timedelta(days=15 - n)
            actions.say_left(sim, {Allowance.DATA: 9000 - n, Allowance.MINUTES: 90 - n}, at, plan)
            actions.renew(plan, to=TODAY + timedelta(days=20 + n), now=NOW - timedelta(days=9), amount=Decimal(1))
    page(client, short)  # caches of the whole process fill
    with django_assert_max_num_queries(1000) as for_short:
        page(client, short)
    with django_assert_max_num_queries(len(for_short)):
        page(client, long)


def test_another_ones_life_is_nobody_elses(client, owner):
    theirs = a_plan().sim
    assert client.get(f"/sims/{theirs.pk}/?page=1").status_code == 404

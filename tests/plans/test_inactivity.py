"""How long a number may be unused, whose word that is, and what counts as its last use."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from guides.models import Fact, Operator, raise_revision
from plans import actions, schedule
from plans.dates import days_said
from plans.deadlines import Activity, LimitFrom, number_at_risk_on
from plans.models import BalanceEntry, Reminder, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

pytestmark = pytest.mark.django_db


def day(offset: int):
    return TODAY + timedelta(days=offset)


def facts(sim: Sim):
    return Sim.objects.with_facts().get(pk=sim.pk).facts()


def topped_up(sim: Sim, offset: int, **fields) -> BalanceEntry:
    entry = {"kind": "top_up", "amount": Decimal(500), "on": day(offset), "said_at": NOW}
    return sim.balance_entries.create(**(entry | fields))


def an_operator(value: str = "", slug: str = "some") -> Operator:
    operator = Operator.objects.create(slug=slug, name=slug)
    known = {"value": value, "confidence": "one_source", "source": "some.kz"} if value else {"confidence": "unknown"}
    Fact.objects.create(key=f"{slug}.inactivity_limit", operator=operator, kind="limit", **known)
    return operator


# --- the last paid activity ---


def test_the_newest_of_what_was_said_and_topped_up_counts():
    sim = a_watched_sim(quiet=40)
    topped_up(sim, -20)
    topped_up(sim, -30)
    topped_up(sim, -1, kind="charge")
    topped_up(sim, -2, deleted_at=NOW)
    assert facts(sim).activity == Activity(day(-20), NOW, first=False)
    assert number_at_risk_on(facts(sim)) == day(40)


def test_a_renewal_counts_whether_or_not_the_number_is_watched_and_undoing_takes_it_back():
    watched, other = a_watched_sim(quiet=40, days=None), a_sim()
    for sim in (watched, other):
        renewal = actions.renew(a_plan(sim), to=day(33), now=NOW)
        assert facts(sim).activity.on == TODAY
        actions.undo_renewal(renewal, NOW)
    assert facts(watched).activity.on == day(-40)
    assert facts(other).activity is None


def test_a_charge_that_is_confirmed_weeks_later_counts_on_its_own_day():
    plan = a_plan(a_watched_sim(quiet=50), days=-20, renews="auto")
    renewal = actions.renew(plan, to=day(10), now=NOW)
    assert facts(plan.sim).activity.on == day(-19)
    assert actions.undo_renewal(renewal, NOW)
    assert facts(plan.sim).activity.on == day(-50)


def test_what_was_said_later_than_the_top_up_counts():
    sim = a_watched_sim(quiet=5)
    topped_up(sim, -20)
    assert facts(sim).activity == Activity(day(-5), NOW, first=True)


def test_it_is_recorded_though_nobody_watches_the_number():
    sim = a_sim()
    topped_up(sim, -20)
    assert facts(sim).activity == Activity(day(-20), NOW, first=True)
    assert number_at_risk_on(facts(sim)) is None


# --- the limit ---


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("180", 180),
        (" 90 days ", 90),
        ("1 day", None),
        ("0", None),
        ("6 months", None),
        ("about 90 days", None),
        ("90-180 days", None),
        ("90 days after the last top-up", None),
        ("9000", None),
        ("", None),
    ],
)
def test_only_a_number_of_days_is_read_as_one(text, days):
    assert days_said(text) == days


@pytest.mark.parametrize(
    ("own", "known", "days", "comes_from"),
    [
        (45, "180", 45, LimitFrom.OWN),
        (None, "180 days", 180, LimitFrom.OPERATOR),
        (None, "after half a year", 60, LimitFrom.CAUTION),
        (None, "", 60, LimitFrom.CAUTION),
    ],
)
def test_ones_own_figure_goes_before_the_operators_limit_and_that_before_our_caution(own, known, days, comes_from):
    limit = facts(a_watched_sim(days=own, operator=an_operator(known))).limit
    assert (limit.days, limit.comes_from) == (days, comes_from)


def test_another_operators_limit_is_none_of_it():
    an_operator("180", slug="other")
    assert facts(a_watched_sim(days=None, operator=an_operator())).limit.comes_from is LimitFrom.CAUTION
    assert facts(a_watched_sim(days=None)).limit.comes_from is LimitFrom.CAUTION


def at_risk_of(sim: Sim) -> set:
    return set(Reminder.objects.filter(sim=sim, kind="number_at_risk").coming().values_list("deadline", flat=True))


def test_a_limit_that_editors_fill_in_is_caught_up_with():
    sim = a_watched_sim(days=None, quiet=10, operator=an_operator())
    own = a_watched_sim(days=60, quiet=10, operator=sim.operator)
    assert at_risk_of(sim) == {day(50)}
    Fact.objects.update(value="180", confidence="confirmed", source="some.kz")
    raise_revision()
    assert schedule.catch_up(NOW) == 1
    assert at_risk_of(sim) == {day(170)}
    assert at_risk_of(own) == {day(50)}


# --- the page of the SIM ---


@pytest.mark.parametrize(
    ("own", "known", "words"),
    [
        (45, "", "45 days without a paid action: the figure you gave."),
        (None, "", "60 days without a paid action are our caution, not a rule of the operator."),
        (None, "180", "180 days without a paid action: the operator’s limit (one source only; some.kz)."),
    ],
)
def test_the_page_says_whose_word_the_limit_is(client, own, known, words):
    user = a_user()
    client.force_login(user)
    sim = a_watched_sim(user, days=own, operator=an_operator(known))
    with time_machine.travel(NOW):
        page = BeautifulSoup(client.get(f"/sims/{sim.pk}/").content, "html.parser")
    assert words in page.select_one("#number").get_text()


def test_both_clocks_are_shown_apart_also_where_nobody_watches_the_number(client):
    user = a_user()
    client.force_login(user)
    sim = a_sim(user)
    topped_up(sim, -20)
    with time_machine.travel(NOW):
        page = BeautifulSoup(client.get(f"/sims/{sim.pk}/").content, "html.parser").select_one("#number").get_text()
    assert "Last paid activity: Tuesday 3 November" in page
    assert "We do not watch it." in page


# --- the numbers a person holds ---


@pytest.fixture
def owner(client):
    user = a_user()
    client.force_login(user)
    return user


def a_limit(value: str = "10") -> None:
    Fact.objects.create(
        key="country.numbers_a_person", kind="limit", value=value, confidence="confirmed", source="mgorod.kz"
    )


def test_numbers_are_counted_only_for_who_wants_it(client, owner):
    a_limit()
    a_sim(owner)
    assert "Numbers in your name" not in client.get("/dashboard/").content.decode()
    client.post("/settings/numbers/", {"count": "on", "elsewhere": "3"})
    page = client.get("/dashboard/").content.decode()
    assert "Numbers in your name: 4 of 10 that the law allows" in page
    assert "confirmed by several sources" in page
    client.post("/settings/numbers/", {"elsewhere": "3"})
    assert "Numbers in your name" not in client.get("/dashboard/").content.decode()


def test_only_kazakh_numbers_in_ones_own_name_count(client, owner):
    a_limit()
    a_sim(owner), a_sim(owner, in_own_name=False), a_sim(owner, "+79161234567"), a_sim(a_user())
    client.post("/settings/numbers/", {"count": "on"})
    assert "Numbers in your name: 1 of 10" in client.get("/settings/numbers/").content.decode()


@pytest.mark.parametrize(("elsewhere", "warns"), [(7, False), (8, True), (9, True), (20, True)])
def test_one_before_the_limit_there_is_a_warning(client, owner, elsewhere, warns):
    a_limit()
    a_sim(owner)
    client.post("/settings/numbers/", {"count": "on", "elsewhere": str(elsewhere)})
    page = client.get("/dashboard/").content.decode()
    assert ("Close one that you do not need" in page) is warns


def test_without_a_known_limit_only_the_count_is_said(client, owner):
    a_limit("ten, for most")
    a_sim(owner)
    client.post("/settings/numbers/", {"count": "on"})
    page = client.get("/dashboard/").content.decode()
    assert "Numbers in your name: 1" in page
    assert "that the law allows" not in page


@pytest.mark.parametrize("elsewhere", ["-1", "many", "1001"])
def test_what_is_no_count_is_refused(client, owner, elsewhere):
    response = client.post("/settings/numbers/", {"count": "on", "elsewhere": elsewhere})
    assert response.status_code == 422
    assert f'value="{elsewhere}"' in response.content.decode()
    owner.person.refresh_from_db()
    assert owner.person.numbers_elsewhere is None

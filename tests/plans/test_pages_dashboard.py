"""The dashboard: what runs out next, how much money is needed, what to tap."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from plans import actions
from plans.models import Address, Message, Reminder
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user, a_watched_sim

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


@pytest.fixture
def dashboard(client):
    def get(query: str = "") -> BeautifulSoup:
        response = client.get("/dashboard/" + query)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    return get


def words(element) -> str:
    return element.get_text(" ", strip=True)


def titles(page: BeautifulSoup) -> list[str]:
    return [words(title) for title in page.select(".sim-card h3")]


def card(page: BeautifulSoup, title: str):
    return next(one for one in page.select(".sim-card") if words(one.h3) == title)


def test_somebody_without_a_sim_is_invited_to_add_one(owner, dashboard):
    page = dashboard()

    assert page.select_one("main a.btn-primary[href='/sims/add/']")
    assert not page.select(".sim-card")


def test_the_soonest_comes_first_and_the_unknown_last(owner, dashboard):
    for label, days in {"later": 20, "unknown": None, "gone": -2, "next": 1, "soon": 5}.items():
        a_plan(a_sim(owner, label=label), days=days)
    a_sim(owner, label="empty")
    closed = a_plan(a_sim(owner, label="closed"), days=-9)
    actions.close_plan(closed, NOW)

    assert titles(dashboard()) == ["gone", "next", "soon", "later", "closed", "unknown", "empty"]


def test_what_runs_out_next_and_the_money_needed_stand_above(owner, dashboard):
    a_plan(a_sim(owner, label="gone"), days=-2, price=100)
    a_plan(a_sim(owner, label="next"), days=2, price=4990)
    a_plan(a_sim(owner, label="week"), days=7, price=2000)
    a_plan(a_sim(owner, label="later"), days=8, price=300)

    above = words(dashboard().select_one(".at-a-glance"))

    assert "in 2 days next · Wednesday 25 November" in above
    assert "Needed within 7 days 6,990\xa0₸" in above


def test_sums_of_two_currencies_are_not_added(owner, dashboard):
    a_plan(a_sim(owner), days=2, price=1000)
    a_plan(a_sim(owner), days=2, price=10, currency="USD")

    assert "1,000\xa0₸ + 10\xa0USD" in words(dashboard().select_one(".at-a-glance"))


def test_a_known_balance_leaves_only_what_is_missing(owner, dashboard):
    plan = a_plan(a_sim(owner, label="auto"), days=2, renews="auto", price=5000)
    actions.read_balance(plan.sim, Decimal(3800), NOW)

    page = dashboard()

    assert "1,200\xa0₸ is missing on the balance" in words(card(page, "auto"))
    glance = words(page.select_one(".at-a-glance"))
    assert "Needed within 7 days 1,200\xa0₸" in glance
    assert "the first by Wednesday 25 November" in glance


@pytest.mark.parametrize(
    ("days", "state", "word"),
    [(20, "fine", "Fine"), (5, "soon", "Soon"), (0, "urgent", "Urgent"), (-1, "expired", "Expired")],
)
def test_a_state_is_said_by_icon_word_and_colour(owner, dashboard, days, state, word):
    a_plan(a_sim(owner), days=days)

    badge = dashboard().select_one(".sim-card .state")

    assert f"state-{state}" in badge["class"]
    assert words(badge) == word
    assert badge.svg


@pytest.mark.parametrize(
    ("fields", "tap"),
    [
        ({"days": 3}, "I have renewed"),
        ({"days": 3, "renews": "auto"}, "How to top up"),
        ({"days": -3, "renews": "autopay"}, "Yes, it has renewed"),
        ({"days": None}, "Say the date"),
    ],
)
def test_each_sim_has_one_thing_to_tap_first(owner, dashboard, fields, tap):
    a_plan(a_sim(owner), **fields)

    assert words(dashboard().select_one(".sim-card .btn")) == tap


def test_a_number_kept_alive_can_be_used_with_one_tap(client, owner, dashboard):
    sim = a_watched_sim(owner, quiet=58)

    form = dashboard().select_one(".sim-card form")
    client.post(form["action"])

    sim.refresh_from_db()
    assert sim.last_activity_on == TODAY


def test_more_than_three_questions_do_not_push_away_what_runs_out(owner, dashboard):
    for _n in range(5):
        a_plan(a_sim(owner), days=None)

    section = dashboard().select_one("section[aria-labelledby=questions]")

    assert len(section.select("li")) == 5
    assert len(section.select("details li")) == 2
    assert words(section.summary) == "5 questions in all."


def test_an_unknown_date_is_one_open_question(owner, dashboard):
    a_plan(a_sim(owner, label="Mum"), days=None)
    a_plan(a_sim(owner), days=3)

    section = dashboard().select_one("section[aria-labelledby=questions]")

    assert len(section.select("li")) == 1
    assert "Until when does Freestyle on Mum work?" in words(section)


def test_stopped_reminders_go_on_with_one_tap(client, owner, dashboard):
    actions.stop_reminders(owner.person, NOW)

    notice = dashboard().select_one("main .notice")
    assert "All reminders are stopped" in words(notice)
    data = {element["name"]: element["value"] for element in notice.select("input")}
    assert client.post(notice.form["action"], data).url == "/dashboard/"

    owner.person.refresh_from_db()
    assert owner.person.stopped_at is None
    assert not dashboard().select("main .notice")


def test_a_pause_is_said(owner, dashboard):
    actions.pause_reminders(owner.person, TODAY + timedelta(days=5), NOW)

    assert "Paused. Reminders go on Saturday 28 November" in words(dashboard().select_one("main .notice"))


def test_nothing_is_said_of_saved_sims_where_there_is_none(client, dashboard):
    client.force_login(a_user(email_verified=False))

    assert not dashboard().select(".notice")


def test_an_unverified_address_is_said(client, dashboard):
    user = a_user(email_verified=False)
    client.force_login(user)
    a_sim(user)

    assert dashboard().select_one("main .notice a[href='/accounts/email/']")


def fail(plan, medium: str = "email") -> Message:
    values = {"kind": "reminders", "person": plan.sim.person, "medium": medium, "to": plan.sim.person.email}
    values |= {"state": "failed", "error": "550 5.1.1 no such user", "posted_at": NOW}
    message = Message.objects.create(message_id=f"<{medium}@test>", **values)
    due = Reminder.objects.due(NOW).filter(plan=plan, medium=medium)
    due.update(state="failed", due_at=None, message=message)
    return message


def test_a_reminder_that_reached_nobody_is_said_with_the_reason_and_what_to_do(owner, dashboard):
    message = fail(a_plan(a_sim(owner, label="Till 14")))

    banner = dashboard().select_one(".notice-error")
    said = " ".join(banner.get_text(" ").split())
    assert "1 reminder could not be delivered: Till 14" in said
    assert "does not know this address. Check the address" in said
    assert banner.select_one(f"a[href='/reminders/{message.pk}/']")


def test_what_another_medium_told_is_not_said_to_have_failed(owner, dashboard):
    Address.objects.create(person=owner.person, medium="telegram", to={"chat": 1}, added_at=NOW)
    plan = a_plan(a_sim(owner))
    fail(plan)
    Reminder.objects.due(NOW).filter(medium="telegram").update(state="sent", due_at=None)

    assert "could not be delivered" not in words(dashboard())


def test_what_is_long_over_is_not_said_to_have_failed(owner, dashboard):
    plan = a_plan(a_sim(owner))
    fail(plan)
    Reminder.objects.filter(plan=plan).update(deadline=TODAY - timedelta(days=8))

    assert "could not be delivered" not in words(dashboard())


def test_what_did_not_reach_another_is_not_said(owner, dashboard):
    fail(a_plan(a_sim()))

    assert "could not be delivered" not in words(dashboard())


def test_archived_sims_are_one_link_away(client, owner, dashboard):
    sim = a_sim(owner, label="old")
    assert not dashboard().select("a[href='/sims/archived/']")

    actions.set_flag(sim, "archived_at", NOW, on=True)

    page = dashboard()
    assert page.select("a[href='/sims/archived/']")
    assert not titles(page)
    assert "old" in client.get("/sims/archived/").content.decode()


def test_others_sims_are_not_there(owner, dashboard):
    a_plan(a_sim(a_user(), label="theirs"), days=1)

    assert not titles(dashboard())


def test_twenty_sims_cost_as_many_queries_as_one(client, owner, dashboard, django_assert_max_num_queries):
    a_plan(a_sim(owner), days=3)
    dashboard()
    with django_assert_max_num_queries(100) as for_one:
        dashboard()

    for n in range(19):
        sim = a_plan(a_sim(owner), days=n).sim
        actions.read_balance(sim, Decimal(n), NOW)

    with django_assert_max_num_queries(len(for_one)):
        assert len(titles(dashboard())) == 20


def test_many_sims_come_in_pages_and_the_sum_is_of_all(owner, dashboard):
    for n in range(60):
        a_plan(a_sim(owner, label=f"Till {n}"), days=n // 10, price=100)

    first, second = dashboard(), dashboard("?page=2")

    assert (len(titles(first)), len(titles(second))) == (50, 10)
    assert not set(titles(first)) & set(titles(second))
    assert "6,000\xa0₸" in words(first.select_one(".at-a-glance"))
    assert titles(dashboard("?page=999")) == titles(second)

"""The dashboard: what runs out next, how much money is needed, what to tap."""

from copy import copy
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache

from guides.models import Fact, Operator
from plans import actions
from plans.models import Address, Message, Plan, Reminder, Sim
from plans.usage import Allowance
from tests.builders import NOW, TODAY, a_plan, a_sim, a_stay, a_user, a_watched_sim

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


def test_who_has_few_sims_is_invited_to_add_more(owner, dashboard):
    a_plan(a_sim(owner, label="first"), days=12)

    page = dashboard()

    assert page.select_one(".sim-invite")["href"] == "/sims/add/"
    assert "in 12 days first · Saturday 5 December 4,990\xa0₸ needed" in words(page.select_one(".at-a-glance"))
    for _n in range(3):
        a_sim(owner)
    assert not dashboard().select(".sim-invite")


def test_where_no_date_is_known_the_page_says_how_to_see_one(owner, dashboard):
    sim = a_sim(owner)

    part = dashboard().select_one(".at-a-glance")
    glance = words(part)

    assert part.select_one(".btn-primary[data-sheet]")["href"] == f"/sims/{sim.pk}/plans/add/"
    assert "nothing known Say until when a plan works" in glance
    assert "Needed within 7 days nothing" in glance


def test_the_date_of_an_only_plan_is_asked_for_at_a_glance(owner, dashboard):
    plan = a_plan(a_sim(owner), days=None)

    tap = dashboard().select_one(".at-a-glance .btn-primary[data-sheet]")

    assert tap["href"] == f"/plans/{plan.pk}/edit/"


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


def decisions(page: BeautifulSoup):
    return page.select_one("section[aria-labelledby=decisions]")


def test_more_than_three_decisions_do_not_push_away_what_runs_out(owner, dashboard):
    for _n in range(5):
        a_plan(a_sim(owner), days=None)
    a_plan(a_sim(owner, label="known"), days=3)

    section = decisions(dashboard())

    assert len(section.select("li")) == 3
    assert words(section.select_one(".count")) == "5"
    rest = dashboard(section.select_one(".split > a")["href"].partition("#")[0])
    assert len(titles(rest)) == 5
    assert "known" not in titles(rest)


def test_an_unknown_date_is_one_open_decision(owner, dashboard):
    a_plan(a_sim(owner, label="Mum"), days=None)
    a_plan(a_sim(owner), days=3)

    section = decisions(dashboard())

    assert len(section.select("li")) == 1
    assert "Until when does Freestyle on Mum work?" in words(section)
    assert not section.select(".split > a.btn-link")


def test_what_renewed_itself_as_we_assume_is_to_be_decided(client, owner, dashboard):
    plan = a_plan(a_sim(owner, label="auto"), days=-3, renews="autopay", price=5000)

    row = decisions(dashboard()).select_one("li")
    assert "We assume that Freestyle on auto renewed itself and works until Sunday 20 December." in words(row)
    data = {one["name"]: one["value"] for one in row.form.select("input")} | {"renewed": "yes"}
    client.post(row.form["action"], data)

    plan.refresh_from_db()
    assert plan.paid_until == TODAY + timedelta(days=27)
    assert not decisions(dashboard())


def test_decisions_stand_there_whatever_is_searched(owner, dashboard):
    for n in range(30):
        a_plan(a_sim(owner, label=f"Till {n}"), days=n)
    a_plan(a_sim(owner, label="Mum"), days=None)

    for query in ("?page=2&sort=newest", "?q=till+7"):
        page = dashboard(query)
        assert "on Mum work?" in words(decisions(page))
        assert "Mum" not in titles(page)
        assert "today Till 0" in words(page.select_one(".at-a-glance"))


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

    assert not dashboard().select("main .notice")


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

    banner = decisions(dashboard()).select_one(".notice-error")
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


def test_the_next_date_is_that_of_another_plan_where_the_first_is_over(owner, dashboard):
    a_plan(a_sim(owner, label="fine"), days=9)
    two = a_sim(owner, label="two")
    a_plan(two, days=-3)
    a_plan(two, days=1, name="Second")

    assert "tomorrow two · Tuesday 24 November" in words(dashboard().select_one(".at-a-glance"))


def test_what_is_over_is_one_tap_away(owner, dashboard):
    a_plan(a_sim(owner, label="gone"), days=-2)
    a_plan(a_sim(owner, label="next"), days=2)

    link = dashboard().select_one(".at-a-glance a[href^='?state=expired']")

    assert words(link) == "1 SIM is over or at risk"
    assert titles(dashboard("?state=expired")) == ["gone"]


# --- what a card says ---


def test_what_is_open_beside_the_first_date_has_its_tap_too(owner, dashboard):
    sim = a_watched_sim(owner, label="both", quiet=50)
    plan = a_plan(sim, days=None)

    taps = card(dashboard("?state=open"), "both").select(f".rows a[href='/plans/{plan.pk}/edit/']")

    assert [words(tap) for tap in taps] == ["Say the date"]


def test_the_days_left_are_a_ring_and_words(owner, dashboard):
    a_plan(a_sim(owner, label="half"), days=14)

    ring = card(dashboard(), "half").select_one("svg.ring")

    assert ring["aria-hidden"] == "true"
    assert ring.select_one(".ring-left")["stroke-dasharray"] == "50 100"
    assert words(ring) == "14"
    assert "in 14 days" in words(card(dashboard(), "half"))


def test_a_card_says_its_operator_balance_and_data(guides_loaded, owner, dashboard):
    sim = a_sim(owner, label="Tablet", operator=Operator.objects.get(slug="izi"), group="Family")
    plan = a_plan(sim, days=9, data_mb=20480)
    actions.read_balance(sim, Decimal(1234), NOW)
    actions.say_left(sim, {Allowance.DATA: 6144}, NOW, plan)

    one = card(dashboard(), "Tablet")

    assert "operator-izi" in one["class"]
    for said in ("izi", "Family", "Freestyle", "Data left 6\xa0GB", "Balance 1,234\xa0₸"):
        assert said in words(one)


# --- search, filters and order ---


@pytest.fixture
def family(guides_loaded, owner):
    """Some SIMs in each state, of two operators and of none on our list."""
    kcell, izi = (Operator.objects.get(slug=slug) for slug in ("kcell", "izi"))
    a_plan(a_sim(owner, "+77011110001", label="Till 14", operator=kcell, group="Tills"), days=2)
    a_plan(a_sim(owner, "+77081110002", label="Мамин телефон", operator=izi, group="Family"), days=20)
    a_plan(a_sim(owner, "+77011110003", label="till 2", operator=kcell, group="Tills"), days=-1)
    a_plan(a_sim(owner, "+79161114014", label="Dacha"), days=None)
    a_sim(owner, "+77011110005", operator=kcell)
    actions.set_flag(a_sim(owner, "+77011110006", label="Till 99", group="Old"), "archived_at", NOW, on=True)
    a_plan(a_sim(a_user(), "+77011110007", label="Till of another", group="Theirs"))
    return owner


BARE = "+7\xa0701\xa0111\xa00005"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=TILL", ["till 2", "Till 14"]),
        ("q=14+till", ["Till 14"]),
        ("q=МАМИН", ["Мамин телефон"]),
        ("q=family", ["Мамин телефон"]),
        ("q=701+111", ["till 2", "Till 14", BARE]),
        ("q=14", ["Till 14", "Dacha"]),
        ("q=100%25", []),
        ("q=_", []),
        ("operator=izi", ["Мамин телефон"]),
        ("operator=other", ["Dacha"]),
        ("group=Tills", ["till 2", "Till 14"]),
        ("group=Tills&state=soon", ["Till 14"]),
        ("state=open", ["Dacha"]),
        ("state=expired", ["till 2"]),
        ("state=fine", ["Мамин телефон"]),
        ("state=unknown", ["Dacha"]),
        ("state=empty", [BARE]),
        ("state=paused", []),
        ("sort=name", ["Dacha", "Till 14", "till 2", "Мамин телефон", BARE]),
        ("sort=operator", ["till 2", "Till 14", BARE, "Мамин телефон", "Dacha"]),
        ("sort=newest", [BARE, "Dacha", "till 2", "Мамин телефон", "Till 14"]),
        (
            "operator=nobody&group=Old&state=none&sort=none&view=none",
            ["till 2", "Till 14", "Мамин телефон", "Dacha", BARE],
        ),
    ],
)
def test_the_address_says_which_sims_are_shown_and_how(client, family, dashboard, query, found):
    page = dashboard("?" + query)

    assert titles(page) == found
    shown = words(page.select_one("[role=status]#list-count"))
    assert shown in (f"{len(found)} of 5 SIMs", "5 SIMs")
    assert bool(page.select(".empty")) is not bool(found)


def test_the_form_shows_what_was_asked_and_offers_what_there_is(family, dashboard):
    form = dashboard("?q=till&group=Tills&sort=name&view=table").select_one("form[role=search]")

    assert form["method"] == "get"
    chosen = {one["name"]: words(one.select_one("[selected]")) for one in form.select("select:has([selected])")}
    assert chosen == {"group": "Tills", "sort": "By name", "operator": "All operators", "state": "Any state"}
    assert form.select_one("[name=q]")["value"] == "till"
    assert form.select_one("[name=view]")["value"] == "table"
    assert [words(one) for one in form.select("[name=group] option")] == ["All groups", "Tills", "Family"]
    assert [words(one) for one in form.select("[name=operator] option")][1:] == ["izi", "Kcell", "Another operator"]
    assert form.select_one(".list-view a:not([aria-current])")["href"] == "?q=till&group=Tills&sort=name#list"


def test_with_few_sims_nothing_is_to_be_searched(owner, dashboard):
    a_plan(a_sim(owner, label="mine"))

    assert not dashboard().select("form[role=search]")
    assert dashboard("?q=xyz").select("form[role=search]")


def test_the_table_is_another_way_to_see_the_same(family, client):
    response = client.get("/dashboard/?view=table&q=till")

    assert [one.sim.label for one in response.context["page"]] == ["till 2", "Till 14"]
    assert not BeautifulSoup(response.content, "html.parser").select(".sim-card")


@pytest.mark.parametrize(
    ("zone", "state"), [("Pacific/Kiritimati", "expired"), ("Asia/Almaty", "soon"), ("Pacific/Pago_Pago", "soon")]
)
def test_each_sim_has_its_own_today(owner, dashboard, zone, state):
    """At 20:00 in Almaty it is already tomorrow on Kiritimati."""
    there = a_sim(owner, label="there", time_zone=zone)
    a_plan(there, days=(TODAY - there.today(NOW)).days)
    a_plan(a_sim(owner, label="here"), days=0)

    with time_machine.travel(NOW.replace(hour=15), tick=False):
        assert "there" in titles(dashboard(f"?state={state}"))
        assert ("there" in titles(dashboard("?state=expired"))) is (state == "expired")
        assert "here" in titles(dashboard("?state=soon"))
        assert words(dashboard("?state=soon").select_one("#list-count")) == f"{1 + (state == 'soon')} of 2 SIMs"
        needed = "4,990" if state == "expired" else "9,980"
        assert f"Needed within 7 days {needed}" in words(dashboard().select_one(".at-a-glance"))


# --- to a SIM by the last digits of its number ---


@pytest.mark.parametrize("query", ["002", "0002", "10 002", "110-002", "8 708 111 00 02", "+7 708 111 00 02"])
def test_the_last_digits_lead_to_the_sim(client, family, query):
    response = client.get("/dashboard/", {"q": query})

    assert response.status_code == 302
    assert response["Location"] == f"/sims/{Sim.objects.get(number='+77081110002').pk}/"


@pytest.mark.parametrize("query", ["02", "111", "006", "007", "1110", "4014 x"])
def test_digits_that_end_no_number_or_several_only_search(client, family, query):
    assert client.get("/dashboard/", {"q": query}).status_code == 200


def test_what_is_called_by_the_same_digits_is_found_too(client, family):
    a_sim(family, "+77019990000", label="Till 002")

    assert client.get("/dashboard/", {"q": "002"}).status_code == 200


def test_nobody_is_led_away_while_they_type(client, family):
    assert client.get("/dashboard/", {"q": "0002"}, headers={"HX-Request": "true"}).status_code == 200


def test_nobody_is_led_away_where_a_script_shows_the_page_anew(client, family):
    script, person = ({"Sec-Fetch-Mode": mode} for mode in ("cors", "navigate"))

    assert client.get("/dashboard/", {"q": "0002"}, headers=script).status_code == 200
    assert client.get("/dashboard/", {"q": "0002"}, headers=person).status_code == 302


def test_a_question_that_is_too_long_counts_what_it_finds(owner, client):
    found, _other = a_sim(owner, label="T" * 60), a_sim(owner, label="Other")
    page = client.get("/dashboard/", {"q": "t" * 61})

    assert [card.sim for card in page.context["page"]] == [found]
    assert page.context["page"].paginator.count == 1


# --- many ---


def a_crowd(owner, count: int) -> None:
    """SIMs in every state, with all that a card may show."""
    operators = [*Operator.objects.all(), None]
    for n in range(count):
        sim = a_sim(owner, label=f"Till {n}", group=f"Shop {n % 3}", operator=operators[n % len(operators)])
        if n % 4 == 3:
            actions.save_sim(sim, activity_changed=False, now=NOW)
            continue
        plan = a_plan(sim, days=None if n % 5 == 0 else n % 40 - 2, renews="auto" if n % 3 else "hand", price=100)
        if n % 40 < 10:
            actions.read_balance(sim, Decimal(n), NOW)
            actions.say_left(sim, {Allowance.DATA: 100}, NOW, plan)
    watched = a_sim(owner, keep_alive=True, last_activity_on=TODAY, operator=operators[0])
    fail(a_plan(watched, days=1))


def copies(owner, count: int) -> None:
    """Many more of the same, as quickly as a database can."""
    sims = list(Sim.objects.filter(owner=owner).exclude(label="").order_by("pk"))
    plans = {plan.sim_id: plan for plan in Plan.objects.filter(sim__owner=owner)}
    more = []
    for n in range(count):
        like = copy(sims[n % len(sims)])
        like.pk, like.number, like.label = None, f"+7747{n:07d}", f"Copy {n}"
        like.found_by = like.words_to_find
        more.append((sims[n % len(sims)].pk, like))
    Sim.objects.bulk_create([like for _pk, like in more])
    new = []
    for pk, like in more:
        if pk in plans:
            plan = copy(plans[pk])
            plan.pk, plan.sim = None, like
            new.append(plan)
    Plan.objects.bulk_create(new)


@pytest.mark.parametrize("query", ["", "?q=till&state=soon&group=Shop+1", "?page=2&sort=name", "?view=table"])
def test_eight_and_five_hundred_sims_cost_twelve_queries_at_most(
    client, guides_loaded, owner, query, django_assert_max_num_queries
):
    Fact.objects.update_or_create(
        key="country.numbers_a_person", defaults={"kind": "limit", "value": "10", "confidence": "confirmed"}
    )
    owner.person.numbers_elsewhere = 3
    owner.person.muted_kinds = []
    owner.person.steps_over_at = NOW  # who counts their numbers is no beginner any more
    owner.person.save()
    a_stay(owner, "kz", until=-1)
    a_crowd(owner, 7)
    client.get("/dashboard/" + query)
    cache.clear()  # the session comes from the database too

    with django_assert_max_num_queries(12) as for_eight:
        few = client.get("/dashboard/" + query)
    copies(owner, 492)
    with django_assert_max_num_queries(len(for_eight)):
        many = client.get("/dashboard/" + query)

    assert many.context["tally"].in_use == 500
    assert few.context["tally"].in_use == 8
    assert len(many.context["page"]) <= 50


def test_so_it_does_for_a_beginner(client, guides_loaded, owner, django_assert_max_num_queries):
    owner.person.numbers_elsewhere = 3
    owner.person.save()
    a_stay(owner, "kz", until=-1)
    a_crowd(owner, 7)
    client.get("/dashboard/")
    cache.clear()

    with django_assert_max_num_queries(12):
        page = client.get("/dashboard/")

    assert page.context["steps"]


def test_many_sims_come_in_pages_and_the_sum_is_of_all(owner, dashboard):
    for n in range(60):
        a_plan(a_sim(owner, label=f"Till {n}"), days=n // 10, price=100)

    pages = [dashboard(query) for query in ("", "?page=2", "?page=3")]

    seen = [titles(page) for page in pages]
    assert [len(page) for page in seen] == [24, 24, 12]
    assert len({title for page in seen for title in page}) == 60
    assert "6,000\xa0₸" in words(pages[0].select_one(".at-a-glance"))
    assert "60 payments" in words(pages[0].select_one(".at-a-glance"))
    assert titles(dashboard("?page=999")) == seen[2]


def test_the_next_page_keeps_what_was_asked(owner, dashboard):
    for n in range(60):
        a_plan(a_sim(owner, label=f"Till {n:02}"), days=30 - n // 2)

    link = dashboard("?q=till&sort=name").select_one("a[rel=next]")["href"]

    assert link == "?q=till&sort=name&page=2#list"
    assert titles(dashboard(link.partition("#")[0]))[0] == "Till 24"

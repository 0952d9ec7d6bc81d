"""The next 90 days on the dashboard: drawn, and the same in words behind it."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.utils import translation

from plans import actions
from plans.models import Sim
from plans.overview import card_of, overview
from plans.views.ahead import ROWS_SHOWN, days_ahead_of
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
def section(client, owner):
    """What the dashboard shows of the next 90 days."""

    def get():
        response = client.get("/dashboard/")
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser").select_one(".ahead")

    return get


def words(element) -> str:
    return element.get_text(" ", strip=True)


def told(section) -> list[tuple[str, str]]:
    """Each line of the table, with its day."""
    lines = [row.select("td") for row in section.select(".ahead-words tr") if row.select("td")]
    return [(words(day), words(what)) for day, what in lines]


def shapes(section) -> list[str]:
    return [use["href"] for use in section.select(".ahead-row use")]


def test_where_no_day_is_known_nothing_is_drawn(owner, section):
    a_plan(a_sim(owner), days=None)
    assert section() is None


def test_each_sim_has_a_row_that_leads_to_it_and_its_words_behind(owner, section):
    sims = [a_sim(owner, label="Till"), a_sim(owner, "+77011234567")]
    for sim in sims:
        a_plan(sim, days=9)

    found = section()

    links = {f"/sims/{sim.pk}/" for sim in sims}
    assert {link["href"] for link in found.select("a.ahead-name")} == links
    assert {link["href"] for link in found.select(".ahead-words th[scope=rowgroup] a")} == links
    assert [words(link.strong) for link in found.select("a.ahead-name")] == ["Till", "+7\xa0701\xa0123\xa04567"]
    assert all(svg["aria-hidden"] == "true" for svg in found.select("svg") if not svg.find_parent(class_="ahead-key"))
    assert words(found.details.summary) == "What is in it, in words"
    assert not found.select("[style]")


def test_a_plan_renewed_by_hand_is_a_bar_to_its_last_day(owner, section):
    a_plan(a_sim(owner), days=8, price=4990)

    found = section()

    bar = found.select_one(".ahead-row .ahead-paid")
    assert (bar["x"], bar["width"]) == ("0.00%", "10.00%")  # 9 days with today
    assert found.select_one(".ahead-row use")["x"] == "10.00%"
    assert shapes(found) == ["#ahead-ends"]
    assert "until 1 Dec" in words(found.select_one(".ahead-name"))
    assert told(found) == [("1 Dec", "Last day of Freestyle · To renew it you need 4,990\xa0₸")]


def test_what_renews_itself_is_assumed_until_money_is_missing(owner, section):
    plan = a_plan(a_sim(owner), days=3, renews="auto", price=5000)
    actions.read_balance(plan.sim, Decimal(6000), NOW)

    found = section()

    assert [bar["class"] for bar in found.select(".ahead-row rect")] == [["ahead-paid"], ["ahead-assumed"]]
    assert shapes(found) == ["#ahead-charge", "#ahead-missing"]
    assert told(found) == [
        ("26 Nov", "Freestyle renews itself and takes 5,000\xa0₸ · As far as we know, the money is there"),
        (
            "26 Dec",
            "Freestyle renews itself and takes 5,000\xa0₸ · Top up by the end of this day: 4,000\xa0₸ is missing",
        ),
    ]


def test_what_nobody_knows_of_the_money_is_said_once(owner, section):
    a_plan(a_sim(owner), days=3, renews="auto", price=5000)
    lines = [what for _day, what in told(section())]
    assert [line.count("We do not know whether the money is there") for line in lines] == [1, 0, 0]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"days": 120}, "Freestyle works until Tuesday 23 March 2027"),
        ({"days": None}, "We do not know yet until when Freestyle works."),
        ({"days": -2}, "Freestyle ended on Saturday 21 November"),
        ({"days": 2, "renews": "auto", "price": 0}, "Freestyle goes on by itself in all this time"),
        ({"days": -70, "renews": "auto"}, "We assume that it works until Sunday 13 December"),
        ({"days": 2, "renews": "autopay"}, "Freestyle renews itself and takes 4,990\xa0₸ · Your card tops it up"),
        ({"days": 2, "renews": "auto", "price": None}, "Freestyle renews itself, we do not know for how much"),
        ({"days": 0, "renews": "auto", "period": "day", "price": 90}, "Freestyle takes 90\xa0₸ every day"),
    ],
)
def test_every_plan_is_told_in_words(owner, section, fields, line):
    a_plan(a_sim(owner, label="other"), days=1)
    a_plan(a_sim(owner), **fields)
    assert any(line in what for _day, what in told(section()))


def test_a_watched_number_is_at_risk_after_a_day(owner, section):
    a_watched_sim(owner, quiet=50)
    a_watched_sim(owner, quiet=70)

    found = section()

    assert shapes(found) == ["#ahead-risk", "#ahead-risk"]
    assert ("3 Dec", "Last day to use the number, or to top it up") in told(found)
    assert ("23 Nov", "The number has been unused for too long since Friday 13 November") in told(found)


def test_a_trip_lies_behind_all_rows_and_is_said_above_them(owner, section):
    for _n in range(3):
        a_plan(a_sim(owner), days=9)
    a_stay(owner, since=9, until=17)

    found = section()

    (band,) = found.select(".ahead-ground .ahead-trip")
    assert (band["x"], band["width"]) == ("10.00%", "10.00%")
    assert words(found.select_one(".ahead-away a")) == "Abroad from Wednesday 2 December to Thursday 10 December"


def test_of_many_sims_the_soonest_are_seen_and_the_others_open_with_a_tap(owner, section):
    for n in range(ROWS_SHOWN + 2):
        a_plan(a_sim(owner), days=n)

    found = section()

    assert len(found.select("a.ahead-name")) == ROWS_SHOWN + 2
    assert [words(one) for one in found.select("details a.ahead-name span")] == ["until 5 Dec", "until 6 Dec"]
    assert words(found.details.summary) == "2 more SIMs"


def test_the_legend_names_in_words_only_what_is_there(owner, section):
    a_plan(a_sim(owner), days=9)
    assert words(section().select_one(".ahead-key")) == "paid for ends"


def test_months_are_named_where_there_is_room(owner, section):
    a_plan(a_sim(owner), days=9)
    assert [words(text) for text in section().select(".ahead-days text")] == [
        *("today", "20 Feb", "December", "January", "February"),
    ]


def test_places_in_the_drawing_are_written_as_svg_reads_them_in_every_language(owner, section):
    a_plan(a_sim(owner), days=9)
    owner.person.language = "ru"
    owner.person.save()
    with translation.override("ru"):
        assert all("," not in rect["width"] + rect.get("x", "") for rect in section().select("rect"))


def test_it_asks_the_database_nothing(owner, django_assert_num_queries):
    for _n in range(3):
        a_plan(a_sim(owner), days=9)
    a_watched_sim(owner)
    a_stay(owner, since=9, until=17)
    cards = overview(Sim.objects.visible_to(owner).with_facts(), NOW).cards
    with django_assert_num_queries(0):
        found = days_ahead_of(cards, TODAY)
    assert [row.sim for row in found.rows] == [card.sim for card in cards]


def test_what_ends_today_where_the_sim_is_is_there_for_who_has_tomorrow_already(owner):
    a_plan(a_sim(owner), days=0)
    card = card_of(Sim.objects.visible_to(owner).with_facts().get(), NOW)
    found = days_ahead_of([card], TODAY + timedelta(days=1))
    assert found.rows[0].events[0].point.on == TODAY
    assert found.today_at == "1.11%"

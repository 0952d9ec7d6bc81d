"""Dates without an account: the page, the calendar file, and the way from there to reminders by mail."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.http import QueryDict
from django.test import Client
from icalendar import Calendar

from guides.models import Fact
from plans.date_answers import Answers
from plans.models import Message, Person, Reminder, Sim
from plans.periods import Period
from tests.builders import NOW, TODAY, a_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

PAGE, FILE, ADD = "/en/dates/", "/en/dates.ics", "/sims/add/"
PACKAGE = {"operator": "beeline", "wording": "paid", "paid_until": "2026-11-10", "period": "30d"}
NUMBER = {"last_activity_on": "2026-11-01", "limit": "", "unit": "days"}
ADDRESS, PASSWORD = "aigul@example.org", "a long password 7"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def soup(response) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def ask(client, *questions: dict, page: str = PAGE, **changes) -> BeautifulSoup:
    return soup(client.get(page, {key: value for one in questions for key, value in one.items()} | changes))


def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.main.get_text(" ").split())


def days_on(page: BeautifulSoup) -> list[str]:
    return [day["datetime"] for day in page.select("main time")]


def errors(page: BeautifulSoup) -> list[str]:
    return [element.get_text(" ", strip=True) for element in page.select(".invalid-feedback")]


def link(page: BeautifulSoup, words: str) -> str:
    return next(a["href"] for a in page.select("main a") if words in a.get_text())


# --- the page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_anybody_may_ask_in_every_language(client, lang):
    response = client.get(f"/{lang}/dates/", PACKAGE | NUMBER)
    page = soup(response)

    assert days_on(page) == ["2026-12-09", "2026-12-31"]
    assert response.headers["Content-Language"] == page.html["lang"]
    assert link(page, "").startswith(f"/{lang}/guides/beeline/")
    assert f"/{lang}/dates.ics?" in str(page.main)


def test_search_engines_learn_of_one_page_in_each_language(client):
    page = ask(client, PACKAGE)

    assert page.select_one("link[rel=canonical]")["href"].endswith("/en/dates/")
    assert {one["href"].split("/")[3] for one in page.select("link[rel=alternate]")} == {
        *("en", "zh-hans", "zh-hant", "ru", "kk")
    }


def test_the_empty_page_asks_and_nothing_else(client):
    response = client.get(PAGE)
    page = soup(response)

    assert not days_on(page)
    assert not errors(page)
    assert page.select_one("input[value=paid]").has_attr("checked")
    assert not response.cookies


def test_no_telephone_number_is_asked(client):
    assert not soup(client.get(PAGE)).select("main input[type=tel], main input[name=number]")


def test_the_day_stands_in_words_and_numbers_with_the_days_left_and_the_cut_off(client):
    text = text_of(ask(client, PACKAGE))

    assert "Wednesday 9 December 09/12/2026" in text
    assert "Ends in 16 days" in text
    assert "Thursday 10 December 10/12/2026" in text  # what the operator may show as the next charge
    assert "Wednesday 23:59 in Almaty" in text


@pytest.mark.parametrize(
    ("wording", "day", "period", "end"),
    [
        ("paid", "2026-11-23", "month", "2026-12-22"),
        ("until", "2026-12-01", "28d", "2026-12-01"),
        ("charge", "2026-12-01", "28d", "2026-11-30"),
        ("until", "2026-12-01", "once", "2026-12-01"),
    ],
)
def test_every_way_to_say_a_date_is_understood(client, wording, day, period, end):
    assert days_on(ask(client, wording=wording, paid_until=day, period=period)) == [end]


def test_a_period_that_ended_is_followed_by_those_that_came_after_if_they_were_renewed(client):
    page = ask(client, PACKAGE, paid_until="2026-09-01")
    text = text_of(page)

    assert days_on(page) == ["2026-11-29"]
    assert "ended on Wednesday 30 September, 54 days ago" in text
    assert "If you have renewed it on time each time since" in text
    assert "Bought again today, it works until Tuesday 22 December" in text


def test_a_one_time_package_is_not_counted_from_the_day_it_was_bought(client):
    page = ask(client, PACKAGE, period="once")

    assert not days_on(page)
    assert errors(page) == [
        "A one-time plan has no period to count from. Say until when it works, or choose its period."
    ]


def test_a_one_time_package_that_is_over_promises_nothing(client):
    page = ask(client, PACKAGE, wording="until", period="once")
    text = text_of(page)

    assert "Ended 13 days ago" in text
    assert "Remind me by mail" not in text
    assert "Put it into my calendar" not in text


def test_the_guides_are_those_of_the_operator(client):
    assert "/en/guides/beeline/renew-at-a-shop/" in str(ask(client, PACKAGE).main)
    assert "/en/guides/all/renew-at-a-shop/" in str(ask(client, PACKAGE, operator="other").main)


def test_an_address_may_bring_the_operator_along_and_ask_nothing_yet(client):
    page = ask(client, operator="tele2", period="7d", limit="x")

    assert page.select_one("#id_operator option[selected]")["value"] == "tele2"
    assert page.select_one("#id_period option[selected]")["value"] == "7d"
    assert not days_on(page)
    assert not errors(page)


def test_what_an_address_leaves_out_is_shown_as_it_is_counted(client):
    page = ask(client, paid_until="2026-11-10", wording="", last_activity_on="2026-11-01")

    assert days_on(page) == ["2026-12-09", "2026-12-31"]
    assert page.select_one("[name=wording][checked]")["value"] == "paid"
    assert page.select_one("#id_period option[selected]")["value"] == "30d"
    assert page.select_one("#id_unit option[selected]")["value"] == "days"


def test_the_signed_in_read_the_cut_off_on_their_own_clock_too(client):
    client.force_login(a_user(time_zone="Europe/Berlin"))

    page = ask(client, PACKAGE)

    assert "Wednesday 23:59 in Almaty, 19:59 for you" in text_of(page)
    assert not page.select("[data-cutoff]")


def test_a_visitors_browser_gets_what_it_needs_to_add_its_own_clock(client):
    words = ask(client, PACKAGE).select_one("[data-cutoff]")

    assert datetime.fromisoformat(words["data-cutoff"]) == datetime(2026, 12, 9, 18, 59, tzinfo=UTC)
    assert (words["data-clock"], words["data-day"]) == ("23:59", "9")
    assert words["data-with-theirs"] == "Wednesday 23:59 in Almaty, {theirs} for you"


# --- the number -------------------------------------------------------------------------------------------


def test_an_unknown_limit_is_called_unknown_and_the_caution_our_own(client):
    page = ask(client, NUMBER, operator="beeline")
    text = text_of(page)

    assert days_on(page) == ["2026-12-31"]
    assert "After how long Beeline takes back an unused number is not known to us." in text
    assert "We count with 60 days: our caution, not the operator’s rule." in text
    assert "/en/guides/beeline/keep-your-number/" in str(page.main)


@pytest.mark.parametrize(
    ("limit", "unit", "day"),
    [("90", "days", "2027-01-30"), ("6", "months", "2027-05-01"), ("1", "months", "2026-12-01")],
)
def test_a_limit_that_the_reader_knows_counts(client, limit, unit, day):
    page = ask(client, NUMBER, limit=limit, unit=unit)

    assert days_on(page) == [day]
    assert "our caution, not the operator’s rule" not in text_of(page)


def test_a_limit_that_is_known_counts_and_shows_how_sure_it_is(client):
    know_limit("tele2", "120 days")

    text = text_of(ask(client, NUMBER, operator="tele2"))
    assert "Counted with Tele2’s own limit of 120 days (one source only" in text
    assert "Monday 1 March 2027" in text
    assert "is not known to us" in text_of(ask(client, NUMBER, operator="altel"))


def test_the_readers_own_limit_counts_more_than_the_known_one(client):
    know_limit("tele2", "120 days")

    assert days_on(ask(client, NUMBER, operator="tele2", limit="30")) == ["2026-12-01"]


def test_a_known_limit_in_other_words_is_shown_and_not_counted_with(client):
    know_limit("tele2", "120 days for prepaid, 30 for guests")

    text = text_of(ask(client, NUMBER, operator="tele2"))
    assert "120 days for prepaid, 30 for guests" in text
    assert "We count with 60 days" in text


def know_limit(operator: str, value: str) -> None:
    Fact.objects.filter(key=f"{operator}.inactivity_limit").update(
        value=value, confidence="one_source", source="the public agreement"
    )


def test_a_number_whose_day_has_passed_is_to_be_tried_at_once(client):
    text = text_of(ask(client, NUMBER, last_activity_on="2026-08-01"))

    assert "Wednesday 30 September" in text
    assert "Try the number at once" in text
    assert "keeps it safe until Friday 22 January 2027" in text


# --- what cannot be right ------------------------------------------------------------------------------------


WRONG = [
    ({"paid_until": "2026-11-30"}, "This day is still to come. Check the date."),
    ({"paid_until": "1026-11-10"}, "Check the year: 1026 is too far away."),
    ({"wording": "until", "paid_until": "2126-11-10"}, "Check the year: 2126 is too far away."),
    ({"paid_until": "soon"}, "Write the day as year-month-day, like 2026-12-31."),
    ({"last_activity_on": "2026-12-24"}, "This day is still to come. Check the date."),
    ({"limit": "-4"}, "Choose between 2 and 1000 days."),
    ({"limit": "1001"}, "Choose between 2 and 1000 days."),
    ({"limit": "33", "unit": "months"}, "Choose between 1 and 32 months."),
    ({"limit": "a year"}, "Write the limit as a whole number."),
    ({"operator": "megafon"}, "Choose an operator from the list."),
]


def test_what_cannot_be_right_is_said_at_its_field_and_nothing_is_lost(client):
    right = PACKAGE | NUMBER | {"limit": "90"}
    for entry, said in WRONG:
        page = ask(client, right, entry)

        assert errors(page) == [said], entry
        for name in ("paid_until", "last_activity_on", "limit"):
            assert page.select_one(f"[name={name}]")["value"] == (right | entry)[name]


def test_one_wrong_question_does_not_keep_back_the_others_answer(client):
    assert days_on(ask(client, PACKAGE, NUMBER, limit="-4")) == ["2026-12-09"]
    assert days_on(ask(client, PACKAGE, NUMBER, paid_until="2026-12-24")) == ["2026-12-31"]


def test_an_unknown_choice_is_an_error_and_no_accident(client):
    for name in ("wording", "period", "unit"):
        assert len(errors(ask(client, PACKAGE, NUMBER, **{name: "forged"}))) == 1


def test_who_asks_nothing_is_told_what_to_enter(client):
    page = ask(client, PACKAGE, NUMBER, paid_until="", last_activity_on="")

    assert errors(page) == ["Enter a day here, or the day of the last paid activity below."]


@pytest.mark.parametrize("lang", ["ru", "zh-hans"])
def test_errors_are_in_the_readers_language(client, lang):
    assert errors(ask(client, PACKAGE, page=f"/{lang}/dates/", paid_until="2026-12-24")) not in (
        [],
        errors(ask(client, PACKAGE, paid_until="2026-12-24")),
    )


def test_no_day_breaks_the_answer():
    days = ("2016-01-01", "2016-02-29", "2026-11-24", "2031-12-31", "9999-12-31", "0001-01-01")
    for wording, day, period in product(("paid", "until", "charge"), days, Period):
        query = QueryDict(
            f"wording={wording}&paid_until={day}&period={period}&last_activity_on={day}&limit=32&unit=months"
        )
        answers = Answers(query, "en", NOW, None)

        assert all(event.day >= TODAY for event in answers.events())
        assert answers.form.errors or answers.package


# --- the calendar file --------------------------------------------------------------------------------------------


def calendar(client, *questions: dict, file: str = FILE, **changes) -> Calendar:
    response = client.get(file, {key: value for one in questions for key, value in one.items()} | changes)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'inline; filename="kzsim-dates.ics"'
    lines = response.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)
    return Calendar.from_ical(response.content)


def leads_of(event) -> list[int]:
    """Days before the event on which it speaks up, each at nine in the morning."""
    triggers = [alarm.TRIGGER for alarm in event.walk("VALARM")]
    assert all((trigger - timedelta(hours=9)).seconds == 0 for trigger in triggers)
    return [-(trigger - timedelta(hours=9)).days for trigger in triggers]


def test_the_file_holds_the_days_of_the_page_as_whole_days(client):
    file = calendar(client, PACKAGE, NUMBER)
    package, number = file.events

    assert (file["VERSION"], file["PRODID"]) == ("2.0", "-//KZSIM//Dates//EN")
    assert (package["SUMMARY"], number["SUMMARY"]) == (
        "Last day of the package: Beeline",
        "Last day to use the number: Beeline",
    )
    for event, day in ((package, date(2026, 12, 9)), (number, date(2026, 12, 31))):
        assert (event.start, event.end) == (day, day + timedelta(days=1))
        assert event["DTSTART"].params["VALUE"] == "DATE"
        assert event["DTSTAMP"].dt == NOW
        assert event["TRANSP"] == "TRANSPARENT"
        assert not event.errors


def test_the_calendar_speaks_up_when_our_reminders_would(client):
    package, number = calendar(client, PACKAGE, NUMBER).events
    (week,) = calendar(client, PACKAGE, paid_until="2026-11-22", period="7d").events
    (day,) = calendar(client, PACKAGE, paid_until="2026-11-23", period="day").events

    assert leads_of(package) == [7, 1, 0]
    assert leads_of(number) == [30, 7, 1]
    assert leads_of(week) == [1, 0]
    assert leads_of(day) == []


def test_an_alarm_that_has_passed_does_not_ring_on_import(client):
    (event,) = calendar(client, PACKAGE, wording="until", paid_until="2026-11-26").events

    assert leads_of(event) == [1, 0]


def test_the_file_says_how_and_where_to_go_on(client):
    package, number = calendar(client, PACKAGE, NUMBER).events

    assert "Cut-off: Wednesday 23:59 in Almaty" in package["DESCRIPTION"]
    assert "http://127.0.0.1:8000/en/guides/beeline/renew-at-a-shop/" in package["DESCRIPTION"]
    assert "our caution, not a rule of the operator" in number["DESCRIPTION"]
    assert soup(client.get(package["URL"].removeprefix("http://127.0.0.1:8000")))


def test_a_period_counted_as_renewed_says_so_in_the_file(client):
    (event,) = calendar(client, PACKAGE, paid_until="2026-09-01").events

    assert "as if it had been renewed on time since Wednesday 30 September" in event["DESCRIPTION"]


def test_the_same_question_is_the_same_event_in_every_language_and_at_every_hour(client):
    uid = calendar(client, PACKAGE).events[0]["UID"]
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        package, _number = calendar(client, PACKAGE, NUMBER, file="/ru/dates.ics").events

    assert package["UID"] == uid
    assert package["DTSTAMP"].dt == NOW + timedelta(days=3)


def test_another_question_is_another_event(client):
    asked = [{}, {"operator": "kcell"}, {"paid_until": "2026-11-11"}, {"wording": "until", "paid_until": "2026-12-09"}]
    events = [event for changes in asked for event in calendar(client, PACKAGE, NUMBER, changes).events]

    assert len({event["UID"] for event in events}) == 4 + 2  # of the number the operator alone was another


def test_the_file_speaks_the_language_of_its_address(client):
    (event,) = calendar(client, PACKAGE, file="/ru/dates.ics").events

    assert "Алматы" in event["DESCRIPTION"]
    assert "/ru/guides/beeline/" in event["DESCRIPTION"]


@pytest.mark.parametrize(
    "entries", [{}, PACKAGE | {"paid_until": "2026-12-24"}, PACKAGE | {"wording": "until", "period": "once"}]
)
def test_where_there_is_no_day_to_come_the_page_says_why(client, entries):
    response = client.get(FILE, entries)

    assert response.status_code == 302
    assert response.url.partition("?")[0] == PAGE
    assert parse_qs(response.url.partition("?")[2]) == {name: [value] for name, value in entries.items()}


def test_a_day_that_has_passed_is_left_out_of_the_file(client):
    (event,) = calendar(client, PACKAGE, NUMBER, last_activity_on="2026-08-01").events

    assert event["SUMMARY"] == "Last day of the package: Beeline"


# --- reminders by mail -------------------------------------------------------------------------------------------


def filled_in(page: BeautifulSoup) -> dict[str, str]:
    """What a browser would send from the first form of the page."""
    form = next(form for form in page.select("main form") if form.select("input:not([type=hidden])"))
    data = {}
    for element in form.select("input, select"):
        if element.name == "select":
            data[element["name"]] = (element.select_one("option[selected]") or element.select_one("option"))["value"]
        elif element.get("type") not in ("radio", "checkbox") or element.has_attr("checked"):
            data[element["name"]] = element.get("value", "on" if element.get("type") == "checkbox" else "")
    return data


def sign_up(client: Client, door: str, **data: str):
    """Follows the button as a browser does, and sends the form behind it."""
    page = soup(client.get(door))
    return client.post(page.select_one("main form")["action"], filled_in(page) | {"email": ADDRESS} | data)


def code_for(address: str) -> str:
    text = Message.objects.filter(to=address, kind=Message.Kind.ACCOUNT).latest("pk").text
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", text)[0]


def save_with_only_the_number(client: Client, address: str):
    response = client.get(address)
    page = soup(response)
    assert "Add the number, look it over and save." in text_of(page)
    assert filled_in(page)["number"] == ""
    return client.post(address, filled_in(page) | {"number": "8 705 123 45 67"})


def check_what_was_saved() -> None:
    sim = Sim.objects.get()
    plan = sim.plans.get()
    assert (sim.operator.slug, sim.last_activity_on, sim.keep_alive) == ("beeline", date(2026, 11, 1), True)
    assert (plan.period, plan.paid_until) == ("30d", date(2026, 12, 9))
    kinds = set(Reminder.objects.filter(sim=sim).values_list("kind", flat=True))
    assert {"plan_expires", "number_at_risk"} <= kinds


def test_who_signs_up_by_password_saves_with_only_the_number_added(client):
    response = sign_up(client, link(ask(client, PACKAGE, NUMBER), "Remind me by mail"), password1=PASSWORD)

    assert response.url.startswith(ADD)
    assert save_with_only_the_number(client, response.url).status_code == 302
    check_what_was_saved()


def test_who_signs_up_by_code_saves_with_only_the_number_added(client):
    response = sign_up(client, link(ask(client, PACKAGE, NUMBER), "Remind me by mail"), by_code="1")
    page = soup(client.get(response.url))
    form = next(form for form in page.select("main form") if form.select("[name=code]"))
    hidden = {one["name"]: one["value"] for one in form.select("input[type=hidden]") if one.get("value")}

    response = client.post(form.get("action") or response.url, hidden | {"code": code_for(ADDRESS)})

    assert response.url.startswith(ADD)
    assert save_with_only_the_number(client, response.url).status_code == 302
    check_what_was_saved()
    assert Person.objects.get().email_verified


def test_the_address_may_be_verified_in_another_browser_meanwhile(client):
    response = sign_up(client, link(ask(client, PACKAGE, NUMBER), "Remind me by mail"), password1=PASSWORD)
    mail = Message.objects.get(to=ADDRESS, kind=Message.Kind.ACCOUNT).text
    path = re.search(r"^http\S+(/accounts/confirm-email/\S+)$", mail, re.MULTILINE)[1]

    another = Client()
    assert another.get(path).status_code == 200
    assert another.post(path).status_code == 302

    assert Person.objects.get().email_verified
    assert save_with_only_the_number(client, response.url).status_code == 302
    check_what_was_saved()


def test_who_has_an_account_signs_in_and_everything_comes_along(client):
    a_user(ADDRESS)
    door = soup(client.get(link(ask(client, PACKAGE, NUMBER), "Remind me by mail")))
    sign_in = link(door, "Sign in")

    form = filled_in(soup(client.get(sign_in))) | {"login": ADDRESS, "password": PASSWORD}
    response = client.post(sign_in, form)

    assert response.url.startswith(ADD)
    assert save_with_only_the_number(client, response.url).status_code == 302
    check_what_was_saved()


def test_the_signed_in_go_straight_to_their_new_sim(client):
    client.force_login(a_user())

    address = link(ask(client, PACKAGE, NUMBER), "Remind me by mail")

    assert address.startswith(ADD)
    assert save_with_only_the_number(client, address).status_code == 302
    check_what_was_saved()


def test_a_closed_site_offers_to_sign_in_and_says_why(client, settings):
    settings.SIGNUP_OPEN = False
    page = ask(client, PACKAGE)

    assert "Sign-up is closed on this site." in text_of(page)
    assert "Remind me by mail" not in text_of(page)
    assert urlsplit(link(page, "Sign in to be reminded by mail")).path == "/accounts/login/"


def test_nobody_is_promised_a_mail_every_day(client):
    page = ask(client, PACKAGE, period="day", paid_until="2026-11-23")

    assert "Remind me by mail" not in text_of(page)
    assert "Put it into my calendar" in text_of(page)


def test_asking_leaves_nothing_behind(client):
    ask(client, PACKAGE, NUMBER)
    response = client.get(FILE, PACKAGE)

    assert not client.cookies
    assert not response.cookies


def test_a_number_alone_brings_no_plan_along(client):
    client.force_login(a_user())
    address = link(ask(client, NUMBER, operator="beeline", limit="6", unit="months"), "Remind me by mail")

    save_with_only_the_number(client, address)

    sim = Sim.objects.get()
    assert sim.inactivity_days == (date(2027, 5, 1) - date(2026, 11, 1)).days
    assert not sim.plans.exists()


def test_a_package_alone_has_the_number_not_watched(client):
    client.force_login(a_user())

    save_with_only_the_number(client, link(ask(client, PACKAGE), "Remind me by mail"))

    assert not Sim.objects.get().keep_alive


def test_a_period_counted_as_renewed_is_saved_as_the_page_counted_it(client):
    client.force_login(a_user())
    page = ask(client, PACKAGE, paid_until="2026-08-31", period="month")

    save_with_only_the_number(client, link(page, "Remind me by mail"))

    plan = Sim.objects.get().plans.get()
    assert [plan.paid_until.isoformat()] == days_on(page) == ["2026-11-29"]
    assert plan.anchor == 31


def test_what_an_address_brings_that_no_field_takes_is_left_out(client):
    client.force_login(a_user())
    query = {
        "operator": "megafon",
        "paid_until": "soon",
        "period": "30d",
        "inactivity_days": "-1",
        "number": "87051234567",
    }

    page = soup(client.get(ADD, query))

    assert filled_in(page)["number"] == filled_in(page)["paid_until"] == ""
    assert "operator" not in filled_in(page)
    assert not page.select_one("[name=inactivity_days]").get("value")
    assert not errors(page)


def test_an_address_never_saves_anything_by_itself(client):
    client.force_login(a_user())

    client.get(ADD, PACKAGE | {"number": "8 705 123 45 67"})

    assert not Sim.objects.exists()


def test_a_page_without_anything_brought_stays_as_it_was(client):
    client.force_login(a_user())

    assert "The number and the operator are enough." in text_of(soup(client.get(ADD)))


def test_the_landing_page_and_the_foot_of_every_page_lead_here(client):
    page = soup(client.get("/"))

    assert page.select_one(f'main a[href="{PAGE}"]')
    assert page.select_one(f'footer a[href="{PAGE}"]')


def test_today_is_that_of_kazakhstan(client):
    with time_machine.travel(datetime(2026, 11, 23, 20, tzinfo=UTC), tick=False):  # past midnight in Almaty
        text = text_of(ask(client, PACKAGE))

    assert TODAY + timedelta(days=16) == date(2026, 12, 9)
    assert "Ends in 15 days" in text

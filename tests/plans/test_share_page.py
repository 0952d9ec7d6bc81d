"""A text shared from the telephone: whose SIM it is about, and on to the page that reads it, changing nothing."""

import logging
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup

from guides.models import Operator
from kzsim.logs import WithoutKeys
from plans.models import BalanceEntry, Plan, UsageReading
from plans.sharing import LONGEST_IN_ADDRESS, shared
from tests.builders import NOW, a_plan, a_sim, a_user

TEXT = "Баланс: 1 250,50 ₸. Следующее списание 15.12.2026"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client, db):
    user = a_user()
    client.force_login(user)
    return user


def share(client, **told):
    return client.get(f"/share/?{urlencode(told)}")


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def offered(response) -> list[str]:
    return [link["href"].partition("?")[0] for link in soup(response).select(".share-row")]


def operator(slug: str) -> Operator:
    return Operator.objects.get(slug=slug)


# --- the rules ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Номер 77011234567. Баланс 500",
        "На номере 8 (701) 123-45-67 осталось 500 тг",
        "+7 701 123 45 67",
        "Списано 500 тг 7011234567",
        "500 7011234567",
    ],
)
def test_a_number_is_found_however_it_is_written(text):
    assert "+77011234567" in shared({"text": text}).numbers


@pytest.mark.parametrize("text", ["Баланс 1 250,50 ₸, до 15.12.2026", "Код 505", ""])
def test_sums_and_days_are_no_number(text):
    assert not shared({"text": text}).numbers


@pytest.mark.parametrize(
    ("told", "brands"),
    [
        ({"text": "Ваш Билайн: 500 тг"}, {"beeline"}),
        ({"text": "500 тг", "title": "Tele2"}, {"tele2"}),
        ({"text": "Услуга активирована, тариф активен"}, set()),
        ({"text": "activ: 500 тг"}, {"activ"}),
    ],
)
def test_operators_are_known_by_their_names(told, brands):
    assert shared(told).brands == brands


@pytest.mark.parametrize(
    ("told", "text", "sender"),
    [
        ({"text": " a ", "title": "Kcell"}, "a", "Kcell"),
        ({"title": "a"}, "a", ""),
        ({"url": "a"}, "a", ""),
        ({}, "", ""),
    ],
)
def test_the_text_is_taken_from_wherever_the_telephone_put_it(told, text, sender):
    assert (shared(told).text, shared(told).sender) == (text, sender)


# --- the page ----------------------------------------------------------------------------------------------


def test_the_only_sim_gets_it_at_once_and_nothing_is_noted(client, owner):
    plan = a_plan(a_sim(owner))

    response = share(client, text=TEXT)

    assert urlsplit(response.url).path == f"/sims/{plan.sim.pk}/reply/"
    page = soup(client.get(response.url))
    assert page.select_one("[name=balance]")["value"] == "1250.50"
    assert page.select_one("[name=paid_until]")["value"] == "2026-12-15"
    assert page.select_one("#recognised [name=reply]")["value"] == TEXT
    assert page.select_one("#recognised button[name=save]")
    assert not BalanceEntry.objects.exists()
    assert not UsageReading.objects.exists()
    assert Plan.objects.get().paid_until == plan.paid_until


def test_the_number_in_the_text_says_which(client, owner):
    a_sim(owner)
    a_sim(owner, "+77011112233")
    named = a_sim(owner, "+77019998877")

    response = share(client, text="На номере 8 701 999 88 77 баланс 500 тг")

    assert urlsplit(response.url).path == f"/sims/{named.pk}/reply/"


def test_with_two_numbers_or_none_the_reader_chooses_the_soonest_standing_first(client, owner):
    late, soon = a_plan(a_sim(owner, "+77011112233"), days=20).sim, a_plan(a_sim(owner, "+77019998877"), days=2).sim

    assert offered(share(client, text=TEXT)) == [f"/sims/{sim.pk}/reply/" for sim in (soon, late)]
    assert len(offered(share(client, text="С 7011112233 на 7019998877 переведено 500 тг"))) == 2


def test_those_of_the_operator_in_the_text_come_first(client, owner, guides_loaded):
    a_plan(a_sim(owner, operator=operator("kcell")), days=1)
    theirs = a_sim(owner, operator=operator("beeline"))

    response = share(client, text="Баланс 500 тг", title="Beeline")

    assert offered(response)[0] == f"/sims/{theirs.pk}/reply/"
    assert "Of the operator named in the text" in soup(response).text


def test_the_chosen_sim_gets_the_text(client, owner):
    a_sim(owner)
    a_sim(owner)

    link = soup(share(client, text=TEXT)).select_one(".share-row")["href"]

    assert parse_qs(urlsplit(link).query) == {"text": [TEXT]}


def test_one_may_choose_another_than_the_certain_one(client, owner):
    named = a_sim(owner, "+77019998877")
    a_sim(owner)
    page = soup(client.get(share(client, text="7019998877: баланс 500 тг").url))

    response = client.get(page.select_one('a[href^="/share/"]')["href"])

    assert len(offered(response)) == 2
    assert f"/sims/{named.pk}/reply/" in offered(response)


def test_a_text_that_no_address_can_hold_is_asked_to_be_pasted(client, owner):
    a_sim(owner)
    for response in (share(client, text="я" * (LONGEST_IN_ADDRESS + 1)), client.get("/share/?long=yes")):
        page = soup(response)
        assert "too long to be shared" in page.text
        assert "?" not in page.select_one(".share-row")["href"]
        assert "ЯЯЯ".lower() not in page.text
    assert share(client, text="я" * LONGEST_IN_ADDRESS).status_code == 302


def test_an_address_that_holds_it_fits_on_the_way_through_signing_in(client, db):
    response = share(client, text="я" * LONGEST_IN_ADDRESS)

    assert len(response.url) < 8190 - len("GET  HTTP/1.1")


def test_among_many_one_is_found_by_the_end_of_its_number(client, owner):
    for _ in range(32):
        a_sim(owner)
    named = a_sim(owner, "+77017654321", label="Till 14")

    assert soup(share(client, text=TEXT)).select_one("form[role=search] [name=text]")["value"] == TEXT
    for sought in ("43 21", "till"):
        assert offered(share(client, text=TEXT, q=sought, choose="yes")) == [f"/sims/{named.pk}/reply/"]
    assert "None of your SIMs" in soup(share(client, text=TEXT, q="9999999", choose="yes")).text


def test_a_number_is_found_as_the_list_finds_it(client, owner):
    a_sim(owner)
    named = a_sim(owner, "+77017654321")

    assert offered(share(client, text=TEXT, q="8 (701) 765-43-21", choose="yes")) == [f"/sims/{named.pk}/reply/"]
    assert share(client, text=TEXT, q="a\x00b", choose="yes").status_code == 200


def test_without_a_sim_one_is_offered_to_be_added(client, owner):
    assert soup(share(client, text=TEXT)).select_one('main a[href="/sims/add/"]')


def test_a_visitor_signs_in_and_comes_back_with_the_text(client, db):
    user = a_user("aigul@example.org")
    sim = a_sim(user)
    response = share(client, text=TEXT)
    page = soup(client.get(response.url))
    assert page.select_one("main form [name=next]")["value"] == f"/share/?{urlencode({'text': TEXT})}"

    fields = {"login": "aigul@example.org", "password": "a long password 7"}
    response = client.post(
        response.url, fields | {"next": page.select_one("main form [name=next]")["value"]}, follow=True
    )

    assert response.redirect_chain[-1][0] == f"/sims/{sim.pk}/reply/?{urlencode({'text': TEXT})}"


def test_no_sim_but_ones_own_in_use_is_offered_or_gone_to(client, owner):
    a_sim(None, "+77019998877")
    a_sim(owner, archived_at=NOW)
    mine = a_sim(owner)

    assert urlsplit(share(client, text="7019998877 баланс 500").url).path == f"/sims/{mine.pk}/reply/"


def test_the_text_leaks_to_nobody(client, owner):
    a_sim(owner), a_sim(owner)
    for response in (
        share(client, text=TEXT),
        client.get(f"/sims/{a_sim(owner).pk}/reply/?{urlencode({'text': TEXT})}"),
    ):
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "private" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "line",
    [
        "GET /share/?text=Secret&title=x failed",
        "GET /sims/7/reply/?text=Secret",
        "/login/?next=%2Fshare%2F%3Ftext%3DSecret",
    ],
)
def test_the_text_stands_in_no_log(line):
    record = logging.LogRecord("any", logging.ERROR, "", 0, "Failed: %s", (line,), None)

    WithoutKeys().filter(record)

    assert "Secret" not in record.getMessage()
    assert "…" in record.getMessage()


def test_the_proxy_logs_neither_its_address_nor_whoever_comes_from_there(settings):
    proxy = (settings.BASE_DIR / "deploy/nginx.conf").read_text()
    told, pattern = re.search(r'map "(.+)" \$is_logged \{\s*"~\*(.+)" 0;', proxy).groups()
    secret = "/sims/7/reply/?text=Secret"

    for words in ({"$request_uri": secret}, {"$request_uri": "/static/a.js", "$http_referer": f"https://x{secret}"}):
        line = " ".join(words.get(name, "") for name in told.split())
        assert re.search(pattern, line, re.IGNORECASE)


def test_what_is_shared_is_shown_as_text(client, owner):
    a_sim(owner)
    a_sim(owner)

    assert "<script>alert" not in share(client, text="<script>alert(1)</script>").content.decode()


def test_nothing_is_sent_to_it(client, owner):
    assert client.post("/share/", {"text": TEXT}).status_code == 405


def test_the_server_takes_the_address():
    from kzsim.runner import gunicorn

    assert gunicorn.limit_request_line == 8190

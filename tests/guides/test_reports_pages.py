"""Readers say whether something worked, and other readers see it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from guides import reporting
from guides.forms import DetailsForm
from guides.models import Fact, Guide, Operator, Report, current_revision
from tests.builders import a_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GUIDE = "/en/guides/beeline/check-your-data/"
GUIDE_REPORT = f"{GUIDE}report/"
CODE = "beeline.data_left_code"  # one operator, many pages: known
UNKNOWN = "beeline.balance_code"
FACT_REPORT = f"/en/guides/facts/{CODE}/report/"
UNKNOWN_REPORT = f"/en/guides/facts/{UNKNOWN}/report/"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def words(response):
    return soup(response).main.get_text(" ", strip=True)


def said(who, days_ago=1, *, worked=True, about=CODE, **more):
    """A report as another reader left it."""
    if about == CODE:
        fact = Fact.objects.get(key=CODE)
        about = {"fact": fact, "operator": fact.operator}
    report = reporting.tell(
        reporting.who_of_browser(who), worked=worked, on=TODAY - timedelta(days=days_ago), now=NOW, **about
    )
    for name, value in more.items():
        setattr(report, name, value)
    reporting.amend(report, NOW)
    return report


def shop(operator="kcell"):
    guide = Guide.objects.get(slug="renew-at-a-shop")
    return {"guide": guide, "operator": Operator.objects.get(slug=operator), "channel": guide.channel}


# --- telling ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "worked"), [("yes", True), ("no", False)])
@pytest.mark.parametrize("address", [GUIDE_REPORT, FACT_REPORT])
def test_one_tap_is_a_report_of_today(client, address, answer, worked):
    before = current_revision()
    response = client.post(address, {"worked": answer})
    report = Report.objects.get()
    assert response["Location"] == f"/en/guides/reports/{report.pk}/"
    assert (report.worked, report.happened_on, report.operator.slug) == (worked, TODAY, "beeline")
    assert (report.fact and report.fact.key) == (CODE if address == FACT_REPORT else None)
    assert (report.guide and report.guide.slug) == ("check-your-data" if address == GUIDE_REPORT else None)
    assert current_revision() > before
    said = "it worked" if worked else "it did not work"
    assert f"You told us: {said}." in words(client.get(response["Location"]))


def test_the_guide_leads_there_in_two_taps_and_without_a_script(client):
    page = soup(client.get(GUIDE))
    links = [link["href"] for link in page.select(".did-it-work a")]
    assert links == [f"{GUIDE_REPORT}?worked=yes", f"{GUIDE_REPORT}?worked=no"]
    assert not page.main.find("form")
    form = soup(client.get(links[1])).select_one("form[action]:has([name=worked])")
    assert form["action"] == GUIDE_REPORT
    assert [button["value"] for button in form.select("button[name=worked]")] == ["yes", "no"]


def test_looking_changes_nothing_and_sets_no_cookie_that_names_a_reader(client):
    for address in (GUIDE, GUIDE_REPORT, FACT_REPORT, UNKNOWN_REPORT):
        client.get(address)
    assert "reader" not in client.cookies
    assert not Report.objects.exists()


def test_a_form_sent_from_elsewhere_is_refused():
    assert Client(enforce_csrf_checks=True).post(GUIDE_REPORT, {"worked": "yes"}).status_code == 403


def test_the_cookie_is_out_of_reach_and_the_database_does_not_know_it(client):
    client.post(GUIDE_REPORT, {"worked": "yes"})
    cookie = client.cookies["reader"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] >= 300 * 24 * 3600
    who = Report.objects.get().who
    assert len(who) == 64
    assert cookie.value.split(":")[0] not in who


def test_one_person_is_one_person_with_and_without_an_account(client):
    client.post(GUIDE_REPORT, {"worked": "yes"})
    client.post(GUIDE_REPORT, {"worked": "no"})
    assert [report.worked for report in Report.objects.all()] == [False]
    user = a_user()
    for browser in (client, Client()):
        browser.force_login(user)
        browser.post(GUIDE_REPORT, {"worked": "yes"})
    report = Report.objects.get()
    assert (report.worked, report.who) == (True, reporting.who_of_account(user.pk))


def test_who_told_something_and_signs_in_is_still_one_person(client):
    before = told(client)
    client.post(FACT_REPORT, {"worked": "yes"})
    user = a_user()
    client.force_login(user)
    assert client.get(before).status_code == 200  # it is theirs, to add details or to take it back
    client.post(GUIDE_REPORT, {"worked": "no"})
    assert Report.objects.get(guide__isnull=False).worked is False
    assert set(Report.objects.values_list("who", flat=True)) == {reporting.who_of_account(user.pk)}


def test_a_cookie_that_we_did_not_make_is_nobody(client):
    client.cookies["reader"] = "made-up:1abcde:signature"
    client.post(GUIDE_REPORT, {"worked": "yes"})
    assert client.cookies["reader"].value != "made-up:1abcde:signature"
    assert Report.objects.count() == 1


@pytest.mark.parametrize("data", [{}, {"worked": "perhaps"}])
def test_no_answer_is_asked_for_again(client, data):
    response = client.post(GUIDE_REPORT, data)
    assert response.status_code == 400
    assert soup(response).select_one("[role=alert]")
    assert not Report.objects.exists()


def test_what_no_database_can_hold_is_left_out(client):
    assert client.get("/en/guides/facts/kcell.%00/report/").status_code == 404
    assert client.post(UNKNOWN_REPORT, {"comment": "\0"}).status_code == 400
    assert client.post(UNKNOWN_REPORT, {"comment": "It is \0*111#"}).status_code == 302
    assert Report.objects.get().comment == "It is *111#"


def test_a_machine_that_fills_every_field_tells_us_nothing(client):
    assert client.post(GUIDE_REPORT, {"worked": "yes", "website": "https://buy.example"}).status_code == 302
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "/en/guides/nobody/check-your-data/report/",
        "/en/guides/kcell/no-such-guide/report/",
        "/en/guides/facts/kcell.no_such/report/",
        "/en/guides/reports/1/",
    ],
)
def test_what_is_not_there_is_answered_kindly(client, address):
    assert client.get(address).status_code == 404


def test_the_pages_are_kept_by_no_cache_and_found_by_no_search(client):
    for address in (GUIDE_REPORT, FACT_REPORT):
        response = client.get(address)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"


# --- limits ----------------------------------------------------------------------------------------------


def test_who_throws_the_cookie_away_is_not_another_person_each_time():
    statuses = [Client().post(GUIDE_REPORT, {"worked": "yes"}).status_code for _ in range(7)]
    assert statuses == [302] * 5 + [429] * 2
    assert Report.objects.count() == 5
    assert Client().post("/ru/guides/beeline/check-your-data/report/", {"worked": "yes"}).status_code == 429
    assert Client().post(FACT_REPORT, {"worked": "yes"}).status_code == 302  # another thing
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post(FACT_REPORT, {"worked": "yes"}).status_code == 302


def test_one_machine_cannot_make_a_fact_disputed(client):
    Fact.objects.filter(key=CODE).update(seen_on=None)
    keeps_another = Client()
    for browser, address in [(client, GUIDE_REPORT), (keeps_another, UNKNOWN_REPORT)]:
        browser.post(address, {"worked": "yes", "comment": "It is *111#"})
    assert client.post(FACT_REPORT, {"worked": "no"}).status_code == 302
    for browser in (keeps_another, Client()):
        for language in ("en", "ru", "kk"):
            address = f"/{language}/guides/facts/{CODE}/report/"
            assert browser.post(address, {"worked": "no"}).status_code == 429
    assert reporting.disputed_facts() == []


def test_who_is_known_may_correct_themselves_but_not_without_end(client):
    statuses = [client.post(FACT_REPORT, {"worked": "no"}).status_code for _ in range(31)]
    assert statuses == [302] * 30 + [429]


def test_details_are_not_changed_without_end(client):
    """Each change lets all pages of the guides be written anew."""
    page = told(client)
    days = [f"2026-11-{1 + number % 20:02d}" for number in range(31)]
    responses = [client.post(page, {"happened_on": day, "comment": "mine"}) for day in days]
    assert [response.status_code for response in responses] == [302] * 30 + [429]
    assert "come back later" in words(responses[-1])
    assert Report.objects.get().happened_on.isoformat() == days[29]


def test_one_person_tells_so_much_a_day(client, monkeypatch):
    monkeypatch.setattr(reporting, "REPORTS_A_DAY", 2)
    assert [client.post(address, {"worked": "yes"}).status_code for address in (GUIDE_REPORT, FACT_REPORT)] == [302] * 2
    assert client.post("/en/guides/kcell/renew-at-a-shop/report/", {"worked": "yes"}).status_code == 429
    with time_machine.travel(NOW + timedelta(days=1, minutes=1)):
        assert client.post("/en/guides/kcell/renew-at-a-shop/report/", {"worked": "yes"}).status_code == 302


def test_an_outage_of_the_cache_stops_nobody(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "kzsim.cache.ForgivingRedisCache", "LOCATION": "unix:///nowhere/at-all.sock"}
    }
    for _ in range(4):
        assert Client().post(FACT_REPORT, {"worked": "yes"}).status_code == 302
    assert "say" in words(client.get(GUIDE))


# --- the thanks: details and the way back ------------------------------------------------------------------


def told(client, address=GUIDE_REPORT):
    return client.post(address, {"worked": "yes"})["Location"]


def test_details_are_added_afterwards(client):
    page = told(client, "/en/guides/kcell/renew-with-a-payment-service/report/")
    reader = Client()
    assert "UnionPay" not in words(reader.get("/en/guides/kcell/renew-with-a-payment-service/"))
    data = {
        "happened_on": "2026-11-02",
        "payment": "unionpay",
        "card_country": "CN",
        "place": "abroad",
        "comment": "Needed two tries",
    }
    response = client.post(page, data)
    assert response["Location"] == "/en/guides/kcell/renew-with-a-payment-service/"
    report = Report.objects.get()
    assert (report.happened_on, report.payment, report.card_country, report.place) == (
        date(2026, 11, 2),
        *("unionpay", "CN", "abroad"),
    )
    shown = reader.get(response["Location"])
    assert "UnionPay card from China, abroad worked for 1, last on 2 November" in words(shown)
    assert "Needed two tries" not in shown.content.decode()


@pytest.mark.parametrize(
    ("day", "ok"),
    [("2026-11-23", True), ("2026-11-24", False), ("2025-11-23", True), ("2025-11-22", False), ("", False)],
)
def test_the_day_is_not_to_come_and_not_older_than_a_year(client, day, ok):
    page = told(client)
    response = client.post(page, {"happened_on": day, "comment": "stays in the form"})
    assert (response.status_code == 302) is ok
    if not ok:
        assert soup(response).select_one("#id_happened_on.is-invalid")
        assert "stays in the form" in response.content.decode()
        assert Report.objects.get().happened_on == TODAY


@pytest.mark.parametrize("hidden", [True, False])
def test_a_report_moved_to_a_day_that_has_one_takes_its_place(client, hidden):
    page = told(client, FACT_REPORT)
    who = Report.objects.get().who
    other = reporting.tell(
        who,
        worked=False,
        on=TODAY - timedelta(days=3),
        now=NOW,
        fact=Fact.objects.get(key=CODE),
        operator=Operator.objects.get(slug="beeline"),
    )
    Report.objects.filter(pk=other.pk).update(hidden=hidden)
    assert client.post(page, {"happened_on": "2026-11-20"}).status_code == 302
    report = Report.objects.get()
    assert report.worked is True
    assert report.hidden is hidden  # an editor's word stands


def test_what_an_editor_has_hidden_stays_hidden_whatever_its_author_adds(client):
    page = told(client)
    Report.objects.update(hidden=True)
    assert client.post(page, {"happened_on": "2026-11-20", "comment": "still"}).status_code == 302
    assert Report.objects.get().hidden


def test_what_was_taken_back_meanwhile_does_not_come_back_with_its_details(client, monkeypatch):
    page = told(client)
    amend = reporting.amend

    def taken_back_first(report, now):
        Report.objects.all().delete()
        amend(report, now)

    monkeypatch.setattr(reporting, "amend", taken_back_first)
    assert client.post(page, {"happened_on": "2026-11-20"}).status_code == 404
    assert not Report.objects.exists()


def test_what_an_editor_hides_while_its_author_writes_stays_hidden(client, monkeypatch):
    page = told(client)
    amend = reporting.amend

    def hidden_first(report, now):
        Report.objects.update(hidden=True)
        amend(report, now)

    monkeypatch.setattr(reporting, "amend", hidden_first)
    assert client.post(page, {"happened_on": "2026-11-20"}).status_code == 302
    assert Report.objects.get().hidden is True


@pytest.mark.parametrize(("payment", "country"), [("unionpay", "CN"), ("", "CN"), ("cash", ""), ("kaspi", "")])
def test_a_country_belongs_to_a_card(client, payment, country):
    page = told(client)
    client.post(page, {"happened_on": "2026-11-23", "payment": payment, "card_country": "CN"})
    assert Report.objects.get().card_country == country


def test_who_reports_a_code_is_not_asked_how_they_paid(client):
    names = {field.get("name") for field in soup(client.get(told(client, FACT_REPORT))).select("main [name]")}
    assert "happened_on" in names
    assert not names & {"payment", "card_country"}


@pytest.mark.parametrize(("language", "first"), [("en", "China"), ("ru", "Китай"), ("zh-hans", "中国")])
def test_countries_are_in_the_readers_language_the_likely_ones_first(language, first):
    with translation.override(language):
        choices = DetailsForm(today=TODAY).fields["card_country"].choices
    often, rest = choices[1][1], choices[2][1]
    assert often[0] == ("CN", first)
    assert [code for code, _name in often[:3]] == ["CN", "RU", "KZ"]
    assert len(rest) > 200
    assert not {code for code, _name in often} & {code for code, _name in rest}


def test_a_report_is_taken_back(client):
    page = told(client)
    before = current_revision()
    response = client.post(f"{page}undo/", follow=True)
    assert response.redirect_chain[-1][0] == GUIDE
    assert "taken back" in response.content.decode()
    assert not Report.objects.exists()
    assert current_revision() > before


def test_what_an_editor_has_hidden_is_not_shown_by_taking_it_back_and_telling_it_again(client):
    page = told(client)
    Report.objects.update(hidden=True, comment="Buy at the best shop")
    client.post(f"{page}undo/")
    assert not Report.objects.exclude(comment="").exists()  # the words are gone
    told(client)
    assert Report.objects.get().hidden is True


def test_nobody_opens_or_changes_anothers_report(client):
    page = told(client)
    user = a_user()
    signed_in, other_reader = Client(), Client()
    signed_in.force_login(user)
    told(other_reader, FACT_REPORT)
    for stranger in (Client(), signed_in, other_reader):
        assert stranger.get(page).status_code == 404
        assert stranger.post(page, {"happened_on": "2026-11-01"}).status_code == 404
        assert stranger.post(f"{page}undo/").status_code == 404
    assert Report.objects.filter(guide__isnull=False, happened_on=TODAY).count() == 1
    assert client.get(f"{page}undo/").status_code == 405


# --- what readers see ----------------------------------------------------------------------------------------


def mark(client, address=GUIDE):
    return soup(client.get(address)).select_one(f'main a.fact-mark[href="{FACT_REPORT}"]')


def test_a_mark_says_how_sure_we_are_and_leads_to_the_facts_own_page(client):
    Fact.objects.filter(key=CODE).update(confidence="old", seen_on=date(2023, 9, 1))
    assert mark(client).get_text() == "(old information, may have changed; seen September 2023)"
    Fact.objects.filter(key=CODE).update(confidence="one_source", seen_on=None)
    cache.clear()
    assert mark(client).get_text() == "(one source only; date not visible)"


def test_several_readers_confirm_what_was_old(client):
    Fact.objects.filter(key=CODE).update(confidence="old", seen_on=date(2023, 9, 1))
    for who, days_ago in [("a", 21), ("b", 30)]:
        said(who, days_ago)
    assert "old information" in mark(client).get_text()
    said("c", 25)
    assert mark(client).get_text() == "(confirmed by 3 readers, last on 2 November)"


def test_doubts_are_shown_until_an_editor_has_checked(client, admin_client):
    Fact.objects.filter(key=CODE).update(confidence="confirmed", seen_on=date(2026, 9, 1))
    reports = [said("a", 3, worked=False), said("b", 1, worked=False)]
    shown = mark(client)
    assert shown.get_text() == "(disputed: 2 readers say that it is wrong, last on 22 November)"
    assert "fact-mark-disputed" in shown["class"]
    assert reporting.disputed_facts() == [Fact.objects.get(key=CODE)]
    data = {"action": "mark_as_checked_today", "_selected_action": [str(Fact.objects.get(key=CODE).pk)]}
    admin_client.post("/admin/guides/fact/", data)
    assert "disputed" not in mark(client).get_text()
    assert reporting.disputed_facts() == []
    Fact.objects.filter(key=CODE).update(seen_on=date(2026, 9, 1))
    admin_client.post("/admin/guides/report/", {"action": "hide", "_selected_action": [str(reports[0].pk)]})
    assert "disputed" not in mark(client).get_text()


@pytest.mark.parametrize("before", ["*999#", ""])
def test_what_was_said_of_a_value_says_nothing_of_the_one_put_in_its_place(client, before):
    fact = Fact.objects.filter(key=CODE)
    new = fact.get().value
    fact.update(value=before, confidence="old" if before else "unknown", seen_on=None)
    for who in "abc":
        said(who)
    fact.update(value=new, confidence="old")
    assert "old information" in mark(client).get_text()
    assert "worked for" not in words(client.get(FACT_REPORT))
    for who in "abc":  # they look again
        said(who)
    assert mark(client).get_text() == "(confirmed by 3 readers, last on 22 November)"
    assert Report.objects.count() == 3


def test_the_lines_of_a_guide_come_with_the_most_people_first(client):
    card = {"payment": "unionpay", "card_country": "CN"}
    for who in "abc":
        said(who, 21, about=shop(), **card)
    said("d", 2, worked=False, about=shop(), **card)
    said("e", 1, about=shop(), payment="cash", place="kz")
    said("f", 4, worked=False, about=shop())
    said("g", 1, about=shop("tele2"), payment="kaspi")
    page = soup(client.get("/en/guides/kcell/renew-at-a-shop/"))
    lines = [line.get_text(" ", strip=True) for line in page.select(".told li")]
    assert lines == [
        "UnionPay card from China worked for 3, last on 2 November did not work for 1, last on 21 November",
        "Cash in Kazakhstan worked for 1, last on 22 November",
        "No details given did not work for 1, last on 19 November",
    ]


def test_the_general_page_sums_up_all_operators(client):
    said("a", about=shop(), payment="cash")
    said("b", about=shop("tele2"), payment="cash")
    assert "worked for 2" in words(client.get("/en/guides/all/renew-at-a-shop/"))
    assert "worked for 1" in words(client.get("/en/guides/tele2/renew-at-a-shop/"))


def test_a_renewal_through_a_channel_counts_for_its_guide(client):
    about = shop()
    said("a", about={"operator": about["operator"], "channel": about["channel"]})
    assert "worked for 1" in words(client.get("/en/guides/kcell/renew-at-a-shop/"))
    assert "worked for 1" not in words(client.get("/en/guides/kcell/renew-in-the-app/"))


def test_after_a_year_it_is_said_with_its_year_and_then_no_more(client):
    said("a", 360, about=shop())
    assert "last on 28 November 2025" in words(client.get("/en/guides/kcell/renew-at-a-shop/"))
    with time_machine.travel(NOW + timedelta(days=10)):
        assert "last on" not in words(client.get("/en/guides/kcell/renew-at-a-shop/"))


def test_what_is_hidden_is_not_shown(client):
    report = said("a", about=shop())
    Report.objects.filter(pk=report.pk).update(hidden=True)
    assert "worked for 1" not in words(client.get("/en/guides/kcell/renew-at-a-shop/"))


def test_many_ways_are_folded(client):
    for country in ("CN", "RU", "DE", "US", "TR", "UZ", "KG"):
        said(country, about=shop(), payment="foreign_card", card_country=country)
    page = soup(client.get("/en/guides/kcell/renew-at-a-shop/"))
    assert len(page.select(".told li")) == 7
    assert len(page.select("details .told li")) == 2


def test_a_page_from_the_cache_follows_a_new_report(client):
    reader, teller = Client(), Client()
    assert "Nobody has told us yet" in words(reader.get(GUIDE))
    teller.post(GUIDE_REPORT, {"worked": "yes"})
    assert "worked for 1" in words(reader.get(GUIDE))


def test_the_marks_of_a_page_cost_one_query_however_many_facts_and_reports(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        facts = list(reporting.with_readers_words(Fact.objects.all()))
    for number, fact in enumerate(facts[:10]):
        said(str(number), about={"fact": fact, "operator": fact.operator})
    with django_assert_num_queries(2):
        facts = list(reporting.with_readers_words(Fact.objects.all()))
        for fact in facts:
            reporting.verdict_of(fact)


# --- what nobody knows -----------------------------------------------------------------------------------------


def test_a_page_says_what_is_not_known_how_to_find_out_and_where_to_tell_us(client):
    page = soup(client.get(GUIDE))
    missing = page.select_one("section[aria-labelledby=missing]")
    assert "Beeline: code that shows the balance" in missing.get_text()
    links = [link["href"] for link in missing.select("a")]
    assert links[0] == UNKNOWN_REPORT
    assert "/en/guides/beeline/get-help/" in links
    assert "/en/guides/beeline/renew-at-a-shop/" in links
    assert page.select_one(f'main a.fact-mark[href="{UNKNOWN_REPORT}"]').get_text() == "not known yet, ask the operator"


def test_the_page_of_an_unknown_fact_asks_for_words_and_leads_to_help(client):
    page = soup(client.get(UNKNOWN_REPORT))
    assert [link["href"] for link in page.select("main ul a")] == [
        "/en/guides/beeline/get-help/",
        "/en/guides/beeline/renew-at-a-shop/",
    ]
    assert not page.select("[name=worked]")
    assert client.post(UNKNOWN_REPORT, {"comment": "  "}).status_code == 400
    assert client.post(UNKNOWN_REPORT, {"comment": "*100# says a poster in the shop"}).status_code == 302
    assert Report.objects.get().comment == "*100# says a poster in the shop"


def test_what_is_not_known_stays_so_whatever_readers_say(client):
    fact = Fact.objects.get(key=UNKNOWN)
    for who in "abcdef":
        said(who, about={"fact": fact, "operator": fact.operator}, comment="*100#")
    assert "*100#" not in client.get(GUIDE).content.decode()
    assert "*100#" not in client.get(UNKNOWN_REPORT).content.decode()
    assert "confirmed by" not in words(client.get(UNKNOWN_REPORT))


@pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_facts_pages_open_in_every_language(client, lang):
    for key in list(Fact.objects.values_list("key", flat=True))[:: 1 if lang == "en" else 7]:
        assert client.get(f"/{lang}/guides/facts/{key}/report/").status_code == 200, key


def test_a_price_is_right_or_wrong_rather_than_working(client):
    page = words(client.get("/en/guides/facts/kcell.kaspi_fee/report/"))
    assert "Is this right?" in page
    assert "It is wrong" in page

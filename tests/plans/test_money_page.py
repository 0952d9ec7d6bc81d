"""The page of what it all costs, and its table file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from bs4 import BeautifulSoup

from guides.models import Operator
from plans import actions
from plans.models import Plan, Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = pytest.mark.django_db

PAGE, FILE, GLANCE = "/money/", "/money/payments.csv", "/money/glance/"


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
def kcell():
    return Operator.objects.create(slug="kcell", name="Kcell")


def soup(response) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def words(page) -> str:
    return page.get_text(" ", strip=True)


def rows(page, caption: str) -> list[list[str]]:
    """What stands in the tables with this caption, one a currency."""
    tables = [table for table in page.select("table.spend") if words(table.caption) == caption]
    return [
        [words(cell).removesuffix(" nothing") for cell in row.select("th, td")]
        for table in tables
        for row in table.select("tbody tr")
    ]


def lines(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:]


def renewed(plan: Plan, amount: int | None, days_ago: int, fee: int | None = None):
    return plan.renewals.create(
        to_date=TODAY, amount=amount, fee=fee, currency=plan.currency, made_at=NOW - timedelta(days=days_ago)
    )


def test_what_was_spent_and_is_expected_stands_month_by_month(client, owner):
    plan = a_plan(a_sim(owner), days=3, price=5000)
    renewed(plan, 4500, 40, fee=50)
    plan.renewals.create(to_date=TODAY, amount=999, made_at=NOW, undone_at=NOW)

    page = soup(client.get(PAGE))

    assert rows(page, "Month by month")[:3] == [
        ["October 2026", "4,550\xa0₸", "–"],
        ["November 2026", "–", "5,000\xa0₸"],
        ["December 2026", "–", "5,000\xa0₸"],
    ]
    assert "Spent in 2026 4,550\xa0₸ until today" in words(page)
    assert "Expected in the next 12 months 65,000\xa0₸" in words(page)
    assert not page.select("[style]")


def test_a_renewal_charged_from_the_balance_counts_once_on_the_day_it_was_taken(client, owner):
    plan = a_plan(a_sim(owner), days=None, price=4990, renews="auto")
    renewal = renewed(plan, 4990, 0)
    plan.sim.balance_entries.create(
        kind="charge", amount=4990, on=TODAY - timedelta(days=30), said_at=NOW, renewal=renewal
    )
    actions.top_up(plan.sim, Decimal(5000), NOW, on=TODAY - timedelta(days=35))

    assert rows(soup(client.get(PAGE)), "Month by month") == [
        ["October 2026", "5,000\xa0₸", "–"],  # 4,990 of the renewal, and 10 that are over
        ["November 2026", "–", "–"],
    ]


def test_a_renewal_without_a_sum_takes_that_of_its_charge_or_is_said_to_be_missing(client, owner):
    plan = a_plan(a_sim(owner), days=None, price=None)
    charged, _unknown = renewed(plan, None, 0), renewed(plan, None, 0)
    plan.sim.balance_entries.create(kind="charge", amount=700, on=TODAY, said_at=NOW, renewal=charged)

    page = soup(client.get(PAGE))

    assert rows(page, "Month by month") == [["November 2026", "700\xa0₸", "–"]]
    assert "1 renewal is not in it" in words(page)
    assert "1 plan is not expected to cost anything" in words(page)


def test_a_renewal_that_is_only_assumed_is_said_not_to_be_counted(client, owner):
    a_plan(a_sim(owner), days=-1, price=5000, renews="auto")

    page = soup(client.get(PAGE))

    assert rows(page, "Month by month")[:2] == [["November 2026", "–", "–"], ["December 2026", "–", "5,000\xa0₸"]]
    assert "1 plan should have renewed itself: until you confirm it, that is not in it." in words(page)


def test_what_was_taken_back_or_only_read_is_no_money_spent(client, owner):
    sim = a_sim(owner)
    actions.read_balance(sim, Decimal(900), NOW)
    actions.take_back(actions.top_up(sim, Decimal(500), NOW).entry, NOW)
    sim.balance_entries.create(kind="correction", amount=-5, on=TODAY, said_at=NOW)

    assert "Nothing yet" in words(soup(client.get(PAGE)))


def test_of_a_deleted_plan_or_sim_nothing_counts_and_of_an_archived_one_what_was_spent(client, owner):
    deleted, archived, gone = (a_plan(a_sim(owner), price=5000) for _ in range(3))
    for plan, amount in ((deleted, 1), (archived, 20), (gone, 300)):
        renewed(plan, amount, 0)
    actions.set_flag(deleted, "deleted_at", NOW, on=True)
    actions.set_flag(archived.sim, "archived_at", NOW, on=True)
    actions.set_flag(gone.sim, "deleted_at", NOW, on=True)

    assert rows(soup(client.get(PAGE)), "Month by month") == [["November 2026", "20\xa0₸", "–"]]


def test_currencies_stand_apart(client, owner):
    for currency, amount in (("KZT", 5000), ("USD", 7), ("KZT", 100)):
        renewed(a_plan(a_sim(owner), days=None, currency=currency), amount, 0)

    page = soup(client.get(PAGE))

    assert [words(heading) for heading in page.select("section > h2")][:2] == ["KZT", "USD"]
    assert rows(page, "Month by month") == [["November 2026", "5,100\xa0₸", "–"], ["November 2026", "7\xa0USD", "–"]]
    assert "never added up" in words(page)


@pytest.fixture
def two_sims(owner, kcell):
    mums, till = a_sim(owner, label="Mum", operator=kcell), a_sim(owner, label="Till 14")
    renewed(a_plan(mums, days=None, name="Super"), 3000, 0)
    renewed(a_plan(till, days=None), 500, 0)
    return mums, till


def test_sims_and_operators_are_compared_the_dearest_first(client, two_sims):
    page = soup(client.get(PAGE))

    assert rows(page, "By SIM") == [["Mum", "3,000\xa0₸", "–"], ["Till 14", "500\xa0₸", "–"]]
    assert rows(page, "By operator") == [["Kcell", "3,000\xa0₸", "–"], ["Another operator", "500\xa0₸", "–"]]
    assert page.select_one(".spend a")["href"] == f"/sims/{two_sims[0].pk}/"
    assert [bar["width"] for bar in page.select(".spend rect")][-2:] == ["100", "17"]


def test_the_address_chooses_a_sim_or_an_operator(client, two_sims):
    mums, till = two_sims
    for query, amount in (
        (f"?sim={mums.pk}", 3000),
        ("?operator=kcell", 3000),
        ("?operator=other", 500),
        (f"?operator=kcell&sim={till.pk}", None),
    ):
        found = [line[6] for line in lines(client.get(FILE + query))]
        assert found == ([] if amount is None else [f"{amount}.00"])
        page = soup(client.get(PAGE + query))
        assert ("Nothing was paid here" in words(page)) is (amount is None)
        if amount:
            assert page.select_one("a[href^='/money/payments.csv']")["href"] == FILE + query


@pytest.mark.parametrize("query", ["?sim=x", "?sim=999999", "?operator=nobody", "?sim=%00", "?sim=-1&sim=0&operator="])
def test_what_is_no_sim_of_the_readers_chooses_nothing(client, two_sims, query):
    assert len(rows(soup(client.get(PAGE + query)), "By SIM")) == 2
    assert len(lines(client.get(FILE + query))) == 2


def test_others_money_is_not_there(client, owner, kcell):
    theirs = a_sim(a_user(), label="theirs", operator=kcell)
    renewed(a_plan(theirs), 3000, 0)

    for query in ("", f"?sim={theirs.pk}", "?operator=kcell"):
        page = client.get(PAGE + query)
        assert "theirs" not in page.content.decode()
        assert not soup(page).select(".spend")
        assert lines(client.get(FILE + query)) == []


def test_the_file_has_a_line_a_payment_and_no_formula(client, owner, kcell):
    sim = a_sim(owner, "+77011234567", label="=HYPERLINK(1)", operator=kcell)
    plan = a_plan(sim, days=340, price=5000, name="Super, “big”")
    renewed(plan, 4500, 40, fee=50)
    actions.top_up(sim, Decimal("100.50"), NOW)

    response = client.get(FILE)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    told = ["'=HYPERLINK(1)", "77011234567", "Kcell"]
    assert lines(response) == [
        ["2026-10-14", *told, "Super, “big”", "renewal", "4500.00", "KZT"],
        ["2026-10-14", *told, "Super, “big”", "fee for paying", "50.00", "KZT"],
        ["2026-11-23", *told, "", "top-up", "100.50", "KZT"],
        ["2027-10-29", *told, "Super, “big”", "expected", "5000.00", "KZT"],
    ]


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("Till;=HYPERLINK(1)", "Till;'=HYPERLINK(1)"),
        ('Till; "=HYPERLINK(1)"', 'Till;\' "=HYPERLINK(1)"'),
        ("\uff1dHYPERLINK(1)", "'\uff1dHYPERLINK(1)"),
        ("Till 4-5", "Till 4-5"),
    ],
)
def test_a_spreadsheet_that_splits_at_semicolons_finds_no_formula_either(client, owner, label, told):
    actions.top_up(a_sim(owner, label=label), Decimal(100), NOW)
    assert [line[1] for line in lines(client.get(FILE))] == [told]


def test_who_has_no_sim_is_led_to_adding_one(client, owner):
    page = soup(client.get(PAGE))
    assert page.select("main a[href='/sims/add/']")
    assert lines(client.get(FILE)) == []


def test_nothing_can_be_posted(client, owner):
    assert {client.post(address).status_code for address in (PAGE, FILE, GLANCE)} == {405}


def fill(owner, count: int, operator: Operator) -> None:
    sims = Sim.objects.bulk_create(
        Sim(owner=owner, person=owner.person, operator=operator, number=f"+7705{n:07d}", label=f"Till {n}")
        for n in range(Sim.objects.count(), count)
    )
    plans = Plan.objects.bulk_create(
        Plan(sim=sim, name="Super", price=4990, paid_until=TODAY + timedelta(days=n % 30)) for n, sim in enumerate(sims)
    )
    for plan in plans:
        renewed(plan, 4990, 20)


def test_five_hundred_sims_cost_as_many_queries_as_eight(client, owner, kcell, django_assert_num_queries):
    for count in (8, 500):
        fill(owner, count, kcell)
        for address in (PAGE, FILE, GLANCE):
            client.get(address, headers={"HX-Request": "true"})  # the session is in the cache from then on
            with django_assert_num_queries(5):  # the user with their person, and four for what is paid
                page = client.get(address, headers={"HX-Request": "true"})
            assert page.status_code == 200
    page = soup(client.get(PAGE))
    assert len(rows(page, "By SIM")) + len(rows(page, "The others")) == 500


# --- in short, on the dashboard -------------------------------------------------------------------------------------


def glance(client) -> BeautifulSoup:
    return soup(client.get(GLANCE, headers={"HX-Request": "true"}))


def test_in_short_it_is_this_month_the_next_days_and_the_months_around(client, owner):
    plan = a_plan(a_sim(owner), days=3, price=5000)
    for days_ago in (1, 40, 400):
        renewed(plan, 4500, days_ago)

    page = glance(client)

    assert "Spent this month 4,500\xa0₸" in words(page)
    assert "Expected in the next 30 days 5,000\xa0₸" in words(page)
    told = rows(page, "Month by month")
    assert told[:3] == [
        ["October 2026", "4,500\xa0₸", "–"],
        ["November 2026", "4,500\xa0₸", "5,000\xa0₸"],
        ["December 2026", "–", "5,000\xa0₸"],
    ]
    assert told[-1][0] == "May 2027"
    assert not page.select("[style], script")


def test_behind_each_drawing_stands_its_table_in_one_currency(client, owner):
    for currency, amount in (("KZT", 5000), ("USD", 7)):
        renewed(a_plan(a_sim(owner), days=3, price=amount, currency=currency), amount, 40)

    for page in (glance(client), soup(client.get(PAGE))):
        figures = page.select("figure")
        assert len(figures) == 2
        for figure, sign in zip(figures, ("₸", "USD"), strict=True):
            assert figure.svg["aria-hidden"] == "true"
            months = figure.select("table.spend tbody tr")
            bars = figure.select(".chart-spent rect, .chart-to-come rect")
            sums = [words(cell) for row in months for cell in row.select("td") if cell.find("span") is None]
            assert len(bars) == len(sums) > len(months) / 2
            assert all(sum_.endswith(sign) for sum_ in sums)


def test_a_month_alone_is_a_figure_and_no_drawing(client, owner):
    renewed(a_plan(a_sim(owner), days=None), 700, 0)
    assert not glance(client).select("svg")
    assert not soup(client.get(PAGE)).select("figure")


def test_as_long_as_there_is_nothing_to_show_it_says_when_there_will_be(client, owner):
    a_sim(owner)
    page = glance(client)
    assert "Nothing yet" in words(page)
    assert page.select_one("a[href='/money/']")


def test_who_opens_its_address_sees_the_whole_page(client, owner):
    assert client.get(GLANCE).url == PAGE


def test_others_money_is_not_in_it(client, owner):
    renewed(a_plan(a_sim(a_user())), 3000, 0)
    assert "Nothing yet" in words(glance(client))


def test_the_dashboard_asks_for_it_when_a_reader_comes_there_and_is_a_link_until_then(client, owner):
    a_plan(a_sim(owner))
    section = soup(client.get("/dashboard/")).select_one(".spending")
    assert (section["hx-get"], section["hx-trigger"]) == (GLANCE, "revealed")
    assert section.a["href"] == PAGE
    assert section.a["id"] == glance(client).a["id"]  # so that whoever stands on it keeps the focus

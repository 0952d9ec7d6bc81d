"""“Which operator suits me?” as a page: what is known, with its mark, and what nobody knows."""

import pytest
from bs4 import BeautifulSoup

from guides.models import Fact, Operator, OperatorText, Tariff

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

PAGE = "/en/guides/choose/"


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def card(page, name):
    return next(one for one in page.select("#answer article") if one.h3.get_text(strip=True) == name)


def names(page):
    return [heading.get_text(strip=True) for heading in page.select("#answer article h3")]


def words(part):
    return " ".join(part.get_text(" ", strip=True).split())


def test_what_speaks_for_an_operator_carries_its_mark_and_date(client):
    page = soup(client.get(PAGE, {"use": "data"}))
    said = words(card(page, "Kcell"))
    assert "Known for a fast and steady network, for much data. (one source only; seen May 2025)" in said
    assert names(page)[0] == "Kcell"


def test_what_speaks_against_it_stands_apart(client):
    said = words(card(soup(client.get(PAGE, {"use": "price"})), "Beeline"))
    assert said.index("For it") < said.index("Known for affordable prices") < said.index("Against it")
    assert "It announced two price rises within a year. (confirmed by several sources; seen December 2025)" in said


def test_what_is_not_known_of_any_operator_is_said_once_with_a_way_to_find_out(client):
    page = soup(client.get(PAGE, {"use": ["coverage", "data"]}))
    said = words(page.select_one("#answer"))
    assert said.count("Coverage") == 1
    assert "Not known for any operator yet" in said
    assert "Ask people who live there which network works in that very place." in said


def test_where_nothing_tells_them_apart_no_operator_is_put_first(client):
    page = soup(client.get(PAGE, {"use": "coverage"}))
    assert names(page) == []
    assert page.select_one("#answer-status").get_text(strip=True) == "No operator stands out"
    assert "nothing is known that would tell them apart: Kcell · activ · Beeline" in words(page.select_one("#answer"))


def test_what_is_not_known_of_one_operator_leads_to_its_support(client):
    one = card(soup(client.get(PAGE, {"use": ["language", "price"]})), "Beeline")
    assert "Not known: Service in your language · Ask Beeline" in words(one)
    assert one.select_one('a[href="/en/guides/beeline/get-help/"]')


def test_the_profile_speaks_for_the_stay_in_the_readers_language(client):
    text = OperatorText.objects.get(operator__slug="kcell", language="ru")
    page = soup(client.get("/ru/guides/choose/", {"stay": "short"}))
    part = next(one for one in page.select("#answer article") if one.h3.get_text(strip=True) == "Kcell")
    assert text.suits_visitor.split()[0] in words(part)
    assert part.select_one('[lang="ru"]')


def test_the_rule_for_phones_is_said_for_all_alike(client):
    page = soup(client.get(PAGE, {"phone": "brought"}))
    said = words(page.select_one("#answer"))
    assert "The same for every operator" in said
    assert "Days to register the phone: 30 (confirmed by several sources" in said
    assert "Not known: What registering a phone costs a private person." in said
    assert page.select_one('#answer a[href="/en/guides/all/register-your-phone/"]')


def test_an_offer_is_shown_as_seen_once(client):
    Tariff.objects.all().delete()
    tariff = {"name": "Weekly", "price": 990, "period": "7d", "data_mb": 5120, "minutes": 30, "fallback_fee": 390}
    izi = Operator.objects.get(slug="izi")
    Tariff.objects.create(operator=izi, **tariff, source="seen by us", seen_on="2023-07-31", confidence="old")
    said = words(card(soup(client.get(PAGE, {"use": ["data", "price"]})), "izi"))
    assert "Offers seen once, not today's prices" in said
    offer = "Weekly: 990 ₸, 7 days, 5 GB, 30 minutes, 390 ₸ a day if the balance is too small"
    assert f"{offer} (old information, may have changed; seen July 2023)" in said.replace("\xa0", " ")
    assert said.count("Weekly: 990") == 1


def test_a_fact_that_editors_no_longer_trust_takes_its_point_along(client):
    Fact.objects.filter(key="kcell.known_for_data").update(value="", confidence="unknown", source="")
    page = soup(client.get(PAGE, {"use": "data"}))
    assert "fast and steady" not in words(page.select_one("#answer"))


def test_everything_known_is_shown_before_anything_is_asked(client):
    page = soup(client.get(PAGE))
    assert page.select_one("#answer-status").get_text(strip=True) == "All that is known"
    assert len(names(page)) == 6
    assert not page.select("input:checked")


def test_the_address_marks_the_answers_and_what_is_not_understood_is_ignored(client):
    page = soup(client.get(PAGE, {"use": ["data", "nonsense"], "stay": "short", "phone": "esim", "utm": "x"}))
    assert [one["value"] for one in page.select("input:checked")] == ["data", "short", "esim"]
    assert page.select_one("link[rel=canonical]")["href"].endswith(PAGE)


def test_a_tap_changes_the_answer_and_the_address(client):
    response = client.get(PAGE, {"phone": "esim", "use": "price"}, headers={"HX-Request": "true"})
    page = soup(response)
    assert response["HX-Replace-Url"] == f"{PAGE}?use=price&phone=esim"
    assert "HX-Request" in response["Vary"]
    assert page.html is None
    assert page.select_one("#answer-status")["hx-swap-oob"] == "innerHTML"


def test_taking_the_last_answer_back_changes_the_part_too_where_the_whole_page_is_kept(client):
    assert soup(client.get(PAGE)).html
    assert soup(client.get(PAGE, headers={"HX-Request": "true"})).html is None


@pytest.mark.parametrize("path", ["kcell/", "all/choose-an-operator/"])
def test_an_operator_and_the_guide_to_choosing_lead_here(client, path):
    assert soup(client.get(f"/en/guides/{path}")).select_one(f'main a[href="{PAGE}"]')


@pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_it_speaks_every_language_and_leads_only_to_pages_that_are_there(client, lang):
    page = soup(client.get(f"/{lang}/guides/choose/"))
    links = {link["href"] for link in page.select("#answer a")}
    assert len(links) > 15
    for link in links:
        assert client.get(link).status_code == 200, link


def test_a_page_costs_few_queries_however_much_there_is(client, django_assert_max_num_queries):
    for number in range(20):
        Fact.objects.create(key=f"kcell.more{number}", kind="name", value="x", source="y", confidence="reported")
    with django_assert_max_num_queries(9):
        client.get(PAGE)

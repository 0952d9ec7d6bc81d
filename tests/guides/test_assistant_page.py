"""The renewal assistant as a page: a few taps, all of them in the address, and the ways that can work."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model

from guides.models import Channel, Fact, Operator
from guides.selection import assistant_url
from guides.situation import Situation
from plans.models import Person, Sim

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

PAGE = "/en/guides/assistant/"
HTMX = {"HX-Request": "true"}
TYPED = {**HTMX, "HX-Trigger": "id_number"}


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def ways(page):
    """The short names of the guides offered."""
    return [link["href"].split("/")[-2] for link in page.select("#answer ol h3 a")]


def chosen(page):
    return [one["value"] for one in page.select("#questions input:checked")]


@pytest.fixture
def reader(client):
    """Somebody signed in, abroad, with a UnionPay card."""
    user = get_user_model().objects.create_user("reader@example.org", "a long password 7")
    Person.objects.create(user=user, email=user.email, language="en", place="abroad", payments=["unionpay"])
    client.force_login(user)
    return client


# --- the answer ----------------------------------------------------------------------------------------


def test_it_asks_before_it_answers(client):
    page = soup(client.get(PAGE))
    assert [legend.get_text(strip=True) for legend in page.select("legend")] == [
        "Your operator",
        "Where are you?",
        "How can you pay? Choose all that fit.",
        "When must the money be there?",
    ]
    assert ways(page) == []
    assert page.select_one("#answer-status").get_text(strip=True) == "The ways stand here as soon as you answer."


def test_the_ways_come_best_first_each_with_why_cost_time_and_what_to_have_in_hand(client):
    page = soup(client.get(PAGE, {"operator": "kcell", "place": "kz", "payments": ["kaspi"], "soon": "today"}))
    assert ways(page) == [
        "renew-in-a-bank-app",
        "renew-in-the-app",
        "renew-on-the-website",
        "renew-at-a-shop",
        "renew-with-a-payment-service",
    ]
    assert page.select_one("#answer-status").get_text(strip=True) == "5 ways can work for you"
    first = page.select_one("#answer ol > li")
    text = first.get_text(" ", strip=True)
    assert "Try this first" in text
    assert "You can pay with: Kaspi." in text
    assert "Usually at once." in text
    assert "0 ₸" in text
    assert first.select(".tight li")
    assert first.h3.a["href"] == "/en/guides/kcell/renew-in-a-bank-app/"
    assert "Check first" in page.select("#answer ol > li")[-1].get_text()


def test_a_fee_that_is_known_of_one_way_to_pay_is_said_of_that_one_only(client):
    def cost(*payments):
        page = soup(client.get(PAGE, {"operator": "kcell", "place": "kz", "payments": payments}))
        way = next(one for one in page.select("#answer ol > li") if "bank-app" in one.h3.a["href"])
        return [dd.get_text(" ", strip=True) for dd in way.select("dd")][: len(way.select("dd")) - 2]

    assert len(cost("kaspi")) == 1
    assert cost("kaspi")[0].startswith("Kaspi: 0 ₸ (one source only")
    assert cost("kz_card") == ["Not known. Read the total before you pay."]
    assert len(cost("kaspi", "kz_card")) == 2
    Fact.objects.filter(key="kcell.kaspi_fee").delete()
    assert cost("kaspi") == ["Not known. Read the total before you pay."]


def test_what_is_known_to_come_later_goes_last_when_it_is_needed_today(client):
    Channel.objects.filter(slug="bank-app").update(credited="later")
    page = soup(client.get(PAGE, {"operator": "kcell", "place": "kz", "payments": ["kaspi"], "soon": "today"}))
    assert ways(page)[-1] == "renew-in-a-bank-app"
    last = page.select("#answer ol > li")[-1].get_text(" ", strip=True)
    assert "Not today" in last
    assert "only if nothing else works" in last
    page = soup(client.get(PAGE, {"operator": "kcell", "place": "kz", "payments": ["kaspi"], "soon": "days"}))
    assert "Not today" not in page.get_text()


def test_where_nothing_fits_it_says_so_and_what_else_would_work(client):
    page = soup(client.get(PAGE, {"operator": "tele2", "place": "abroad", "payments": ["cash"]}))
    text = page.select_one("#answer").get_text(" ", strip=True)
    assert ways(page) == []
    assert page.select_one("#answer-status").get_text(strip=True) == "None of the ways we know fits"
    assert "With one of these there may be a way: Kaspi, " in text
    links = [link["href"] for link in page.select("#answer a")]
    assert "/en/guides/tele2/get-help/" in links
    friend = next(link for link in links if "assistant" in link)
    assert friend.endswith("?operator=tele2&place=kz&payments=cash&payments=kaspi&payments=kz_card#answer")
    assert len(ways(soup(client.get(friend)))) > 3


def test_where_nothing_is_proved_it_says_so_before_the_ways(client):
    page = soup(client.get(PAGE, {"place": "abroad", "payments": ["unionpay"]}))
    assert "Nobody has confirmed any of these" in page.select_one("#answer").get_text()
    page = soup(client.get(PAGE, {"place": "kz", "payments": ["cash"]}))
    assert "Nobody has confirmed any of these" not in page.select_one("#answer").get_text()
    assert not page.select("#answer a[href*=assistant]")  # no friend is needed there


def test_a_channel_without_a_guide_is_not_offered(client):
    Channel.objects.get(slug="shop").guides.update(published=False)
    assert "renew-at-a-shop" not in ways(soup(client.get(PAGE, {"operator": "kcell", "place": "kz"})))


def test_another_operator_gets_the_guides_for_all(client):
    page = soup(client.get(PAGE, {"operator": "other", "place": "kz"}))
    assert page.select_one("#answer ol a")["href"] == "/en/guides/all/renew-at-a-shop/"


@pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_it_speaks_every_language(client, lang):
    page = soup(client.get(f"/{lang}/guides/assistant/", {"operator": "beeline", "place": "kz"}))
    assert len(ways(page)) == 7
    assert page.select_one("#answer ol a")["href"].startswith(f"/{lang}/guides/beeline/")


# --- the address -------------------------------------------------------------------------------------


def test_the_address_marks_the_answers_and_what_is_not_understood_is_ignored(client):
    query = {"operator": "izi", "place": "abroad", "payments": ["mir", "shells"], "soon": "today", "utm": "x"}
    assert chosen(soup(client.get(PAGE, query))) == ["izi", "abroad", "mir", "today"]
    assert chosen(soup(client.get(PAGE, {"operator": "o2", "place": "moon", "soon": "never"}))) == []


def test_who_says_only_the_operator_is_told_the_usual_ways_and_promised_nothing(client):
    page = soup(client.get(PAGE, {"operator": "izi"}))
    assert page.select_one("#answer-status").get_text(strip=True) == "The usual ways to renew"
    assert "Try this first" not in page.get_text()
    assert "Try this first" not in soup(client.get(PAGE, {"place": "abroad", "payments": ["mir"]})).get_text()


def test_one_canonical_address_for_all_answers(client):
    page = soup(client.get(PAGE, {"operator": "izi"}))
    assert page.select_one("link[rel=canonical]")["href"].endswith(PAGE)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("+7 705", "operator=beeline"),
        ("705", "operator=beeline"),
        ("8705123", "operator=beeline"),
        ("7705123", "operator=beeline"),
        ("+77051234567", "operator=beeline"),
        ("8 (747) 123-45-67", "operator=tele2"),
        ("77081234567", "operator=altel"),
        ("+77011234567", "number=701"),
        ("7011234567", "number=701"),
        ("7031234567", "number=703"),
        ("call me", ""),
    ],
)
def test_a_number_becomes_its_operator_and_never_stays_in_the_address(client, typed, query):
    response = client.get(PAGE, {"number": typed, "place": "kz"})
    assert response.status_code == 302
    assert response["Location"] == f"{PAGE}?{query}{'&' if query else ''}place=kz#answer"
    assert client.get(response["Location"]).status_code == 200


def test_the_field_for_the_number_has_no_room_for_a_whole_one(client):
    assert int(soup(client.get(PAGE)).select_one("#id_number")["maxlength"]) < 10


def test_digits_of_two_brands_leave_the_choice_to_the_reader(client):
    page = soup(client.get(PAGE, {"number": "701"}))
    assert chosen(page) == []
    assert [one["value"] for one in page.select("input[name=operator]")][:2] == ["kcell", "activ"]
    assert "were given out by: Kcell, activ" in page.select_one("#operator-part").get_text()


def test_digits_that_nobody_gave_out_are_said_to_be_unknown(client):
    page = soup(client.get(PAGE, {"number": "703"}))
    assert "We know no operator for +7 703" in page.select_one("#operator-part").get_text()


def test_who_names_the_brand_of_a_number_taken_along_is_believed(client):
    response = client.get(PAGE, {"operator": "tele2", "number": "701"})
    assert response["Location"] == f"{PAGE}?operator=tele2#answer"


def test_an_address_made_for_a_sim_holds_no_number(client):
    address = assistant_url("kcell", Situation("abroad", frozenset({"mir", "kaspi"})), "en", soon="days")
    assert address == f"{PAGE}?operator=kcell&place=abroad&payments=kaspi&payments=mir&soon=days"
    assert assistant_url("", Situation(), "ru") == "/ru/guides/assistant/"


# --- parts of the page ---------------------------------------------------------------------------------


def test_a_tap_changes_the_answer_and_the_address_and_leaves_the_questions_alone(client):
    response = client.get(PAGE, {"operator": "kcell", "number": "", "place": "kz"}, headers=HTMX)
    page = soup(response)
    assert response["HX-Replace-Url"] == f"{PAGE}?operator=kcell&place=kz"
    assert "HX-Request" in response["Vary"]
    assert page.html is None
    assert page.select_one("#answer-status")["hx-swap-oob"] == "innerHTML"
    assert not page.select_one("#operator-part")


def test_digits_typed_mark_the_operator_and_are_gone(client):
    response = client.get(PAGE, {"operator": "kcell", "number": "7051", "place": "kz"}, headers=TYPED)
    page = soup(response)
    assert response["HX-Replace-Url"] == f"{PAGE}?operator=beeline&place=kz"
    assert [one["value"] for one in page.select("#operator-part input:checked")] == ["beeline"]
    assert not page.select_one("#id_number").get("value")


def test_digits_of_two_brands_are_said_aloud(client):
    response = client.get(PAGE, {"operator": "beeline", "number": "701"}, headers=TYPED)
    page = soup(response)
    assert response["HX-Replace-Url"] == f"{PAGE}?number=701"
    assert page.select("#operator-part input:checked") == []
    assert "were given out by: Kcell, activ" in page.select_one("#answer-status").get_text()


def test_the_whole_page_comes_back_from_the_browsers_history(client):
    headers = {**HTMX, "HX-History-Restore-Request": "true"}
    assert soup(client.get(PAGE, {"operator": "kcell"}, headers=headers)).html


# --- who asks ----------------------------------------------------------------------------------------


def test_the_situation_of_a_person_is_filled_in_and_answered(reader):
    page = soup(reader.get(PAGE))
    assert chosen(page) == ["abroad", "unionpay"]
    assert ways(page)[0] == "top-up-from-abroad"


def test_what_a_person_taps_counts_more_than_what_we_know(reader):
    assert chosen(soup(reader.get(PAGE, {"operator": "kcell", "place": "kz"}))) == ["kcell", "kz"]


def test_a_page_with_a_situation_in_it_is_for_nobody_else(client, reader):
    assert "private" in reader.get(PAGE)["Cache-Control"]
    reader.logout()
    assert chosen(soup(reader.get(PAGE))) == []


def test_the_page_of_a_sim_leads_to_its_ways(reader):
    person = Person.objects.get(email="reader@example.org")
    sim = Sim.objects.create(
        owner=person.user, person=person, number="+77051234567", operator=Operator.objects.get(slug="beeline")
    )
    page = soup(reader.get(f"/sims/{sim.pk}/"))
    link = page.select_one("#how a[href*=assistant]")["href"]
    assert link == f"{PAGE}?operator=beeline&place=abroad&payments=unionpay#answer"
    assert ways(soup(reader.get(link)))
    Sim.objects.update(operator=None)
    assert "operator=other&" in soup(reader.get(f"/sims/{sim.pk}/")).select_one("#how a[href*=assistant]")["href"]


def test_a_page_costs_few_queries_however_much_there_is(client, django_assert_max_num_queries):
    for number in range(20):
        Operator.objects.create(slug=f"more-{number}", name=f"More {number}", order=90)
        Fact.objects.create(key=f"kcell.more{number}", kind="name", value="x", source="y", confidence="reported")
    with django_assert_max_num_queries(8):
        client.get(PAGE, {"operator": "kcell", "place": "kz"})

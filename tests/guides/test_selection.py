"""What pages and messages ask of the guides."""

import pytest

from guides.models import Fact, Operator
from guides.selection import Shelf, operators_for_number
from guides.situation import Situation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]


def operator(slug):
    return Operator.objects.get(slug=slug)


@pytest.mark.parametrize(
    ("number", "slugs"),
    [
        ("+77011234567", ["kcell", "activ"]),
        ("+77781234567", ["kcell", "activ"]),
        ("8 702 123 45 67", ["kcell", "activ"]),
        ("775", ["kcell", "activ"]),
        ("+77051234567", ["beeline"]),
        ("+77061234567", ["beeline"]),
        ("77771234567", ["beeline"]),
        ("+7707", ["tele2"]),
        ("747", ["tele2"]),
        ("761", ["tele2"]),
        ("+77001234567", ["altel"]),
        ("7081234567", ["altel"]),
        ("+77031234567", []),
        ("+79161234567", []),
        ("+7", []),
        ("", []),
    ],
)
def test_a_prefix_names_the_brands_it_was_given_to(number, slugs):
    assert [found.slug for found in operators_for_number(number)] == slugs


def test_the_best_guides_come_with_a_title_an_address_and_a_reason():
    links = Shelf().best_guides(operator("beeline"), Situation("kz", frozenset({"cash"})), "en")
    assert [link.channel for link in links] == ["shop", "kiosk"]
    assert links[0].title == "Renew at a shop"
    assert links[0].url == "/en/guides/beeline/renew-at-a-shop/"
    assert links[0].reason == "You can pay with: Cash in Kazakhstan."


def test_the_texts_are_in_the_readers_language_where_written():
    links = Shelf().best_guides(operator("kcell"), Situation(), "zh-hans", limit=None)
    assert links[0].title == "到营业厅续费"
    assert links[0].url.startswith("/zh-hans/")
    assert len(links) == 7
    assert Shelf().best_guides(operator("kcell"), Situation(), "kk")[0].title == "Байланыс салонында ұзарту"


def test_another_brand_gets_the_general_guides():
    assert Shelf().best_guides(None, Situation(), "en")[0].url == "/en/guides/all/renew-at-a-shop/"


def test_where_nothing_can_work_the_operators_support_is_named():
    links = Shelf().best_guides(operator("tele2"), Situation("abroad", frozenset({"cash"})), "en")
    assert [link.url for link in links] == ["/en/guides/tele2/get-help/"]


def test_one_shelf_serves_hundreds_of_sims_without_more_queries(django_assert_max_num_queries):
    operators = list(Operator.objects.all())
    with django_assert_max_num_queries(6):
        shelf = Shelf()
        for _round in range(100):
            for one in [None, *operators]:
                shelf.best_guides(one, Situation("kz", frozenset({"kaspi"})), "en")
                shelf.how_to_find_out(one, "en")


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("beeline", "*106#"),
        ("beeline", "116"),
        ("tele2", "shows the day of the next charge"),
        ("altel", "*111#"),
        ("altel", "altel.kz/me"),
        ("kcell", "kcell.kz"),
        ("izi", "izi.me"),
    ],
)
def test_how_to_find_out_says_only_what_is_known_of_this_operator(slug, said):
    lines = Shelf().how_to_find_out(operator(slug), "en")
    assert any(said in line for line in lines)
    assert all("{" not in line and "not known" not in line for line in lines)


def test_how_to_find_out_has_an_answer_without_an_operator_or_a_fact():
    assert len(Shelf().how_to_find_out(None, "en")) == 2
    Fact.objects.all().delete()
    assert len(Shelf().how_to_find_out(operator("beeline"), "en")) == 2

"""What to read next after a guide."""

from __future__ import annotations

import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from guides.models import Guide, GuideText, Operator
from guides.related import MOST, Relative, links_in, related


def slugs(this, *others):
    return [one.slug for one in related(this, [this, *others])]


def a_guide(slug, topic="tips", **more):
    more = {name: frozenset(value) if name in ("links", "facts") else value for name, value in more.items()}
    return Relative(slug, topic, **more)


def test_a_link_in_the_text_is_the_nearest_relation():
    this = a_guide("this", links=["linked"], facts=["x.y", "x.z"])
    alike = a_guide("alike", facts=["x.y", "x.z"])
    assert slugs(this, alike, a_guide("linked", "trouble")) == ["linked", "alike"]


def test_a_link_to_another_goes_before_a_link_back():
    this = a_guide("this", links=["there"])
    back = a_guide("back", links=["this"])
    assert slugs(this, back, a_guide("there", "keep")) == ["there", "back"]


def test_a_rare_fact_says_more_than_one_that_many_name():
    this = a_guide("this", "keep", facts=["rare.fact", "common.fact"])
    many = [a_guide(f"other{number}", facts=["common.fact"]) for number in range(3)]
    assert slugs(this, *many, a_guide("near", facts=["rare.fact"]))[0] == "near"


@pytest.mark.parametrize("facts", [["operator.website"], ["operator.website", "operator.app_name", "operator.apn"]])
def test_facts_that_all_name_relate_nobody(facts):
    others = [a_guide(f"other{number}", facts=facts) for number in range(10)]
    assert slugs(a_guide("this", "keep", facts=facts), *others) == []


def test_ways_to_renew_stand_beside_each_other():
    this = a_guide("shop", "renew", channel="shop")
    ways = [a_guide("kiosk", "renew", channel="kiosk", order=60), a_guide("app", "renew", channel="app", order=20)]
    assert slugs(this, a_guide("periods", "renew", order=5), *ways) == ["app", "kiosk", "periods"]


def test_only_two_ways_to_renew_are_nearer_than_their_topic_makes_them():
    periods, rest = a_guide("periods", "renew"), a_guide("rest", "renew", order=1)
    assert slugs(periods, a_guide("shop", "renew", channel="shop", order=2), rest) == ["rest", "shop"]


def test_what_has_nothing_in_common_is_not_related():
    assert slugs(a_guide("this", "keep"), a_guide("other", "trouble")) == []


@given(
    st.lists(
        st.builds(
            Relative,
            slug=st.sampled_from("abcdefgh"),
            topic=st.sampled_from(["renew", "tips"]),
            channel=st.sampled_from(["", "shop", "app"]),
            links=st.frozensets(st.sampled_from("abcdefgh")),
            facts=st.frozensets(st.sampled_from(["x.a", "x.b", "x.c"])),
            order=st.integers(0, 3),
        ),
        unique_by=lambda one: one.slug,
        min_size=1,
    )
)
def test_there_are_at_most_four_never_itself_and_the_order_of_the_list_does_not_matter(guides):
    this = guides[0]
    found = related(this, guides)
    assert len(found) <= MOST
    assert this not in found
    assert len({one.slug for one in found}) == len(found)
    assert related(this, list(reversed(guides))) == found
    linked = {one.slug for one in guides if one.slug in this.links} - {this.slug}
    assert len(linked & {one.slug for one in found}) == min(len(linked), MOST)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See “[Keep it](../keep-your-number/)”.", {"keep-your-number"}),
        ("[a](../one/) and [b](../two/#steps) and [c](../three)", {"one", "two", "three"}),
        ("[site](https://example.org/one/) ../one/ (../two/)", set()),
        ("", set()),
    ],
)
def test_links_are_read_from_the_text(text, found):
    assert links_in(text) == found


def test_links_that_never_end_are_read_at_once():
    started = time.process_time()
    assert not links_in("](../a#" * 20_000)
    assert time.process_time() - started < 2


# --- on the page --------------------------------------------------------------------------------------


def related_links(client, path):
    page = BeautifulSoup(client.get(path).content, "html.parser")
    return page.select("nav.related a")


@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
class TestPage:
    @pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
    def test_a_guide_ends_with_what_to_read_next_at_the_same_operator(self, client, lang):
        links = related_links(client, f"/{lang}/guides/beeline/save-money/")
        assert 1 <= len(links) <= MOST
        assert f"/{lang}/guides/beeline/keep-your-number/" in [link["href"] for link in links]
        for link in links:
            assert link["href"].startswith(f"/{lang}/guides/beeline/")
            assert client.get(link["href"]).status_code == 200

    def test_every_guide_has_something_to_read_next(self, client):
        for slug in Guide.objects.filter(operator=None).values_list("slug", flat=True):
            assert related_links(client, f"/en/guides/all/{slug}/"), slug

    def test_a_guide_that_compares_operators_is_linked_where_it_stands(self, client):
        links = [link["href"] for link in related_links(client, "/en/guides/kcell/switch-operator/")]
        assert "/en/guides/all/choose-an-operator/" in links

    def test_drafts_are_not_related(self, client):
        path = "/en/guides/beeline/save-money/"
        GuideText.objects.filter(guide__slug="keep-your-number").update(state="draft")
        assert not [link for link in related_links(client, path) if "keep-your-number" in link["href"]]

    def test_a_title_is_in_the_language_that_the_reader_reads(self, client):
        GuideText.objects.filter(guide__slug="keep-your-number", language="kk").update(state="draft")
        links = related_links(client, "/kk/guides/beeline/save-money/")
        link = next(link for link in links if "keep-your-number" in link["href"])
        assert link["lang"] == "ru"

    def test_an_operators_own_guide_takes_the_place_of_the_general_one(self, client):
        own = Guide.objects.create(operator=Operator.objects.get(slug="izi"), slug="keep-your-number", topic="keep")
        GuideText.objects.create(guide=own, language="en", title="Keep it at izi", state="published")
        titles = [link.get_text() for link in related_links(client, "/en/guides/izi/save-money/")]
        assert "Keep it at izi" in titles
        assert "Keep your number alive" not in titles

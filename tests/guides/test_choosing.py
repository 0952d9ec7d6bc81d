"""The rule by which operators are compared, as tables: over invented facts, and over those in the files."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.choosing import ALIKE, CLAIMS, MATTERS, OPEN, Known, OfferSeen, Side, compared
from guides.content_files import entries

ENTRIES = entries()
FACTS = {entry.key[0]: entry.values for entry in ENTRIES if entry.kind == "fact"}
BRANDS = [entry.key[0] for entry in ENTRIES if entry.kind == "operator"]
KNOWN = Known(
    facts={key: values["value"] for key, values in FACTS.items() if values["value"]},
    profiles={brand: {"live", "short"} for brand in ("kcell", "beeline", "tele2")},
)


def verdict(comparison, brand):
    return next(one for one in comparison.verdicts if one.brand == brand)


def bases(comparison, brand, side):
    return [point.fact or "profile" for point in verdict(comparison, brand).on(side)]


# --- over the facts in the files -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "brand", "speaks_for", "speaks_against", "not_known"),
    [
        (["data"], "kcell", ["kcell.known_for_data"], [], ()),
        (["data"], "tele2", [], [], ("data",)),
        (["calls"], "tele2", ["tele2.known_for_calls"], [], ()),
        (["calls"], "beeline", [], ["beeline.swap_paid"], ()),
        (
            ["price"],
            "beeline",
            ["beeline.known_for_price"],
            ["beeline.daily_fallback", "country.price_rises"],
            (),
        ),
        (["price"], "altel", ["altel.next_charge_shown"], ["country.price_rises"], ()),
        (["price"], "izi", ["izi.no_monthly_fee"], [], ()),
        (["price"], "activ", [], ["activ.four_weeks"], ()),
        (["language"], "kcell", ["kcell.app_languages"], [], ()),
        (["language"], "izi", [], [], ("language",)),
        (["short"], "beeline", ["beeline.periods", "country.sim_places"], [], ()),
        (["live"], "kcell", [], [], ()),
        (["live"], "altel", [], [], ("live",)),
        (["data", "calls"], "kcell", ["kcell.known_for_data"], [], ("calls",)),
    ],
)
def test_what_speaks_for_and_against_a_brand(asked, brand, speaks_for, speaks_against, not_known):
    found = compared(asked, BRANDS, KNOWN)
    assert bases(found, brand, Side.FOR) == speaks_for
    assert bases(found, brand, Side.AGAINST) == speaks_against
    assert verdict(found, brand).not_known == not_known


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (["data"], ["kcell", "izi", "activ", "beeline", "tele2", "altel"]),
        (["calls"], ["izi", "tele2", "beeline", "kcell", "activ", "altel"]),
        (["price"], ["beeline", "izi", "tele2", "altel", "kcell", "activ"]),
        (["coverage"], BRANDS),
    ],
)
def test_the_brands_for_which_something_speaks_come_first_and_nothing_is_counted(asked, order):
    assert [one.brand for one in compared(asked, BRANDS, KNOWN).verdicts] == order


@pytest.mark.parametrize("matter", ["coverage", "esim", "dual"])
def test_what_nobody_knows_of_any_brand_is_said_once(matter):
    found = compared([matter, "price"], BRANDS, KNOWN)
    assert found.not_known_of_any == (matter,)
    assert all(matter not in one.not_known for one in found.verdicts)


def test_a_profile_is_for_the_reader_to_judge():
    found = compared(["live"], BRANDS, KNOWN)
    assert bases(found, "kcell", Side.NOTE) == ["profile"]
    assert [one.brand for one in found.verdicts] == ["kcell", "beeline", "tele2", "activ", "izi", "altel"]


def test_a_matter_of_law_is_said_for_all_alike():
    found = compared(["brought"], BRANDS, KNOWN)
    assert [point.fact for point in found.alike] == [
        "country.imei_lists",
        "country.imei_days",
        "country.imei_from_first_use",
    ]
    assert len(found.open_questions) == 2
    assert found.not_known_of_any == ()
    assert all(not one.points and not one.not_known for one in found.verdicts)


def test_who_asks_for_nothing_is_told_everything():
    assert compared([], BRANDS, KNOWN) == compared(MATTERS, BRANDS, KNOWN)


def test_every_point_rests_on_a_fact_of_the_files():
    keys = {claim.fact.format(brand=brand) for claim in (*CLAIMS, *ALIKE) for brand in BRANDS}
    assert keys <= FACTS.keys()
    assert {key for key, _matter, _words in OPEN} <= FACTS.keys()
    for claim in CLAIMS:
        assert "{brand}" in claim.fact or claim.brand in BRANDS, claim
        assert claim.fact.startswith(("{brand}.", "country.", f"{claim.brand}.")), claim


# --- over invented ones ----------------------------------------------------------------------------------


def test_a_fact_that_is_no_longer_known_takes_its_point_along():
    without = {key: value for key, value in KNOWN.facts.items() if key != "kcell.known_for_data"}
    found = compared(["data"], BRANDS, Known(without, {}))
    assert verdict(found, "kcell").points == ()
    assert compared(["data"], BRANDS, Known({}, {})).not_known_of_any == ("data",)


@pytest.mark.parametrize(
    ("value", "speaks_for", "speaks_against"),
    [
        ("yes", ["altel.esim"], []),
        (" Yes", ["altel.esim"], []),
        ("no", [], ["altel.esim"]),
        ("perhaps", [], []),
    ],
)
def test_an_esim_is_sold_or_not(value, speaks_for, speaks_against):
    found = compared(["esim"], BRANDS, Known({"altel.esim": value}, {}))
    assert bases(found, "altel", Side.FOR) == speaks_for
    assert bases(found, "altel", Side.AGAINST) == speaks_against
    assert found.not_known_of_any == (() if speaks_for or speaks_against else ("esim",))


def test_an_open_question_is_closed_once_somebody_knows():
    assert len(compared(["short"], BRANDS, Known({}, {})).open_questions) == 1
    known = Known({"country.foreigner_without_iin": "No, it does not"}, {})
    assert compared(["short"], BRANDS, known).open_questions == ()


WEEK = OfferSeen(1, "izi", days=7, has_data=True, has_minutes=False)
MONTH = OfferSeen(2, "izi", days=30, has_data=None, has_minutes=True)


@pytest.mark.parametrize(
    ("matter", "seen"),
    [
        ("data", [1]),
        ("calls", [2]),
        ("price", [1, 2]),
        ("short", [1]),
        ("live", []),
        ("coverage", []),
    ],
)
def test_an_offer_is_seen_and_speaks_neither_for_nor_against(matter, seen):
    found = verdict(compared([matter], BRANDS, Known({}, {}, (WEEK, MONTH))), "izi")
    assert [point.offer for point in found.on(Side.NOTE)] == seen
    assert found.on(Side.FOR) == found.on(Side.AGAINST) == []


def test_a_brand_inherits_nothing_from_its_network():
    found = compared(["data", "live"], BRANDS, KNOWN)
    assert verdict(found, "activ").points == ()


knowledge = st.builds(
    Known,
    facts=st.dictionaries(st.sampled_from(sorted(FACTS)), st.sampled_from(["yes", "no", "x"]), max_size=12),
    profiles=st.dictionaries(st.sampled_from(BRANDS), st.sets(st.sampled_from(["live", "short"]))),
    offers=st.lists(
        st.builds(
            OfferSeen,
            id=st.integers(1, 9),
            brand=st.sampled_from(BRANDS),
            days=st.sampled_from([None, 1, 7, 28, 30]),
            has_data=st.sampled_from([None, True, False]),
            has_minutes=st.sampled_from([None, True, False]),
        ),
        max_size=4,
    ),
)
questions = st.sets(st.sampled_from(MATTERS))


@given(questions, knowledge)
def test_each_matter_is_known_or_said_to_be_unknown_and_never_both(asked, known):
    found = compared(asked, BRANDS, known)
    for one in found.verdicts:
        about = {point.matter for point in one.points}
        unknown = {*one.not_known, *found.not_known_of_any}
        assert not about & unknown
        assert about | unknown | {"brought"} == set(asked or MATTERS) | {"brought"}
        assert not set(one.not_known) & set(found.not_known_of_any)


@given(questions, knowledge)
def test_no_point_stands_without_what_it_rests_on(asked, known):
    found = compared(asked, BRANDS, known)
    assert sorted(one.brand for one in found.verdicts) == sorted(BRANDS)
    for one in found.verdicts:
        for point in one.points:
            if point.fact:
                assert point.fact in known.facts
            elif point.offer:
                assert any(offer.id == point.offer and offer.brand == one.brand for offer in known.offers)
            else:
                assert point.matter in known.profiles[one.brand]


@given(questions, knowledge)
def test_the_editors_order_holds_among_brands_of_which_the_same_is_said(asked, known):
    def group(one):
        return bool(one.on(Side.FOR)), bool(one.points)

    found = compared(asked, BRANDS, known).verdicts
    assert list(map(group, found)) == sorted(map(group, found), reverse=True)
    for first, second in pairwise(found):
        if group(first) == group(second):
            assert BRANDS.index(first.brand) < BRANDS.index(second.brand)

"""Wordings told apart, compared, cut into steps and put together."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.content_files import entries
from guides.models import GuideText
from guides.versions import (
    FIELDS,
    Piece,
    Step,
    aligned,
    digest,
    is_behind,
    joined_steps,
    merge,
    merged_items,
    steps_in,
    word_diff,
)

TEXTS = [entry for entry in entries() if entry.kind == "text"]
texts = st.text(alphabet=st.sampled_from("ab1 .\n{}:-哈费Қж"), max_size=40)
contents = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, texts))
# What a box may hold once the spaces around it are gone.
bodies = texts.map(lambda text: re.sub(r"[^\S\n]+(?=\n|$)", "", text).strip()).filter(bool)
steps = st.lists(st.builds(Step, bodies, st.sampled_from([(), (), ("kcell",), ("tele2", "altel")])), max_size=8)
items = st.lists(st.sampled_from("abcd"), max_size=8)


def test_a_wording_is_what_readers_read():
    assert FIELDS == GuideText.TEXT_FIELDS
    assert len(digest({"title": "Renew"})) == 16
    assert digest({"title": "Renew"}) == digest({"title": "Renew", "summary": "", "source": "a colleague"})


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_counts_and_in_its_own_place(name):
    assert digest({name: "a"}) != digest({name: "b"})
    assert len({digest({other: "a"}) for other in FIELDS}) == len(FIELDS)


@given(contents)
def test_line_ends_and_loose_spaces_do_not_count(content):
    loose = {name: "\n" + value.replace("\n", "  \r\n") + " " for name, value in content.items()}
    assert digest(loose) == digest(content)


@pytest.mark.parametrize(
    ("translated_from", "source", "behind"),
    [("a", "a", False), ("a", "b", True), ("", "b", True), ("", "", False), ("a", "", False)],
)
def test_a_translation_is_behind_if_its_source_says_something_else_now(translated_from, source, behind):
    assert is_behind(translated_from, source) is behind


@given(texts, texts)
def test_a_difference_holds_both_texts_whole(old, new):
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    assert all(piece.text for piece in pieces)


def test_even_the_longest_texts_are_compared_within_seconds():
    old, new = "step one of the guide " * 900, "step two of a guide now " * 800
    began = time.process_time()
    pieces = word_diff(old, new)
    merge({"more": "a\n" * 9_000}, {"more": "a\n" * 9_000 + "b"}, {"more": "c\n" + "a\n" * 9_000})
    assert time.process_time() - began < 10
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


@given(texts)
def test_nothing_differs_from_itself(text):
    assert {piece.kind for piece in word_diff(text, text)} <= {"same"}


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        (
            "Pay in cash.",
            "Pay by card.",
            [("same", "Pay "), ("removed", "in cash"), ("added", "by card"), ("same", ".")],
        ),
        ("Save it", "Save it now", [("same", "Save it"), ("added", " now")]),
        ("出示护照", "出示身份证", [("same", "出示"), ("removed", "护照"), ("added", "身份证")]),
        ("Dial {{ a.b }}", "Dial {{ a.c }}", [("same", "Dial "), ("removed", "{{ a.b }}"), ("added", "{{ a.c }}")]),
        (
            "Оплатите картой",
            "Оплатите карточкой",
            [("same", "Оплатите "), ("removed", "картой"), ("added", "карточкой")],
        ),
    ],
)
def test_a_difference_is_read_word_by_word(old, new, pieces):
    assert word_diff(old, new) == [Piece(*piece) for piece in pieces]


@given(items, items)
def test_lists_side_by_side_lose_nothing(old, new):
    pairs = aligned(old, new)
    assert [a for a, _b in pairs if a is not None] == old
    assert [b for _a, b in pairs if b is not None] == new
    assert (None, None) not in pairs


def test_a_changed_item_stands_beside_what_it_was():
    assert aligned(["a", "b", "c"], ["a", "B", "c", "d"]) == [("a", "a"), ("b", "B"), ("c", "c"), (None, "d")]


@given(st.one_of(texts, steps.map(joined_steps)))
def test_cutting_into_steps_and_joining_is_lossless(text):
    found = steps_in(text)
    assert found is None or joined_steps(found) == text


@given(steps)
def test_steps_come_back_as_they_were(given_steps):
    assert steps_in(joined_steps(given_steps)) == given_steps


def test_every_guide_of_the_repository_can_be_edited_step_by_step():
    whole = [entry.key for entry in TEXTS if steps_in(entry.values["steps"]) is None]
    assert TEXTS
    assert whole == []


def test_steps_of_some_operators_go_on_from_the_same_number():
    found = [Step("a"), Step("b", ("kcell",)), Step("c", ("tele2", "altel")), Step("d", ("tele2", "altel")), Step("e")]
    text = "1. a\n:::only kcell\n2. b\n:::\n:::only tele2 altel\n2. c\n3. d\n:::\n4. e"
    assert joined_steps(found) == text
    assert steps_in(text) == found


@pytest.mark.parametrize("text", ["Just words", "1. a\n1. b", "2. a", "1. a\nlazy", ":::only kcell\n1. a", "1. a\n:::"])
def test_what_is_no_plain_list_of_steps_is_edited_as_a_whole(text):
    assert steps_in(text) is None


@given(items, items)
def test_where_only_one_changed_something_that_is_taken(base, changed):
    assert merged_items(base, changed, base) == changed
    assert merged_items(base, base, changed) == changed
    assert merged_items(base, changed, changed) == changed


@given(items, items, items)
def test_a_merge_does_not_depend_on_who_came_first(base, mine, theirs):
    assert merged_items(base, mine, theirs) == merged_items(base, theirs, mine)


def test_two_who_change_different_steps_both_keep_their_work():
    base = {"title": "T", "steps": "1. a\n2. b\n3. c"}
    mine = {"title": "T", "steps": "1. A\n2. b\n3. c"}
    theirs = {"title": "U", "steps": "1. a\n2. b\n3. new\n4. c"}
    both = merge(base, mine, theirs)
    assert both.content == {"title": "U", "steps": "1. A\n2. b\n3. new\n4. c"}
    assert both.conflicts == ()


def test_where_two_change_the_same_step_mine_stands_and_is_named():
    both = merge({"steps": "1. a\n2. b"}, {"steps": "1. x\n2. b"}, {"steps": "1. y\n2. b"})
    assert both.content == {"steps": "1. x\n2. b"}
    assert both.conflicts == ("steps",)


@given(contents, contents)
def test_a_merge_with_an_untouched_wording_is_the_other(base, changed):
    full = {name: changed.get(name, "") for name in FIELDS}
    untouched = {name: base.get(name, "") for name in FIELDS}
    assert merge(untouched, full, untouched).content == full
    assert merge(untouched, untouched, full).content == full

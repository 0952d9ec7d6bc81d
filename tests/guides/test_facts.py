"""How texts name facts: pure, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.facts import (
    Name,
    differs_by_operator,
    errors_in,
    exists,
    for_operator,
    is_key,
    names_in,
    with_names_replaced,
)


def test_a_name_is_found_once_with_or_without_spaces():
    text = "Dial {{ beeline.data_left_code }}, or {{beeline.data_left_code}}. {{ source: beeline.charge_time }}"
    assert names_in(text) == [Name("beeline", "data_left_code"), Name("beeline", "charge_time", mark_only=True)]


def test_the_readers_operator_gives_its_own_fact():
    name = Name("operator", "website")
    assert name.key_for("tele2") == "tele2.website"
    assert name.key_for(None) is None
    assert Name("beeline", "website").key_for("tele2") == "beeline.website"


def test_names_are_replaced_and_the_rest_stays():
    assert with_names_replaced("a {{ b.c }} d", lambda name: name.key.upper()) == "a B.C d"


@pytest.mark.parametrize("text", ["{{ nothing }}", "{{ a.b", "a.b }}", "{{ a.b|safe }}", "{% now %}", "{{ A.b }}"])
def test_other_braces_are_an_error_with_their_line(text):
    assert [error.line for error in errors_in(f"fine\n{text}")] == [2]


@pytest.mark.parametrize(
    ("text", "line"), [(":::only kcell\nx", 1), ("x\n:::", 2), (":::only", 1), (":::only a\n:::only b\n:::", 2)]
)
def test_a_block_that_is_not_closed_or_not_opened_is_an_error(text, line):
    assert errors_in(text)[0].line == line


def test_a_block_is_for_its_operators_only():
    text = "1. a\n:::only kcell activ\n2. b\n:::\n3. c"
    assert not errors_in(text)
    assert for_operator(text, "activ") == "1. a\n2. b\n3. c"
    assert for_operator(text, "tele2") == for_operator(text, None) == "1. a\n3. c"


def test_what_differs_by_operator():
    assert differs_by_operator("{{ operator.name }}")
    assert differs_by_operator(":::only kcell\nx\n:::")
    assert not differs_by_operator("{{ kcell.website }} and words")


def test_a_fact_of_the_readers_operator_exists_if_one_operator_has_it():
    keys = {"kcell.autopay"}
    assert exists(Name("operator", "autopay"), keys, ["kcell", "tele2"])
    assert exists(Name("operator", "name"), set(), [])
    assert not exists(Name("operator", "other"), keys, ["kcell"])


def test_a_key_is_small_letters_and_one_dot():
    assert is_key("tele2.next_charge")
    assert not is_key("Tele2.next")
    assert not is_key("tele2")


@given(st.text())
def test_any_text_is_either_understood_or_refused_but_never_fails(text):
    errors_in(text)
    for_operator(text, "kcell")
    assert with_names_replaced(text, lambda name: "") is not None

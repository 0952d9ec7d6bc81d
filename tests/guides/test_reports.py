"""What readers' reports say together: a table of cases, and what holds for any reports at all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.reports import COUNTS_FOR, TOLD_FOR, Standing, Summary, Verdict, Word, summaries, verdict_on

TODAY = date(2026, 11, 23)
SEEN = date(2025, 5, 1)


def yes(who: str, days_ago: int = 1, **more) -> Word:
    return Word(who, True, TODAY - timedelta(days=days_ago), **more)


def no(who: str, days_ago: int = 1, **more) -> Word:
    return Word(who, False, TODAY - timedelta(days=days_ago), **more)


STORED = Verdict(Standing.AS_STORED)
THREE = [yes("a"), yes("b", 40), yes("c", 89)]


def confirmed(people: int, days_ago: int = 1, others: int = 0) -> Verdict:
    return Verdict(Standing.CONFIRMED, people, TODAY - timedelta(days=days_ago), others)


def disputed(people: int, days_ago: int = 1, others: int = 0) -> Verdict:
    return Verdict(Standing.DISPUTED, people, TODAY - timedelta(days=days_ago), others)


@pytest.mark.parametrize(
    ("confidence", "words", "verdict"),
    [
        pytest.param("one_source", [], STORED, id="nobody said anything"),
        pytest.param("one_source", [yes("a"), yes("b")], STORED, id="two are not enough"),
        pytest.param("one_source", THREE, confirmed(3), id="three are enough, for one source"),
        pytest.param("old", THREE, confirmed(3), id="and for an old fact"),
        pytest.param("reported", THREE, confirmed(3), id="and for one that users reported"),
        pytest.param("confirmed", THREE, STORED, id="a confirmed fact needs no help"),
        pytest.param("unknown", THREE, STORED, id="what is not known gains nothing"),
        pytest.param("unknown", [no("a"), no("b")], STORED, id="nor loses"),
        pytest.param("old", [yes("a", 1), yes("a", 2), yes("a", 3)], STORED, id="one person is one person"),
        pytest.param("old", [*THREE[:2], yes("c", 90)], confirmed(3), id="the ninetieth day counts"),
        pytest.param("old", [*THREE[:2], yes("c", 91)], STORED, id="the day before it does not"),
        pytest.param("old", [*THREE[:2], yes("c", -1)], STORED, id="nor does tomorrow"),
        pytest.param("old", [*THREE[:2], yes("c", hidden=True)], STORED, id="nor what is hidden"),
        pytest.param("old", [*THREE, no("d")], STORED, id="one in four says not: neither"),
        pytest.param("old", [*THREE, yes("e"), no("d", 5)], confirmed(4, others=1), id="one in five says not"),
        pytest.param("old", [no("a")], STORED, id="one doubt is no dispute"),
        pytest.param("old", [no("a", 3), no("b", 7)], disputed(2, 3), id="two doubts are"),
        pytest.param("confirmed", [no("a"), no("b")], disputed(2), id="of a confirmed fact too"),
        pytest.param("old", [no("a"), no("b", hidden=True)], STORED, id="a hidden doubt is none"),
        pytest.param("old", [no("a", 1), no("a", 2)], STORED, id="one doubter is one"),
        pytest.param("old", [*THREE, *map(yes, "defg"), no("x"), no("y")], confirmed(7, others=2), id="two of nine"),
        pytest.param("old", [*THREE, *map(yes, "def"), no("x"), no("y")], disputed(2, others=6), id="two of eight"),
        pytest.param("old", [no("a", 5), yes("a", 1), no("b")], STORED, id="who was helped later doubts no more"),
        pytest.param("old", [yes("a", 5), no("a", 1), no("b")], disputed(2), id="who was let down later doubts"),
        pytest.param(
            "old", [yes("a", number=2), no("a", number=1), no("b")], STORED, id="on one day the word told last counts"
        ),
    ],
)
def test_the_table(confidence, words, verdict):
    assert verdict_on(confidence, SEEN, words, TODAY) == verdict


@pytest.mark.parametrize(
    ("days_ago", "standing"), [(2, Standing.DISPUTED), (3, Standing.AS_STORED), (10, Standing.AS_STORED)]
)
def test_a_check_by_an_editor_ends_the_doubts_before_it(days_ago, standing):
    checked = TODAY - timedelta(days=3)
    assert verdict_on("one_source", checked, [no("a", days_ago), no("b", 1)], TODAY).standing is standing


def test_a_doubt_that_was_ended_is_not_turned_into_praise():
    words = [yes("a", 9), no("a", 5), yes("b"), yes("c")]
    assert verdict_on("old", TODAY - timedelta(days=4), words, TODAY) == STORED


def test_a_fact_never_dated_can_be_disputed():
    assert verdict_on("one_source", None, [no("a"), no("b")], TODAY) == disputed(2)


def test_ways_to_pay_are_summed_up_with_the_last_day():
    card = {"payment": "unionpay", "country": "CN"}
    words = [yes("a", 21, **card), yes("b", 30, **card), yes("c", 40, **card), no("d", 2, **card)]
    day = TODAY - timedelta(days=21)
    assert summaries(words, TODAY) == [Summary("unionpay", "CN", "", 3, day, 1, TODAY - timedelta(days=2))]


def test_most_useful_first():
    words = [
        yes("a", 1, payment="mir"),
        yes("b", 200, payment="unionpay"),
        no("c", 100, payment="unionpay"),
        yes("d", 1, payment="kaspi", place="kz"),
        yes("e", 2, payment="cash"),
        yes("f", 366, payment="alipay_wechat"),
        yes("g", 1, payment="alipay_wechat", hidden=True),
    ]
    assert [summary.payment for summary in summaries(words, TODAY)] == ["unionpay", "kaspi", "mir", "cash"]


def test_one_person_may_speak_of_two_ways_but_once_of_each():
    words = [yes("a", 9, payment="mir"), no("a", 3, payment="mir"), yes("a", 5, payment="unionpay")]
    assert [(one.payment, one.worked, one.failed) for one in summaries(words, TODAY)] == [
        ("mir", 0, 1),
        ("unionpay", 1, 0),
    ]


a_word = st.builds(
    Word,
    who=st.sampled_from("abcdefgh"),
    worked=st.booleans(),
    on=st.integers(-5, 400).map(lambda ago: TODAY - timedelta(days=ago)),
    number=st.integers(0, 50),
    payment=st.sampled_from(["", "mir", "unionpay"]),
    country=st.sampled_from(["", "CN", "RU"]),
    place=st.sampled_from(["", "kz"]),
    hidden=st.booleans(),
)
some_words = st.lists(a_word, max_size=40, unique_by=lambda word: word.number)
confidences = st.sampled_from(["confirmed", "one_source", "old", "reported", "unknown"])
seen_days = st.none() | st.integers(0, 400).map(lambda ago: TODAY - timedelta(days=ago))


@given(confidences, seen_days, some_words)
def test_hidden_words_might_as_well_not_be_there(confidence, seen, words):
    shown = [word for word in words if not word.hidden]
    assert verdict_on(confidence, seen, words, TODAY) == verdict_on(confidence, seen, shown, TODAY)
    assert summaries(words, TODAY) == summaries(shown, TODAY)


@given(confidences, seen_days, some_words, st.randoms())
def test_the_order_in_which_words_come_means_nothing(confidence, seen, words, chance):
    mixed = list(words)
    chance.shuffle(mixed)
    assert verdict_on(confidence, seen, mixed, TODAY) == verdict_on(confidence, seen, words, TODAY)
    assert summaries(mixed, TODAY) == summaries(words, TODAY)


@given(confidences, seen_days, some_words)
def test_nobody_alone_decides(confidence, seen, words):
    mine = [replace(word, who="a") for word in words]
    assert verdict_on(confidence, seen, mine, TODAY) == STORED


@given(confidences, seen_days, some_words)
def test_a_verdict_has_its_people_behind_it(confidence, seen, words):
    verdict = verdict_on(confidence, seen, words, TODAY)
    if verdict.standing is Standing.AS_STORED:
        return
    worked = verdict.standing is Standing.CONFIRMED
    speakers = {word.who for word in words if word.worked is worked and not word.hidden}
    assert len(speakers) >= verdict.people >= (3 if worked else 2)
    assert TODAY - COUNTS_FOR <= verdict.last <= TODAY
    small, all_who_spoke = (verdict.others if worked else verdict.people), verdict.people + verdict.others
    assert (small * 4 < all_who_spoke) is worked
    assert confidence != "unknown"
    assert worked is False or confidence != "confirmed"
    assert worked or seen is None or verdict.last > seen


@given(confidences, some_words)
def test_checked_today_nothing_is_disputed(confidence, words):
    assert verdict_on(confidence, TODAY, words, TODAY).standing is not Standing.DISPUTED


@given(seen_days, some_words)
def test_one_more_who_was_helped_never_makes_it_disputed(seen, words):
    before = verdict_on("old", seen, words, TODAY)
    after = verdict_on("old", seen, [*words, yes("new")], TODAY)
    assert after.standing is not Standing.DISPUTED or before.standing is Standing.DISPUTED
    assert before.standing is not Standing.CONFIRMED or after.standing is Standing.CONFIRMED


@given(some_words)
def test_a_summary_counts_each_person_once_and_forgets_nobody(words):
    counted = [word for word in words if not word.hidden and TODAY - TOLD_FOR <= word.on <= TODAY]
    found = summaries(words, TODAY)
    assert sum(one.people for one in found) == len({(w.who, w.payment, w.country, w.place) for w in counted})
    assert [one.people for one in found] == sorted((one.people for one in found), reverse=True)
    for one in found:
        assert (one.worked > 0) is (one.last_worked is not None)
        assert (one.failed > 0) is (one.last_failed is not None)

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plans.usage import HORIZON, Allowance, Reading, Use, a_day_until, counting, estimate

START = datetime(2026, 11, 1, 6, tzinfo=UTC)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def uses(*said: tuple[float, int]) -> list[Use]:
    return [Use(Allowance.DATA, 1, left, at(days)) for days, left in said]


def days_of(moment: datetime | None) -> float | None:
    return None if moment is None else round((moment - START) / timedelta(days=1), 1)


@pytest.mark.parametrize(
    ("said", "known", "counted"),
    [
        ([], {}, []),
        ([(3, 900), (1, 1000)], {}, [(1, 1000), (3, 900)]),  # in order of time
        ([(1, 300), (3, 100), (4, 5000), (6, 4000)], {}, [(4, 5000), (6, 4000)]),  # something was added
        ([(1, 300), (3, 100), (4, 5000)], {"since": START, "whole": 9000}, [(4, 5000)]),
        ([(1, 900), (5, 400)], {"since": at(3)}, [(5, 400)]),  # a new period
        ([(1, 900), (5, 400)], {"until": at(3)}, [(1, 900)]),
        ([(1, 300), (2, 300)], {}, [(1, 300), (2, 300)]),  # nothing was used
        ([(4, 600)], {"since": START, "whole": 1000}, [(0, 1000), (4, 600)]),
        ([(4, 600)], {"since": START, "whole": 500}, [(4, 600)]),  # more than there was: a rest was carried over
        ([(4, 600)], {"whole": 1000}, [(4, 600)]),
    ],
)
def test_what_counts_begins_with_the_period_or_the_last_time_something_was_added(said, known, counted):
    assert [(days_of(one.at), one.left) for one in counting(uses(*said), **known)] == counted


@pytest.mark.parametrize(
    ("said", "known", "out"),
    [
        ([], {}, None),
        ([(3, 900)], {}, None),  # one reading tells no pace
        ([(3, 900), (3.5, 800)], {}, None),  # nor do two on one day
        ([(0, 1000), (1, 900)], {}, (10.0, 7.0, 19.0)),  # a day in one gap: the pace may be off by half
        ([(0, 1000), (4, 600)], {}, (10.0, 8.5, 13.0)),  # four days: by a third
        ([(0, 1000), (2, 800), (4, 600)], {}, (10.0, 8.8, 12.1)),  # in two gaps, by less
        ([(0, 10000), (10, 9000), (30, 7000), (60, 4000)], {}, (100.0, 94.8, 107.1)),  # never by under 15 %
        ([(4, 600)], {"since": START, "whole": 1000}, (10.0, 8.0, 16.0)),  # guessed: by half at least
        ([(2, 0)], {}, (2.0, 2.0, 2.0)),  # it is gone
    ],
)
def test_the_day_it_is_gone_is_a_range_that_narrows_with_more_and_longer_readings(said, known, out):
    found = estimate(counting(uses(*said), **known))
    assert (None if found is None else tuple(map(days_of, (found.out, found.earliest, found.latest)))) == out


def test_what_is_not_used_is_never_gone():
    found = estimate(counting(uses((0, 900), (5, 900))))
    assert (found.a_day, found.out, found.earliest, found.latest) == (0, None, None, None)


def test_what_is_left_meanwhile_is_told_at_the_pace_so_far():
    found = estimate(counting(uses((0, 1000), (4, 600))))
    assert [found.left_at(at(days)) for days in (3, 4, 6, 50)] == [600, 600, 400, 0]


@pytest.mark.parametrize(
    ("left", "days", "a_day"), [(3100, 10, 310), (500, 1, 500), (500, 0.25, 500), (500, 0, None), (7, 30, 0)]
)
def test_what_can_be_used_a_day_is_the_rest_by_the_days_to_the_end(left, days, a_day):
    assert a_day_until(left, START, at(days)) == a_day


GAPS = st.lists(st.tuples(st.floats(0.01, 40), st.integers(0, 5000)), min_size=1, max_size=6)


def falling(gaps: list[tuple[float, int]], rest: int) -> list[Reading]:
    """Readings that end with `rest`, from how long it took and how much went each time."""
    days, left, found = sum(days for days, _used in gaps), rest, [Reading(rest, at(sum(days for days, _ in gaps)))]
    for took, used in reversed(gaps):
        days, left = days - took, left + used
        found.append(Reading(left, at(days)))
    return found[::-1]


@given(GAPS, st.integers(0, 100_000))
def test_the_range_holds_the_estimate_and_nothing_is_gone_before_it_was_read(gaps, rest):
    found = estimate(falling(gaps, rest))
    assume(found is not None)
    assert found.a_day >= 0
    if found.out is not None:
        assert found.reading.at <= found.earliest <= found.out <= found.latest <= found.reading.at + HORIZON
    assert 0 <= found.left_at(at(500)) <= rest


@given(GAPS, st.integers(1, 100_000), st.integers(1, 5000))
def test_using_faster_is_never_gone_later_and_more_left_is_never_gone_sooner(gaps, rest, more):
    """More used in the last gap, of the same rest; and more of it left, at the same pace."""
    took, used = gaps[-1]
    slow, fast = estimate(falling(gaps, rest)), estimate(falling([*gaps[:-1], (took, used + more)], rest))
    rich = estimate(falling(gaps, rest + more))
    assume(slow is not None and slow.out is not None)
    for end in ("out", "earliest", "latest"):
        assert getattr(fast, end) <= getattr(slow, end) <= getattr(rich, end)


@given(GAPS, st.integers(1, 100_000))
def test_the_same_pace_told_in_more_readings_is_never_less_sure(gaps, rest):
    readings = falling(gaps, rest)
    fewer, more = estimate([readings[0], readings[-1]]), estimate(readings)
    assume(fewer is not None)
    assert more.doubt <= fewer.doubt
    assert more.out == fewer.out


@given(st.integers(0, 10**6), st.floats(0.001, 400))
def test_what_can_be_used_a_day_never_takes_more_than_is_left(left, days):
    a_day = a_day_until(left, START, at(days))
    assert a_day >= 0
    assert a_day * max(days, 1) <= left + 0.01

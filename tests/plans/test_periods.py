from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.periods import (
    Early,
    Period,
    Wording,
    anchor_of,
    cutoff,
    days_left,
    end_of_period,
    last_day_said,
    later_end,
    renewed_end,
)

ALMATY = ZoneInfo("Asia/Almaty")
DAYS = st.dates(date(2015, 1, 1), date(2045, 12, 31))
REPEATING = st.sampled_from([period for period in Period if period is not Period.ONCE])


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ((2026, 11, 23), Period.DAY, (2026, 11, 23)),
        ((2026, 11, 23), Period.WEEK, (2026, 11, 29)),
        ((2026, 2, 1), Period.DAYS_28, (2026, 2, 28)),
        ((2026, 11, 23), Period.DAYS_30, (2026, 12, 22)),
        ((2026, 1, 15), Period.MONTH, (2026, 2, 14)),
        ((2026, 1, 31), Period.MONTH, (2026, 2, 27)),
        ((2028, 1, 31), Period.MONTH, (2028, 2, 28)),
        ((2028, 2, 29), Period.MONTH, (2028, 3, 28)),
        ((2026, 12, 1), Period.MONTH, (2026, 12, 31)),
        ((2026, 11, 23), Period.HOURS_720, (2026, 12, 22)),
        ((2026, 11, 23), Period.MONTH_FIRST, (2026, 11, 30)),
        ((2026, 12, 1), Period.MONTH_FIRST, (2026, 12, 31)),
    ],
)
def test_the_last_day_of_a_period_that_starts_today(start, period, end):
    assert end_of_period(date(*start), period) == date(*end)


def test_a_month_that_starts_on_the_31st_never_drifts():
    end = end_of_period(date(2026, 1, 31), Period.MONTH)
    charges = []
    for months in range(1, 13):
        charges.append(later_end(end, Period.MONTH, 31, months) + timedelta(days=1))
    assert [charge.day for charge in charges] == [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28]


@given(DAYS, REPEATING, st.integers(1, 31))
def test_periods_renewed_one_by_one_or_at_once_end_on_the_same_day(until, period, anchor):
    if period is Period.MONTH:
        anchor = anchor_of(until)
    step = until
    for periods in range(1, 14):
        following = later_end(step, period, anchor)
        assert following > step
        step = following
        assert later_end(until, period, anchor, periods) == step


@given(DAYS, REPEATING)
def test_renewing_on_time_never_skips_or_repeats_a_day(until, period):
    start = until + timedelta(days=1)
    assert renewed_end(until, period, anchor_of(until), start) == end_of_period(start, period)


@given(DAYS, REPEATING, st.integers(0, 400))
def test_renewing_early_keeps_the_date_and_renewing_late_starts_anew(until, period, days):
    anchor = anchor_of(until)
    early, late = until - timedelta(days=days), until + timedelta(days=days + 2)
    assert renewed_end(until, period, anchor, early) == later_end(until, period, anchor)
    assert renewed_end(until, period, anchor, late) == end_of_period(late, period)


@given(DAYS, DAYS, REPEATING)
def test_renewing_later_never_ends_earlier(until, on, period):
    tomorrow = on + timedelta(days=1)
    ends = [renewed_end(until, period, anchor_of(until), day) for day in (on, tomorrow)]
    if on <= until + timedelta(days=1) < tomorrow:
        # From the last moment of renewing on time to the first of starting anew.
        assert ends[1] > until
    else:
        assert ends[0] <= ends[1]


@given(DAYS, REPEATING)
def test_every_wording_of_the_same_fact_means_the_same_day(start, period):
    end = end_of_period(start, period)
    assert last_day_said(Wording.PAID, start, period) == end
    assert last_day_said(Wording.CHARGE, end + timedelta(days=1), period) == end
    assert last_day_said(Wording.UNTIL, end, period) == end
    assert last_day_said(Wording.UNKNOWN, end, period) is None
    assert last_day_said(Wording.UNTIL, None, period) is None


def test_a_plan_of_unknown_length_has_no_next_end():
    with pytest.raises(ValueError, match="no period"):
        end_of_period(date(2026, 1, 1), Period.ONCE)
    with pytest.raises(ValueError, match="no period"):
        later_end(date(2026, 1, 1), Period.ONCE, None)


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        # Almaty left UTC+6 for UTC+5 at midnight of 2024-03-01, so 29 February lasted 25 hours.
        (date(2024, 2, 28), datetime(2024, 2, 28, 18, tzinfo=UTC)),
        (date(2024, 2, 29), datetime(2024, 2, 29, 19, tzinfo=UTC)),
        (date(2024, 3, 1), datetime(2024, 3, 1, 19, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 19, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_its_last_minute_in_the_zone(day, moment):
    assert cutoff(day, ALMATY) == moment


@given(DAYS)
def test_the_cutoff_is_the_first_moment_with_no_day_left(day):
    end = cutoff(day, ALMATY)
    assert days_left(day, (end - timedelta(seconds=1)).astimezone(ALMATY).date()) == 0
    assert days_left(day, end.astimezone(ALMATY).date()) == -1


def test_where_the_hour_is_known_720_hours_end_at_that_hour_thirty_days_later():
    assert end_of_period(date(2026, 11, 23), Period.HOURS_720, time(15)) == date(2026, 12, 23)
    assert end_of_period(date(2026, 11, 23), Period.DAY, time(15)) == date(2026, 11, 24)
    assert end_of_period(date(2026, 11, 23), Period.DAYS_30, time(15)) == date(2026, 12, 22)


@given(st.dates(date(2023, 1, 1), date(2028, 1, 1)), st.times())
def test_720_hours_are_720_hours_but_for_the_night_in_which_the_clocks_of_the_country_changed(start, at):
    end = cutoff(end_of_period(start, Period.HOURS_720, at), ALMATY, at)
    hours = (end - datetime.combine(start, at, ALMATY).astimezone(UTC)) / timedelta(hours=1)
    changed = start < date(2024, 3, 1) <= start + timedelta(days=30)
    assert hours == 720 + changed


def test_months_charged_on_the_1st_stay_there_and_the_first_one_is_shorter():
    end = end_of_period(date(2027, 1, 17), Period.MONTH_FIRST)
    assert [end, *(later_end(end, Period.MONTH_FIRST, None, months) for months in (1, 2, 13))] == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2028, 2, 29),
    ]


@given(DAYS, REPEATING, st.integers(0, 40), st.integers(1, 6))
def test_a_new_period_from_the_day_of_renewal_gives_up_the_days_that_were_left(until, period, days, periods):
    on = until - timedelta(days=days)
    restarted = renewed_end(until, period, anchor_of(until), on, periods=periods, early=Early.RESTARTS)
    kept = renewed_end(until, period, anchor_of(until), on, periods=periods)
    assert on <= restarted <= kept


@given(DAYS, REPEATING, st.integers(-40, 40), st.sampled_from(Early), st.integers(1, 12))
def test_each_further_period_paid_for_ends_later(until, period, days, early, periods):
    on = until + timedelta(days=days)
    ends = [renewed_end(until, period, anchor_of(until), on, periods=n, early=early) for n in (periods, periods + 1)]
    assert ends[0] < ends[1]


@given(st.dates(date(2024, 2, 1), date(2024, 4, 1)))
def test_each_day_ends_after_the_one_before_when_the_country_changed_its_clocks(day):
    assert cutoff(day, ALMATY) < cutoff(day + timedelta(days=1), ALMATY)

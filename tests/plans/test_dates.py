"""When a package ends and until when a number is safe, as pure rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.dates import Limit, PackageSaid, Unit, limit_said, package_ends, plan_words
from plans.periods import Period, Wording, anchor_of, end_of_period, last_day_said, later_end, renewed_end

DAYS = st.dates(date(2018, 1, 1), date(2032, 12, 31))
REPEATING = st.sampled_from([period for period in Period if period is not Period.ONCE])
WORDINGS = st.sampled_from([Wording.UNTIL, Wording.CHARGE, Wording.PAID])


def ends(wording: Wording, day: str, period: Period, today: str):
    return package_ends(PackageSaid(wording, date.fromisoformat(day), period), date.fromisoformat(today))


@pytest.mark.parametrize(
    ("wording", "day", "period", "end"),
    [
        (Wording.PAID, "2026-11-23", Period.DAYS_30, "2026-12-22"),
        (Wording.PAID, "2026-11-20", Period.DAYS_28, "2026-12-17"),
        (Wording.PAID, "2026-11-20", Period.WEEK, "2026-11-26"),
        (Wording.PAID, "2026-11-23", Period.DAY, "2026-11-23"),
        (Wording.PAID, "2026-10-31", Period.MONTH, "2026-11-29"),
        (Wording.UNTIL, "2026-12-24", Period.DAYS_30, "2026-12-24"),
        (Wording.UNTIL, "2026-12-24", Period.ONCE, "2026-12-24"),
        (Wording.CHARGE, "2026-12-24", Period.DAYS_30, "2026-12-23"),
        (Wording.CHARGE, "2026-12-24", Period.ONCE, "2026-12-23"),
    ],
)
def test_a_package_that_still_runs_ends_on_its_one_day(wording, day, period, end):
    found = ends(wording, day, period, "2026-11-23")

    assert found.said == found.runs_until == date.fromisoformat(end)
    assert not found.was_renewed


@pytest.mark.parametrize(
    ("wording", "day", "period", "said", "started", "runs_until", "bought_today"),
    [
        (Wording.PAID, "2026-09-01", Period.DAYS_30, "2026-09-30", "2026-10-31", "2026-11-29", "2026-12-22"),
        (Wording.UNTIL, "2026-11-22", Period.DAYS_28, "2026-11-22", "2026-11-23", "2026-12-20", "2026-12-20"),
        (Wording.CHARGE, "2026-11-23", Period.WEEK, "2026-11-22", "2026-11-23", "2026-11-29", "2026-11-29"),
        (Wording.PAID, "2026-01-31", Period.MONTH, "2026-02-27", "2026-10-31", "2026-11-29", "2026-12-22"),
        (Wording.PAID, "2026-11-20", Period.DAY, "2026-11-20", "2026-11-23", "2026-11-23", "2026-11-23"),
    ],
)
def test_a_package_that_ended_runs_on_if_it_was_renewed_each_time(
    wording, day, period, said, started, runs_until, bought_today
):
    found = ends(wording, day, period, "2026-11-23")

    assert found.was_renewed
    assert [found.said, found.started, found.runs_until, found.bought_today] == [
        date.fromisoformat(text) for text in (said, started, runs_until, bought_today)
    ]


def test_a_one_time_package_ends_for_good():
    found = ends(Wording.UNTIL, "2026-11-01", Period.ONCE, "2026-11-23")

    assert (found.said, found.runs_until, found.bought_today) == (date(2026, 11, 1), date(2026, 11, 1), None)


def test_nobody_can_count_from_the_day_on_which_a_one_time_package_was_bought():
    package = PackageSaid(Wording.PAID, date(2026, 11, 1), Period.ONCE)

    assert not package.has_answer
    with pytest.raises(ValueError):
        package_ends(package, date(2026, 11, 23))


@given(WORDINGS, DAYS, REPEATING, DAYS)
def test_the_period_that_runs_holds_today_and_is_one_of_the_periods_that_follow(wording, day, period, today):
    package = PackageSaid(wording, day, period)
    found = package_ends(package, today)

    assert found.said == last_day_said(wording, day, period)
    assert found.runs_until >= today
    if found.was_renewed:
        assert found.said < found.started <= today <= found.runs_until
        step = found.said
        while step < today:
            step = later_end(step, period, package.anchor)
        assert found.runs_until == step
        assert found.bought_today == renewed_end(None, period, None, today)
    else:
        assert found.runs_until == found.said


@given(WORDINGS, DAYS, REPEATING, DAYS, st.integers(1, 24))
def test_the_words_carried_to_the_sim_count_on_as_the_page_does(wording, day, period, today, periods):
    """Also where a month is charged on the 31st, and the running one on the 30th."""
    package = PackageSaid(wording, day, period)
    found = package_ends(package, today)

    carried, its_day = plan_words(package, found)

    end = last_day_said(carried, its_day, period)
    anchor = its_day.day if carried is not Wording.UNTIL else anchor_of(its_day)
    assert end == found.runs_until
    assert later_end(end, period, anchor, periods) == later_end(found.runs_until, period, package.anchor, periods)
    if carried is Wording.PAID and found.was_renewed:
        assert its_day <= today  # nobody paid on a day to come


def test_a_month_charged_on_the_31st_is_carried_without_drifting():
    package = PackageSaid(Wording.PAID, date(2026, 8, 31), Period.MONTH)

    found = package_ends(package, date(2026, 11, 5))

    assert found.runs_until == date(2026, 11, 29)
    assert plan_words(package, found) == (Wording.PAID, date(2026, 10, 31))
    assert end_of_period(date(2026, 10, 31), Period.MONTH) == found.runs_until


@pytest.mark.parametrize(
    ("limit", "last", "safe_until", "days"),
    [
        (Limit(60, Unit.DAYS), "2026-11-01", "2026-12-31", 60),
        (Limit(6, Unit.MONTHS), "2026-11-01", "2027-05-01", 181),
        (Limit(6, Unit.MONTHS), "2026-08-31", "2027-02-28", 181),
        (Limit(12, Unit.MONTHS), "2028-02-29", "2029-02-28", 365),
    ],
)
def test_a_number_is_safe_so_long_after_its_last_paid_activity(limit, last, safe_until, days):
    assert limit.safe_until(date.fromisoformat(last)) == date.fromisoformat(safe_until)
    assert limit.days_from(date.fromisoformat(last)) == days


@given(DAYS, st.integers(1, 1000), st.sampled_from(Unit))
def test_a_limit_in_days_says_the_same_as_the_limit_itself(last, count, unit):
    limit = Limit(count, unit)

    assert limit.safe_until(last) == last + timedelta(days=limit.days_from(last)) > last


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("180 days", Limit(180, Unit.DAYS)),
        ("180", Limit(180, Unit.DAYS)),
        ("1 month", Limit(1, Unit.MONTHS)),
        (" 6 Months ", Limit(6, Unit.MONTHS)),
        ("six months", None),
        ("6 months without calls", None),
        ("0 days", None),
        ("", None),
    ],
)
def test_the_limit_of_a_fact_is_read_where_it_is_a_plain_length(text, limit):
    assert limit_said(text) == limit

"""When a paid period ends. Pure: calendar days in, calendar days out, no clock.

`paid_until` is the last day on which a plan works. Operators charge in the night after it, between midnight and five
in the capital's time, so the money must be there when that day ends: the cut-off. All days are days in the SIM's zone,
which for a Kazakh SIM is the capital's. Where hours are counted (720 hours, 24 hours), the plan ends on its last day at
the hour at which it was bought, and that is the cut-off.

A calendar month is counted from its starting day of the month, the anchor: a plan that started on the 31st is charged
on 28 February and on 31 March, so it never drifts. A month charged on the 1st is one whose anchor is always 1; its
first period, the prorated one, is shorter.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Period(StrEnum):
    DAY = "day"
    WEEK = "7d"
    DAYS_28 = "28d"
    DAYS_30 = "30d"
    HOURS_720 = "720h"
    MONTH = "month"
    MONTH_FIRST = "first"
    ONCE = "once"

    @property
    def counts_hours(self) -> bool:
        """Whether it may end at the hour at which it began, and not with the day."""
        return self in (Period.DAY, Period.HOURS_720)


class Early(StrEnum):
    """What a renewal before the end does to the date."""

    KEEPS = "keeps"
    RESTARTS = "restarts"


DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.DAYS_28: 28, Period.DAYS_30: 30, Period.HOURS_720: 30}


# A day outside these is a slip of the finger, and counting periods from it would never end or leave the calendar.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class Wording(StrEnum):
    """The ways in which people say a plan's date."""

    UNTIL = "until"
    CHARGE = "charge"
    PAID = "paid"
    UNKNOWN = "unknown"


def on_day_of_month(year: int, month: int, day: int) -> date:
    """That day, or the last of the month where the month is shorter."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def months_later(start: date, months: int, anchor: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    return on_day_of_month(index // 12, index % 12 + 1, anchor)


def anchor_of(paid_until: date) -> int:
    """The day of the month on which a calendar-month plan with this last day is charged."""
    return (paid_until + timedelta(days=1)).day


def end_of_period(start: date, period: Period, at: time | None = None) -> date:
    """The last day of a period whose first day is `start`.

    `at` is the hour at which it began, where hours are counted: it then ends at that hour, a day later than a period of
    whole days. Without the hour the answer is the last day that is safe. Raises ValueError for `once`, whose length
    nobody knows.
    """
    if anchor := _anchor_from(start, period):
        return months_later(start, 1, anchor) - timedelta(days=1)
    whole_days = at is None or not period.counts_hours
    return start + timedelta(days=_length(period) - whole_days)


def later_end(paid_until: date, period: Period, anchor: int | None, periods: int = 1) -> date:
    """The last day after so many further periods, each renewed on time.

    `anchor` is the day of the month of the charge (calendar month only; None: the day after `paid_until`). Raises
    ValueError for `once`.
    """
    charge = paid_until + timedelta(days=1)
    if day := _anchor_from(charge, period, anchor):
        return months_later(charge, periods, day) - timedelta(days=1)
    return paid_until + timedelta(days=_length(period) * periods)


def first_day(paid_until: date, period: Period, anchor: int | None) -> date | None:
    """The first day of the period whose last day is `paid_until`; None for `once`, whose length nobody knows."""
    if period is Period.ONCE:
        return None
    charge = paid_until + timedelta(days=1)
    if day := _anchor_from(charge, period, anchor):
        return months_later(charge, -1, day)
    return charge - timedelta(days=_length(period))


def renewed_end(
    paid_until: date | None,
    period: Period,
    anchor: int | None,
    on: date,
    *,
    periods: int = 1,
    early: Early = Early.KEEPS,
    at: time | None = None,
) -> date:
    """The last day after a renewal on the day `on` for so many periods; `at` as for `end_of_period`.

    Before the end, the new period follows the old one, or begins on that day where the operator counts so (`early`).
    After the plan ended, the renewal day is day 1. Raises ValueError for `once`.
    """
    follows = paid_until is not None and on <= paid_until + timedelta(days=1)
    if paid_until is not None and follows and (early is Early.KEEPS or on > paid_until):
        return later_end(paid_until, period, anchor, periods)
    first = end_of_period(on, period, at)
    return first if periods == 1 else later_end(first, period, on.day, periods - 1)


def keeps_cycle(paid_until: date, to: date, period: Period, anchor: int | None) -> bool:
    """Whether `to` is the end of a later period that followed on time, so that the hour and the day of the month of the
    charge stay as they were."""
    if to <= paid_until or period is Period.ONCE:
        return False
    periods = 1
    while (end := later_end(paid_until, period, anchor, periods)) < to:
        periods += 1
    return end == to


def last_day_said(wording: Wording, day: date | None, period: Period, at: time | None = None) -> date | None:
    """`paid_until` from the person's own words; None when they do not know.

    `at` is the hour they said, which counts where hours are counted: a charge at three in the afternoon leaves that day
    until three. Raises ValueError for "I last paid on" with a plan of unknown length.
    """
    if wording is Wording.UNKNOWN or day is None:
        return None
    if wording is Wording.CHARGE:
        return day if at is not None and period.counts_hours else day - timedelta(days=1)
    if wording is Wording.PAID:
        return end_of_period(day, period, at)
    return day


def days_left(paid_until: date, today: date) -> int:
    """0 on the last day, negative afterwards. Both days in the SIM's zone."""
    return (paid_until - today).days


def cutoff(day: date, zone: ZoneInfo, at: time | None = None) -> datetime:
    """The moment `day` ends in `zone`, or its hour `at`: what is not paid by then is lost."""
    end = datetime.combine(day + timedelta(days=1), time(), zone) if at is None else datetime.combine(day, at, zone)
    return end.astimezone(UTC)


def _anchor_from(start: date, period: Period, anchor: int | None = None) -> int | None:
    """The day of the month on which months are charged, for a period that is a month and begins on `start`."""
    if period is Period.MONTH_FIRST:
        return 1
    return (anchor or start.day) if period is Period.MONTH else None


def _length(period: Period) -> int:
    if period is Period.ONCE:
        raise ValueError("a one-time plan has no period to repeat")
    return DAYS[period]

"""When a paid period ends. Pure: calendar days in, calendar days out, no clock.

`paid_until` is the last day on which a plan works; the next charge falls on the day after.
A calendar month is counted from its starting day of the month, the anchor: a plan that started
on the 31st is charged on 28 February and on 31 March, so it never drifts.
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
    MONTH = "month"
    ONCE = "once"


DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.DAYS_28: 28, Period.DAYS_30: 30}


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


def end_of_period(start: date, period: Period) -> date:
    """The last day of a period whose first day is `start`.

    Raises ValueError for `once`, whose length nobody knows.
    """
    if period is Period.MONTH:
        return months_later(start, 1, start.day) - timedelta(days=1)
    return start + timedelta(days=_length(period) - 1)


def later_end(paid_until: date, period: Period, anchor: int | None, periods: int = 1) -> date:
    """The last day after so many further periods, each renewed on time.

    `anchor` is the day of the month of the charge (calendar month only; None: the day after
    `paid_until`). Raises ValueError for `once`.
    """
    if period is Period.MONTH:
        charge = paid_until + timedelta(days=1)
        return months_later(charge, periods, anchor or charge.day) - timedelta(days=1)
    return paid_until + timedelta(days=_length(period) * periods)


def renewed_end(paid_until: date | None, period: Period, anchor: int | None, on: date) -> date:
    """The last day after a renewal on the day `on`.

    On time, the new period follows the old one; after the plan ended, the renewal day is day 1.
    Raises ValueError for `once`.
    """
    if paid_until is not None and on <= paid_until + timedelta(days=1):
        return later_end(paid_until, period, anchor)
    return end_of_period(on, period)


def last_day_said(wording: Wording, day: date | None, period: Period) -> date | None:
    """`paid_until` from the person's own words; None when they do not know.

    Raises ValueError for "I last paid on" with a plan of unknown length.
    """
    if wording is Wording.UNKNOWN or day is None:
        return None
    if wording is Wording.CHARGE:
        return day - timedelta(days=1)
    if wording is Wording.PAID:
        return end_of_period(day, period)
    return day


def days_left(paid_until: date, today: date) -> int:
    """0 on the last day, negative afterwards. Both days in the SIM's zone."""
    return (paid_until - today).days


def cutoff(day: date, zone: ZoneInfo) -> datetime:
    """The moment `day` ends in `zone`: what is not paid by then is lost."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _length(period: Period) -> int:
    if period is Period.ONCE:
        raise ValueError("a one-time plan has no period to repeat")
    return DAYS[period]

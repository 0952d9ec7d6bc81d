"""One mail every week or month in the place of reminders: on which days, and what it tells in time.

It is sent on Mondays, or on the 1st, at the person's hour, and tells everything until the overview after the next
one, so that nothing falls between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from plans.deadlines import Deadline
from plans.periods import months_later

from .moments import ENOUGH_TIME, moment
from .settings import HOUR, Known, Overviews, Settings

EVERY_WEEK, EVERY_MONTH = "week", "month"


def overview_days(every: str, after: date) -> Iterator[date]:
    """The days of overviews after that day."""
    if every == EVERY_WEEK:
        day = after + timedelta(days=7 - after.weekday())
        while True:
            yield day
            day += timedelta(days=7)
    months = 1
    while True:
        yield months_later(after, months, 1)
        months += 1


def next_overview(every: str, now: datetime, zone: ZoneInfo, hour: time = HOUR) -> date:
    """The day of the first overview after `now`."""
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    return next(day for day in overview_days(every, yesterday) if moment(day, zone, hour) > now)


def tells_until(every: str, today: date) -> date:
    """The last day of which an overview tells that is sent today: that of the overview after the next one."""
    _next, after_next = islice(overview_days(every, today), 2)
    return after_next


def overview_moment(day: date, settings: Settings) -> datetime:
    """When the overview of that day goes: as soon as the person can be reached."""
    at = moment(day, settings.zone, settings.hour)
    return max(at, settings.not_before) if settings.not_before else at


def is_told_by_overview(deadline: Deadline, settings: Settings) -> bool:
    """Whether an overview tells of it with enough time to act, so that no reminder of its own is needed. A question
    waits for the next one."""
    overview = settings.overview
    if overview is None:
        return False
    if deadline.opens_on or key_of(deadline) in overview.told:
        return True
    if overview.last_at and deadline.cutoff <= overview.last_at:
        return True  # that one asked about it already
    return _first_after(deadline.since, overview, settings) <= deadline.cutoff - ENOUGH_TIME


def key_of(deadline: Deadline) -> Known:
    return deadline.subject, deadline.kind.value, deadline.known_by


def _first_after(since: datetime | None, overview: Overviews, settings: Settings) -> datetime:
    """The moment of the first overview that can know of what is known since then."""
    days = overview_days(overview.every, overview.next_on - timedelta(days=1))
    moments = (overview_moment(day, settings) for day in days)
    return next(at for at in moments if since is None or at >= since)

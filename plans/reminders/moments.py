"""At which moment something is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plans.deadlines import Deadline
from plans.periods import cutoff

from .settings import HOUR, Settings

ENOUGH_TIME = timedelta(hours=12)  # the least between a reminder and its cut-off
BEFORE_QUIET = timedelta(minutes=15)  # how long before the quiet hours what cannot wait for their end is said
_DAY = timedelta(days=1)


def moment(day: date, zone: ZoneInfo, hour: time = HOUR) -> datetime:
    """The hour of reminding on that day in the person's zone."""
    return datetime.combine(day, hour, zone).astimezone(UTC)


def next_hour(now: datetime, zone: ZoneInfo, hour: time = HOUR) -> datetime:
    """The first hour of reminding that is not before `now`."""
    today = moment(now.astimezone(zone).date(), zone, hour)
    return today if today >= now else next_morning(now, zone, hour)


def next_morning(now: datetime, zone: ZoneInfo, hour: time = HOUR) -> datetime:
    """The next hour of reminding after `now` on a later day in the person's zone."""
    return moment(now.astimezone(zone).date() + _DAY, zone, hour)


def lead_moment(deadline: Deadline, lead: int, zone: ZoneInfo, hour: time = HOUR) -> datetime:
    """When to remind so many days before; as many days earlier as it takes to leave enough time to act."""
    day = deadline.on - timedelta(days=lead)
    while deadline.cutoff - moment(day, zone, hour) < ENOUGH_TIME:
        day -= _DAY
    return moment(day, zone, hour)


def question_moment(deadline: Deadline, day: date, zone: ZoneInfo, hour: time = HOUR) -> datetime:
    """When to ask on that day: not while the day before still runs where the SIM is."""
    at = moment(day, zone, hour)
    return at if at >= cutoff(day - _DAY, deadline.zone) else moment(day + _DAY, zone, hour)


def out_of_quiet(at: datetime, cutoff: datetime | None, settings: Settings) -> datetime:
    """The moment at which a medium that rings may say what is planned for `at`.

    What falls into the quiet hours waits for their end; where that would leave too little time before the cut-off, it
    is said shortly before they begin: a moment that may have passed, so that it rings at once.
    """
    for begins, ends in _quiet_around(at, settings):
        if begins <= at < ends:
            waits = cutoff is None or cutoff - ends >= ENOUGH_TIME
            return ends if waits else begins - BEFORE_QUIET
    return at


def _quiet_around(at: datetime, settings: Settings) -> list[tuple[datetime, datetime]]:
    """The quiet hours that began on that day, or on the one before."""
    first, last = settings.quiet_from, settings.quiet_until
    if first is None or last is None or first == last:
        return []
    today = at.astimezone(settings.zone).date()
    over_midnight = _DAY if last < first else timedelta()
    return [
        (moment(day, settings.zone, first), moment(day + over_midnight, settings.zone, last))
        for day in (today - _DAY, today)
    ]

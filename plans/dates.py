"""When a package ends and until when a number is safe, for a reader of whom nothing else is known. Pure: no clock.

The rules are those of the reminders: a period that ended is followed by the next ones, as if each had been renewed
on time; a number is safe until so long after its last paid activity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

from .periods import Period, Wording, anchor_of, end_of_period, last_day_said, later_end, months_later

_SANE_DAYS = range(2, 1001)
_LIMIT = re.compile(r"\s*(\d{1,4})(?:\s+(day|month)s?)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class PackageSaid:
    """What a reader says of a package: a day, what that day means, and the period."""

    wording: Wording
    day: date
    period: Period

    @property
    def has_answer(self) -> bool:
        """Nobody can count from the day on which a one-time package was bought."""
        return self.wording is not Wording.PAID or self.period is not Period.ONCE

    @property
    def anchor(self) -> int:
        """The day of the month of the charge."""
        return anchor_of(self.day) if self.wording is Wording.UNTIL else self.day.day


@dataclass(frozen=True)
class PackageEnds:
    """`said` is the last day of the period the reader speaks of; `runs_until` that of the period that runs today if
    each one since was renewed on time. Both are one where the said one has not ended, or can have no successor."""

    said: date
    runs_until: date
    started: date | None = None  # the first day of the period that runs, where that is a later one
    bought_today: date | None = None  # the last day if it was not renewed, and is bought again today

    @property
    def was_renewed(self) -> bool:
        """Whether `runs_until` stands on renewals that nobody told us of."""
        return self.started is not None


def package_ends(package: PackageSaid, today: date) -> PackageEnds:
    """Raises ValueError for a package without an answer."""
    said = last_day_said(package.wording, package.day, package.period)
    if said is None:
        raise ValueError("a package of which nothing is known has no end")
    if said >= today or package.period is Period.ONCE:
        return PackageEnds(said, said)
    before = said
    for periods in count(1):
        end = later_end(said, package.period, package.anchor, periods)
        if end >= today:
            break
        before = end
    return PackageEnds(said, end, before + timedelta(days=1), end_of_period(today, package.period))


def plan_words(package: PackageSaid, ends: PackageEnds) -> tuple[Wording, date]:
    """The words in which to enter the period that runs, so that all later ones are counted as they are here.

    A calendar month that is charged on the 31st cannot be told by a charge on 30 November. But the month before is
    long enough then, so that the day on which this period began tells it.
    """
    if ends.started is None:
        return package.wording, package.day
    charge = ends.runs_until + timedelta(days=1)
    if package.period is Period.MONTH and charge.day != package.anchor:
        return Wording.PAID, ends.started
    return Wording.CHARGE, charge


class Unit(StrEnum):
    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True)
class Limit:
    """How long a number may be unused."""

    count: int
    unit: Unit

    def safe_until(self, last_activity: date) -> date:
        """The last day on which a number is safe."""
        if self.unit is Unit.MONTHS:
            return months_later(last_activity, self.count, last_activity.day)
        return last_activity + timedelta(days=self.count)

    def days_from(self, last_activity: date) -> int:
        """The same limit in days, counted from that activity."""
        return (self.safe_until(last_activity) - last_activity).days


def limit_said(text: str) -> Limit | None:
    """The limit in a fact's value, such as “180 days”, “180” or “6 months”; None where it is said in other words."""
    match = _LIMIT.fullmatch(text)
    if not match or not int(match[1]):
        return None
    return Limit(int(match[1]), Unit.MONTHS if (match[2] or "").lower() == "month" else Unit.DAYS)


def days_said(text: str) -> int | None:
    """The days of a limit that is said in days, as many as a SIM takes; None where it is anything else."""
    limit = limit_said(text)
    return limit.count if limit and limit.unit is Unit.DAYS and limit.count in _SANE_DAYS else None

"""What is left of an allowance, how fast it goes, and when it is gone. Pure: moments and values in, values out.

The rule. An amount that is left only falls, until something is added: a reading above the one before it, or a new
period, begins anew, and what was read before no longer counts. Of what counts, the pace is what went between the
first reading and the last, by the time between them. Readings less than a day apart tell no pace: nobody uses as much
at night as at noon. Where only one reading counts, and the size of the allowance and the day it began are known, the
whole allowance at the start of that day stands in for a first one, which is a guess: some plans carry a rest over.

The estimate is a range. The pace may be off by a share of itself, the doubt: 1 / (1 + √(days x gaps)), where days is
the time between the first reading and the last, and gaps the number of readings after the first; never under 15 %,
and never under a half where a first reading was guessed. So one gap of a day is off by half, a week in three gaps by
a fifth. What lasts more than a year is not told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import sqrt

LEAST_DOUBT = 0.15
GUESSED_DOUBT = 0.5
LEAST_SPAN = timedelta(days=1)
HORIZON = timedelta(days=366)
_DAY = timedelta(days=1)


class Allowance(StrEnum):
    DATA = "data"  # megabytes
    MINUTES = "minutes"
    MESSAGES = "messages"


@dataclass(frozen=True)
class Use:
    """What was left of an allowance of a plan (None: of all the SIM's) at a moment; data in megabytes."""

    kind: Allowance
    plan: int | None
    left: int
    at: datetime


@dataclass(frozen=True)
class Reading:
    """So much was left at that moment; a guessed one is the whole allowance at its start."""

    left: int
    at: datetime
    guessed: bool = False


@dataclass(frozen=True)
class Estimate:
    """How the newest reading goes on: `a_day` of it at the pace so far, gone at `out`, and surely not before
    `earliest` nor after `latest` as far as one can tell. None for all of these: at this pace it is never gone."""

    reading: Reading
    a_day: float
    doubt: float
    readings: int  # that were said, and not guessed
    out: datetime | None
    earliest: datetime | None
    latest: datetime | None

    @property
    def is_guess(self) -> bool:
        return self.readings < 2

    def left_at(self, moment: datetime) -> int:
        """What is left then, at the pace so far; what was said where that is not later than the reading."""
        gone = max((moment - self.reading.at) / _DAY, 0) * self.a_day
        return max(round(self.reading.left - gone), 0)


def counting(
    uses: Iterable[Use], *, since: datetime | None = None, until: datetime | None = None, whole: int | None = None
) -> list[Reading]:
    """The readings of one allowance that count together, oldest first: none before `since`, the start of the period,
    and none from `until`, its end. `whole` is the size of the allowance, where that is known."""
    said = sorted((use for use in uses if _within(use.at, since, until)), key=lambda use: use.at)
    rises = [n for n, (before, after) in enumerate(pairwise(said), start=1) if after.left > before.left]
    found = [Reading(use.left, use.at) for use in said[rises[-1] if rises else 0 :]]
    if len(found) == 1 and not rises and since is not None and whole is not None and whole >= found[0].left:
        return [Reading(whole, since, guessed=True), *found]
    return found


def estimate(readings: Sequence[Reading]) -> Estimate | None:
    """How it goes on after the newest of the readings that count together; None where they tell no pace."""
    if not readings:
        return None
    first, last = readings[0], readings[-1]
    said = sum(not reading.guessed for reading in readings)
    if last.left == 0:
        return Estimate(last, 0, 0, said, last.at, last.at, last.at)
    span = last.at - first.at
    if span < LEAST_SPAN:
        return None
    doubt = max(1 / (1 + sqrt(span / _DAY * (len(readings) - 1))), LEAST_DOUBT)
    if first.guessed:
        doubt = max(doubt, GUESSED_DOUBT)
    a_day = (first.left - last.left) / (span / _DAY)
    out, earliest, latest = (_gone(last, a_day * share) for share in (1, 1 + doubt, 1 - doubt))
    return Estimate(last, a_day, doubt, said, out, earliest, latest)


def a_day_until(left: int, now: datetime, end: datetime) -> int | None:
    """What can be used each day, so that it lasts to the end; None where the end has come. All of it, on the last."""
    if end <= now:
        return None
    return int(left / max((end - now) / _DAY, 1))


def _within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


def _gone(reading: Reading, a_day: float) -> datetime | None:
    if a_day <= 0:
        return None
    days = reading.left / a_day
    return reading.at + (HORIZON if days >= HORIZON / _DAY else _DAY * days)

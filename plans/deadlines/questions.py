""" "Was it renewed?", asked after a date that nobody answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import zip_longest

from .facts import UNANSWERED_PERIODS, Deadline, Kind, SimFacts


def questions(
    sim: SimFacts, subject: str, on: date, ends: list[date], since: datetime | None, first: bool
) -> Iterator[Deadline]:
    """ "Renewed?" the day after each end, then, instead of a third question, the last message."""
    for asked, (end, next_end) in enumerate(zip_longest(ends, ends[1:]), start=1):
        kind = Kind.RENEWED if asked <= UNANSWERED_PERIODS else Kind.PAUSED
        opens_on = end + timedelta(days=1)
        yield Deadline(subject, kind, on, sim.zone, since, first, asked=asked, opens_on=opens_on, asked_until=next_end)

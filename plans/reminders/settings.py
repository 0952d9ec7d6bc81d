"""How one person wants to be reminded: the value that the rules take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

HOUR = time(9)  # of whoever has not chosen another

Known = tuple[str, str, date]  # the subject, the kind and the day by which a deadline is known


@dataclass(frozen=True)
class Snoozed:
    """ "Not now, remind me on that day", said at a moment."""

    until: date
    made_at: datetime


@dataclass(frozen=True)
class Overviews:
    """One mail in the place of reminders, every week or month. `next_on` is the day of the one that stands; `last_at`
    the moment at which the one before was sent; `told` are the deadlines that overviews have told, by subject, kind and
    day."""

    every: str
    next_on: date
    last_at: datetime | None = None
    told: frozenset[Known] = frozenset()


@dataclass(frozen=True)
class Settings:
    """How one person wants to be reminded.

    `not_before` is the moment from which they can be reached at all: nothing is sent for an earlier
    one, what fell due meanwhile is said then. `stopped`: none stand. `leads` are their own days before, by kind, in
    the place of the usual ones. `insists`: every day until there is an answer. `snoozes` are known by subject, kind and
    deadline. `offers_told` are the promotions they heard of. `overview`: where one mail tells all.
    """

    zone: ZoneInfo
    hour: time = HOUR
    muted_kinds: frozenset[str] = frozenset()
    stopped: bool = False
    not_before: datetime | None = None
    leads: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    insists: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None
    snoozes: Mapping[Known, Snoozed] = field(default_factory=dict)
    offers_told: frozenset[int] = frozenset()
    overview: Overviews | None = None

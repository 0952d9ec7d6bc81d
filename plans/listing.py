"""Lists of a person's SIMs: what is asked of one, and how many there are of each kind. Pure.

A database counts and sorts; what it needs is stored beside each SIM (`plans.standing`). Here stands what the words of
the list mean, so that what is counted and what is shown are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .deadlines import SOON_DAYS
from .standing import Ranking

OTHER = "other"  # how an operator that is not on our list is called in addresses
LONGEST_QUERY = 60
FEWEST_DIGITS = 3  # that tell one number from another
_ONLY_DIGITS = re.compile(r"[\d\s()+.\-–…]+")
_FARTHEST = timedelta(days=SOON_DAYS + 3)  # from the day in UTC: no list tells days apart that lie beyond


class Listed(StrEnum):
    """Under which word a SIM is found. What is open has one of the other states besides."""

    OPEN = "open"  # its owner could tell us something
    EXPIRED = "expired"
    SOON = "soon"
    FINE = "fine"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    EMPTY = "empty"


class Sort(StrEnum):
    URGENCY = ""
    NAME = "name"
    OPERATOR = "operator"
    NEWEST = "newest"


def words_of(query: str) -> tuple[str, ...]:
    """What all must be found of a SIM: the words, or the digits of a number in any way people write it."""
    query = query[:LONGEST_QUERY].replace("\0", " ").casefold()  # PostgreSQL holds no such sign
    if digits := digits_of(query):
        return (digits,)
    return tuple(query.split())


def digits_of(query: str) -> str:
    """The digits of what can only be a number, as it is stored; empty for all else."""
    if not _ONLY_DIGITS.fullmatch(query):
        return ""
    digits = "".join(str(int(one)) for one in query if one.isdecimal())
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits


def listed(ranking: str, on: date | None, today: date) -> Listed:
    """The state of a SIM as it is stored, on a day where it is."""
    if ranking == Ranking.DATED and on is not None:
        if on < today:
            return Listed.EXPIRED
        return Listed.SOON if on <= today + timedelta(days=SOON_DAYS) else Listed.FINE
    others = {Ranking.OVER: Listed.EXPIRED, Ranking.PAUSED: Listed.PAUSED, Ranking.UNKNOWN: Listed.UNKNOWN}
    return others.get(Ranking(ranking), Listed.EMPTY)


def days_told_apart(now: datetime) -> tuple[date, date]:
    """The first and the last day that a list may have to tell from others, wherever a SIM is."""
    day = now.date()
    return day - _FARTHEST, day + _FARTHEST


@dataclass(frozen=True)
class Asked:
    """Which SIMs, and in which order. Empty is any."""

    words: tuple[str, ...] = ()
    operator: str = ""
    group: str = ""
    state: Listed | None = None
    sort: Sort = Sort.URGENCY

    @property
    def chooses(self) -> bool:
        """Whether it may leave some out."""
        return bool(self.words or self.operator or self.group or self.state)


@dataclass(frozen=True)
class Pile:
    """SIMs that a database counted together: `found` have the words that are asked for, `held` count towards the
    numbers their owner may hold. `on` is exact only where lists tell days apart."""

    zone: str
    operator: str  # empty: another operator
    operator_name: str
    group: str
    ranking: str
    on: date | None
    is_archived: bool
    sims: int
    found: int
    open_found: int
    questions: int
    held: int


@dataclass(frozen=True)
class Tally:
    """How many SIMs there are of each kind."""

    piles: list[Pile]
    now: datetime

    @property
    def in_use(self) -> int:
        return sum(pile.sims for pile in self._in_use)

    @property
    def archived(self) -> int:
        return sum(pile.sims for pile in self.piles if pile.is_archived)

    @property
    def held(self) -> int:
        return sum(pile.held for pile in self.piles)

    @property
    def questions(self) -> int:
        """How many things their owner could tell us."""
        return sum(pile.questions for pile in self._in_use)

    @property
    def expired(self) -> int:
        return sum(pile.sims for pile in self._in_use if self._state(pile) is Listed.EXPIRED)

    @property
    def zones(self) -> set[str]:
        return {pile.zone for pile in self._in_use}

    @property
    def operators(self) -> dict[str, str]:
        """The name of each by its short one, in the order of their names; those that are not on our list last."""
        names = {pile.operator: pile.operator_name for pile in self._in_use}
        return dict(sorted(names.items(), key=lambda one: (not one[0], one[1].casefold())))

    @property
    def groups(self) -> dict[str, int]:
        """How many SIMs each has, the largest first."""
        sizes: dict[str, int] = {}
        for pile in self._in_use:
            if pile.group:
                sizes[pile.group] = sizes.get(pile.group, 0) + pile.sims
        return dict(sorted(sizes.items(), key=lambda one: (-one[1], one[0])))

    def found(self, asked: Asked) -> int:
        """How many a list shows, on all its pages."""
        piles = (pile for pile in self._in_use if self._has(pile, asked))
        return sum(pile.open_found if asked.state is Listed.OPEN else pile.found for pile in piles)

    @property
    def _in_use(self) -> Iterable[Pile]:
        return (pile for pile in self.piles if not pile.is_archived)

    def _has(self, pile: Pile, asked: Asked) -> bool:
        state = asked.state in (None, Listed.OPEN) or asked.state is self._state(pile)
        group = asked.group in ("", pile.group)
        return state and group and asked.operator in ("", pile.operator or OTHER)

    def _state(self, pile: Pile) -> Listed:
        return listed(pile.ranking, pile.on, self.now.astimezone(ZoneInfo(pile.zone)).date())

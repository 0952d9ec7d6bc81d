"""What readers' reports say together. Pure: values in, values out; today comes in as an argument.

The rule, in full:

1. People count, not reports. Of each person the latest word counts, by the day on which it happened and, on one
   day, the one told last. What an editor has hidden never counts.
2. A fact is judged by the last 90 days. Words that say it did not work count only if that happened after the day on
   which the fact was last seen: an editor's check ends the doubts before it.
3. **Disputed**: at least two people say that it did not work, and they are at least a quarter of all who spoke. So
   two people cannot silence a hundred.
4. **Confirmed by readers**: at least three people say that it worked, and fewer than a quarter of all who spoke say
   that it did not. This helps a fact that is old, from one source, or reported; a confirmed one needs no help.
5. A word counts only for the value that the fact had when it was told: not for the one that an editor has put in its
   place. A fact that is not known has no value, so nothing can confirm or dispute it.
6. Ways to pay are summed up over a year, for each payment, country of the card and place; in each group the latest
   word of each person counts. What most people speak of comes first, then the more recent, then what says more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

COUNTS_FOR = timedelta(days=90)  # when a fact is judged
TOLD_FOR = timedelta(days=365)  # when ways to pay are summed up; older ones cannot be reported either
ENOUGH_TO_CONFIRM = 3
ENOUGH_TO_DISPUTE = 2
SHARE_TO_DISPUTE = 4  # one in so many


@dataclass(frozen=True)
class Word:
    """One report: who says what happened when, and how they paid. `number` rises with each that is told."""

    who: str
    worked: bool
    on: date
    number: int = 0
    payment: str = ""
    country: str = ""
    place: str = ""
    hidden: bool = False


class Standing(StrEnum):
    AS_STORED = "as_stored"  # readers change nothing
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Verdict:
    """How a fact stands with its readers: `people` of them say so, the last on that day; `others` say the opposite."""

    standing: Standing
    people: int = 0
    last: date | None = None
    others: int = 0


@dataclass(frozen=True)
class Summary:
    """For how many people one way worked, for how many it did not, and when that was last so."""

    payment: str
    country: str
    place: str
    worked: int
    last_worked: date | None
    failed: int
    last_failed: date | None

    @property
    def people(self) -> int:
        return self.worked + self.failed

    @property
    def last(self) -> date:
        return max(day for day in (self.last_worked, self.last_failed) if day)

    @property
    def detail(self) -> int:
        """How much it says of the way."""
        return sum(map(bool, (self.payment, self.country, self.place)))


def verdict_on(confidence: str, seen_on: date | None, words: Iterable[Word], today: date) -> Verdict:
    """How a fact of this stored confidence, last seen on that day, stands with its readers (rules 1 to 5)."""
    if confidence == "unknown":
        return Verdict(Standing.AS_STORED)
    latest = _latest_of_each(_within(words, COUNTS_FOR, today))
    yes = [word for word in latest if word.worked]
    no = [word for word in latest if not word.worked and (seen_on is None or word.on > seen_on)]
    many_say_no = len(no) * SHARE_TO_DISPUTE >= len(yes) + len(no)
    if len(no) >= ENOUGH_TO_DISPUTE and many_say_no:
        return Verdict(Standing.DISPUTED, len(no), _last_day(no), len(yes))
    if len(yes) >= ENOUGH_TO_CONFIRM and not many_say_no and confidence != "confirmed":
        return Verdict(Standing.CONFIRMED, len(yes), _last_day(yes), len(no))
    return Verdict(Standing.AS_STORED)


def summaries(words: Iterable[Word], today: date) -> list[Summary]:
    """What readers say of the ways they paid, most useful first (rule 6)."""
    groups: dict[tuple[str, str, str], list[Word]] = {}
    for word in _within(words, TOLD_FOR, today):
        groups.setdefault((word.payment, word.country, word.place), []).append(word)
    found = [_summary(way, _latest_of_each(group)) for way, group in groups.items()]
    return sorted(found, key=_usefulness)


def _usefulness(summary: Summary) -> tuple[int, int, int, tuple[str, str, str]]:
    way = (summary.payment, summary.country, summary.place)
    return -summary.people, -summary.last.toordinal(), -summary.detail, way


def _summary(way: tuple[str, str, str], words: list[Word]) -> Summary:
    yes, no = [word for word in words if word.worked], [word for word in words if not word.worked]
    return Summary(*way, len(yes), _last_day(yes), len(no), _last_day(no))


def _within(words: Iterable[Word], time: timedelta, today: date) -> list[Word]:
    return [word for word in words if not word.hidden and today - time <= word.on <= today]


def _latest_of_each(words: Iterable[Word]) -> list[Word]:
    """One word a person: a later one takes the place of an earlier."""
    return list({word.who: word for word in sorted(words, key=lambda word: (word.on, word.number))}.values())


def _last_day(words: Iterable[Word]) -> date | None:
    return max((word.on for word in words), default=None)

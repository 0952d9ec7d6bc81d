"""A gentle reminder every few months: back up, and see that the codes of the bank still arrive.

Each answer, also "not now", begins the count anew. Where two in a row find no answer, nothing more is said until there
is one: the page of the SIM still shows when it was last done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plans.periods import months_later

from .facts import UNANSWERED_PERIODS, Care, Deadline, Kind, SimFacts, sim_subject


def care_days(care: Care) -> list[date]:
    """The days on which to say it, as long as nobody answers."""
    since = care.last_on
    return [months_later(since, care.months * count, since.day) for count in range(1, UNANSWERED_PERIODS + 1)]


def care_deadlines(sim: SimFacts) -> Iterator[Deadline]:
    if sim.care:
        for on in care_days(sim.care):
            yield Deadline(sim_subject(sim.id), Kind.CARE, on, sim.zone)


def is_care_due(care: Care | None, today: date) -> bool:
    return care is not None and care_days(care)[0] <= today

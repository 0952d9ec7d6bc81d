"""How fast messages may leave: at most so many a minute, whatever number of workers sends them.

A slot is taken before a message is claimed and stands in the database, so that neither a restart nor an emptied broker
forgets it. Slots are spaced evenly. One stays taken for a minute from the end of its conversation, not from its
beginning: however long a server takes between the two, it never sees more than the limit in any minute. That of a
process that was killed midway comes back once its lease has ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from .models import Quota
from .models.reminders import Medium

WINDOW = 61.0  # seconds: a minute, and a little for the clocks of several machines

# Of each slot when it was taken, and until when it counts: seconds since 1970, as the database keeps them.
Slots = Mapping[str, tuple[float, float]]


class Full(Exception):
    """All slots are taken; the next one is free in so many seconds, if not earlier."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the next slot is free in {seconds:.1f} seconds")
        self.seconds = seconds


@dataclass
class Slot:
    """The right to send one message; it comes back at once where nothing was sent."""

    is_used: bool = False


def still_counting(slots: Slots, now: float, longest: float) -> Slots:
    """Those that count now. What lies ahead was written before the clock was set back: as if it were taken now."""
    return {key: (min(taken, now), min(until, now + longest)) for key, (taken, until) in slots.items() if until > now}


def free_at(slots: Slots, rate: int, now: float) -> float:
    """When the next may be taken beside those that count now: an even step after the last, and never more at once than
    a minute may have."""
    moments = [now, *(taken + WINDOW / rate for taken, _until in slots.values())]
    if len(slots) >= rate:
        moments.append(sorted(until for _taken, until in slots.values())[len(slots) - rate])
    return max(moments)


def rate_of(medium: str) -> int | None:
    """How many messages may leave in a minute; None: as many as there are."""
    return settings.EMAIL_RATE if medium == Medium.EMAIL else None


@contextmanager
def slot(medium: str, clock: Callable[[], datetime], lease: float) -> Iterator[Slot]:
    """Takes a slot for one message, whose sending ends within `lease` seconds. Raises Full."""
    rate, mine = rate_of(medium), Slot()
    if rate is None:
        yield mine
        return
    key, longest = secrets.token_hex(4), lease + WINDOW
    seconds = _take(medium, key, rate, clock().timestamp(), longest)
    if seconds:
        raise Full(seconds)
    try:
        yield mine
    finally:
        _hand_back(medium, key, clock().timestamp() + WINDOW if mine.is_used else None)


@transaction.atomic
def _take(medium: str, key: str, rate: int, now: float, longest: float) -> float:
    """Seconds until one is free, 0 if this one is taken."""
    quota = _locked(medium)
    slots = dict(still_counting(quota.slots, now, longest))
    seconds = free_at(slots, rate, now) - now
    if seconds <= 0:
        slots[key] = (now, now + longest)
    _keep(quota, slots)
    return seconds


@transaction.atomic
def _hand_back(medium: str, key: str, until: float | None) -> None:
    quota = _locked(medium)
    slots = dict(quota.slots)
    taken, _until = slots.pop(key, (None, None))
    if taken is not None and until is not None:
        slots[key] = (taken, until)
    _keep(quota, slots)


def _locked(medium: str) -> Quota:
    Quota.objects.get_or_create(medium=medium)
    return Quota.objects.select_for_update().get(medium=medium)


def _keep(quota: Quota, slots: Slots) -> None:
    kept = {key: list(moments) for key, moments in slots.items()}
    if kept != quota.slots:
        quota.slots = kept
        quota.save(update_fields=["slots"])

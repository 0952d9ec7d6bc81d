"""Whether a price that was seen once may be called today's. Pure: no clock."""

from __future__ import annotations

from datetime import date, timedelta

CONFIRMED_FOR = timedelta(days=90)
_SURE = ("confirmed", "one_source")  # what is old, or only told by users, is never today's price
_TOMORROW_SOMEWHERE = timedelta(days=1)


def is_current(confidence: str, seen_on: date | None, today: date) -> bool:
    """Whether a source that one can trust (`guides.models.Confidence`) showed it within 90 days."""
    if confidence not in _SURE or seen_on is None:
        return False
    return -_TOMORROW_SOMEWHERE <= today - seen_on <= CONFIRMED_FOR

"""What is known of a balance at a date. Pure.

A reading is known money only until the next charge: afterwards nobody has said what was taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kzsim.common.money import Money


@dataclass(frozen=True)
class Reading:
    """A balance as its owner saw it on a day in the SIM's zone, and the moment they said so."""

    balance: Money
    on: date
    said_at: datetime


def reading_for(day: date, readings: Iterable[Reading], charges: Iterable[date]) -> Reading | None:
    """The newest reading that still holds when the charge after `day` falls, or None.

    `charges` are the last days of earlier paid periods: the charge falls in the night after each,
    so a reading of that very day is older than the charge.
    """
    newest = max((reading for reading in readings if reading.on <= day), key=lambda r: (r.on, r.said_at), default=None)
    if newest is None or any(newest.on <= charge < day for charge in charges):
        return None
    return newest

"""What is known of a balance, and what the coming charges will leave of it. Pure: days and values in, values out.

A balance is never a field that is overwritten: it is the newest reading, with what came and went since. It is known
money only until the next charge that nobody has confirmed; afterwards nobody has said what was taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from kzsim.common.money import Money


class EntryKind(StrEnum):
    READING = "reading"
    TOP_UP = "top_up"
    CHARGE = "charge"
    CORRECTION = "correction"


_SIGNS = {EntryKind.TOP_UP: 1, EntryKind.CHARGE: -1, EntryKind.CORRECTION: 1}


@dataclass(frozen=True)
class Entry:
    """A dated fact about money on a day in the SIM's zone, and the moment it was said.

    A reading is what the balance was; a top-up came and a charge went, both above zero; a correction is either way.
    """

    kind: EntryKind
    money: Money
    on: date
    said_at: datetime


@dataclass(frozen=True)
class Known:
    """A balance, the day on which it was last read, and the moment from which all this is known."""

    balance: Money
    read_on: date
    since: datetime


@dataclass(frozen=True)
class Charge:
    """What a plan will take: in the night after the day `on`. An unknown amount is None."""

    plan: int
    on: date
    amount: Money | None


@dataclass(frozen=True)
class Step:
    """A coming charge, the balance before it and what is missing; both None where that is not known.

    What is missing is taken to be topped up: the next charge then finds nothing left.
    """

    charge: Charge
    before: Money | None = None
    missing: Money | None = None

    @property
    def after(self) -> Money | None:
        """What is left: nothing, where money was missing."""
        if self.before is None or self.charge.amount is None:
            return None
        return Money(max(self.before.amount - self.charge.amount.amount, Decimal(0)), self.before.currency)

    @property
    def fails(self) -> bool:
        return self.missing is not None and self.missing.amount > 0


def balance_on(day: date, entries: Iterable[Entry], unconfirmed: Iterable[date] = ()) -> Known | None:
    """The balance on that day as far as it is known, or None.

    `unconfirmed` are last days of paid periods after which a charge fell, or falls, that nobody confirmed: a reading of
    such a day or before holds only to that charge.
    """
    said = sorted((entry for entry in entries if entry.on <= day), key=lambda entry: (entry.on, entry.said_at))
    reading = next((entry for entry in reversed(said) if entry.kind is EntryKind.READING), None)
    if reading is None or any(reading.on <= charge < day for charge in unconfirmed):
        return None
    amount, since = reading.money.amount, reading.said_at
    for entry in said:
        if _counts_after(entry, reading):
            amount += _SIGNS[entry.kind] * entry.money.amount
            since = max(since, entry.said_at)
    return Known(Money(amount, reading.money.currency), reading.on, since)


def steps(known: Known | None, charges: Iterable[Charge]) -> list[Step]:
    """What each of these charges finds and lacks, in the order in which they fall."""
    left = known.balance if known else None
    found = []
    for charge in sorted(charges, key=lambda charge: (charge.on, charge.plan)):
        if left is None or charge.amount is None or charge.amount.currency != left.currency:
            step = Step(charge)
        else:
            lacks = max(charge.amount.amount - left.amount, Decimal(0))
            step = Step(charge, left, Money(lacks, left.currency))
        left = step.after
        found.append(step)
    return found


def _counts_after(entry: Entry, reading: Entry) -> bool:
    """Whether an entry changes the balance that was read. Charges fall at night: a reading of that day knows them."""
    if entry.kind is EntryKind.READING or entry.money.currency != reading.money.currency:
        return False
    if entry.kind is EntryKind.CHARGE:
        return entry.on > reading.on
    return (entry.on, entry.said_at) > (reading.on, reading.said_at)

"""What a person's SIMs look like on a day: what runs out next, the money needed, what to tap. Pure but for the rows
it is given, which come `with_facts()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from kzsim.common.money import Money

from .deadlines import (
    SOON_DAYS,
    Outlook,
    PriceChange,
    State,
    UseOutlook,
    known_balance,
    outlooks,
    price_change,
    use_outlooks,
)
from .forecast import Known
from .models import Person, Plan, Sim, Stay
from .periods import first_day
from .standing import Tap, in_order, is_over, tap_of, to_pay

_PRESSING = (State.URGENT, State.SOON)


@dataclass(frozen=True)
class Line:
    """One plan of a SIM, or (`plan` None) its number, as it stands today."""

    plan: Plan | None
    outlook: Outlook
    price_change: PriceChange | None = None

    @property
    def tap(self) -> Tap:
        return tap_of(self.outlook)

    @property
    def is_over(self) -> bool:
        return is_over(self.outlook)

    @property
    def needs_decision(self) -> bool:
        return self.tap is Tap.SAY_DATE or self.outlook.assumed or self.price_change is not None

    @property
    def is_to_renew(self) -> bool:
        """Whether it is due or over and renewed by hand, or assumed to have renewed itself."""
        due = (*_PRESSING, State.EXPIRED)
        by_hand = self.tap is Tap.RENEW and self.outlook.state in due
        return not self.is_over and (by_hand or self.outlook.assumed)

    @property
    def is_ahead(self) -> bool:
        return self.outlook.days_left is not None and self.outlook.days_left >= 0

    @property
    def to_pay(self) -> Money | None:
        return to_pay(self.outlook)


@dataclass(frozen=True)
class Card:
    """A SIM with its lines, the soonest first."""

    sim: Sim
    now: datetime
    lines: list[Line]

    @property
    def today(self) -> date:
        return self.sim.today(self.now)

    @property
    def main(self) -> Line | None:
        return self.lines[0] if self.lines else None

    @property
    def others(self) -> list[Line]:
        return self.lines[1:]

    @property
    def plan_lines(self) -> list[Line]:
        return [line for line in self.lines if line.plan]

    @property
    def number_line(self) -> Line | None:
        return next((line for line in self.lines if line.plan is None), None)

    @property
    def questions(self) -> list[Line]:
        return [line for line in self.lines if line.tap is Tap.SAY_DATE]

    @property
    def decisions(self) -> list[Line]:
        """What its owner could tell us something of; as many as are stored with the SIM."""
        return [line for line in self.lines if line.needs_decision]

    @property
    def price_changes(self) -> list[Line]:
        return [line for line in self.lines if line.price_change]

    @cached_property
    def uses(self) -> list[Left]:
        return uses_of(self.sim, self.now)

    @cached_property
    def balance(self) -> Known | None:
        return known_balance(self.sim.facts(), self.today)

    @property
    def share_left(self) -> int | None:
        """Of the period that runs out first, in per cent; None where its length is not known."""
        main = self.main
        whole = self._length_of(main) if main else None
        if main is None or whole is None or main.outlook.days_left is None:
            return None
        return max(0, min(round(100 * (main.outlook.days_left + 1) / whole), 100))

    def _length_of(self, line: Line) -> int | None:
        """The days of its period, or those for which the number may be unused."""
        if line.plan is None:
            return self.sim.limit.days
        plan, last = line.outlook.plan, line.outlook.on
        first = first_day(last, plan.period, plan.anchor) if plan and last else None
        return (last - first).days + 1 if first and last else None

    def due_at_counter(self, plan: str = "") -> Decimal | None:
        """What to pay for the plan with this id, or for the one that runs out first: what is missing, else its price;
        in tenge, or not at all."""
        lines = [line for line in self.lines if line.plan and (not plan or str(line.plan.pk) == plan)]
        sums = [line.to_pay for line in lines] + [line.plan.cost for line in lines if line.plan]
        return next((money.amount for money in sums if money and money.currency == "KZT" and money.amount > 0), None)


@dataclass(frozen=True)
class Overview:
    """Some SIMs in use, what runs out soonest first; those of which no date is known last."""

    cards: list[Card]

    @classmethod
    def of(cls, cards: Iterable[Card]) -> Overview:
        return cls(sorted(cards, key=_urgency))

    @property
    def next(self) -> Card | None:
        """The SIM whose date comes next; what is past already comes before it in the list."""
        ahead = [(line.outlook.on, n) for n, card in enumerate(self.cards) for line in card.lines if line.is_ahead]
        return self.cards[min(ahead)[1]] if ahead else None

    @property
    def next_line(self) -> Line | None:
        card = self.next
        return next((line for line in card.lines if line.is_ahead), None) if card else None

    @property
    def decisions(self) -> list[tuple[Sim, Line]]:
        return [(card.sim, line) for card in self.cards for line in card.decisions]

    @property
    def to_renew(self) -> list[Line]:
        """Several of these are noted faster together."""
        return [line for card in self.cards for line in card.lines if line.is_to_renew]

    def stays_of(self, person: Person) -> list[Stay]:
        """Where a person said that they are, which was fetched with the first SIM that they are reminded of."""
        people = (card.sim.person for card in self.cards)
        return next((one.all_stays for one in people if one.pk == person.pk), [])


@dataclass(frozen=True)
class NeededSoon:
    """The money for all that falls within a week, and the day on which the first of it must be there."""

    sums: list[Money]
    by: date | None
    count: int

    @property
    def days(self) -> int:
        return SOON_DAYS


def needed_soon(rows: Iterable[dict[str, Any]]) -> NeededSoon:
    """From the sums that a database made, one a currency."""
    rows = list(rows)
    sums = [Money(row["sum"], row["currency"]) for row in rows]
    return NeededSoon(sums, min((row["first"] for row in rows), default=None), sum(row["count"] for row in rows))


def card_of(sim: Sim, now: datetime) -> Card:
    today = sim.today(now)
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    facts = sim.facts()
    lines = [
        Line(plans[one.plan.id], one, price_change(facts, one.plan, today)) if one.plan else Line(None, one)
        for one in in_order(outlooks(facts, today))
    ]
    return Card(sim, now, lines)


@dataclass(frozen=True)
class Left:
    """What is left of an allowance, with its plan (None: of the SIM)."""

    plan: Plan | None
    outlook: UseOutlook


def uses_of(sim: Sim, now: datetime) -> list[Left]:
    """What is left on a SIM fetched `with_facts()`, as far as it was said in this period."""
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    return [Left(plans[one.plan.id] if one.plan else None, one) for one in use_outlooks(sim.facts(), now)]


def overview(sims: Iterable[Sim], now: datetime) -> Overview:
    return Overview.of(card_of(sim, now) for sim in sims)


def _urgency(card: Card) -> tuple[bool, bool, date, int]:
    main = card.main
    if main is None or main.outlook.on is None:
        return True, True, date.max, card.sim.pk
    return False, main.is_over, main.outlook.on, card.sim.pk

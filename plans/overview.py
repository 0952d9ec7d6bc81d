"""What a person's SIMs look like on a day: what runs out next, the money needed, what to tap. Pure but for the rows
it is given, which come `with_facts()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from kzsim.common.money import Money, totals

from .deadlines import (
    SOON_DAYS,
    Needed,
    Outlook,
    PriceChange,
    State,
    UseOutlook,
    known_balance,
    money_needed,
    outlooks,
    price_change,
    use_outlooks,
)
from .forecast import Known
from .models import Plan, Sim
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
    today: date
    lines: list[Line]

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
    def needs(self) -> list[Needed]:
        """The money for all that falls within a week: what is renewed by hand, and what charges need beyond the
        balance that they share."""
        by_hand = [line for line in self.lines if line.tap is Tap.RENEW and line.outlook.state in _PRESSING]
        paused = frozenset(line.plan.pk for line in self.lines if line.plan and line.outlook.state is State.PAUSED)
        charged = money_needed(self.sim.facts(), self.today, self.today + timedelta(days=SOON_DAYS), paused)
        renewed = [Needed(line.outlook.on, line.to_pay) for line in by_hand if line.outlook.on and line.to_pay]
        return [*renewed, *charged]

    @property
    def balance(self) -> Known | None:
        """As far as it is known today."""
        return known_balance(self.sim.facts(), self.today)

    def due_at_counter(self, plan: str = "") -> Decimal | None:
        """What to pay for the plan with this id, or for the one that runs out first: what is missing, else its price;
        in tenge, or not at all."""
        lines = [line for line in self.lines if line.plan and (not plan or str(line.plan.pk) == plan)]
        sums = [line.to_pay for line in lines] + [line.plan.cost for line in lines if line.plan]
        return next((money.amount for money in sums if money and money.currency == "KZT" and money.amount > 0), None)


@dataclass(frozen=True)
class Overview:
    """All SIMs in use, what runs out soonest first; those of which no date is known last."""

    cards: list[Card]

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
    def questions(self) -> list[tuple[Sim, Line]]:
        return [(card.sim, line) for card in self.cards for line in card.questions]

    @property
    def price_changes(self) -> list[tuple[Sim, Line]]:
        return [(card.sim, line) for card in self.cards for line in card.lines if line.price_change]

    @property
    def pressing(self) -> list[Line]:
        return [line for card in self.cards for line in card.lines if line.outlook.state in _PRESSING]

    @property
    def to_renew(self) -> list[Line]:
        """Several of these are noted faster together."""
        return [line for card in self.cards for line in card.lines if line.is_to_renew]

    @property
    def needed(self) -> list[Money]:
        """The money for all that runs out within a week."""
        return totals(need.money for card in self.cards for need in card.needs)

    @property
    def needed_by(self) -> date | None:
        """The day on which the first of it must be there."""
        return min((need.on for card in self.cards for need in card.needs if need.money.amount > 0), default=None)

    @property
    def days(self) -> int:
        return SOON_DAYS


def card_of(sim: Sim, now: datetime) -> Card:
    today = sim.today(now)
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    facts = sim.facts()
    lines = [
        Line(plans[one.plan.id], one, price_change(facts, one.plan, today)) if one.plan else Line(None, one)
        for one in in_order(outlooks(facts, today))
    ]
    return Card(sim, today, lines)


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
    return Overview(sorted((card_of(sim, now) for sim in sims), key=_urgency))


def _urgency(card: Card) -> tuple[bool, bool, date, int]:
    main = card.main
    if main is None or main.outlook.on is None:
        return True, True, date.max, card.sim.pk
    return False, main.is_over, main.outlook.on, card.sim.pk

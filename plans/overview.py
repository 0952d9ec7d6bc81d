"""What a person's SIMs look like on a day: what runs out next, the money needed, what to tap. Pure but for the rows
it is given, which come `with_facts()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kzsim.common.money import Money, totals

from .deadlines import SOON_DAYS, Outlook, Renews, State, outlooks
from .models import Plan, Sim

_PRESSING = (State.URGENT, State.SOON)


class Tap(StrEnum):
    """The one thing to do next about a plan or number."""

    RENEW = "renew"
    TOP_UP = "top_up"
    CONFIRM = "confirm"  # it renewed itself, we assume
    SAY_DATE = "say_date"
    USE = "use"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Line:
    """One plan of a SIM, or (`plan` None) its number, as it stands today."""

    plan: Plan | None
    outlook: Outlook

    @property
    def tap(self) -> Tap:
        outlook, facts = self.outlook, self.outlook.plan
        if outlook.on is None:
            return Tap.SAY_DATE
        if facts is None:
            return Tap.USE
        if facts.renews is Renews.HAND or facts.closed or outlook.state is State.EXPIRED:
            return Tap.RENEW
        if outlook.missing or outlook.unknown_balance:
            return Tap.TOP_UP
        return Tap.CONFIRM if outlook.assumed else Tap.NOTHING

    @property
    def is_over(self) -> bool:
        """Its owner said that it was not renewed."""
        return self.outlook.plan is not None and self.outlook.plan.closed

    @property
    def is_ahead(self) -> bool:
        return self.outlook.days_left is not None and self.outlook.days_left >= 0

    @property
    def to_pay(self) -> Money | None:
        """What must be paid by its date: nothing where the balance is known to do, or a card tops it up."""
        if self.tap not in (Tap.RENEW, Tap.TOP_UP):
            return None
        return self.outlook.missing or self.outlook.needed


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
    def questions(self) -> list[Line]:
        return [line for line in self.lines if line.tap is Tap.SAY_DATE]


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
    def pressing(self) -> list[Line]:
        return [line for card in self.cards for line in card.lines if line.outlook.state in _PRESSING]

    @property
    def needed(self) -> list[Money]:
        """The money for all that runs out within a week."""
        return totals(money for line in self.pressing if (money := line.to_pay))

    @property
    def days(self) -> int:
        return SOON_DAYS


def card_of(sim: Sim, now: datetime) -> Card:
    today = sim.today(now)
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    lines = [Line(plans[one.plan.id] if one.plan else None, one) for one in outlooks(sim.facts(), today)]
    return Card(sim, today, sorted(lines, key=lambda line: line.is_over))


def overview(sims: Iterable[Sim], now: datetime) -> Overview:
    return Overview(sorted((card_of(sim, now) for sim in sims), key=_urgency))


def _urgency(card: Card) -> tuple[bool, bool, date, int]:
    main = card.main
    if main is None or main.outlook.on is None:
        return True, True, date.max, card.sim.pk
    return False, main.is_over, main.outlook.on, card.sim.pk

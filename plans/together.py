"""Renewing several plans at once: which are due, and what it does to their dates. Pure but for the rows it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kzsim.common.money import Money, totals

from .models import Plan, Sim
from .overview import Card, Line
from .renewing import NextEnds, next_ends


@dataclass(frozen=True)
class Renewable:
    """A plan that may be renewed along with others: its line and SIM, and the next dates."""

    sim: Sim
    line: Line
    today: date
    ends: NextEnds

    @property
    def plan(self) -> Plan:
        assert self.line.plan is not None  # noqa: S101  (lines of numbers are not renewed)
        return self.line.plan

    @property
    def to(self) -> date:
        return self.ends.by(self.line.outlook.plan.early)

    @property
    def or_else(self) -> date | None:
        """The other date, where nobody has said yet how the operator counts."""
        return self.ends.restarts if self.ends.differ and not self.plan.early else None

    @property
    def key(self) -> str:
        """What the page sends for it: the plan, the date it was seen with and the next one that was shown."""
        return f"{self.plan.pk}:{self.plan.paid_until.isoformat()}:{self.to.isoformat()}"


def renewables(cards: Iterable[Card]) -> list[Renewable]:
    """Every plan whose next date can be worked out, in the order of the cards."""
    return [
        Renewable(card.sim, line, card.today, ends)
        for card in cards
        for line in card.lines
        if line.plan and line.plan.paid_until and (ends := next_ends(line.plan.facts(), card.today))
    ]


def price_of(chosen: Iterable[Renewable]) -> list[Money]:
    """What they cost together, by currency."""
    return totals(one.plan.cost for one in chosen if one.plan.cost)

"""SIMs as a table for spreadsheets, which can be pasted back. Pure but for the cards it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kzsim.common.tables import harmless

from .deadlines import State
from .overview import Card, Line
from .pasted import Column

Cell = str | Decimal | date | None

# Those that are read again when they are pasted.
COLUMNS = {
    Column.NUMBER: gettext_lazy("Number"),
    Column.LABEL: gettext_lazy("Label"),
    Column.GROUP: gettext_lazy("Group"),
    Column.OPERATOR: gettext_lazy("Operator"),
    Column.PLAN: gettext_lazy("Plan"),
    Column.PRICE: gettext_lazy("Price"),
    Column.PERIOD: gettext_lazy("Period"),
    Column.UNTIL: gettext_lazy("Works until"),
}


def names() -> list[str]:
    return [*map(str, COLUMNS.values()), _("Currency"), _("State"), _("Balance")]


def lines(cards: Iterable[Card]) -> Iterator[list[Cell]]:
    """A line for each plan; one for a SIM without a plan."""
    for card in cards:
        for line in card.plan_lines or [card.main]:
            yield _line(card, line)


def state_words(line: Line | None) -> str:
    """As the badge of a line says it."""
    if line is None:
        return ""
    if line.is_over:
        return _("Not renewed")
    state = line.outlook.state
    if line.plan is None and state is State.EXPIRED:
        return _("At risk")
    words = {
        State.FINE: _("Fine"),
        State.SOON: _("Soon"),
        State.URGENT: _("Urgent"),
        State.EXPIRED: _("Expired"),
        State.PAUSED: _("Paused"),
    }
    return words.get(state, _("Date unknown"))


def _line(card: Card, line: Line | None) -> list[Cell]:
    sim, plan = card.sim, line.plan if line else None
    operator = sim.operator.name if sim.operator else _("Another operator")
    told = [sim.number.as_e164.removeprefix("+"), sim.label, sim.group, operator, plan.name if plan else ""]
    balance = card.balance
    return [
        *map(harmless, told),
        plan.price if plan else None,
        str(plan.get_period_display()) if plan else "",
        plan.paid_until if plan else None,  # what is only assumed must not come back as said
        plan.currency if plan else "",
        state_words(line),
        balance.balance.amount if balance else None,
    ]

"""The life of a SIM on its page: what is left, money and data over time, and what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from kzsim.common.formats import data_in_words, money_in_words
from kzsim.common.money import Money
from plans.charts import drawing
from plans.curves import Curve, data_curve, is_balance_known, money_curve
from plans.models import Reminder, Renewal, Sim
from plans.overview import Left, uses_of
from plans.timeline import events, page_of
from plans.usage import Allowance

EVENTS_A_PAGE = 10
PAGES_AT_MOST = 500


@dataclass(frozen=True)
class Drawn:
    """A curve with its drawing."""

    curve: Curve
    svg: SafeString
    left: Left | None = None


def events_wanted(request: HttpRequest) -> int:
    """How many of each kind are enough for the page of events that is asked for."""
    return _page_asked(request) * EVENTS_A_PAGE + 1


def life_of(
    request: HttpRequest, sim: Sim, renewals: Iterable[Renewal], sent: Iterable[Reminder], now: datetime
) -> dict[str, Any]:
    """What the page shows of a SIM fetched `with_facts()`; its renewals that stand and what was sent, newest first."""
    page = _page_asked(request)
    happened, has_more = page_of(events(sim, renewals, sent, now), page, EVENTS_A_PAGE)
    uses = uses_of(sim, now)
    return {
        "uses": uses,
        "balance_is_old": sim.last_reading and not is_balance_known(sim.facts(), sim.today(now)),
        "money_drawn": _money_drawn(sim, now),
        "data_drawn": [drawn for left in uses if (drawn := _data_drawn(sim, left))],
        "happened": happened,
        "history_page": page,
        "newer": page - 1,
        "older": page + 1 if has_more else None,
    }


def _page_asked(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    return min(max(page, 1), PAGES_AT_MOST)


def _money_drawn(sim: Sim, now: datetime) -> Drawn | None:
    curve = money_curve(sim.facts(), sim.today(now))
    if not curve.is_worth_drawing:
        return None
    currency = next(fact.money.currency for fact in curve.table if fact.money)
    svg = drawing(curve, lambda amount: money_in_words(Money(Decimal(round(amount)), currency)), dots=False)
    return Drawn(curve, svg)


def _data_drawn(sim: Sim, left: Left) -> Drawn | None:
    if left.outlook.kind is not Allowance.DATA:
        return None
    plan = left.outlook.plan
    facts = sim.facts()
    of_plan = [use for use in facts.uses if use.kind is Allowance.DATA and use.plan in (plan and plan.id, None)]
    curve = data_curve(facts, of_plan, left.outlook)
    if not curve.is_worth_drawing:
        return None
    return Drawn(curve, drawing(curve, lambda amount: data_in_words(round(amount))), left)

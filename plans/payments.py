"""What was paid for SIMs, read from what is stored, and what is to be expected; the rules are those of `spending`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from kzsim.common.money import Money

from . import spending
from .models import BalanceEntry, Renewal, Sim
from .spending import Payment, What

_TOLD = {BalanceEntry.Kind.TOP_UP.value: What.TOP_UP, BalanceEntry.Kind.CHARGE.value: What.CHARGE}


@dataclass(frozen=True)
class Payments:
    """Those of some SIMs, in the order of their days, with what the plans are called that they were for.

    `without_sum` counts the renewals of which nobody said what they cost, `unforeseen` the plans whose date or price is
    missing, `unconfirmed` those that renewed themselves without anybody confirming it.
    """

    all: list[Payment] = field(default_factory=list)
    plan_names: dict[int, str] = field(default_factory=dict)
    without_sum: int = 0
    unforeseen: int = 0
    unconfirmed: int = 0


def payments_of(sims: Iterable[Sim], now: datetime) -> Payments:
    """Of SIMs fetched `with_money()`; one query more. What was archived is not expected to cost anything."""
    sims = list(sims)
    renewals = list(_renewals(sims))
    charged = {entry.renewal_id: entry for sim in sims for entry in sim.entries if _is_charge_of_renewal(entry)}
    paid = {sim.pk: [*_entries_alone(sim)] for sim in sims}
    zones = {sim.pk: sim.zone for sim in sims}
    for renewal in renewals:
        entry = charged.get(renewal["pk"])
        on = entry.on if entry else renewal["made_at"].astimezone(zones[renewal["plan__sim"]]).date()
        paid[renewal["plan__sim"]] += _of_renewal(renewal, entry, on)
    going_on = [(sim, plan.facts()) for sim in sims if sim.is_in_use for plan in sim.plans_in_use]
    to_come = [one for sim, plan in going_on for one in spending.expected(sim.pk, [plan], sim.today(now))]
    return Payments(
        spending.spent(chain.from_iterable(paid.values())) + sorted(to_come, key=lambda one: (one.on, one.sim)),
        _plan_names(sims, renewals),
        sum(1 for renewal in renewals if renewal["amount"] is None and renewal["pk"] not in charged),
        sum(1 for _sim, plan in going_on if spending.cannot_be_foreseen(plan)),
        sum(1 for sim, plan in going_on if spending.is_unconfirmed(plan, sim.today(now))),
    )


def _renewals(sims: list[Sim]) -> Iterable[dict[str, Any]]:
    standing = Renewal.objects.filter(plan__sim__in=[sim.pk for sim in sims], undone_at=None, plan__deleted_at=None)
    return standing.order_by("pk").values(
        "pk", "plan", "plan__sim", "plan__name", "amount", "fee", "currency", "made_at"
    )


def _is_charge_of_renewal(entry: BalanceEntry) -> bool:
    return entry.renewal_id is not None and entry.kind == BalanceEntry.Kind.CHARGE


def _of_renewal(renewal: dict[str, Any], charge: BalanceEntry | None, on: date) -> Iterator[Payment]:
    amount = renewal["amount"] if renewal["amount"] is not None or charge is None else charge.amount
    for sum_, what in ((amount, What.RENEWAL), (renewal["fee"], What.FEE)):
        if sum_ is not None and sum_ > Decimal(0):
            yield Payment(renewal["plan__sim"], on, Money(sum_, renewal["currency"]), what, renewal["plan"])


def _entries_alone(sim: Sim) -> Iterator[Payment]:
    """What was topped up and taken without belonging to a renewal."""
    for entry in sim.entries:
        if entry.renewal_id is None and entry.kind in _TOLD and entry.amount > 0:
            yield Payment(sim.pk, entry.on, entry.money, _TOLD[entry.kind])


def _plan_names(sims: list[Sim], renewals: Iterable[dict[str, Any]]) -> dict[int, str]:
    names = {renewal["plan"]: renewal["plan__name"] for renewal in renewals}
    return names | {plan.pk: plan.name for sim in sims for plan in sim.plans_in_use}

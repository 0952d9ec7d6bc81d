"""The renewals of plans as their owner reads them, those that nobody confirmed among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from guides.models import Channel

from .models import Plan, Receipt, Renewal
from .overview import Card, Line


@dataclass(frozen=True)
class PastRenewal:
    """A renewal with the words for its channel. Only the last one that stands can be taken back."""

    renewal: Renewal
    channel: str
    receipts: list[Receipt]
    can_be_undone: bool

    @property
    def date_before(self) -> date | None:
        """The date that the plan had before, and gets back when the renewal is taken back."""
        day = self.renewal.before.get("paid_until")
        return date.fromisoformat(day) if day else None


@dataclass(frozen=True)
class PlanRenewals:
    """A plan with its renewals, the newest first, and the line it stands in where a renewal is only assumed."""

    plan: Plan
    past: list[PastRenewal]
    assumed: Line | None = None


def renewals_of(plans: Iterable[Plan]) -> list[PastRenewal]:
    """All renewals of these plans, the newest first, in a constant number of queries. None for no plans."""
    renewals = list(Renewal.objects.filter(plan__in=list(plans)).with_receipts())
    names = {one.slug: str(one) for one in Channel.objects.all()} if any(one.channel for one in renewals) else {}
    last: dict[int, int] = {}
    for renewal in renewals:
        if renewal.undone_at is None:
            last.setdefault(renewal.plan_id, renewal.pk)
    return [
        PastRenewal(
            renewal,
            names.get(renewal.channel, ""),
            list(renewal.receipts.all()),
            last.get(renewal.plan_id) == renewal.pk,
        )
        for renewal in renewals
    ]


def history_of(card: Card) -> list[PlanRenewals]:
    """The plans of a SIM that were renewed, or are assumed to have been, in the order in which the card shows them."""
    lines = [line for line in card.lines if line.plan]
    told = renewals_of(line.plan for line in lines)
    found = [
        PlanRenewals(
            line.plan,
            [one for one in told if one.renewal.plan_id == line.plan.pk],
            line if line.outlook.assumed else None,
        )
        for line in lines
    ]
    return [one for one in found if one.past or one.assumed]

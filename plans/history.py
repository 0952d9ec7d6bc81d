"""The renewals of plans as their owner reads them, those that nobody confirmed among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from guides.models import Channel

from .models import Plan, Receipt, Renewal, Sim
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


def renewals_of(sim: Sim) -> list[Renewal]:
    """All renewals of its plans with their receipts, the newest first, those that were taken back among them."""
    return list(Renewal.objects.filter(plan__sim=sim, plan__deleted_at=None).with_receipts())


def _past(renewals: Iterable[Renewal], channels: Iterable[Channel]) -> list[PastRenewal]:
    names = {channel.slug: str(channel) for channel in channels}
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


def history_of(card: Card, renewals: Sequence[Renewal], channels: Iterable[Channel]) -> list[PlanRenewals]:
    """The plans of a SIM that were renewed, or are assumed to have been, in the order in which the card shows them."""
    told = _past(renewals, channels)
    found = [
        PlanRenewals(
            line.plan,
            [one for one in told if one.renewal.plan_id == line.plan.pk],
            line if line.outlook.assumed else None,
        )
        for line in card.lines
        if line.plan
    ]
    return [one for one in found if one.past or one.assumed]

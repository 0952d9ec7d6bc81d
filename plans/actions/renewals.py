"""Renewals, and taking them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from guides.models import Tariff
from plans import schedule
from plans.deadlines import PlanFacts, Renews
from plans.models import BalanceEntry, Plan, Renewal, Sim
from plans.periods import Early, Period
from plans.renewing import anchor_after, keeps_hour, next_ends, reached_end, taken

from .catalogue import meet_tariff

# What a catalogue's tariff says of a plan; another plan has another tariff, or none.
_TARIFF_FIELDS = (
    *("tariff_id", "tariff_price", "tariff_said_at"),
    *("fallback_fee", "data_mb", "minutes", "messages"),
)
_DATE_FIELDS = ("paid_until", "ends_at", "anchor", "uncounted_on", "said_at", "first_said", "closed_at")
# What a renewal changes on a plan, and an undo puts back.
_RENEWED_FIELDS = (
    *("name", "price", "currency", "period", "renews", "early"),
    *_DATE_FIELDS,
    *_TARIFF_FIELDS,
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person says of one renewal. `amount` is what was paid without the fee; None: the price, for each period.
    `ends_at` None: worked out. `early` None: as the plan says. `switch_to` is what the plan is from now on, where it is
    another: name, price, period, renews, and what its tariff says."""

    to: date
    amount: Decimal | None = None
    fee: Decimal | None = None
    channel: str = ""
    note: str = ""
    periods: int = 1
    early: Early | None = None
    ends_at: time | None = None
    switch_to: Mapping[str, Any] = field(default_factory=dict)


def proposed_end(plan: Plan, on: date, period: Period | None = None) -> date | None:
    """The last day if the plan is renewed on that day, perhaps for another `period`; None where that has no length."""
    facts = plan.facts()
    ends = next_ends(facts, on, period=period)
    return ends.by(facts.early) if ends else None


def renew(plan: Plan, *, to: date, now: datetime, lot: UUID | None = None, **said: Any) -> Renewal:
    """The plan was renewed until `to`; what else may be said stands in `Said`."""
    return renew_together({plan.pk: Said(to=to, **said)}, now, lot)[0]


@transaction.atomic
def renew_together(said: Mapping[int, Said], now: datetime, lot: UUID | None = None) -> list[Renewal]:
    """Notes what is said of each of these plans: all of it, or nothing. A `lot` can be taken back as one."""
    locked = Plan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=said).order_by("pk")
    plans = {plan.pk: plan for plan in locked.select_related("tariff")}
    sims = _locked_sims(plans.values())
    renewals, charges = [], []
    for pk, one in said.items():
        plan = plans[pk]
        plan.sim = sims[plan.sim_id]  # shared by its plans, so that each finds what the one before it changed
        renewal, charge = _renewed(plan, one, now)
        renewal.lot = lot
        renewals.append(renewal)
        charges += [charge] if charge else []
    Plan.objects.bulk_update(plans.values(), _changed_fields(renewals))
    Renewal.objects.bulk_create(renewals)
    BalanceEntry.objects.bulk_create(charges)
    schedule.reschedule_many(Sim.objects.filter(pk__in=sims), now)
    return renewals


def undo_renewal(renewal: Renewal, now: datetime) -> bool:
    """Puts the plan back as it was; False if the renewal is not the plan's last one or undone already."""
    return undo_renewals([renewal], now)


@transaction.atomic
def undo_renewals(renewals: Iterable[Renewal], now: datetime) -> bool:
    """Puts all their plans back as they were, or, where one of them is not its plan's last one any more, none."""
    undone = sorted(renewals, key=lambda renewal: renewal.pk, reverse=True)
    plans = {one.pk: one for one in _locked_plans(undone)}
    last = dict(_standing_of(plans).order_by("made_at", "pk").values_list("plan_id", "pk"))
    if not undone or any(last.get(renewal.plan_id) != renewal.pk for renewal in undone):
        return False
    sims = _locked_sims(plans.values())
    tariffs = set(
        Tariff.objects.filter(pk__in=[one.before.get("tariff_id") for one in undone]).values_list("pk", flat=True)
    )
    for renewal in undone:
        plan = plans[renewal.plan_id]
        _put_back(plan, renewal.before)
        if "tariff_id" in renewal.before and plan.tariff_id not in tariffs:
            plan.tariff_id = None  # editors have deleted it meanwhile
        renewal.undone_at = now
    Plan.objects.bulk_update(plans.values(), _RENEWED_FIELDS)
    Renewal.objects.bulk_update(undone, ["undone_at"])
    BalanceEntry.objects.filter(renewal__in=undone, deleted_at=None).update(deleted_at=now)
    schedule.reschedule_many(Sim.objects.filter(pk__in=sims), now)
    return True


def _locked_plans(renewals: list[Renewal]) -> list[Plan]:
    pks = [renewal.plan_id for renewal in renewals]
    return list(Plan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pks).order_by("pk"))


def _locked_sims(plans: Iterable[Plan]) -> dict[int, Sim]:
    """Locked, for a tap on “used today” may come at the same time."""
    pks = {plan.sim_id for plan in plans}
    return {sim.pk: sim for sim in Sim.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}


def _standing_of(plans: Iterable[int]) -> Any:
    return Renewal.objects.standing().filter(plan__in=list(plans))


def _renewed(plan: Plan, said: Said, now: datetime) -> tuple[Renewal, BalanceEntry | None]:
    """Changes the plan; what is to be stored beside it. That paying counts as activity is read from the renewals."""
    before, was, today = _before(plan), plan.facts(), plan.sim.today(now)
    if said.switch_to:
        _switch(plan, said.switch_to)
        meet_tariff(plan, now)
    _say_new_date(plan, was, said, now)
    if said.early:
        plan.early = said.early.value
    amount = said.amount if said.amount is not None else _price_of(plan, said.periods)
    renewal = Renewal(
        plan=plan,
        from_date=reached_end(was, today),
        to_date=said.to,
        amount=amount,
        currency=plan.currency,
        fee=said.fee,
        channel=said.channel,
        note=said.note,
        periods=said.periods,
        made_at=now,
    )
    charge = _charge(plan, was, renewal, today)
    kept = {*_DATE_FIELDS, *_changed(plan, before)}
    renewal.before = {name: value for name, value in before.items() if name in kept}
    return renewal, charge


def _changed_fields(renewals: list[Renewal]) -> list[str]:
    """Writing only these is twice as fast where hundreds are renewed together. The moment always changes."""
    changed = {name for one in renewals for name in _changed(one.plan, one.before)}
    return sorted(changed | {"said_at"})


def _changed(plan: Plan, before: Mapping[str, Any]) -> list[str]:
    return [name for name, value in before.items() if _plain(getattr(plan, name)) != value]


def _before(plan: Plan) -> dict[str, Any]:
    return {name: _plain(getattr(plan, name)) for name in _RENEWED_FIELDS}


def _switch(plan: Plan, switch_to: Mapping[str, Any]) -> None:
    """Another name or period is another plan: what the old one's tariff said is not true of it."""
    if {"name", "period"} & switch_to.keys():
        for name in _TARIFF_FIELDS:
            setattr(plan, name, None)
    for name, value in switch_to.items():
        setattr(plan, name, value)


def _say_new_date(plan: Plan, was: PlanFacts, said: Said, now: datetime) -> None:
    kept_hour = was.ends_at if keeps_hour(was, said.to, plan.rule) else None
    plan.say_date(said.to, now, ends_at=said.ends_at or kept_hour)
    plan.anchor = anchor_after(was, said.to, plan.rule, plan.sim.today(now))


def _price_of(plan: Plan, periods: int) -> Decimal | None:
    return None if plan.price is None else plan.price * periods


def _charge(plan: Plan, was: PlanFacts, renewal: Renewal, today: date) -> BalanceEntry | None:
    """What the renewal took from the balance, where the plan renews from it and the sum is known."""
    took = taken(
        was,
        Renews(plan.renews),
        renewal.to_date,
        today,
        is_sum_known=renewal.amount is not None,
        periods=renewal.periods,
    )
    if took.uncounted_on:
        plan.uncounted_on = max(filter(None, (plan.uncounted_on, took.uncounted_on)))
    if took.on is None or not renewal.amount:
        return None
    return BalanceEntry(
        sim=plan.sim,
        kind=BalanceEntry.Kind.CHARGE,
        amount=renewal.amount,
        currency=renewal.currency,
        on=took.on,
        said_at=renewal.made_at,
        renewal=renewal,
    )


def _put_back(plan: Plan, before: dict[str, Any]) -> None:
    """What the renewal left as it was stays as it is now: its owner may have edited it since."""
    for name in _RENEWED_FIELDS:
        if name in before:
            setattr(plan, name, plan._meta.get_field(name).to_python(before[name]))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, Decimal) else value

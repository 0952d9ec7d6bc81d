"""What a person does with many SIMs at once. Each is one change, that can be taken back as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from plans import schedule
from plans.models import BalanceEntry, Lot, Plan, Renewal, Sim
from plans.models.sims import SimQuerySet
from plans.periods import Period

from .first_steps import note_steps

KEPT_FOR = timedelta(days=30)  # who has not taken a change back by then wants it


@dataclass(frozen=True)
class NewSim:
    """A SIM to add, with its plan if it has one: its last day, and the day of the month of the charge as said."""

    sim: Sim
    plan: Plan | None = None
    paid_until: date | None = None
    anchor: int | None = None


@transaction.atomic
def add_sims(owner: AbstractBaseUser, new: Iterable[NewSim], now: datetime) -> Lot:
    """Saves these new SIMs with their plans: all of it, or nothing, as if each had been entered by itself."""
    new = list(new)
    sims = Sim.objects.bulk_create(one.sim for one in new)
    plans = []
    for sim, one in zip(sims, new, strict=True):
        if one.plan is not None:
            one.plan.sim = sim
            one.plan.say_date(one.paid_until, now, first=True)
            if one.anchor and one.plan.rule is Period.MONTH:
                one.plan.anchor = one.anchor
            plans.append(one.plan)
    Plan.objects.bulk_create(plans)
    schedule.reschedule_many(_these(sim.pk for sim in sims), now)
    for person in {sim.person_id: sim.person for sim in sims}.values():
        note_steps(person, now)
    return _lot(owner, Lot.Kind.ADDED, sims, now)


@transaction.atomic
def archive_sims(owner: AbstractBaseUser, ids: Iterable[int], now: datetime) -> Lot:
    """Archives those of them that are the owner's and in use."""
    sims = _locked(Sim.objects.visible_to(owner).in_use(), ids)
    found = _these(sim.pk for sim in sims)
    found.update(archived_at=now)
    schedule.reschedule_many(found, now)
    return _lot(owner, Lot.Kind.ARCHIVED, sims, now)


@transaction.atomic
def group_sims(owner: AbstractBaseUser, ids: Iterable[int], group: str, now: datetime) -> Lot:
    """Puts those of them that are the owner's into a group, or (empty) takes them out of theirs."""
    sims = _locked(Sim.objects.visible_to(owner), ids)
    found = _these(sim.pk for sim in sims)
    found.update(group=group)
    schedule.reschedule_many(found, now)  # a group is among the words by which a SIM is found
    return _lot(owner, Lot.Kind.GROUPED, sims, now, group=group)


@transaction.atomic
def undo_lot(lot: Lot, now: datetime) -> int:
    """Takes a change back where it still stands; how many SIMs that are. Nothing happens twice."""
    lot = Lot.objects.select_for_update(no_key=True).get(pk=lot.pk)
    if lot.undone_at is not None:
        return 0
    lot.undone_at = now
    lot.save(update_fields=["undone_at"])
    sims = _locked(Sim.objects.filter(owner=lot.owner_id, deleted_at=None), map(int, lot.sims))
    kept = _paid_since(sims) if lot.kind == Lot.Kind.ADDED else set()
    changed = [sim for sim in sims if sim.pk not in kept and _take_back(sim, lot, now)]
    Sim.objects.bulk_update(changed, ["group", "archived_at", "deleted_at"])
    schedule.reschedule_many(_these(sim.pk for sim in changed), now)
    return len(changed)


def _paid_since(sims: list[Sim]) -> set[int]:
    """Of SIMs that were added without either, those of which a renewal or money was noted since: more than their
    adding would go with them."""
    renewed = Renewal.objects.standing().filter(plan__sim__in=sims).values_list("plan__sim", flat=True)
    told = BalanceEntry.objects.filter(sim__in=sims, deleted_at=None).values_list("sim", flat=True)
    return {*renewed, *told}


def _take_back(sim: Sim, lot: Lot, now: datetime) -> bool:
    if lot.kind == Lot.Kind.ADDED:
        sim.deleted_at = now
        return True
    if lot.kind == Lot.Kind.ARCHIVED:
        stands, sim.archived_at = sim.archived_at == lot.made_at, None
        return stands
    stands, sim.group = sim.group == lot.group, lot.sims[str(sim.pk)]
    return stands


def _these(ids: Iterable[int]) -> SimQuerySet:
    return Sim.objects.filter(pk__in=list(ids))


def _locked(sims: SimQuerySet, ids: Iterable[int]) -> list[Sim]:
    """In the order in which everybody locks them."""
    return list(sims.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True))


def _lot(owner: AbstractBaseUser, kind: Lot.Kind, sims: Iterable[Sim], now: datetime, **said: Any) -> Lot:
    mine = Lot.objects.filter(owner=owner)
    mine.filter(made_at__lt=now - KEPT_FOR).delete()
    return mine.create(owner=owner, kind=kind, sims={str(sim.pk): sim.group for sim in sims}, made_at=now, **said)

"""What a person says of where they are, and of what becomes of their SIMs when they have left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from guides.situation import Place
from plans import schedule
from plans.deadlines import overlapping
from plans.models import Person, Sim, Stay

from .sims import set_flag


class Overlap(Exception):
    """The person said of one of these days that they are elsewhere; `stay` says where."""

    def __init__(self, stay: Stay) -> None:
        super().__init__(str(stay))
        self.stay = stay


@transaction.atomic
def save_stay(stay: Stay, now: datetime) -> Stay:
    """Saves a new or changed stay. Raises Overlap where it shares a day with another one.

    The same days said twice, as by a double click, are kept once.
    """
    Person.objects.select_for_update(no_key=True).get(pk=stay.person_id)  # a second tap waits here for the first
    other = overlapping_stay(stay, now)
    if other is not None:
        if stay.pk is None and (other.place, other.since, other.until) == (stay.place, stay.since, stay.until):
            return other
        raise Overlap(other)
    if _said(stay) != _said(Stay.objects.filter(pk=stay.pk).first()):
        stay.said_at, stay.settled_at = now, None
    stay.save()
    schedule.reschedule_person(stay.person, now)
    return stay


@transaction.atomic
def delete_stay(stay: Stay, now: datetime) -> None:
    stay.deleted_at = now
    stay.save(update_fields=["deleted_at"])
    schedule.reschedule_person(stay.person, now)


@transaction.atomic
def restore_stay(stay: Stay, now: datetime) -> None:
    """Brings a deleted one back as it was. Raises Overlap where another has taken its days."""
    Person.objects.select_for_update(no_key=True).get(pk=stay.person_id)
    other = overlapping_stay(stay, now)
    if other is not None:
        raise Overlap(other)
    stay.deleted_at = None
    stay.save(update_fields=["deleted_at"])
    schedule.reschedule_person(stay.person, now)


@transaction.atomic
def settle_stay(stay: Stay, archive: Iterable[Sim], now: datetime) -> None:
    """The person has left, and says which SIMs they need no more. Asked once; from now on they are abroad."""
    if not Stay.objects.filter(pk=stay.pk, settled_at=None).update(settled_at=now):
        return
    stay.settled_at, stay.person.place = now, Place.ABROAD
    stay.person.save(update_fields=["place"])
    schedule.reschedule_person(stay.person, now)  # locks all their SIMs, in order
    for sim in archive:
        set_flag(sim, "archived_at", now, on=True)


def _said(stay: Stay | None) -> tuple[str, date | None, date | None] | None:
    return (stay.place, stay.since, stay.until) if stay else None


def overlapping_stay(stay: Stay, now: datetime) -> Stay | None:
    """Another of the person's stays that shares a day with this one."""
    others = {other.pk: other for other in stay.person.stays.in_use().exclude(pk=stay.pk)}
    facts = [other.facts() for other in others.values()]
    found = overlapping(stay.since, stay.until, facts, stay.person.today(now))
    return others[found.id] if found else None

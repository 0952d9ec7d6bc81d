"""Makes the stored reminder rows match what the facts deserve.

Every change to a SIM, plan, balance or setting ends with a call here, in the same transaction.
Rows that were sent are never touched; a row whose deadline vanished is skipped, and scheduled
again when that deadline comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from .deadlines import Deadline, deadlines
from .models import Person, Reminder, Sim
from .models.sims import SimQuerySet
from .reminders import MEDIUM_EMAIL, Row, Settings, moment, rows_that_should_stand

State = Reminder.State

_LIVE = (State.SCHEDULED, State.HELD)
# What may still change; the rest is history or on its way.
_CHANGEABLE = (*_LIVE, State.SKIPPED)
_BATCH = 200


def settings_of(person: Person) -> Settings:
    """How this person is reminded now."""
    moments = [person.reachable_since] if person.reachable_since else []
    if person.paused_until:
        moments.append(moment(person.paused_until, person.zone))
    return Settings(
        zone=person.zone,
        muted_kinds=frozenset(person.muted_kinds),
        stopped=person.stopped_at is not None,
        held=not person.email_verified,
        not_before=max(moments, default=None),
    )


def standing_rows(sim: Sim) -> dict[Row, Deadline]:
    """The rows that should stand for a SIM fetched `with_facts()`, and what each is about."""
    if not sim.is_in_use:
        return {}
    settings = settings_of(sim.person)
    return {
        row: deadline for deadline in deadlines(sim.facts()) for row in rows_that_should_stand([deadline], settings)
    }


def reschedule(sim: Sim) -> None:
    """Makes the rows of one SIM match its facts. Call inside the transaction that changed them."""
    reschedule_many(Sim.objects.filter(pk=sim.pk))


def reschedule_person(person: Person) -> None:
    """After a change of the person's own settings, zone or address."""
    reschedule_many(Sim.objects.filter(person=person))


@transaction.atomic
def reschedule_many(sims: SimQuerySet) -> None:
    """The same for every SIM of a queryset, a batch at a time. Locks each SIM while its rows change."""
    ids = list(sims.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        list(Sim.objects.filter(pk__in=batch).order_by("pk").select_for_update().values_list("pk"))
        _reschedule_batch(batch)


def _reschedule_batch(ids: list[int]) -> None:
    stored: dict[int, list[Reminder]] = {}
    for reminder in Reminder.objects.filter(sim__in=ids, medium=MEDIUM_EMAIL):
        stored.setdefault(reminder.sim_id, []).append(reminder)
    create: list[Reminder] = []
    change: list[Reminder] = []
    for sim in Sim.objects.filter(pk__in=ids).with_facts():
        new, changed = _differences(sim, stored.get(sim.pk, []))
        create += new
        change += changed
    Reminder.objects.bulk_create(create, ignore_conflicts=True, batch_size=_BATCH)
    if change:
        change = _without_those_taken(change)
    Reminder.objects.bulk_update(change, ["state", "planned_for", "due_at", "reason", "message"], batch_size=_BATCH)


def _without_those_taken(change: list[Reminder]) -> list[Reminder]:
    """The outbox may have taken some into a message since they were read: those are no longer ours. Locks the rest."""
    ids = [reminder.pk for reminder in change]
    ours = Reminder.objects.select_for_update().filter(pk__in=ids, state__in=_CHANGEABLE).order_by("pk")
    left = set(ours.values_list("pk", flat=True))
    return [reminder for reminder in change if reminder.pk in left]


def _differences(sim: Sim, stored: Iterable[Reminder]) -> tuple[list[Reminder], list[Reminder]]:
    held = not sim.person.email_verified
    wanted = {row.identity: row for row in standing_rows(sim)}
    change: list[Reminder] = []
    for reminder in stored:
        # Rows of someone who was reminded before are no longer wanted.
        row = wanted.pop(reminder.row.identity, None) if reminder.person_id == sim.person_id else None
        if row is None:
            if reminder.state in _LIVE:
                skip(reminder, "no longer needed")
                change.append(reminder)
        elif reminder.state in _CHANGEABLE and _place(reminder, row.planned_for, held):
            change.append(reminder)
    return [_new_reminder(sim, row, held) for row in wanted.values()], change


def _place(reminder: Reminder, planned_for: datetime, held: bool) -> bool:
    """Puts a reminder in its place; False if it already was there."""
    state = State.HELD if held else State.SCHEDULED
    if reminder.state == state and reminder.planned_for == planned_for:
        return False
    reminder.state, reminder.planned_for, reminder.reason, reminder.message = state, planned_for, "", None
    reminder.due_at = None if held else planned_for
    return True


def skip(reminder: Reminder, reason: str) -> None:
    reminder.state, reminder.due_at, reminder.reason = State.SKIPPED, None, reason


def _new_reminder(sim: Sim, row: Row, held: bool) -> Reminder:
    kind, _, number = row.subject.partition(":")
    reminder = Reminder(
        person=sim.person,
        medium=MEDIUM_EMAIL,
        subject=row.subject,
        kind=row.kind,
        deadline=row.deadline,
        occurrence=row.occurrence,
        sim=sim,
        plan_id=int(number) if kind == "plan" else None,
        state="",
        planned_for=row.planned_for,
    )
    _place(reminder, row.planned_for, held)
    return reminder

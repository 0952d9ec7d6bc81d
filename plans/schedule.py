"""Makes the stored reminder rows match what the facts deserve.

Every change to a SIM, plan, balance or setting ends with a call here, in the same transaction.
Rows that were sent are never touched; a row whose deadline vanished is skipped, and scheduled
again when that deadline comes back.

Two things change deadlines without a write to the SIM: the clock, and the editors of the guides. Each SIM carries the
moment at which time alone may change its deadlines, and the revision of the guides it was worked out from; `catch_up`,
which the tick calls, works out again those that are behind.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from guides.models import current_revision

from .deadlines import Deadline, deadlines, review_at
from .models import Person, Reminder, Sim
from .models.sims import SimQuerySet
from .reminders import MEDIUM_EMAIL, Identity, Row, Settings, moment, rows_that_should_stand

log = logging.getLogger(__name__)

State = Reminder.State

_LIVE = (State.SCHEDULED, State.HELD)
# What may still change; the rest is history or on its way.
_CHANGEABLE = (*_LIVE, State.SKIPPED)
_BATCH = 200
AT_ONCE = 1000
AGAIN = timedelta(hours=1)


def settings_of(person: Person) -> Settings:
    """How this person is reminded now."""
    moments = [person.reachable_since] if person.reachable_since else []
    if person.paused_until:
        moments.append(moment(person.paused_until, person.zone))
    return Settings(
        zone=person.zone,
        muted_kinds=frozenset(person.muted_kinds),
        stopped=person.stopped_at is not None,
        not_before=max(moments, default=None),
    )


def is_reachable(person: Person, medium: str) -> bool:
    """Whether a message may go there now; where not, its reminders wait."""
    return medium != MEDIUM_EMAIL or (person.email_verified and person.bounced_at is None)


def media_of(person: Person, now: datetime) -> list[str]:
    """Where this person is reminded: by e-mail, unless they do without it and something else works, and everywhere else
    they asked for that has not fallen silent."""
    others = [address for address in person.addresses.all() if address.stopped_at is None]
    does_without = person.mail_off and any(not address.is_silent(now) for address in others)
    return [*([] if does_without else [MEDIUM_EMAIL]), *(address.medium for address in others)]


def media_that_work(person: Person) -> list[str]:
    """Where a message can reach this person today."""
    others = person.addresses.working().values_list("medium", flat=True)
    return [*([MEDIUM_EMAIL] if is_reachable(person, MEDIUM_EMAIL) else []), *others]


def how_reminded(person: Person, now: datetime) -> tuple[Settings, list[str], bool]:
    """All that a person's own settings say of when and where: while it stays, their reminders do."""
    return settings_of(person), media_of(person, now), is_reachable(person, MEDIUM_EMAIL)


def standing_rows(sim: Sim, now: datetime) -> dict[Row, Deadline]:
    """The rows that should stand for a SIM fetched `with_facts()`, and what each is about."""
    if not sim.is_in_use:
        return {}
    settings = settings_of(sim.person)
    return {
        row: deadline
        for deadline in deadlines(sim.facts(), now)
        for row in rows_that_should_stand([deadline], settings)
    }


def reschedule(sim: Sim, now: datetime) -> None:
    """Makes the rows of one SIM match its facts. Call inside the transaction that changed them."""
    reschedule_many(Sim.objects.filter(pk=sim.pk), now)


def reschedule_person(person: Person, now: datetime) -> None:
    """After a change of the person's own settings, zone or address."""
    reschedule_many(Sim.objects.filter(person=person), now)


def catch_up(now: datetime, at_most: int = AT_ONCE) -> int:
    """Works out again the SIMs that are behind, at most so many; returns how many. The rest has its turn at the next
    tick, so that an editor's change to what thousands stand on holds nobody up."""
    # Two questions, each answered by a small index of its own: of both at once SQLite reads the whole table.
    by_clock = Sim.objects.to_review(now).values_list("pk", flat=True)
    by_editors = Sim.objects.behind(current_revision()).values_list("pk", flat=True)
    ids = list(dict.fromkeys([*by_clock[:at_most], *by_editors[:at_most]]))[:at_most]
    for start in range(0, len(ids), _BATCH):
        _catch_up_batch(ids[start : start + _BATCH], now)
    return len(ids)


def look_again(now: datetime) -> None:
    """Lets all that time alone may change have its turn now, for it may have been worked out by a clock that was
    ahead."""
    Sim.objects.filter(review_at__gt=now).update(review_at=now)


def _catch_up_batch(ids: list[int], now: datetime) -> None:
    """One that cannot be worked out stops neither the others nor the tick: it is tried again an hour later."""
    try:
        reschedule_many(Sim.objects.filter(pk__in=ids), now)
    except Exception:
        if len(ids) > 1:
            for pk in ids:
                _catch_up_batch([pk], now)
            return
        log.exception("the deadlines of SIM %s cannot be worked out", ids[0])
        Sim.objects.filter(pk=ids[0]).update(review_at=now + AGAIN, guides_revision=None)


@transaction.atomic
def reschedule_many(sims: SimQuerySet, now: datetime) -> None:
    """The same for every SIM of a queryset, a batch at a time. Locks each SIM while its rows change.

    Who locks more than a SIM locks the person first, then plans, then SIMs; and never their keys (`no_key`), for the
    rows that are written here name a plan and a person, whom another may hold while waiting for the SIM.
    """
    ids = list(sims.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        list(Sim.objects.filter(pk__in=batch).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        _reschedule_batch(batch, now)


def _reschedule_batch(ids: list[int], now: datetime) -> None:
    stored: dict[int, list[Reminder]] = {}
    for reminder in Reminder.objects.filter(sim__in=ids):
        stored.setdefault(reminder.sim_id, []).append(reminder)
    create: list[Reminder] = []
    change: list[Reminder] = []
    sims = list(Sim.objects.filter(pk__in=ids).with_facts().prefetch_related("person__addresses"))
    for sim in sims:
        new, changed = _differences(sim, stored.get(sim.pk, []), now)
        create += new
        change += changed
    _note_when_to_look_again(sims, now)
    Reminder.objects.bulk_create(create, ignore_conflicts=True, batch_size=_BATCH)
    if change:
        change = _without_those_taken(change)
    Reminder.objects.bulk_update(change, ["state", "planned_for", "due_at", "reason", "message"], batch_size=_BATCH)


def _note_when_to_look_again(sims: list[Sim], now: datetime) -> None:
    revision = current_revision()
    moved = []
    for sim in sims:
        look = review_at(sim.facts(), now) if sim.is_in_use else None, revision if sim.stands_on_guides else None
        if look != (sim.review_at, sim.guides_revision):
            sim.review_at, sim.guides_revision = look
            moved.append(sim)
    Sim.objects.bulk_update(moved, ["review_at", "guides_revision"], batch_size=_BATCH)


def _without_those_taken(change: list[Reminder]) -> list[Reminder]:
    """The outbox may have taken some into a message since they were read: those are no longer ours. Locks the rest."""
    ids = [reminder.pk for reminder in change]
    ours = Reminder.objects.select_for_update().filter(pk__in=ids, state__in=_CHANGEABLE).order_by("pk")
    left = set(ours.values_list("pk", flat=True))
    return [reminder for reminder in change if reminder.pk in left]


def _differences(sim: Sim, stored: Iterable[Reminder], now: datetime) -> tuple[list[Reminder], list[Reminder]]:
    """The rows to add, and the stored ones in a new state: the same for each medium, but that nothing is told late on
    one that another has told in time."""
    rows = standing_rows(sim, now)
    wanted = {(medium, row.identity): row for medium in media_of(sim.person, now) for row in rows}
    stored = list(stored)
    told = _told(sim.person, stored, now)
    new: list[Reminder] = []
    change: list[Reminder] = []
    for reminder in stored:
        # Rows of someone who was reminded before are no longer wanted.
        key = (reminder.medium, reminder.row.identity)
        row = wanted.pop(key, None) if reminder.person_id == sim.person_id else None
        if row is None or (reminder.state != State.SCHEDULED and _is_too_late(row, told, now)):
            if reminder.state in _LIVE:
                skip(reminder, "no longer needed" if row is None else "said on another medium")
                change.append(reminder)
        elif reminder.state in _CHANGEABLE and _place(reminder, row.planned_for, sim.person):
            change.append(reminder)
    for (medium, _identity), row in wanted.items():
        if not _is_too_late(row, told, now):
            new.append(_new_reminder(sim, row, medium))
    return new, change


def _told(person: Person, stored: Iterable[Reminder], now: datetime) -> set[Identity]:
    """What this person was told, or is being told where that does not fail for long."""
    silent = {address.medium for address in person.addresses.all() if address.is_silent(now)}
    return {
        one.row.identity
        for one in stored
        if one.person_id == person.pk
        and (one.state in (State.SENT, State.FOLDED) or (one.state == State.ATTACHED and one.medium not in silent))
    }


def _is_too_late(row: Row, told: set[Identity], now: datetime) -> bool:
    """Whether another medium has told it, so that this one would only repeat it late."""
    return row.planned_for <= now and row.identity in told


def _place(reminder: Reminder, planned_for: datetime, person: Person) -> bool:
    """Puts a reminder in its place; False if it already was there."""
    held = not is_reachable(person, reminder.medium)
    state = State.HELD if held else State.SCHEDULED
    if reminder.state == state and reminder.planned_for == planned_for:
        return False
    reminder.state, reminder.planned_for, reminder.reason, reminder.message = state, planned_for, "", None
    reminder.due_at = None if held else planned_for
    return True


def skip(reminder: Reminder, reason: str) -> None:
    reminder.state, reminder.due_at, reminder.reason = State.SKIPPED, None, reason


def _new_reminder(sim: Sim, row: Row, medium: str) -> Reminder:
    kind, _, number = row.subject.partition(":")
    reminder = Reminder(
        person=sim.person,
        medium=medium,
        subject=row.subject,
        kind=row.kind,
        deadline=row.deadline,
        occurrence=row.occurrence,
        sim=sim,
        plan_id=int(number) if kind == "plan" else None,
        state="",
        planned_for=row.planned_for,
    )
    _place(reminder, row.planned_for, sim.person)
    return reminder

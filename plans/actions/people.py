"""How a person is reminded."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import Q

from plans import schedule
from plans.models import Person, Reminder
from plans.models.reminders import UNDELIVERED_FOR, Medium

# All but the key of the calendar: one who read it before it was withdrawn would bring it back.
_SAID = [field.name for field in Person._meta.concrete_fields if field.name not in ("id", "calendar_key")]

# What is said on days after the one that it is about.
SAID_AFTERWARDS = (Reminder.Kind.RENEWED, Reminder.Kind.PAUSED, Reminder.Kind.PRICE, Reminder.Kind.CARE)


@transaction.atomic
def stop_reminders(person: Person, now: datetime) -> None:
    """No reminder to this person any more, until they resume."""
    if person.stopped_at is None:
        person.stopped_at = now
        person.save(update_fields=["stopped_at"])
        schedule.reschedule_person(person, now)


@transaction.atomic
def resume_reminders(person: Person, now: datetime) -> None:
    """Reminders go on; what fell due meanwhile and is still true is said at once."""
    person.stopped_at, person.paused_until, person.reachable_since = None, None, now
    person.save(update_fields=["stopped_at", "paused_until", "reachable_since"])
    schedule.reschedule_person(person, now)


@transaction.atomic
def pause_reminders(person: Person, until: date, now: datetime) -> None:
    person.paused_until = until
    person.save(update_fields=["paused_until"])
    schedule.reschedule_person(person, now)


@transaction.atomic
def mute_kinds(person: Person, kinds: Iterable[str], now: datetime) -> None:
    """Exactly these kinds are switched off."""
    person.muted_kinds = sorted(set(kinds))
    person.save(update_fields=["muted_kinds"])
    schedule.reschedule_person(person, now)


class Timing(TypedDict, total=False):
    """When to remind a person, as far as it is to change: the fields of that name."""

    hour: time
    leads: dict[str, list[int]]
    insists: bool
    quiet_from: time | None
    quiet_until: time | None
    overview: str


@transaction.atomic
def set_timing(person: Person, now: datetime, **timing: Unpack[Timing]) -> None:
    """What would have been said by now, had it always been so, is said at once and is not late."""
    changed: dict[str, object] = {**timing}
    before = Person.objects.values("leads", "insists", "overview").get(pk=person.pk)
    if any(changed.get(name, value) != value for name, value in before.items()):
        changed["reachable_since"] = now
    for name, value in changed.items():
        setattr(person, name, value)
    save_person(person, now, changed)


@transaction.atomic
def save_person(person: Person, now: datetime, fields: Iterable[str] | None = None) -> None:
    """Saves these fields, or all; works the reminders out again only where they depend on what changed."""
    before = Person.objects.select_for_update(no_key=True).filter(pk=person.pk).first()
    stood = schedule.how_reminded(before, now) if before else None
    person.save(update_fields=fields or (_SAID if before else None))
    if stood and schedule.how_reminded(Person.objects.get(pk=person.pk), now) != stood:
        schedule.reschedule_person(person, now)


def forget_failures(person: Person, medium: str, now: datetime) -> None:
    """What could not arrive has told nothing: what it was to say is free to be scheduled anew, as long as it is worth a
    word."""
    today = person.today(now)
    ahead = Q(deadline__gte=today)
    lately = Q(kind__in=SAID_AFTERWARDS, deadline__gte=today - UNDELIVERED_FOR)
    failed = Reminder.objects.filter(person=person, medium=medium, state=Reminder.State.FAILED)
    failed.filter(ahead | lately).update(state=Reminder.State.SKIPPED, reason="")


@transaction.atomic
def set_address(person: Person, email: str, verified: bool, now: datetime) -> None:
    """The person's address as the account knows it; reminders wait until it is verified."""
    if (person.email, person.email_verified) == (email, verified):
        return
    if verified and (not person.email_verified or person.bounced_at):
        person.reachable_since = now
    is_another = email != person.email and person.bounced_at is not None
    if is_another:
        person.bounced_at, person.bounce = None, ""
    person.email, person.email_verified = email, verified
    person.save(update_fields=["email", "email_verified", "reachable_since", "bounced_at", "bounce"])
    if is_another:
        forget_failures(person, Medium.EMAIL, now)
    schedule.reschedule_person(person, now)


def make_calendar(person: Person) -> None:
    """A new secret address of the person's calendar. One that was there before ends with it."""
    _set_calendar_key(person, secrets.token_urlsafe(32))


def stop_calendar(person: Person) -> None:
    """The calendar has no address any more."""
    _set_calendar_key(person, None)


@transaction.atomic
def forget_ways(person: Person, now: datetime) -> None:
    """Reminders reach the person by e-mail and in no other way, and their calendar has no address: what there was may
    lead to somebody else."""
    person.mail_off, person.calendar_key = False, None
    person.save(update_fields=["mail_off", "calendar_key"])
    person.addresses.all().delete()
    schedule.reschedule_person(person, now)


@transaction.atomic
def _set_calendar_key(person: Person, key: str | None) -> None:
    """No reminder depends on it."""
    person.calendar_key = key
    person.save(update_fields=["calendar_key"])

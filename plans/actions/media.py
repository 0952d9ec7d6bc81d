"""Where a person is reminded beside e-mail, and trying it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from plans import outbox, schedule
from plans.models import Address, Message, Person
from plans.models.reminders import Medium

from .first_steps import note_steps
from .people import forget_failures

TESTS_AN_HOUR = 6  # of one person, on all media together

STOPPED_THERE = gettext_noop("You stopped them in the chat.")


class TooManyTests(Exception):
    """So many tests were sent already that this one has to wait."""


@transaction.atomic
def save_address(person: Person, medium: str, to: dict[str, Any], label: str, now: datetime) -> Address:
    """Where this person is reached on this medium from now on; nothing is known of a new place yet."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # a second tap waits here for the first
    address = Address.objects.filter(person=person, medium=medium).first()
    if address and (address.to, address.label) == (to, label) and not address.stopped_at:
        return address
    address = address or Address(person=person, medium=medium)
    address.to, address.label, address.added_at = to, label, now
    address.worked_at = address.failing_since = address.stopped_at = None
    address.trouble = ""
    address.save()
    forget_failures(person, medium, now)
    schedule.reschedule_person(person, now)
    return address


@transaction.atomic
def remove_address(address: Address, now: datetime) -> None:
    address.delete()
    schedule.reschedule_person(address.person, now)


@transaction.atomic
def revive_address(address: Address, now: datetime) -> None:
    """Its owner says that it works again."""
    address.stopped_at, address.failing_since, address.trouble = None, None, ""
    address.save(update_fields=["stopped_at", "failing_since", "trouble"])
    forget_failures(address.person, address.medium, now)
    schedule.reschedule_person(address.person, now)


@transaction.atomic
def stop_chat(chat: int, now: datetime) -> list[Person]:
    """Whoever is reminded in this Telegram chat stopped it there; returns them."""
    found = Address.objects.working().filter(medium=Medium.TELEGRAM, to__chat=chat)
    people = [address.person for address in found.select_related("person").order_by("person")]
    found.update(stopped_at=now, trouble=STOPPED_THERE)
    schedule.reschedule_people(people, now)
    return people


@transaction.atomic
def do_without_mail(person: Person, now: datetime, *, on: bool) -> None:
    """No e-mail, as long as another medium works."""
    person.mail_off = on
    person.save(update_fields=["mail_off"])
    schedule.reschedule_person(person, now)


@transaction.atomic
def send_test(person: Person, medium: str, now: datetime) -> Message:
    """Raises TooManyTests."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    lately = Message.objects.filter(person=person, kind=Message.Kind.TEST, posted_at__gt=now - timedelta(hours=1))
    if lately.count() >= TESTS_AN_HOUR:
        raise TooManyTests
    message = outbox.post_test(person, medium, now)
    note_steps(person, now)
    return message

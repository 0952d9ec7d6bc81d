"""The devices on which a person is notified: one address that holds them all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from plans import schedule
from plans.devices import MOST_DEVICES, Device, device_id, devices_in, with_device, without
from plans.models import Address, Person
from plans.models.reminders import Medium

from .people import forget_failures

LABEL_LENGTH = 80


class TooManyDevices(Exception):
    """One has to be removed first."""


@transaction.atomic
def add_device(person: Person, device: Device, now: datetime) -> Address:
    """Notifies this device too; an address that had stopped working works again with it. Raises TooManyDevices."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # a second tap waits here for the first
    address = _address_of(person)
    devices = with_device(devices_in(address.to) if address else [], device)
    if len(devices) > MOST_DEVICES:
        raise TooManyDevices
    works = address is not None and address.failing_since is None and address.stopped_at is None
    if address is None:
        address = Address(person=person, medium=Medium.WEB_PUSH)
    if not works:
        address.added_at, address.failing_since, address.stopped_at, address.trouble = now, None, None, ""
    _hold(address, devices)
    address.save()
    if not works:
        forget_failures(person, Medium.WEB_PUSH, now)
        schedule.reschedule_person(person, now)
    return address


@transaction.atomic
def remove_device(person: Person, device: str, now: datetime) -> bool:
    """By its id. With the last one nobody is notified any more; False if it was not there."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    address = _address_of(person)
    before = devices_in(address.to) if address else []
    left = without(before, {device})
    if address is None or len(left) == len(before):
        return False
    if left:
        _hold(address, left)
        address.save(update_fields=["to", "label"])
    else:
        address.delete()
        schedule.reschedule_person(person, now)
    return True


@transaction.atomic
def forget_devices(message_id: str, endpoints: Iterable[str]) -> bool:
    """Those of the message's reader that the push services know no more; what was added meanwhile stays. True if any
    device is left."""
    of_reader = Address.objects.filter(medium=Medium.WEB_PUSH, person__messages__message_id=message_id)
    address = of_reader.select_for_update(of=("self",), no_key=True).first()
    if address is None:
        return False
    left = without(devices_in(address.to), set(map(device_id, endpoints)))
    _hold(address, left)
    address.save(update_fields=["to", "label"])
    return bool(left)


def _hold(address: Address, devices: list[Device]) -> None:
    address.to = {"devices": devices}
    address.label = "; ".join(device["name"] for device in devices)[:LABEL_LENGTH]


def _address_of(person: Person) -> Address | None:
    return person.addresses.select_for_update(no_key=True).filter(medium=Medium.WEB_PUSH).first()

"""Notifications on this device: which devices there are, one more, one less."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plans import actions
from plans.devices import MOST_DEVICES, device_id, device_name, devices_in
from plans.forms.devices import DeviceForm
from plans.media import web_push
from plans.models import Person
from plans.models.reminders import Medium

from .common import next_page


def devices(request: HttpRequest) -> HttpResponse:
    return render(request, "plans/devices.html", {"push": push_section(request.person)})


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """What this browser was given when its owner allowed notifications."""
    form = DeviceForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        messages.error(request, _("Notifications could not be switched on: we cannot write to this browser."))
        return _back(request)
    name = device_name(request.headers.get("User-Agent", "")) or _("Device")
    try:
        actions.add_device(request.person, form.device(name, now.isoformat()), now)
    except actions.TooManyDevices:
        text = _("You are notified on %(count)s devices already. Remove one of them first.")
        messages.error(request, text % {"count": MOST_DEVICES})
    else:
        messages.success(request, _("This device will be notified."))
    return _back(request)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    if actions.remove_device(request.person, request.POST.get("device", ""), timezone.now()):
        messages.success(request, _("The device will not be notified any more."))
    return _back(request)


def push_section(person: Person) -> dict[str, Any]:
    """What templates/plans/parts/push.html shows."""
    address = person.addresses.filter(medium=Medium.WEB_PUSH).first()
    return {
        "key": web_push.public_key(),
        "stopped": address is not None and address.stopped_at is not None,
        "devices": [
            {
                "id": device_id(device["endpoint"]),
                "name": device["name"],
                "added_at": timezone.localtime(datetime.fromisoformat(device["added_at"])),
            }
            for device in (devices_in(address.to) if address else ())
        ],
    }


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(next_page(request, reverse("plans:devices")))

"""“Not now”: reminders of one thing wait for a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from plans import schedule
from plans.models import Sim, Snooze


@transaction.atomic
def snooze(sim: Sim, subject: str, kind: str, deadline: date, until: date, now: datetime) -> None:
    """Until that day nothing is said of this deadline, and on that day it is said. `deadline` is the day that its
    reminders are known by."""
    # The lock of the SIM lets one of two taps wait for the other, which then finds the row.
    Sim.objects.select_for_update(no_key=True).get(pk=sim.pk)
    Snooze.objects.update_or_create(
        sim=sim, subject=subject, kind=kind, deadline=deadline, defaults={"until": until, "made_at": now}
    )
    schedule.reschedule(sim, now)


@transaction.atomic
def unsnooze(sim: Sim, subject: str, kind: str, deadline: date, now: datetime) -> None:
    """Its reminders come again when they would have come."""
    Snooze.objects.filter(sim=sim, subject=subject, kind=kind, deadline=deadline).delete()
    schedule.reschedule(sim, now)

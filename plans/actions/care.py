"""Backups, and codes from the bank."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from plans import schedule
from plans.models import Sim


@transaction.atomic
def set_care(sim: Sim, months: int | None, now: datetime) -> None:
    """Every so many months, or never; another rhythm is counted from today."""
    if months != sim.care_months:
        sim.care_months, sim.care_since = months, sim.today(now) if months else None
        _save(sim, now)


@transaction.atomic
def note_care(sim: Sim, now: datetime, *, done: bool) -> None:
    """It was done today, or not now: either way it is said again only after the whole time."""
    sim.care_since = sim.today(now)
    if done:
        sim.cared_on = sim.today(now)
    _save(sim, now)


def _save(sim: Sim, now: datetime) -> None:
    sim.save(update_fields=["care_months", "care_since", "cared_on"])
    schedule.reschedule(sim, now)

"""What a person says of what is left of their allowances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from plans import schedule
from plans.models import Plan, Sim, UsageReading
from plans.usage import Allowance

# A second tap on the same button says nothing new.
SAME_TAP = timedelta(minutes=10)


@transaction.atomic
def say_left(sim: Sim, left: Mapping[Allowance, int], now: datetime, plan: Plan | None = None) -> UsageReading:
    """Notes how much is left of each of these at this moment; one of the readings stands for all of them."""
    Sim.objects.select_for_update(no_key=True).get(pk=sim.pk)  # a second tap waits here for the first
    if twin := _same_tap(sim, left, now, plan):
        return twin
    readings = [
        sim.usage_readings.create(plan=plan, kind=kind.value, left=amount, said_at=now) for kind, amount in left.items()
    ]
    schedule.reschedule(sim, now)
    return readings[0]


@transaction.atomic
def forget_use(reading: UsageReading, now: datetime, *, on: bool = True) -> None:
    """Takes back, or (`on` False) brings back, all that was said of the plan in the same moment."""
    together = UsageReading.objects.filter(sim=reading.sim_id, plan=reading.plan_id, said_at=reading.said_at)
    together.filter(deleted_at__isnull=on).update(deleted_at=now if on else None)
    schedule.reschedule(reading.sim, now)


def _same_tap(sim: Sim, left: Mapping[Allowance, int], now: datetime, plan: Plan | None) -> UsageReading | None:
    last = sim.usage_readings.filter(deleted_at=None, said_at__gte=now - SAME_TAP).first()
    if last is None:
        return None
    said = sim.usage_readings.filter(deleted_at=None, said_at=last.said_at, plan=plan)
    return (
        last if {one.kind: one.left for one in said} == {kind.value: amount for kind, amount in left.items()} else None
    )

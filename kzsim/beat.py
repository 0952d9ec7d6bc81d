"""Beat, Celery's clock, on a machine whose own clock may be set back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler

MORE_THAN_A_TICK_OF_THE_CLOCK = timedelta(seconds=1)


class Scheduler(PersistentScheduler):
    """What ran last at a moment that is still to come, because the clock was set back since, runs an interval from now.

    Celery would wait in silence until that moment has come again, and beyond: an hour, or days.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at > now + MORE_THAN_A_TICK_OF_THE_CLOCK]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            self._heap = None  # worked out anew
        return super().tick(*args, **kwargs)

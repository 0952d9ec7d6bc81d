"""Beat goes on when the clock of its machine is set back."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import time_machine
from celery import Celery

from kzsim.beat import Scheduler

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_after_the_clock_was_set_back_the_next_tick_is_a_minute_away_and_not_an_hour(tmp_path, monkeypatch):
    app = Celery(set_as_current=False, broker="memory://")
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 60.0}}
    ran = []
    monkeypatch.setattr(Scheduler, "apply_entry", lambda _self, _entry, **_: ran.append(app.now()))
    with (
        time_machine.travel(NOON, tick=False) as clock,
        closing(Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"))) as beat,
    ):
        clock.shift(timedelta(minutes=1))
        assert beat.tick() == 0
        clock.shift(timedelta(hours=-1))
        assert beat.tick() <= 60
        clock.shift(timedelta(minutes=1))
        assert beat.tick() == 0
    assert ran == [NOON + timedelta(minutes=1), NOON - timedelta(minutes=58)]

"""Tasks are only bells: which ones the clock rings, and what happens when one cannot ring."""

import time

import pytest
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from kzsim.celery import app


def test_no_page_waits_for_a_broker_that_is_down(tmp_path):
    app = Celery("bell", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0"
    began = time.monotonic()
    with pytest.raises(OperationalError):
        app.send_task("plans.tasks.send", [[1]])
    assert time.monotonic() - began < 2


def test_the_clock_rings_what_is_there_to_be_rung():
    app.loader.import_default_modules()
    rung = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    known = {"plans.tasks.tick", "plans.tasks.sweep_files", "guides.tasks.fold_reads", "kzsim.tasks.post_weekly_list"}
    assert rung == known & set(app.tasks)

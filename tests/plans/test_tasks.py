"""Tasks are only bells: what happens when one cannot ring."""

import time

import pytest
from celery import Celery
from kombu.exceptions import OperationalError


def test_no_page_waits_for_a_broker_that_is_down(tmp_path):
    app = Celery("bell", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0"
    began = time.monotonic()
    with pytest.raises(OperationalError):
        app.send_task("plans.tasks.send", [[1]])
    assert time.monotonic() - began < 2

"""The Celery application. Tasks live beside what they do, in `plans/tasks.py`."""

import os
import signal
from typing import Any

from billiard.util import set_pdeathsig
from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kzsim.settings")

app = Celery("kzsim")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_the_parent_but_not_midway(**_: Any) -> None:
    """A child whose parent was killed gets SIGTERM, which `plans.outbox` holds back while a mail is on
    the wire, instead of Celery's SIGKILL, which would send that mail twice."""
    try:
        set_pdeathsig(signal.SIGTERM)
    except OSError:
        return  # not Linux: such a child ends when it finds its pipe closed

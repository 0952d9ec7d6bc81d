"""The Celery application. Tasks live beside what they do, in `plans/tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kzsim.settings")

app = Celery("kzsim")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

"""Celery entry points of the site itself."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from kzsim import editors

EVERY = 15 * 60


@shared_task(expires=EVERY)
def post_weekly_list() -> None:
    """Every quarter of an hour: posts the editors' weekly list to whoever has not had it since Monday, nine o'clock."""
    editors.post_weekly_list(timezone.now())

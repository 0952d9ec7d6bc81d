"""Celery entry points of the guides."""

from __future__ import annotations

from celery import shared_task

from guides import reads

EVERY = 60 * 60


@shared_task(expires=EVERY)
def fold_reads() -> None:
    """Every hour: adds what the cache has counted to the database."""
    reads.fold()

"""The site: settings, addresses, background work, the sign-in account."""

from .celery import app as celery_app

__all__ = ["celery_app"]

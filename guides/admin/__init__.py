"""The editors' desk. Every change made here raises the revision, so that pages and reminders follow."""

from . import catalogue, handbook, reports

__all__ = ["catalogue", "handbook", "reports"]

"""Deadlines x settings -> the reminders that should stand; due reminders -> what one message says.

Pure: no queries, no clock.
"""

from __future__ import annotations

from .messages import LATE, SECOND_MESSAGE_AFTER, SIMS_IN_A_MESSAGE, Item, may_go, message_items, overview_items
from .moments import (
    BEFORE_QUIET,
    ENOUGH_TIME,
    lead_moment,
    moment,
    next_hour,
    next_morning,
    out_of_quiet,
    question_moment,
)
from .overviews import is_told_by_overview, next_overview, overview_days, overview_moment, tells_until
from .rows import (
    INSISTS_FOR,
    LED,
    MEDIUM_EMAIL,
    TOLD,
    Identity,
    Row,
    leads,
    muted_by,
    rows_that_should_stand,
)
from .settings import HOUR, Known, Overviews, Settings, Snoozed

__all__ = [
    "BEFORE_QUIET",
    "ENOUGH_TIME",
    "HOUR",
    "INSISTS_FOR",
    "LATE",
    "LED",
    "MEDIUM_EMAIL",
    "SECOND_MESSAGE_AFTER",
    "SIMS_IN_A_MESSAGE",
    "TOLD",
    "Identity",
    "Item",
    "Known",
    "Overviews",
    "Row",
    "Settings",
    "Snoozed",
    "is_told_by_overview",
    "lead_moment",
    "leads",
    "may_go",
    "message_items",
    "moment",
    "muted_by",
    "next_hour",
    "next_morning",
    "next_overview",
    "out_of_quiet",
    "overview_days",
    "overview_items",
    "overview_moment",
    "question_moment",
    "rows_that_should_stand",
    "tells_until",
]

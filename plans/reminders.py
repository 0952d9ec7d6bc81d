"""Deadlines x settings -> the reminders that should stand; due reminders -> what one message says.

Pure: no queries, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .deadlines import Deadline, Kind
from .periods import Period

MEDIUM_EMAIL = "email"
HOUR = time(9)
ENOUGH_TIME = timedelta(hours=12)  # the least between a reminder and its cut-off
LATE = timedelta(hours=6)  # a message this much behind its plan says that it is late
SECOND_MESSAGE_AFTER = timedelta(hours=1)
SIMS_IN_A_MESSAGE = 10

LEADS = (7, 1, 0)
WEEK_LEADS = (1, 0)
INACTIVITY_LEADS = (30, 7, 1)
TRIP_LEADS = (7, 1)
CHECK_LEADS = (1,)  # an unknown balance is asked about once
PRICE_LEADS = (7,)  # once for each change, at once where less time is left
CARE_LEADS = (0,)
DATA_LEADS = (3, 1)

# What nobody is asked about afterwards: the last message, and what is only told.
_NEVER_ASKED = (Kind.PAUSED, Kind.PRICE, Kind.CARE, Kind.DATA_OUT, Kind.TRIP)
# What is said beside how long a plan or number lasts, and does not fold into it.
_APART = (Kind.PRICE, Kind.CARE, Kind.DATA_OUT, Kind.TRIP)


Identity = tuple[str, str, date, str]


@dataclass(frozen=True)
class Settings:
    """How one person wants to be reminded.

    `not_before` is the moment from which they can be reached at all: nothing is sent for an earlier
    one, what fell due meanwhile is said then. `stopped`: none stand.
    """

    zone: ZoneInfo
    muted_kinds: frozenset[str] = frozenset()
    stopped: bool = False
    not_before: datetime | None = None


@dataclass(frozen=True, order=True)
class Row:
    """One reminder that should stand. `planned_for` does not belong to its identity."""

    subject: str
    kind: str
    deadline: date
    occurrence: str
    planned_for: datetime

    @property
    def identity(self) -> Identity:
        return self.subject, self.kind, self.deadline, self.occurrence

    @property
    def topic(self) -> tuple[str, str]:
        """What one message says once, however many leads fell due."""
        return self.subject, self.kind if self.kind in _APART else ""


def leads(deadline: Deadline) -> tuple[int, ...]:
    """Days before the deadline on which to remind; none as long as the period itself, or longer."""
    if deadline.kind is Kind.NUMBER_AT_RISK:
        chosen: tuple[int, ...] = INACTIVITY_LEADS
    elif deadline.kind is Kind.PRICE:
        chosen = PRICE_LEADS
    elif deadline.kind is Kind.CARE:
        chosen = CARE_LEADS
    elif deadline.kind is Kind.DATA_OUT:
        chosen = DATA_LEADS
    elif deadline.kind is Kind.TRIP:
        chosen = TRIP_LEADS
    elif deadline.period is Period.DAY:
        chosen = ()
    elif deadline.unknown_balance:
        chosen = CHECK_LEADS
    else:
        chosen = WEEK_LEADS if deadline.period is Period.WEEK else LEADS
    return tuple(lead for lead in chosen if deadline.length is None or lead < deadline.length)


def moment(day: date, zone: ZoneInfo) -> datetime:
    """The hour of reminding on that day in the person's zone."""
    return datetime.combine(day, HOUR, zone).astimezone(UTC)


def lead_moment(deadline: Deadline, lead: int, zone: ZoneInfo) -> datetime:
    """When to remind so many days before; a day earlier if too little time to act would be left."""
    at = moment(deadline.on - timedelta(days=lead), zone)
    return at if deadline.cutoff - at >= ENOUGH_TIME else moment(deadline.on - timedelta(days=lead + 1), zone)


def rows_that_should_stand(deadlines: Iterable[Deadline], settings: Settings) -> list[Row]:
    if settings.stopped:
        return []
    rows = [row for deadline in deadlines for row in _rows(deadline, settings)]
    return [row for row in rows if muted_by(row.kind) not in settings.muted_kinds]


def muted_by(kind: str) -> str:
    """The kind a person switches off, which takes its questions and last messages along."""
    return Kind.RENEWED.value if kind == Kind.PAUSED else kind


def _rows(deadline: Deadline, settings: Settings) -> Iterable[Row]:
    if deadline.since and deadline.cutoff <= deadline.since and not _is_question_ahead(deadline, settings):
        return  # it was over when we heard of it: its owner knows
    if deadline.opens_on is not None:
        planned = [(str(deadline.asked), moment(deadline.opens_on, settings.zone))]
    else:
        planned = [
            (_occurrence(deadline, lead), lead_moment(deadline, lead, settings.zone)) for lead in leads(deadline)
        ]
    for occurrence, at in planned:
        if deadline.since and at < deadline.since:
            if not deadline.first:
                continue  # a renewal or a correction does not bring back leads that passed
            at = deadline.since
        if settings.not_before and at < settings.not_before:
            at = settings.not_before
        yield Row(deadline.subject, deadline.kind.value, deadline.known_by, occurrence, at)


def _occurrence(deadline: Deadline, lead: int) -> str:
    """The lead; of a new price its amount in hundredths, for another one is said anew."""
    if deadline.kind is Kind.PRICE and deadline.needed:
        return str(int(deadline.needed.amount * 100))
    return str(lead)


def _is_question_ahead(deadline: Deadline, settings: Settings) -> bool:
    return (
        deadline.opens_on is not None
        and deadline.since is not None
        and moment(deadline.opens_on, settings.zone) > deadline.since
    )


# --- when a message may go -------------------------------------------------------------------------


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """The next hour of reminding after `now` on a later day in the person's zone."""
    return moment(now.astimezone(zone).date() + timedelta(days=1), zone)


def may_go(row: Row, cutoff: datetime | None, last_message_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a due reminder may go into a message now.

    At most one message a person and day. What would be lost before the next morning still goes the
    same day, an hour after the last message at the earliest.
    """
    # A message of a day to come was sent before the clock was set back.
    if last_message_at is None or last_message_at.astimezone(zone).date() != now.astimezone(zone).date():
        return True
    if now - last_message_at < SECOND_MESSAGE_AFTER:
        return False
    return cutoff is not None and now < cutoff < next_morning(now, zone) + ENOUGH_TIME


# --- what a message says -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """What one message says of one subject on the day it is sent."""

    row: Row
    deadline: Deadline
    days_left: int
    late: bool

    @property
    def is_question(self) -> bool:
        """The day is over: ask whether it was renewed instead of warning."""
        return self.days_left < 0 and self.deadline.kind not in _NEVER_ASKED


def message_items(
    rows: Iterable[Row], standing: dict[tuple[str, str, date, str], Deadline], now: datetime
) -> list[Item]:
    """One item a topic, the most urgent first and what can wait last; rows that no longer stand say nothing.

    `standing` maps the identities of the rows that should stand today to their deadlines. Several
    leads of one topic fold into the latest.
    """
    latest: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.identity in standing:
            known = latest.get(row.topic)
            if known is None or _rank(row) > _rank(known):
                latest[row.topic] = row
    items = [_item(row, standing[row.identity], now) for row in latest.values()]
    return sorted(
        items,
        key=lambda item: (
            *(item.deadline.kind is Kind.CARE, item.is_question, item.days_left, item.deadline.subject),
            item.deadline.kind,
        ),
    )


def _item(row: Row, deadline: Deadline, now: datetime) -> Item:
    today = now.astimezone(deadline.zone).date()
    return Item(row, deadline, (deadline.on - today).days, now - row.planned_for > LATE)


def _rank(row: Row) -> tuple[date, bool, datetime, int]:
    """The latest last. Rows that waited together, for a pause to end or an address, are planned for one moment:
    there the smallest lead is the latest, and the highest count of questions."""
    asks = row.kind in (Kind.RENEWED, Kind.PAUSED)
    return row.deadline, asks, row.planned_for, int(row.occurrence) * (1 if asks else -1)

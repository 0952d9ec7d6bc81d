"""Due reminders -> when they may go, and what one message says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plans.deadlines import Deadline, Kind

from .moments import ENOUGH_TIME, next_morning, question_moment
from .overviews import key_of
from .rows import NEVER_ASKED, TOLD, Identity, Row, count_in, leads, muted_by, was_over_when_heard_of
from .settings import HOUR, Settings

LATE = timedelta(hours=6)  # a message this much behind its plan says that it is late
SECOND_MESSAGE_AFTER = timedelta(hours=1)
SIMS_IN_A_MESSAGE = 10

_CAN_WAIT = (Kind.CARE, Kind.PROMOTION)  # said last, in this order


def may_go(
    row: Row,
    cutoff: datetime | None,
    last_message_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
    hour: time = HOUR,
) -> bool:
    """Whether a due reminder may go into a message now.

    At most one message a person and day. What would be lost before the next morning still goes the
    same day, an hour after the last message at the earliest.
    """
    # A message of a day to come was sent before the clock was set back.
    if last_message_at is None or last_message_at.astimezone(zone).date() != now.astimezone(zone).date():
        return True
    if now - last_message_at < SECOND_MESSAGE_AFTER:
        return False
    return cutoff is not None and now < cutoff < next_morning(now, zone, hour) + ENOUGH_TIME


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
        return self.days_left < 0 and self.deadline.kind not in NEVER_ASKED


def message_items(rows: Iterable[Row], standing: Mapping[Identity, Deadline], now: datetime) -> list[Item]:
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
    return sorted((_item(row, standing[row.identity], now) for row in latest.values()), key=_urgency)


def overview_items(found: Iterable[tuple[Deadline, Settings]], now: datetime, until: date) -> list[Item]:
    """What an overview tells, the most urgent first: what comes by the day `until`, and what is still asked. An offer
    and a last message are told once, by the first overview that knows of them."""
    coming: dict[tuple[object, ...], Deadline] = {}
    asked: dict[str, tuple[Deadline, Settings]] = {}
    for deadline, settings in found:
        if muted_by(deadline.kind.value) in settings.muted_kinds or was_over_when_heard_of(deadline, settings):
            continue
        if deadline.opens_on is not None:
            before = asked.get(deadline.subject)
            if _is_open(deadline, settings, now) and (before is None or deadline.asked > before[0].asked):
                asked[deadline.subject] = deadline, settings
        elif deadline.promotion is not None:
            if _is_news(deadline, settings, now):
                coming.setdefault((deadline.promotion,), deadline)
        elif leads(deadline, settings) and now < deadline.cutoff and deadline.on <= until:
            coming[key_of(deadline)] = deadline
    questions = [deadline for deadline, settings in asked.values() if not _was_last_word(deadline, settings)]
    return sorted(
        (_item(_row_of(deadline, now), deadline, now) for deadline in (*coming.values(), *questions)), key=_urgency
    )


def _is_open(deadline: Deadline, settings: Settings, now: datetime) -> bool:
    """Whether the question is asked by now."""
    if deadline.opens_on is None:
        return False
    return question_moment(deadline, deadline.opens_on, settings.zone, settings.hour) <= now


def _was_last_word(deadline: Deadline, settings: Settings) -> bool:
    """Whether an overview has told already that its reminders pause."""
    told = settings.overview.told if settings.overview else frozenset()
    return deadline.kind is Kind.PAUSED and key_of(deadline) in told


def _is_news(deadline: Deadline, settings: Settings, now: datetime) -> bool:
    """Whether the offer runs, and was not told before."""
    return deadline.promotion not in settings.offers_told and (deadline.since or now) <= now < deadline.cutoff


def _row_of(deadline: Deadline, now: datetime) -> Row:
    occurrence = TOLD if deadline.promotion is None else str(deadline.promotion)
    return Row(deadline.subject, deadline.kind.value, deadline.known_by, occurrence, now)


def _item(row: Row, deadline: Deadline, now: datetime) -> Item:
    today = now.astimezone(deadline.zone).date()
    late = now - row.planned_for > LATE and deadline.kind is not Kind.PROMOTION  # which nobody waits for
    return Item(row, deadline, (deadline.on - today).days, late)


def _urgency(item: Item) -> tuple[int, bool, int, str, str]:
    kind = item.deadline.kind
    waits = _CAN_WAIT.index(kind) + 1 if kind in _CAN_WAIT else 0
    return waits, item.is_question, item.days_left, item.deadline.subject, kind.value


def _rank(row: Row) -> tuple[date, bool, datetime, bool, int, int]:
    """The latest last. Rows that waited together, for a pause to end or an address, are planned for one moment:
    there the smallest lead is the latest, and the highest count of questions."""
    asks = row.kind in (Kind.RENEWED, Kind.PAUSED)
    number, again = count_in(row.occurrence)
    return row.deadline, asks, row.planned_for, row.is_snooze, number * (1 if asks else -1), again

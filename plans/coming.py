"""What will come: the reminders that stand, day by day as their reader will meet them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.db.models.functions import Coalesce

from kzsim.common.formats import clock, listed

from .models import Person, Reminder, Snooze
from .models.reminders import ReminderQuerySet
from .periods import cutoff
from .reminders import ENOUGH_TIME, moment

LINES_A_PAGE = 20
SNOOZE_DAYS = (1, 3, 7)

Kind = Reminder.Kind
Known = tuple[int | None, str, str, date]

# What follows a question that finds no answer: too many ifs for a list of what will come.
_ASKED_AGAIN = Q(kind=Kind.PAUSED) | Q(kind=Kind.RENEWED) & ~Q(occurrence="1") & ~Q(occurrence__startswith="again-")
_CAN_WAIT = (Kind.RENEWED, Kind.CARE)
_NEVER_SNOOZED = (Kind.PAUSED, Kind.PROMOTION, Kind.OVERVIEW)


class Choice(NamedTuple):
    """Not now, but so many days later."""

    days: int
    until: date


@dataclass(frozen=True)
class Line:
    """One thing that the messages of a day say, on however many media and with however many leads."""

    reminders: list[Reminder]
    is_next: bool  # of its deadline: only that can wait, for with a later one it would wait too
    choices: list[Choice]
    snoozed_until: date | None

    @property
    def reminder(self) -> Reminder:
        return self.reminders[0]


class Way(NamedTuple):
    """Media that speak at one time of a day; `waits`: for an address that works."""

    at: str
    waits: bool
    media: str


@dataclass(frozen=True)
class Day:
    day: date
    is_due: bool
    lines: list[Line]
    ways: list[Way]

    @property
    def waits(self) -> bool:
        return all(way.waits for way in self.ways)


class _Row(NamedTuple):
    """As little of a reminder as its place in the list takes: there may be thousands."""

    pk: int
    subject: str
    kind: str
    deadline: date
    occurrence: str
    at: datetime

    @property
    def topic(self) -> tuple[object, ...]:
        """What is said once: an offer however many SIMs it is for."""
        return (self.kind, self.occurrence) if self.kind == Kind.PROMOTION else (self.subject, self.kind, self.deadline)


def coming_page(reminders: ReminderQuerySet, person: Person, now: datetime, page: str | None) -> tuple[Page, list[Day]]:
    """One page of these reminders, and its days. Costs the same few queries for one SIM and for a hundred."""
    rows = reminders.coming().exclude(_ASKED_AGAIN).annotate(at=Coalesce("due_at", "planned_for")).order_by("at", "pk")
    fields = [name for name in _Row._fields if name != "at"]
    lines: dict[tuple[object, ...], list[int]] = {}
    known: dict[tuple[object, ...], tuple[object, ...]] = {}
    for row in map(_Row._make, rows.values_list(*fields, "at")):
        place = _place(row.at, person, now)
        is_next = known.setdefault(row.topic, place) == place
        lines.setdefault((*place, is_next, row.topic), []).append(row.pk)
    found = Paginator(list(lines.items()), LINES_A_PAGE).get_page(page)
    return found, list(_days(found, person, now))


def line_of(reminder: Reminder, person: Person, now: datetime) -> Line:
    """One reminder by itself, as it stands after a tap."""
    snoozed = _snoozed([reminder.sim_id], person.today(now))
    day, _is_ahead = _place(reminder.due_at or reminder.planned_for, person, now)
    return _line([reminder], day, person, snoozed, is_next=True)


def _place(at: datetime, person: Person, now: datetime) -> tuple[date, bool]:
    """The day on the reader's clock, and whether it is still ahead: what is due comes at once."""
    return (person.today(now), False) if at <= now else (person.today(at), True)


def _days(page: Page, person: Person, now: datetime) -> Iterator[Day]:
    shown = [pk for _key, pks in page for pk in pks]
    rows = Reminder.objects.select_related("sim__operator", "plan").in_bulk(shown)
    snoozed = _snoozed({row.sim_id for row in rows.values()}, person.today(now))
    for (day, is_ahead), group in groupby(page, lambda item: item[0][:2]):
        here = [(key[2], [rows[pk] for pk in pks if pk in rows]) for key, pks in group]
        # What was sent since the list was made is no longer there.
        lines = [_line(found, day, person, snoozed, is_next=is_next) for is_next, found in here if found]
        if lines:
            yield Day(day, not is_ahead, lines, _ways(lines, person))


def _line(reminders: list[Reminder], day: date, person: Person, snoozed: dict[Known, date], *, is_next: bool) -> Line:
    first = reminders[0]
    until = snoozed.get(_known(first))
    choices = snooze_choices(first, day, person) if is_next else []
    return Line(reminders, is_next, choices, until if until and until >= day else None)


def _ways(lines: Iterable[Line], person: Person) -> list[Way]:
    times: dict[tuple[str, bool], dict[str, None]] = {}
    for line in lines:
        for one in line.reminders:
            at = clock(one.due_at or one.planned_for, person.zone)
            times.setdefault((at, one.state == Reminder.State.HELD), {})[one.get_medium_display()] = None
    return [Way(at, waits, listed(media)) for (at, waits), media in sorted(times.items(), key=lambda item: item[0][0])]


def _known(reminder: Reminder) -> Known:
    return reminder.sim_id, reminder.subject, reminder.kind, reminder.deadline


def _snoozed(sims: Iterable[int | None], today: date) -> dict[Known, date]:
    found = Snooze.objects.filter(sim__in=[sim for sim in sims if sim], until__gt=today)
    return {(one.sim_id, one.subject, one.kind, one.deadline): one.until for one in found}


def snooze_choices(reminder: Reminder, day: date, person: Person) -> list[Choice]:
    """The days to which it can wait from that day, and still leave enough time to act."""
    if reminder.sim is None or reminder.kind in _NEVER_SNOOZED:
        return []
    choices = [Choice(days, day + timedelta(days=days)) for days in SNOOZE_DAYS]
    if reminder.kind in _CAN_WAIT:
        return choices
    ends_with_it = reminder.kind in (Kind.PLAN_EXPIRES, Kind.CHARGE)
    hour = reminder.plan.ends_at if reminder.plan and ends_with_it else None
    last = cutoff(reminder.deadline, reminder.sim.zone, hour) - ENOUGH_TIME
    return [one for one in choices if moment(one.until, person.zone, person.hour) <= last]

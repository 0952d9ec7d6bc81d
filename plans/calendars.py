"""Days on which something ends, as a calendar file (RFC 5545) that a telephone's calendar can take in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar
from icalendar import Event as Entry

from kzsim.common.formats import days_in_words, titled

from .reminders import HOUR

CONTENT_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//KZSIM//Dates//EN"


@dataclass(frozen=True)
class Event:
    """A whole day. It has no zone: it is that day wherever its reader is. `leads` are the days before it on which the
    calendar speaks up, at the hour of our own reminders."""

    uid: str
    day: date
    summary: str
    description: str
    url: str
    leads: tuple[int, ...] = ()


def lasting_uid(*parts: object) -> str:
    """The same for the same parts: a calendar that takes the event in twice replaces the first."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(map(str, parts))))


def calendar_file(events: Iterable[Event], now: datetime) -> bytes:
    """These events, in the active language. Without a name of its own, a file goes into the calendar people have."""
    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    for event in events:
        file.add_component(_entry(event, now))
    return bytes(file.to_ical())


def _entry(event: Event, now: datetime) -> Entry:
    entry = Entry()
    entry.add("uid", event.uid)
    entry.add("dtstamp", now)
    entry.add("dtstart", event.day)
    entry.add("dtend", event.day + timedelta(days=1))
    entry.add("summary", event.summary)
    entry.add("description", event.description)
    entry.add("url", event.url)
    entry.add("transp", "TRANSPARENT")  # nobody is busy because a package ends
    for lead in event.leads:
        entry.add_component(_alarm(event, lead))
    return entry


def _alarm(event: Event, lead: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", titled(event.summary, days_in_words(lead)))
    alarm.add("trigger", timedelta(hours=HOUR.hour) - timedelta(days=lead))
    return alarm

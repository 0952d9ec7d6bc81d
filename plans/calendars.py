"""Days on which something ends, as calendar files (RFC 5545) that a telephone's calendar can take in, or follow."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Timezone, vDuration
from icalendar import Event as Entry

from kzsim.common.formats import days_in_words, titled

from .reminders import HOUR

CONTENT_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//KZSIM//Dates//EN"
_LOOK_AGAIN = timedelta(hours=6)  # how often a calendar that follows a feed is asked to look


@dataclass(frozen=True)
class Event:
    """A whole day, or the moment `at` of it. A whole day has no zone: it is that day wherever its reader is.

    `alarms` say how long after the beginning the calendar speaks up: before it where they are negative. `known_at` is
    the moment since which it stands so, None for now; a higher `sequence` of a `uid` replaces a lower one.
    """

    uid: str
    day: date
    summary: str
    description: str
    url: str
    alarms: tuple[timedelta, ...] = ()
    at: datetime | None = None
    known_at: datetime | None = None
    sequence: int = 0

    @property
    def begins(self) -> datetime:
        """On the clock of its own place."""
        return self.at.replace(tzinfo=None) if self.at else datetime.combine(self.day, time())


def lasting_uid(*parts: object) -> str:
    """The same for the same parts: a calendar that takes the event in twice replaces the first."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(map(str, parts))))


def days_before(leads: Iterable[int]) -> tuple[timedelta, ...]:
    """The alarms of a whole day: so many days before, at the hour of our own reminders."""
    return tuple(timedelta(hours=HOUR.hour) - timedelta(days=lead) for lead in leads)


def calendar_file(events: Iterable[Event], now: datetime) -> bytes:
    """These events, in the active language. Without a name of its own, a file goes into the calendar people have."""
    return bytes(_calendar(events, now).to_ical())


def feed_file(name: str, events: Iterable[Event], zone: ZoneInfo) -> bytes:
    """A calendar of its own that is looked at again and again. The same events give the same bytes.

    What is no longer in it is over: whoever follows a feed takes it whole and drops the rest. As cancelled events it
    would only stay, struck through in one calendar and ringing in another.
    """
    events = list(events)
    file = _calendar(events, None)
    file.add("x-wr-calname", name)
    file.add("name", name)
    file.add("refresh-interval", _LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", vDuration(_LOOK_AGAIN))
    days = [event.day for event in events]
    if days:
        file.add_missing_timezones(date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1))
    else:
        file.add_component(Timezone.from_tzinfo(zone))  # a calendar with nothing in it is none
    return bytes(file.to_ical())


def _calendar(events: Iterable[Event], now: datetime | None) -> Calendar:
    file = Calendar()
    file.add("prodid", _PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    for event in events:
        file.add_component(_entry(event, now))
    return file


def _entry(event: Event, now: datetime | None) -> Entry:
    """No LAST-MODIFIED: ICSx5 passes over an event whose text changed while that stood still."""
    entry = Entry()
    entry.add("uid", event.uid)
    entry.add("dtstamp", event.known_at or now)
    if event.sequence:
        entry.add("sequence", event.sequence)
    if event.at:
        entry.add("dtstart", event.at)
        entry.add("duration", timedelta())  # without a word of it, khal makes it an hour that is too late
    else:
        entry.add("dtstart", event.day)
        entry.add("dtend", event.day + timedelta(days=1))
    entry.add("summary", _line(event.summary))
    entry.add("description", "\n".join(map(_line, event.description.split("\n"))))
    entry.add("url", event.url)
    entry.add("transp", "TRANSPARENT")  # nobody is busy because a package ends
    for after in event.alarms:
        entry.add_component(_alarm(event, after))
    return entry


def _alarm(event: Event, after: timedelta) -> Alarm:
    days = (event.day - (event.begins + after).date()).days
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _line(titled(event.summary, days_in_words(days))))
    alarm.add("trigger", after)  # not a moment: khal and others know none
    return alarm


def _line(text: str) -> str:
    """One line as RFC 5545 allows it, without what some readers of such files take for the end of one."""
    text = "".join(char for char in " ".join(text.split()) if unicodedata.category(char) != "Cc")
    return text.replace("\\N", "\\n")  # icalendar takes the first for a line break

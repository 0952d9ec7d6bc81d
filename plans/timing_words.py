"""What follows from how a person wants to be reminded, in words. Takes values: no queries, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kzsim.common.formats import listed

from .deadlines import Deadline, Kind
from .periods import Period
from .reminders import INSISTS_FOR, Settings, lead_moment, leads
from .reminders.overviews import EVERY_WEEK

_A_DAY = date(2026, 6, 15)  # any day will do: only distances from it are said
_USUAL = Settings(zone=ZoneInfo("UTC"))


def example(kind: Kind, zone: ZoneInfo, period: Period | None = None, length: int | None = None) -> Deadline:
    """A deadline of this kind such as anybody may have."""
    return Deadline("plan:1", kind, _A_DAY, zone, period=period, length=length)


def days_before(deadline: Deadline, settings: Settings) -> list[int]:
    """So many days before the date a reminder really comes: an hour that leaves too little time moves it."""
    moments = (lead_moment(deadline, lead, settings.zone, settings.hour) for lead in leads(deadline, settings))
    return list(dict.fromkeys((deadline.on - at.astimezone(settings.zone).date()).days for at in moments))


def usual_days(kind: Kind, period: Period | None = None) -> list[int]:
    return list(leads(Deadline("plan:1", kind, _A_DAY, _USUAL.zone, period=period)))


def what_follows(settings: Settings, overview: str, zone: ZoneInfo) -> list[str]:
    """Whole sentences. `zone`: where the SIMs are, for there a day ends."""
    if overview:
        words = {"time": _hour(settings.hour)}
        each = _("Every Monday at %(time)s one mail tells you everything.") % words
        if overview != EVERY_WEEK:
            each = _("On the 1st of every month at %(time)s one mail tells you everything.") % words
        return [each, _("What cannot wait for it comes by itself, and so does what goes to chats."), *_quiet(settings)]
    return [*_examples(settings, zone), *_insisting(settings), *_quiet(settings)]


def _examples(settings: Settings, zone: ZoneInfo) -> Iterable[str]:
    settings = replace(settings, insists=False)
    muted = settings.muted_kinds
    if Kind.PLAN_EXPIRES.value not in muted:
        month = days_before(example(Kind.PLAN_EXPIRES, zone, Period.DAYS_30, 30), settings)
        week = days_before(example(Kind.PLAN_EXPIRES, zone, Period.WEEK, 7), settings)
        yield _("For a plan of 30 days: %(days)s, at %(time)s.") % _said(month, settings)
        yield _("For a plan of 7 days: %(days)s, at %(time)s.") % _said(week, settings)
    if Kind.NUMBER_AT_RISK.value not in muted:
        number = days_before(example(Kind.NUMBER_AT_RISK, zone), settings)
        yield _("For a number that is kept alive: %(days)s, at %(time)s.") % _said(number, settings)


def _said(days: list[int], settings: Settings) -> dict[str, str]:
    return {"days": days_in_a_row(days), "time": _hour(settings.hour)}


def days_in_a_row(days: Iterable[int]) -> str:
    """“7 days before, 1 day before, on the day”."""
    return listed(
        ngettext("%(days)s day before", "%(days)s days before", day) % {"days": day} if day else _("on the day")
        for day in days
    )


def _insisting(settings: Settings) -> Iterable[str]:
    if settings.insists:
        words = {"days": INSISTS_FOR}
        yield _("From the first of these on every day, and for %(days)s days after the date, until you answer.") % words


def _quiet(settings: Settings) -> Iterable[str]:
    if settings.quiet_from and settings.quiet_until:
        words = {"first": _hour(settings.quiet_from), "last": _hour(settings.quiet_until)}
        yield _("Chats and notifications are silent from %(first)s to %(last)s; e-mail comes all the same.") % words


def _hour(at: time) -> str:
    return f"{at:%H:%M}"

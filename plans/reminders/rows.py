"""Deadlines x settings -> the reminder rows that should stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plans.deadlines import Deadline, Kind
from plans.periods import Period

from .moments import lead_moment, moment, next_hour, question_moment
from .overviews import is_told_by_overview, key_of
from .settings import Settings

MEDIUM_EMAIL = "email"

LEADS = (7, 1, 0)
WEEK_LEADS = (1, 0)
INACTIVITY_LEADS = (30, 7, 1)
TRIP_LEADS = (7, 1)
CHECK_LEADS = (1,)  # an unknown balance is asked about once
PRICE_LEADS = (7,)  # once for each change, at once where less time is left
CARE_LEADS = (0,)
DATA_LEADS = (3, 1)

INSISTS_FOR = 14  # days on which a question is asked anew, for who wants that

# What nobody is asked about afterwards: the last message, and what is only told.
NEVER_ASKED = (Kind.PAUSED, Kind.PRICE, Kind.CARE, Kind.DATA_OUT, Kind.TRIP, Kind.PROMOTION)
# What is said beside how long a plan or number lasts, and does not fold into it.
_APART = (Kind.PRICE, Kind.CARE, Kind.DATA_OUT, Kind.TRIP)
# What one can be warned of at days of one's own choice. A backup is said on its day, an offer once it is known.
LED = (Kind.PLAN_EXPIRES, Kind.CHARGE, Kind.NUMBER_AT_RISK, Kind.DATA_OUT, Kind.PRICE, Kind.TRIP)
# What can be answered before its day, and is repeated every day until then for who wants that.
_INSISTED_ON = (Kind.PLAN_EXPIRES, Kind.CHARGE, Kind.NUMBER_AT_RISK)
# What is still worth a word after its day; of the rest a question speaks then, or nothing.
_SAID_AFTERWARDS = (Kind.PRICE, Kind.CARE)
_SNOOZED = "again-"
TOLD = "overview"  # the occurrence of what an overview has told


Identity = tuple[str, str, date, str]


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
        """What one message says once, however many leads fell due, and an offer however many SIMs it is for."""
        if self.kind == Kind.PROMOTION:
            return self.kind, self.occurrence
        return self.subject, self.kind if self.kind in _APART else ""

    @property
    def is_snooze(self) -> bool:
        return self.occurrence.startswith(_SNOOZED)


def count_in(occurrence: str) -> tuple[int, int]:
    """The number in an occurrence (a lead, the count of questions), and which repetition of it that is: "1+3" is the
    first question on the third day after. Nothing of a snooze, which has a day of its own."""
    number, _plus, again = occurrence.partition("+")
    return (int(number), int(again or 0)) if number.isdecimal() else (0, 0)


def leads(deadline: Deadline, settings: Settings | None = None) -> tuple[int, ...]:
    """Days before the deadline on which to remind; none as long as the period itself, or longer."""
    usual = _shorter_than_period(_usual_leads(deadline), deadline)
    if settings is None or deadline.kind not in LED or not _usual_leads(deadline):
        return usual
    own = sorted(set(settings.leads.get(deadline.kind.value, ())), reverse=True)
    chosen = _shorter_than_period(own, deadline) or usual
    if deadline.kind is Kind.PRICE:
        return chosen[:1]
    if settings.insists and deadline.kind in _INSISTED_ON and chosen:
        return tuple(range(chosen[0], -1, -1))
    return chosen


def _usual_leads(deadline: Deadline) -> tuple[int, ...]:
    if deadline.kind is Kind.NUMBER_AT_RISK:
        return INACTIVITY_LEADS
    if deadline.kind is Kind.PRICE:
        return PRICE_LEADS
    if deadline.kind is Kind.CARE:
        return CARE_LEADS
    if deadline.kind is Kind.DATA_OUT:
        return DATA_LEADS
    if deadline.kind is Kind.TRIP:
        return TRIP_LEADS
    if deadline.period is Period.DAY:
        return ()  # whoever pays every day needs no telling, whatever days they choose
    if deadline.unknown_balance:
        return CHECK_LEADS
    return WEEK_LEADS if deadline.period is Period.WEEK else LEADS


def _shorter_than_period(days: Iterable[int], deadline: Deadline) -> tuple[int, ...]:
    return tuple(lead for lead in days if deadline.length is None or lead < deadline.length)


def rows_that_should_stand(deadlines: Iterable[Deadline], settings: Settings) -> list[Row]:
    if settings.stopped:
        return []
    own = (deadline for deadline in deadlines if not is_told_by_overview(deadline, settings))
    rows = [row for deadline in own for row in _rows(deadline, settings)]
    return [row for row in rows if muted_by(row.kind) not in settings.muted_kinds]


def muted_by(kind: str) -> str:
    """The kind a person switches off, which takes its questions and last messages along."""
    return Kind.RENEWED.value if kind == Kind.PAUSED else kind


def _rows(deadline: Deadline, settings: Settings) -> Iterable[Row]:
    if was_over_when_heard_of(deadline, settings):
        return
    for occurrence, at in _without_snoozed(list(_planned(deadline, settings)), deadline, settings):
        if deadline.since and at < deadline.since:
            if not deadline.first:
                continue  # a renewal or a correction does not bring back leads that passed
            at = deadline.since
        if settings.not_before and at < settings.not_before:
            at = settings.not_before
            if at >= deadline.cutoff and not deadline.opens_on and deadline.kind not in _SAID_AFTERWARDS:
                continue  # its day has passed meanwhile
            if deadline.kind is Kind.PROMOTION:
                at = next_hour(at, settings.zone, settings.hour)
        yield Row(deadline.subject, deadline.kind.value, deadline.known_by, occurrence, at)


def _planned(deadline: Deadline, settings: Settings) -> Iterator[tuple[str, datetime]]:
    """Each occurrence, and the moment at which it would be said if nothing stood in the way."""
    zone, hour = settings.zone, settings.hour
    if deadline.promotion is not None:
        at = next_hour(deadline.since or deadline.cutoff, zone, hour)
        if at < deadline.cutoff and deadline.promotion not in settings.offers_told:
            yield str(deadline.promotion), at
    elif deadline.opens_on is not None:
        yield str(deadline.asked), question_moment(deadline, deadline.opens_on, zone, hour)
        if settings.insists and deadline.kind is Kind.RENEWED:
            for again in range(1, INSISTS_FOR):
                day = deadline.opens_on + timedelta(days=again)
                if deadline.asked_until is None or day <= deadline.asked_until:
                    yield f"{deadline.asked}+{again}", question_moment(deadline, day, zone, hour)
    else:
        for lead in leads(deadline, settings):
            yield _occurrence(deadline, lead), lead_moment(deadline, lead, zone, hour)


def _occurrence(deadline: Deadline, lead: int) -> str:
    """The lead; of a new price its amount in hundredths, for another one is said anew."""
    if deadline.kind is Kind.PRICE and deadline.needed:
        return str(int(deadline.needed.amount * 100))
    return str(lead)


def _without_snoozed(
    planned: list[tuple[str, datetime]], deadline: Deadline, settings: Settings
) -> list[tuple[str, datetime]]:
    """Nothing before the day that the person chose, and on that day once more. A snooze never reaches behind the
    cut-off: then it ends at the last moment that leaves time to act, and where that had passed already it changes
    nothing."""
    snoozed = settings.snoozes.get(key_of(deadline))
    if snoozed is None or not planned or deadline.promotion is not None:
        return planned
    at = _end_of_snooze(snoozed.until, deadline, settings)
    if at <= snoozed.made_at:
        return planned
    kept = [(occurrence, when) for occurrence, when in planned if when >= at]
    speaks = deadline.opens_on is None or deadline.opens_on <= snoozed.until <= (deadline.asked_until or date.max)
    return [*kept, (f"{_SNOOZED}{snoozed.until}", at)] if speaks else kept  # another question speaks on that day


def _end_of_snooze(until: date, deadline: Deadline, settings: Settings) -> datetime:
    zone, hour = settings.zone, settings.hour
    if deadline.opens_on is not None:
        return question_moment(deadline, until, zone, hour)
    at = moment(until, zone, hour)
    return at if deadline.kind is Kind.CARE else min(at, lead_moment(deadline, 0, zone, hour))


def was_over_when_heard_of(deadline: Deadline, settings: Settings) -> bool:
    """Its owner knows; only a question that was still ahead then is asked."""
    if deadline.since is None or deadline.cutoff > deadline.since:
        return False
    if deadline.opens_on is None:
        return True
    return question_moment(deadline, deadline.opens_on, settings.zone, settings.hour) <= deadline.since

"""What follows from mail that comes back, and the way back for its owner."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kzsim.common.links import absolute
from plans import outbox, schedule
from plans.bounces import Kind, Report
from plans.models import Message, Person
from plans.models.reminders import Medium

from .media import send_test
from .people import forget_failures, stop_reminders


class Outcome(StrEnum):
    PAUSED = "paused"  # nothing goes to the address any more
    STOPPED = "stopped"  # no reminders at all any more, after a complaint
    FAILED = "failed"  # the message counts as failed; the next one goes there as ever
    NOTHING = "nothing"  # known already, out of date, or only a delay
    NOBODY = "nobody"  # no message and no person here


@transaction.atomic
def note_report(report: Report, now: datetime, *, by_address: bool = True) -> Outcome:
    """Acts on what came back. The same report twice does the same as once, and one that is older than the owner's word
    that the address works changes nothing. `by_address`: whoever reports is known and may name a person by their
    address alone; mail can come from anybody, but only who has seen our message knows its Message-ID."""
    message = _message_of(report)
    people = _people_of(report, message) if message or by_address else []
    if message is None and not people:
        return Outcome.NOBODY
    if report.kind is Kind.DELAYED:
        return Outcome.NOTHING
    if report.kind is Kind.COMPLAINT:
        stopped = [_stop_after_complaint(person, now) for person in people if not _is_outdated(report, message, person)]
        return Outcome.STOPPED if any(stopped) else Outcome.NOTHING
    said = report.said or _("Our mail came back.")
    failed = message is not None and outbox.note_returned(message, said, now)
    paused = [
        outbox.pause_mail(person, said, now)
        for person in people
        if report.kind is Kind.GONE
        and not _is_outdated(report, message, person)
        and (message is None or message.to.lower() == person.email.lower())
    ]
    if any(paused):
        return Outcome.PAUSED
    return Outcome.FAILED if failed else Outcome.NOTHING


@transaction.atomic
def resume_address(person: Person, now: datetime) -> Message | None:
    """Its owner says that the address works: a test goes there at once, and so does what fell due meanwhile and is
    still true. None if it was not paused, or was never confirmed: then they are asked to confirm it. Raises
    TooManyTests, and it stays paused."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if person.bounced_at is None:
        return None
    person.bounced_at, person.bounce, person.reachable_since = None, "", now
    person.save(update_fields=["bounced_at", "bounce", "reachable_since"])
    forget_failures(person, Medium.EMAIL, now)
    schedule.reschedule_person(person, now)
    return send_test(person, Medium.EMAIL, now) if person.email_verified else None


def _message_of(report: Report) -> Message | None:
    if not report.message_id:
        return None
    return Message.objects.filter(message_id=report.message_id, medium=Medium.EMAIL).first()


def _people_of(report: Report, message: Message | None) -> list[Person]:
    """Whom it concerns: whoever the message went to, else who has the address. Locked."""
    people = Person.objects.select_for_update(no_key=True).order_by("pk")
    if message is not None:
        return list(people.filter(pk=message.person_id))
    return list(people.filter(email__in={report.email, report.email.lower()})) if report.email else []


def _is_outdated(report: Report, message: Message | None, person: Person) -> bool:
    """Whether the owner has said since that all is well. A message bounces as it was when it left; a complaint is made
    when it is made."""
    left = message and (message.sent_at or message.posted_at)
    at = (report.at or left) if report.kind is Kind.COMPLAINT else (left or report.at)
    return at is not None and person.reachable_since is not None and at < person.reachable_since


def _stop_after_complaint(person: Person, now: datetime) -> bool:
    """Who calls our mail spam has asked for an end of it. Should it have been a slip, another medium tells the way
    back; False if all was stopped before."""
    if person.stopped_at is not None:
        return False
    stop_reminders(person, now)
    with translation.override(person.language):
        text = _(
            "Your mail program reported our mail as spam, so we have stopped all reminders.\n\n"
            "If you want them to go on: %(page)s"
        )
        words = {"page": absolute(reverse("plans:reminders"))}
        outbox.post_notice(person, _("Your reminders are stopped"), text % words, now, besides=Medium.EMAIL)
    return True

"""Messages: post, claim, send, mark. The only place that changes the state of one, or of a reminder
on its way.

The database is the truth. A claim moves `next_attempt_at` to the end of a lease and writes a token
that every later UPDATE must match; it is committed before the network is touched. A process that is
killed therefore loses nothing, and at most the one message it had on the wire goes out again.
"""

from __future__ import annotations

import logging
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guides.selection import Shelf
from kzsim.common.links import absolute
from kzsim.common.mail import new_message_id

from . import clockwork, schedule
from .media import Parcel, Scope, Transport, Trouble
from .media.letter import Letter, write_letter
from .media.transports import longest_conversation, transport
from .models import Address, Message, Person, Reminder, Sim
from .models.messages import MessageQuerySet
from .models.reminders import Medium
from .periods import cutoff
from .reminders import SECOND_MESSAGE_AFTER, Item, may_go, message_items, next_morning

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=5)  # for a recipient or a message; a server is never given up
LONGEST_BACK_OFF = timedelta(hours=1)

State = Message.State
T = TypeVar("T")


def lease(medium: str = Medium.EMAIL) -> timedelta:
    """How long a claim holds: longer than the whole conversation with the server and the writing."""
    return timedelta(seconds=longest_conversation(medium) + 10)


# --- posting -----------------------------------------------------------------------------------------


def post_account_mail(to: str, subject: str, text: str, html: str = "", person: Person | None = None) -> Message:
    """Queues a mail of the sign-in account; its text is removed once it is sent."""
    now = timezone.now()
    return Message.objects.create(
        kind=Message.Kind.ACCOUNT,
        person=person,
        message_id=new_message_id(),
        to=to,
        subject=subject,
        text=text,
        html=html,
        posted_at=now,
        next_attempt_at=now,
    )


def post_test(person: Person, medium: str, now: datetime) -> Message:
    """Queues a message that says only that messages arrive, and by which way."""
    with translation.override(person.language):
        words = {"medium": Medium(medium).label, "name": person.name}
        return Message.objects.create(
            kind=Message.Kind.TEST,
            person=person,
            medium=medium,
            message_id=new_message_id(),
            to=_shown_address(person, medium),
            subject=_("This is a test"),
            text=_("Reminders reach you here (%(medium)s). Nothing is due: you asked for this test.") % words,
            posted_at=now,
            next_attempt_at=now,
        )


def post_notice(person: Person, subject: str, text: str, now: datetime) -> list[Message]:
    """Queues on every medium that still works what the person has to know about their reminders themselves."""
    return [
        Message.objects.create(
            kind=Message.Kind.NOTICE,
            person=person,
            medium=medium,
            message_id=new_message_id(),
            to=_shown_address(person, medium),
            subject=subject,
            text=text,
            posted_at=now,
            next_attempt_at=now,
        )
        for medium in schedule.media_that_work(person)
    ]


def _shown_address(person: Person, medium: str) -> str:
    """Where a message goes, as its reader and the operators of the site may see it: chats by their label only."""
    if medium == Medium.EMAIL:
        return person.email
    address = person.addresses.filter(medium=medium).first()
    return address.label if address else ""


def due_people(now: datetime) -> list[tuple[int, str]]:
    """Whoever has something to be told, and on which medium, longest waiting first.

    Not grouped by the database: SQLite would walk through all reminders there are, in the order of people.
    """
    due = Reminder.objects.due(now).order_by("due_at")
    return list(dict.fromkeys(due.values_list("person", "medium")))


@transaction.atomic
def post(person_id: int, now: datetime, medium: str = Medium.EMAIL) -> Message | None:
    """Folds what is due for a person on a medium into one message, or into the one that still waits to be sent."""
    person = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        return None
    # Locked: to a message that is being marked as sent in this moment, nothing may be attached any more.
    queued = Message.objects.filter(person=person, kind=Message.Kind.REMINDERS, state=State.QUEUED)
    waiting = queued.filter(medium=medium).select_for_update().first()
    mine = Reminder.objects.due(now).filter(person=person, medium=medium)
    due = list(mine.select_for_update(of=("self",)).select_related("sim", "plan").order_by("pk"))
    going = due if waiting else _those_that_may_go(person, medium, due, now)
    if not going:
        return None
    message = waiting or Message.objects.create(
        kind=Message.Kind.REMINDERS,
        person=person,
        medium=medium,
        message_id=new_message_id(),
        to=_shown_address(person, medium),
        posted_at=now,
        next_attempt_at=now,
    )
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in going], due_at__isnull=False).update(
        state=Reminder.State.ATTACHED, due_at=None, message=message
    )
    return message


def chunks(ids: list[T], size: int = 50) -> Iterator[list[T]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def post_each(people: Iterable[tuple[int, str]]) -> Iterator[Message]:
    """The messages of these people on these media; one whose reminders cannot be folded does not stop the others."""
    for person, medium in people:
        try:
            message = post(person, timezone.now(), medium)
        except Exception:
            log.exception("the reminders of person %s cannot be posted", person)
        else:
            if message:
                yield message


def _those_that_may_go(person: Person, medium: str, due: list[Reminder], now: datetime) -> list[Reminder]:
    """At most one message a day; what has to wait gets its next chance, so that no tick sees it again before."""
    earlier = Message.objects.filter(person=person, kind=Message.Kind.REMINDERS, medium=medium)
    earlier = earlier.exclude(state=State.DROPPED)
    last = earlier.aggregate(at=Max(Coalesce("sent_at", "posted_at")))["at"]
    going = [reminder for reminder in due if may_go(reminder.row, _lost_at(reminder), last, now, person.zone)]
    waiting = {reminder.pk: _next_chance(person, reminder, last, now) for reminder in due if reminder not in going}
    for moment in set(waiting.values()):
        ids = [pk for pk, at in waiting.items() if at == moment]
        Reminder.objects.filter(pk__in=ids, due_at__isnull=False).update(due_at=moment)
    return going


def _next_chance(person: Person, reminder: Reminder, last: datetime | None, now: datetime) -> datetime:
    morning = next_morning(now, person.zone)
    soon = (last or now) + SECOND_MESSAGE_AFTER
    return soon if now < soon and may_go(reminder.row, _lost_at(reminder), last, soon, person.zone) else morning


def _lost_at(reminder: Reminder) -> datetime | None:
    """When it is too late; None for a question, and a backup, which can wait."""
    can_wait = (Reminder.Kind.RENEWED, Reminder.Kind.PAUSED, Reminder.Kind.CARE)
    if reminder.kind in can_wait or reminder.sim is None:
        return None
    ends_with_it = reminder.kind in (Reminder.Kind.PLAN_EXPIRES, Reminder.Kind.CHARGE)
    hour = reminder.plan.ends_at if reminder.plan and ends_with_it else None
    return cutoff(reminder.deadline, reminder.sim.zone, hour)


# --- sending -----------------------------------------------------------------------------------------


def due_messages(now: datetime) -> list[int]:
    return list(Message.objects.due(now).order_by("next_attempt_at").values_list("pk", flat=True))


def send(ids: Iterable[int], clock: Callable[[], datetime] = timezone.now) -> int:
    """Sends those of these messages that are due and not claimed by anybody; returns how many left.

    Those of a medium share one connection. Trouble with a recipient or a message passes on to the next message; trouble
    with a server ends the chunk for its medium: the rest of it is untouched and due at the next tick.
    """
    ids, left, shelf = list(ids), Counter[str](), Shelf()
    media = dict(Message.objects.filter(pk__in=ids).values_list("pk", "medium"))
    with ExitStack() as open_ones:
        ways: dict[str, Transport] = {}
        failing: set[str] = set()
        for pk in ids:
            medium = media.get(pk)
            if medium is None or medium in failing:
                continue
            if medium not in ways:
                ways[medium] = open_ones.enter_context(closing(transport(medium)))
            try:
                with _uninterrupted():
                    left[medium] += _send_one(pk, medium, ways[medium], clock, shelf)
            except Trouble as trouble:
                clockwork.note_trouble(medium, str(trouble), clock())
                failing.add(medium)
    for medium in (+left).keys() - failing:
        clockwork.note_that_it_leaves(medium)
    return left.total()


def _send_one(pk: int, medium: str, way: Transport, clock: Callable[[], datetime], shelf: Shelf) -> bool:
    """Claims, writes, sends and marks; True if it left. Raises only trouble with the server."""
    message = claim(pk, clock(), medium)
    if message is None:
        return False
    try:
        attempt = _written(message, clock(), shelf)
        if attempt is None:
            return False
        way.send(attempt.parcel)
    except Trouble as trouble:
        _put_off(message, trouble, clock())
        if trouble.scope is Scope.SERVER:
            raise
    except Exception as error:  # a message that cannot be written must not stop the others
        log.exception("message %s cannot be written", message.pk)
        _put_off(message, Trouble(Scope.MESSAGE, f"{type(error).__name__}: {error}"), clock())
    else:
        _surely_mark_sent(message, attempt, clock)
        return True
    return False


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Holds SIGTERM back until the message is marked: a process that is asked to end does so between two."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def claim(pk: int, now: datetime, medium: str = Medium.EMAIL) -> Message | None:
    """Takes a due message for the length of a lease; None if it is not due or someone else has it."""
    token = secrets.token_hex(16)
    taken = Message.objects.due(now).filter(pk=pk)
    if not taken.update(next_attempt_at=now + lease(medium), token=token, attempts=F("attempts") + 1):
        return None
    return Message.objects.select_related("person").filter(pk=pk, token=token).first()


@dataclass(frozen=True)
class _Attempt:
    """A message as it goes out now, and what it says of the reminders in it."""

    parcel: Parcel
    letter: Letter | None = None
    items: tuple[Item, ...] = ()
    reminders: tuple[Reminder, ...] = ()


def _written(message: Message, now: datetime, shelf: Shelf | None = None) -> _Attempt | None:
    """The message from today's facts; None, and the message dropped, if nothing true is left to say or there is
    nowhere left to say it."""
    to = _goes_to(message)
    if message.kind != Message.Kind.REMINDERS or message.person is None:
        if not to:
            _drop(message, (), now)
            return None
        parcel = Parcel(
            to, message.message_id, message.subject, message.text, message.html, f"{message.subject}\n{message.text}"
        )
        return _Attempt(parcel)
    person = message.person
    reminders = tuple(message.reminders.filter(state=Reminder.State.ATTACHED))
    sims = {sim.pk: sim for sim in Sim.objects.filter(pk__in={r.sim_id for r in reminders}, person=person).with_facts()}
    standing = {}
    if to and schedule.is_reachable(person, message.medium) and not person.pause_on(person.today(now)):
        for sim in sims.values():
            standing |= {row.identity: deadline for row, deadline in schedule.standing_rows(sim, now).items()}
    items = tuple(message_items((reminder.row for reminder in reminders), standing, now))
    if not items:
        _drop(message, reminders, now)
        return None
    letter = write_letter(person, items, sims, now, shelf)
    parcel = Parcel(
        to,
        message.message_id,
        letter.subject,
        letter.text,
        letter.html,
        letter.short,
        letter.url,
        letter.unsubscribe,
    )
    if message.medium == Medium.EMAIL:
        message.to = person.email
    return _Attempt(parcel, letter, items, reminders)


def _goes_to(message: Message) -> Any:
    """The address of today, for people move; nothing if they have none on this medium any more."""
    if message.medium == Medium.EMAIL:
        is_account = message.kind == Message.Kind.ACCOUNT or message.person is None
        return message.to if is_account else message.person.email
    address = Address.objects.working().filter(person=message.person_id, medium=message.medium).first()
    return address and address.to


def _held(message: Message) -> MessageQuerySet:
    """The message, if this attempt still holds it."""
    return Message.objects.filter(pk=message.pk, token=message.token, state=State.QUEUED)


@transaction.atomic
def _mark_sent(message: Message, attempt: _Attempt, now: datetime) -> None:
    letter = attempt.letter
    marked = _held(message).update(
        state=State.SENT,
        sent_at=now,
        next_attempt_at=None,
        error="",
        to=message.to,
        subject=letter.subject if letter else message.subject,
        text=_kept(message, letter.text if letter else message.text),
        html=_kept(message, letter.html if letter else message.html),
    )
    if not marked:
        log.warning("message %s was sent by an attempt that had lost its lease", message.pk)
        return
    if message.medium != Medium.EMAIL:
        _address_of(message).update(worked_at=now, failing_since=None, trouble="")
    said = {item.row.identity for item in attempt.items}
    topics = {item.row.topic for item in attempt.items}
    by_state: dict[str, list[int]] = {}
    for reminder in attempt.reminders:
        if reminder.row.identity in said:
            state = Reminder.State.SENT
        else:
            state = Reminder.State.FOLDED if reminder.row.topic in topics else Reminder.State.SKIPPED
        by_state.setdefault(state, []).append(reminder.pk)
    for state, ids in by_state.items():
        reason = "no longer true" if state == Reminder.State.SKIPPED else ""
        Reminder.objects.filter(pk__in=ids).update(state=state, reason=reason)
    _release_latecomers(message, now)


def _surely_mark_sent(message: Message, attempt: _Attempt, clock: Callable[[], datetime]) -> None:
    """A message that has left is marked even if the database is away for a while, or locked: else it would be sent
    again. After the lease, another attempt has it anyway."""
    end = time.monotonic() + lease(message.medium).total_seconds()
    while True:
        try:
            return _mark_sent(message, attempt, clock())
        except (OperationalError, InterfaceError) as error:
            if time.monotonic() > end:
                raise
            log.warning("message %s was sent but cannot be marked yet: %s", message.pk, error)
            connection.close()
            time.sleep(1)


def _kept(message: Message, text: str) -> str:
    """What stays of a text once it is sent: account mail holds keys to the account."""
    return "" if message.kind == Message.Kind.ACCOUNT else text


def _address_of(message: Message) -> QuerySet[Address]:
    return Address.objects.filter(person=message.person_id, medium=message.medium)


def _release_latecomers(message: Message, now: datetime) -> None:
    """What was attached after the finished attempt was written has its own turn."""
    message.reminders.filter(state=Reminder.State.ATTACHED).update(
        state=Reminder.State.SCHEDULED, due_at=now, message=None
    )


@transaction.atomic
def _drop(message: Message, reminders: Iterable[Reminder], now: datetime) -> None:
    if _held(message).update(state=State.DROPPED, next_attempt_at=None, error=""):
        Reminder.objects.filter(pk__in=[reminder.pk for reminder in reminders]).update(
            state=Reminder.State.SKIPPED, reason="no longer true"
        )
        _release_latecomers(message, now)
        schedule.reschedule_many(Sim.objects.filter(reminders__message=message).distinct(), now)


@transaction.atomic
def _put_off(message: Message, trouble: Trouble, now: datetime) -> None:
    """Tries again later, or gives up where that cannot help."""
    gives_up = trouble.scope is not Scope.SERVER and (trouble.permanent or now - message.posted_at > GIVE_UP_AFTER)
    log.warning("message %s did not leave (%s): %s", message.pk, trouble.scope, trouble)
    if not gives_up:
        _held(message).update(next_attempt_at=now + _back_off(message.attempts), error=str(trouble), token="")
    elif _held(message).update(
        state=State.FAILED,
        next_attempt_at=None,
        error=str(trouble),
        text=_kept(message, message.text),
        html=_kept(message, message.html),
    ):
        message.reminders.filter(state=Reminder.State.ATTACHED).update(
            state=Reminder.State.FAILED, reason=str(trouble)[:200]
        )
    else:
        return  # another attempt has it by now
    if message.medium != Medium.EMAIL and trouble.scope is Scope.RECIPIENT:
        _note_trouble_with_address(message, str(trouble)[:200], now, is_dead=gives_up)


def _note_trouble_with_address(message: Message, said: str, now: datetime, *, is_dead: bool) -> None:
    """An address that does not work for long, or for good, makes way for another medium: what nobody was told yet is
    due there at once, and so is that this one fell silent."""
    address = _address_of(message).select_related("person").first()
    if address is None or address.stopped_at:
        return
    address.failing_since, address.trouble = address.failing_since or now, said
    address.stopped_at = now if is_dead else None
    address.save(update_fields=["failing_since", "trouble", "stopped_at"])
    if is_dead or (address.person.mail_off and address.is_silent(now)):
        schedule.reschedule_person(address.person, now)
    if is_dead:
        _tell_elsewhere(address, now)


def _tell_elsewhere(address: Address, now: datetime) -> None:
    person = address.person
    with translation.override(person.language):
        words = {
            "medium": address.get_medium_display(),
            "said": address.trouble,
            "page": absolute(reverse("plans:reminders")),
        }
        subject = _("%(medium)s no longer takes your reminders") % words
        text = _(
            "We could not reach you there, and have stopped trying. What we were told: %(said)s\n\n"
            "Your reminders come here meanwhile. See what can be done: %(page)s"
        )
        post_notice(person, subject, text % words, now)


def _back_off(attempts: int) -> timedelta:
    """A tick, two, four, ... up to an hour, spread by a fifth so that retries do not come in step."""
    waits = min(settings.TICK_SECONDS * 2 ** min(attempts - 1, 16), LONGEST_BACK_OFF.total_seconds())
    return timedelta(seconds=waits * random.uniform(0.8, 1.2))  # noqa: S311  (no secret)


@transaction.atomic
def follow_the_clock_back(now: datetime) -> None:
    """After the clock was set back, nothing waits until the old hour comes again: what was put off has its turn now,
    and a claim, which a process may still hold, lasts a lease from now."""
    ahead = Message.objects.filter(next_attempt_at__gt=now)
    ahead.filter(token="").update(next_attempt_at=now)
    for medium in set(ahead.values_list("medium", flat=True)):
        end = now + lease(medium)
        ahead.filter(medium=medium, next_attempt_at__gt=end).update(next_attempt_at=end)
    put_off = Reminder.objects.filter(due_at__gt=now).exclude(due_at=F("planned_for"))
    put_off.update(due_at=F("planned_for"))


@transaction.atomic
def send_again(ids: Iterable[int], now: datetime) -> int:
    """Queues failed reminder messages once more; account mail has lost its text and must be asked for anew."""
    failed = Message.objects.filter(pk__in=list(ids), state=State.FAILED, kind=Message.Kind.REMINDERS)
    queued = list(failed.values_list("pk", flat=True))
    Reminder.objects.filter(message__in=queued, state=Reminder.State.FAILED).update(
        state=Reminder.State.ATTACHED, reason=""
    )
    return Message.objects.filter(pk__in=queued).update(
        state=State.QUEUED, next_attempt_at=now, posted_at=now, attempts=0, error="", token=""
    )

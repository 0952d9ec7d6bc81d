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
from dataclasses import dataclass, field
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

from . import clockwork, pace, schedule
from .media import Parcel, Scope, Transport, Trouble
from .media.letter import Letter, write_letter
from .media.overview_letter import write_overview
from .media.transports import longest_conversation, transport
from .models import Address, Message, Person, Reminder, Sim
from .models.addresses import FAILING_FOR_LONG
from .models.messages import MessageQuerySet
from .models.reminders import Medium
from .periods import cutoff
from .reminders import SECOND_MESSAGE_AFTER, Identity, Row, may_go, message_items, next_morning, out_of_quiet

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=5)  # for a recipient or a message; a server is never given up
LONGEST_BACK_OFF = timedelta(hours=1)
AT_ONCE = 100  # people whose reminders are worked out again as a service falls silent
ACCOUNT_MAIL_A_DAY = 3  # to an address that bounced
A_TURN = 60  # seconds that a task may spend with chats, some of which stand on servers of people's own
A_SLICE = 5  # seconds that a task may spend with messages of which only so many a minute may leave

State = Message.State
T = TypeVar("T")


def lease(medium: str = Medium.EMAIL) -> timedelta:
    """How long a claim holds: longer than the whole conversation with the server and the writing."""
    return timedelta(seconds=longest_conversation(medium) + 10)


# --- posting -----------------------------------------------------------------------------------------


def post_account_mail(to: str, subject: str, text: str, html: str = "", person: Person | None = None) -> Message:
    """Queues a mail of the sign-in account; its text is removed once it is sent."""
    now = timezone.now()
    message = Message(
        kind=Message.Kind.ACCOUNT, person=person, message_id=new_message_id(), to=to, subject=subject, posted_at=now
    )
    if person and _is_hammered(person, to, now):
        message.state, message.failed_at, message.error = State.FAILED, now, person.bounce
    else:
        message.text, message.html, message.next_attempt_at = text, html, now
    message.save()
    return message


def _is_hammered(person: Person, to: str, now: datetime) -> bool:
    """An address that bounced may work again, so what its owner asks for is tried, but only a few times a day."""
    if person.bounced_at is None or to.lower() != person.email.lower():
        return False
    today = Message.objects.filter(person=person, kind=Message.Kind.ACCOUNT, posted_at__gt=now - timedelta(days=1))
    return today.filter(to=to).count() >= ACCOUNT_MAIL_A_DAY


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


def post_notice(person: Person, subject: str, text: str, now: datetime, besides: str = "") -> list[Message]:
    """Queues what the person has to know about their reminders themselves, on every medium that still works, `besides`
    one."""
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
        if medium != besides
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
    if waiting and medium != Medium.EMAIL and person.quiet_from is not None:
        # It may wait for the morning, for which what came along may be too late: whoever sends it looks again.
        Message.objects.filter(pk=waiting.pk, token="", next_attempt_at__gt=now).update(next_attempt_at=now)
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
    earlier = earlier.exclude(state__in=[State.DROPPED, State.FAILED])  # those told nothing
    last = earlier.aggregate(at=Max(Coalesce("sent_at", "posted_at")))["at"]
    going = [reminder for reminder in due if _may_go(person, reminder, last, now)]
    waiting = {reminder.pk: _next_chance(person, reminder, last, now) for reminder in due if reminder not in going}
    for moment in set(waiting.values()):
        ids = [pk for pk, at in waiting.items() if at == moment]
        Reminder.objects.filter(pk__in=ids, due_at__isnull=False).update(due_at=moment)
    return going


def _next_chance(person: Person, reminder: Reminder, last: datetime | None, now: datetime) -> datetime:
    soon = (last or now) + SECOND_MESSAGE_AFTER
    if now < soon and _may_go(person, reminder, last, soon):
        return soon
    return next_morning(now, person.zone, person.hour)


def _may_go(person: Person, reminder: Reminder, last: datetime | None, at: datetime) -> bool:
    return may_go(reminder.row, _lost_at(reminder), last, at, person.zone, person.hour)


def _lost_at(reminder: Reminder) -> datetime | None:
    """When it is too late; None for what can wait: a question, a backup, an offer, an overview."""
    can_wait = (Reminder.Kind.RENEWED, Reminder.Kind.PAUSED, Reminder.Kind.CARE, Reminder.Kind.PROMOTION)
    if reminder.kind in can_wait or reminder.sim is None:
        return None
    ends_with_it = reminder.kind in (Reminder.Kind.PLAN_EXPIRES, Reminder.Kind.CHARGE)
    hour = reminder.plan.ends_at if reminder.plan and ends_with_it else None
    return cutoff(reminder.deadline, reminder.sim.zone, hour)


# --- sending -----------------------------------------------------------------------------------------


def due_messages(now: datetime) -> list[int]:
    return list(Message.objects.due(now).order_by("next_attempt_at").values_list("pk", flat=True))


def bells(now: datetime) -> Iterator[tuple[list[int], float]]:
    """Due messages of one medium at a time, and in how many seconds to ring for them.

    Of what may send only so many a minute, as many as can leave before the next tick, spread over the time until then:
    no worker sits and waits while the others' messages queue up behind it.
    """
    due: dict[str, list[tuple[bool, int]]] = {}
    for pk, medium, kind in (
        Message.objects.due(now).order_by("next_attempt_at", "pk").values_list("pk", "medium", "kind")
    ):
        due.setdefault(medium, []).append((kind != Message.Kind.ACCOUNT, pk))
    for medium, found in due.items():
        rate, ids = pace.rate_of(medium), [pk for _rank, pk in sorted(found, key=lambda one: one[0])]
        size = max(1, rate * A_SLICE // 60) if rate else 50
        wave = ids[: max(1, rate * settings.TICK_SECONDS // 60)] if rate else ids
        for number, chunk in enumerate(chunks(wave, size)):
            yield chunk, number * size * pace.WINDOW / rate if rate else 0


def send(ids: Iterable[int], clock: Callable[[], datetime] = timezone.now, patience: float = 0) -> int:
    """Sends those of these messages that are due and not claimed by anybody; returns how many left.

    Those of a medium share one connection. Trouble with a recipient or a message passes on to the next message; trouble
    with a server ends the chunk for its medium: the rest of it is untouched and due at the next tick. So does a limit a
    minute that leaves no slot within `patience` seconds, which are waited for with nothing in hand. Mail goes first,
    and chats as long as their turn lasts: whoever's server is slow holds up neither mail nor the worker.
    """
    begun = time.monotonic()
    until = begun + patience
    ids, left, shelf = list(ids), Counter[str](), Shelf()
    media = dict(Message.objects.filter(pk__in=ids).values_list("pk", "medium"))
    with ExitStack() as open_ones:
        ways: dict[str, Transport] = {}
        failing: set[str] = set()
        full: set[str] = set()
        for pk in sorted(ids, key=lambda pk: media.get(pk) != Medium.EMAIL):
            medium = media.get(pk)
            if medium is None or medium in failing | full:
                continue
            if medium != Medium.EMAIL and time.monotonic() > begun + A_TURN:
                break
            if medium not in ways:
                ways[medium] = open_ones.enter_context(closing(transport(medium)))
            try:
                left[medium] += _send_in_turn(pk, medium, ways[medium], clock, shelf, until)
            except pace.Full:
                full.add(medium)
            except Trouble as trouble:
                clockwork.note_trouble(medium, str(trouble), clock())
                _fall_silent(medium, str(trouble), clock())
                failing.add(medium)
            except (OperationalError, InterfaceError):
                raise  # a database that is away is so for all of them
            except Exception:  # its lease ends by itself
                log.exception("what became of message %s cannot be kept", pk)
    for medium in (+left).keys() - failing:
        if since := clockwork.note_that_it_leaves(medium, clock()):  # not those with a trouble of their own
            Address.objects.working().filter(medium=medium, failing_since=since).update(failing_since=None, trouble="")
    return left.total()


def _send_in_turn(
    pk: int, medium: str, way: Transport, clock: Callable[[], datetime], shelf: Shelf, until: float
) -> bool:
    """Sends a message in the next free slot; True if it left. Raises trouble with the server, and Full where no slot
    is free by `until`."""
    while True:
        try:
            with _uninterrupted(), pace.slot(medium, clock, lease(medium).total_seconds()) as slot:
                return _send_one(_most_urgent(pk, medium, clock()), medium, way, clock, shelf, slot)
        except pace.Full as full:
            seconds = full.seconds
            if time.monotonic() + seconds > until:
                raise
        time.sleep(seconds)


def _most_urgent(pk: int, medium: str, now: datetime) -> int:
    """Where not everything can leave at once, who waits for a code goes before all reminders."""
    if pace.rate_of(medium) is None:
        return pk
    waiting = Message.objects.due(now).filter(medium=medium, kind=Message.Kind.ACCOUNT).order_by("next_attempt_at")
    return waiting.values_list("pk", flat=True).first() or pk


def _send_one(
    pk: int, medium: str, way: Transport, clock: Callable[[], datetime], shelf: Shelf, slot: pace.Slot
) -> bool:
    """Claims, writes, sends and marks; True if it left. Raises only trouble with the server."""
    message = claim(pk, clock(), medium)
    if message is None:
        return False
    try:
        attempt = None if _waits_for_the_morning(message, clock()) else _written(message, clock(), shelf)
        if attempt is None:
            return False
        slot.is_used = True
        with translation.override(message.person.language if message.person else None):  # for the words of the medium
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


def _waits_for_the_morning(message: Message, now: datetime) -> bool:
    """Puts off what would ring in its reader's quiet hours, unless it would be lost by then."""
    person = message.person
    asked_for = message.kind in (Message.Kind.ACCOUNT, Message.Kind.TEST)
    if asked_for or message.medium == Medium.EMAIL or person is None or person.quiet_from is None:
        return False
    attached = message.reminders.filter(state=Reminder.State.ATTACHED).select_related("sim", "plan")
    lost_at = min((at for at in map(_lost_at, attached) if at and at > now), default=None)
    until = out_of_quiet(now, lost_at, schedule.settings_of(person))
    if until <= now:
        return False
    return bool(_held(message).update(next_attempt_at=until, token="", attempts=F("attempts") - 1))


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
class _Said:
    """What is written now, the rows of reminders that it says, and (`told`) what an overview says of these SIMs."""

    letter: Letter
    rows: list[Row]
    told: list[Row] = field(default_factory=list)
    sims: list[Sim] = field(default_factory=list)


@dataclass(frozen=True)
class _Attempt:
    """A message as it goes out now, and what it says of the reminders in it."""

    parcel: Parcel
    said: _Said | None = None
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
            to,
            message.message_id,
            message.subject,
            message.text,
            message.html,
            f"{message.subject}\n{message.text}",
            kinds=(message.kind,),
        )
        return _Attempt(parcel)
    person = message.person
    reminders = tuple(message.reminders.filter(state=Reminder.State.ATTACHED))
    can_hear = to and schedule.hears_on(person, message.medium, now) and not person.pause_on(person.today(now))
    said = _say(message, reminders, now, shelf) if can_hear else None
    if said is None:
        _drop(message, reminders, now)
        return None
    letter = said.letter
    parcel = Parcel(
        to,
        message.message_id,
        letter.subject,
        letter.text,
        letter.html,
        letter.short,
        letter.url,
        letter.unsubscribe,
        tuple(dict.fromkeys(row.kind for row in said.rows)),
    )
    if message.medium == Medium.EMAIL:
        message.to = person.email
    return _Attempt(parcel, said, reminders)


def _say(message: Message, reminders: Iterable[Reminder], now: datetime, shelf: Shelf | None) -> _Said | None:
    """None where none of the reminders is true any more."""
    person, rows = message.person, [reminder.row for reminder in reminders]
    sims = {sim.pk: sim for sim in _sims_of(person, reminders)}
    if overview := schedule.overview_among(rows, person):
        return _say_all(person, overview, sims, now) if sims else None
    heard = schedule.heard_by([person], now).of(person, message.medium)
    standing = {
        row.identity: deadline
        for sim in sims.values()
        for row, deadline in schedule.standing_rows(sim, now, heard).items()
    }
    items = message_items(rows, standing, now)
    return _Said(write_letter(person, items, sims, now, shelf), [item.row for item in items]) if items else None


def _say_all(person: Person, overview: Row, sims: dict[int, Sim], now: datetime) -> _Said:
    """The overview; what else was to be said on this day is in it."""
    items = schedule.overview_of(person, sims.values(), now)
    letter = write_overview(person, items, sims, now, overview.planned_for)
    return _Said(letter, [overview], [item.row for item in items], list(sims.values()))


def _sims_of(person: Person, reminders: Iterable[Reminder]) -> QuerySet[Sim]:
    """Those that the reminders speak of; of an overview, all that are in use."""
    spoken_of = {reminder.sim_id for reminder in reminders}
    sims = Sim.objects.filter(person=person)
    sims = sims.in_use() if None in spoken_of else sims.filter(pk__in=spoken_of)
    return sims.with_facts().prefetch_related("snoozes")


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
    letter = attempt.said and attempt.said.letter
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
    spoken = [*attempt.said.rows, *attempt.said.told] if attempt.said else []
    said, topics = {row.identity for row in spoken}, {row.topic for row in spoken}
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
    if attempt.said and attempt.said.told:
        schedule.note_what_was_told(message, attempt.said.told, attempt.said.sims, now)
    _skip_offers_that_were_told(message, said)
    _release_latecomers(message, now)
    _go_on_after(message, attempt.reminders, now)


def _skip_offers_that_were_told(message: Message, said: Iterable[Identity]) -> None:
    """Those of another SIM that came later: an offer is told once."""
    if offers := [occurrence for _subject, kind, _day, occurrence in said if kind == Reminder.Kind.PROMOTION]:
        others = Reminder.objects.filter(person=message.person_id, medium=message.medium, occurrence__in=offers)
        others.filter(kind=Reminder.Kind.PROMOTION, state__in=[Reminder.State.SCHEDULED, Reminder.State.HELD]).update(
            state=Reminder.State.SKIPPED, due_at=None, reason="said of another SIM"
        )


def _go_on_after(message: Message, reminders: Iterable[Reminder], now: datetime) -> None:
    """After an overview the next one stands."""
    if any(reminder.kind == Reminder.Kind.OVERVIEW for reminder in reminders):
        schedule.stand_overview(Person.objects.get(pk=message.person_id), now)


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
        except Exception:
            log.exception("message %s was sent, but what follows from that cannot be worked out", message.pk)
            return _only_mark_sent(message, clock())


@transaction.atomic
def _only_mark_sent(message: Message, now: datetime) -> None:
    """Without this it would leave again at the end of each lease, for ever."""
    if _held(message).update(state=State.SENT, sent_at=now, next_attempt_at=None, text=_kept(message, message.text)):
        message.reminders.filter(state=Reminder.State.ATTACHED).update(state=Reminder.State.SENT)


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
        _work_out_again(message, now)


def _work_out_again(message: Message, now: datetime) -> None:
    """What a message did not tell, another medium may; and what an overview did not tell, a reminder of its own."""
    if message.person and message.reminders.filter(kind=Reminder.Kind.OVERVIEW).exists():
        schedule.reschedule_person(Person.objects.get(pk=message.person_id), now)
    else:
        schedule.reschedule_many(Sim.objects.filter(reminders__message=message).distinct(), now)


@transaction.atomic
def _put_off(message: Message, trouble: Trouble, now: datetime) -> None:
    """Tries again later, or gives up where that cannot help."""
    gives_up = trouble.scope is not Scope.SERVER and (trouble.permanent or now - message.posted_at > GIVE_UP_AFTER)
    log.warning("message %s did not leave (%s): %s", message.pk, trouble.scope, trouble)
    pauses = gives_up and trouble.about_mailbox and message.medium == Medium.EMAIL
    person = _locked_person(message) if pauses else None  # before the message, as whoever posts does
    if not gives_up:
        again = now + _back_off(message.attempts, trouble.after)
        _held(message).update(next_attempt_at=again, error=str(trouble), token="")
    elif _held(message).update(
        state=State.FAILED,
        next_attempt_at=None,
        failed_at=now,
        error=str(trouble),
        text=_kept(message, message.text),
        html=_kept(message, message.html),
    ):
        message.reminders.filter(state=Reminder.State.ATTACHED).update(
            state=Reminder.State.FAILED, reason=str(trouble)[:200]
        )
        _work_out_again(message, now)
    else:
        return  # another attempt has it by now
    if person and _goes_to(message) == person.email:
        pause_mail(person, str(trouble), now)
    if message.medium != Medium.EMAIL and trouble.scope is Scope.RECIPIENT:
        _note_trouble_with_address(message, str(trouble)[:200], now, is_dead=gives_up)


def _locked_person(message: Message) -> Person | None:
    return Person.objects.select_for_update(no_key=True).filter(pk=message.person_id).first()


def pause_mail(person: Person, said: str, now: datetime) -> bool:
    """An address that does not exist is not hammered: reminders wait until its owner says that it works, who hears of
    it elsewhere. False if that stood already. The person is locked."""
    if person.bounced_at is not None:
        return False
    person.bounced_at, person.bounce = now, said[:200]
    person.save(update_fields=["bounced_at", "bounce"])
    schedule.reschedule_person(person, now)
    with translation.override(person.language):
        words = {"email": person.email, "said": person.bounce, "page": absolute(reverse("plans:reminders"))}
        text = _(
            "Our mail to %(email)s came back, and we have stopped writing there. What its server said: %(said)s\n\n"
            "See what can be done: %(page)s"
        )
        post_notice(person, _("Your e-mail address does not work"), text % words, now)
    return True


def note_returned(message: Message, said: str, now: datetime) -> bool:
    """A message that had left did not arrive: what it said was told to nobody. False if that was known."""
    returned = Message.objects.filter(pk=message.pk, state=State.SENT)
    if not returned.update(state=State.FAILED, failed_at=now, error=said):
        return False
    message.reminders.filter(state=Reminder.State.SENT).update(state=Reminder.State.FAILED, reason=said[:200])
    _work_out_again(message, now)
    return True


def _note_trouble_with_address(message: Message, said: str, now: datetime, *, is_dead: bool) -> None:
    """An address that does not work for long, or for good, makes way for another medium: what nobody was told yet is
    due there at once, and so is that this one fell silent."""
    address = _address_of(message).select_related("person").first()
    if address is None or address.stopped_at:
        return
    address.failing_since, address.trouble = address.failing_since or now, said
    address.stopped_at = now if is_dead else None
    # Not saved by name: its owner may have removed it meanwhile.
    _address_of(message).update(failing_since=address.failing_since, trouble=said, stopped_at=address.stopped_at)
    if address.is_silent(now):
        schedule.reschedule_person(address.person, now)
    if is_dead and message.kind != Message.Kind.TEST:  # whoever tries an address sees on its page what comes of it
        _tell_elsewhere(address, now)


def _fall_silent(medium: str, said: str, now: datetime) -> None:
    """A service that takes nothing for long makes way for another medium, for those who have something to be told. At
    most so many at once; the others have their turn with the next message that does not leave."""
    since = clockwork.trouble_since(medium)
    if medium == Medium.EMAIL or since is None or now - since <= FAILING_FOR_LONG:
        return
    queued = Message.objects.filter(medium=medium, state=State.QUEUED, kind=Message.Kind.REMINDERS)
    waiting = Address.objects.working().filter(medium=medium, person__in=queued.values("person"))
    waiting = waiting.exclude(failing_since=since)  # the mark of those that have made way already
    for address in waiting.select_related("person").order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            Address.objects.filter(pk=address.pk).update(failing_since=since, trouble=said[:200])
            schedule.reschedule_person(address.person, now)


def _tell_elsewhere(address: Address, now: datetime) -> None:
    person = address.person
    with translation.override(person.language):
        words = {
            "medium": address.get_medium_display(),
            "said": _(address.trouble) if address.trouble else "",
            "page": absolute(reverse("plans:media")),
        }
        subject = _("%(medium)s no longer takes your reminders") % words
        text = _(
            "We could not reach you there, and have stopped trying. What we were told: %(said)s\n\n"
            "Your reminders come here meanwhile. See what can be done: %(page)s"
        )
        post_notice(person, subject, text % words, now)


def _back_off(attempts: int, after: int = 0) -> timedelta:
    """A tick, two, four, ... up to an hour, longer where the other side asked for it, but never above the hour; spread
    by a fifth so that retries do not come in step."""
    waits = max(settings.TICK_SECONDS * 2 ** min(attempts - 1, 16), after * 1.25)
    waits = min(waits, LONGEST_BACK_OFF.total_seconds())
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
        state=State.QUEUED,
        next_attempt_at=now,
        posted_at=now,
        sent_at=None,
        failed_at=None,
        attempts=0,
        error="",
        token="",
    )

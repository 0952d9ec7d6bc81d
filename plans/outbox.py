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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Max, Min
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from kzsim.common.mail import assemble, new_message_id

from . import schedule
from .media import Scope, Trouble
from .media.email import Transport, longest_conversation, transport
from .media.letter import Letter, write_letter
from .models import Heartbeat, Message, Person, Reminder, Sim
from .models.messages import MessageQuerySet
from .models.reminders import Medium
from .periods import cutoff
from .reminders import SECOND_MESSAGE_AFTER, Item, may_go, message_items, next_morning

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=5)  # for a recipient or a message; a server is never given up
LONGEST_BACK_OFF = timedelta(hours=1)
TICK_IS_LATE = timedelta(minutes=5)
MESSAGE_IS_LATE = timedelta(minutes=15)

State = Message.State


def lease() -> timedelta:
    """How long a claim holds: longer than the whole conversation with the server and the writing."""
    return timedelta(seconds=longest_conversation() + 10)


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


def due_people(now: datetime) -> list[int]:
    """Whoever has something to be told, longest waiting first.

    Not grouped by the database: SQLite would walk through all reminders there are, in the order of people.
    """
    due = Reminder.objects.due(now).filter(medium=Medium.EMAIL).order_by("due_at")
    return list(dict.fromkeys(due.values_list("person", flat=True)))


@transaction.atomic
def post(person_id: int, now: datetime) -> Message | None:
    """Folds a person's due reminders into one message, or into the one that still waits to be sent."""
    person = Person.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        return None
    # Locked: to a message that is being marked as sent in this moment, nothing may be attached any more.
    queued = Message.objects.filter(person=person, kind=Message.Kind.REMINDERS, state=State.QUEUED)
    waiting = queued.select_for_update().first()
    mine = Reminder.objects.due(now).filter(person=person, medium=Medium.EMAIL)
    due = list(mine.select_for_update(of=("self",)).select_related("sim", "plan").order_by("pk"))
    going = due if waiting else _those_that_may_go(person, due, now)
    if not going:
        return None
    message = waiting or Message.objects.create(
        kind=Message.Kind.REMINDERS,
        person=person,
        message_id=new_message_id(),
        to=person.email,
        posted_at=now,
        next_attempt_at=now,
    )
    Reminder.objects.filter(pk__in=[reminder.pk for reminder in going], due_at__isnull=False).update(
        state=Reminder.State.ATTACHED, due_at=None, message=message
    )
    return message


def post_each(people: Iterable[int]) -> Iterator[Message]:
    """The messages of these people; one whose reminders cannot be folded does not stop the others."""
    for person in people:
        try:
            message = post(person, timezone.now())
        except Exception:
            log.exception("the reminders of person %s cannot be posted", person)
        else:
            if message:
                yield message


def _those_that_may_go(person: Person, due: list[Reminder], now: datetime) -> list[Reminder]:
    """At most one message a day; what has to wait gets its next chance, so that no tick sees it again before."""
    earlier = Message.objects.filter(person=person, kind=Message.Kind.REMINDERS).exclude(state=State.DROPPED)
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

    They share one connection. Trouble with a recipient or a message passes on to the next message,
    trouble with the server ends the chunk: the rest is untouched and due at the next tick.
    """
    sent = 0
    with transport() as mail:
        for pk in ids:
            try:
                with _uninterrupted():
                    sent += _send_one(pk, mail, clock)
            except Trouble as trouble:
                _note_mail_trouble(str(trouble), clock())
                break
    if sent:
        Heartbeat.objects.filter(name="mail trouble").delete()
    return sent


def _send_one(pk: int, mail: Transport, clock: Callable[[], datetime]) -> bool:
    """Claims, writes, sends and marks; True if it left. Raises only trouble with the server."""
    message = claim(pk, clock())
    if message is None:
        return False
    try:
        attempt = _written(message, clock())
        if attempt is None:
            return False
        mail.send(attempt.mail)
    except Trouble as trouble:
        _put_off(message, trouble, clock())
        if trouble.scope is Scope.SERVER:
            raise
    except Exception as error:  # a message that cannot be written must not stop the others
        log.exception("message %s cannot be written", message.pk)
        _put_off(message, Trouble(Scope.MESSAGE, f"{type(error).__name__}: {error}"), clock())
    else:
        _mark_sent(message, attempt, clock())
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


def claim(pk: int, now: datetime) -> Message | None:
    """Takes a due message for the length of a lease; None if it is not due or someone else has it."""
    token = secrets.token_hex(16)
    taken = Message.objects.due(now).filter(pk=pk)
    if not taken.update(next_attempt_at=now + lease(), token=token, attempts=F("attempts") + 1):
        return None
    return Message.objects.select_related("person").filter(pk=pk, token=token).first()


@dataclass(frozen=True)
class _Attempt:
    """A message as it goes out now, and what it says of the reminders in it."""

    mail: EmailMultiAlternatives
    letter: Letter | None = None
    items: tuple[Item, ...] = ()
    reminders: tuple[Reminder, ...] = ()


def _written(message: Message, now: datetime) -> _Attempt | None:
    """The message from today's facts; None, and the message dropped, if nothing true is left to say."""
    if message.kind == Message.Kind.ACCOUNT or message.person is None:
        return _Attempt(
            assemble(
                to=message.to,
                subject=message.subject,
                text=message.text,
                html=message.html,
                message_id=message.message_id,
            )
        )
    person = message.person
    reminders = tuple(message.reminders.filter(state=Reminder.State.ATTACHED))
    sims = {sim.pk: sim for sim in Sim.objects.filter(pk__in={r.sim_id for r in reminders}, person=person).with_facts()}
    standing = {}
    if person.email_verified and not person.pause_on(person.today(now)):
        for sim in sims.values():
            standing |= {row.identity: deadline for row, deadline in schedule.standing_rows(sim, now).items()}
    items = tuple(message_items((reminder.row for reminder in reminders), standing, now))
    if not items:
        _drop(message, reminders, now)
        return None
    letter = write_letter(person, items, sims, now)
    mail = assemble(
        to=person.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=message.message_id,
        unsubscribe=letter.unsubscribe,
    )
    message.to = person.email
    return _Attempt(mail, letter, items, reminders)


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
        text=letter.text if letter else "",
        html=letter.html if letter else "",
    )
    if not marked:
        log.warning("message %s was sent by an attempt that had lost its lease", message.pk)
        return
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
    elif _held(message).update(state=State.FAILED, next_attempt_at=None, error=str(trouble), text="", html=""):
        message.reminders.filter(state=Reminder.State.ATTACHED).update(
            state=Reminder.State.FAILED, reason=str(trouble)[:200]
        )


def _back_off(attempts: int) -> timedelta:
    """A tick, two, four, ... up to an hour, spread by a fifth so that retries do not come in step."""
    waits = min(settings.TICK_SECONDS * 2 ** min(attempts - 1, 16), LONGEST_BACK_OFF.total_seconds())
    return timedelta(seconds=waits * random.uniform(0.8, 1.2))  # noqa: S311  (no secret)


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


# --- the clockwork -------------------------------------------------------------------------------------


def chunks(ids: list[int], size: int = 50) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def note_tick(now: datetime) -> None:
    Heartbeat.objects.update_or_create(name="tick", defaults={"at": now})


def _note_mail_trouble(text: str, now: datetime) -> None:
    """Keeps the moment the trouble began, and what was said last."""
    trouble, is_new = Heartbeat.objects.get_or_create(name="mail trouble", defaults={"at": now, "note": text})
    if not is_new:
        Heartbeat.objects.filter(pk=trouble.pk).update(note=text)


@dataclass(frozen=True)
class Health:
    """Ages in seconds; None: there is nothing of the kind."""

    last_tick_age: float | None
    oldest_due_age: float | None
    mail_failing_since: datetime | None
    problems: list[str]


def health(now: datetime, *, says_why: bool = True) -> Health:
    """Whether the tick runs and mail leaves; `says_why`: with the words of the mail server, which are not for all."""
    ticked = Heartbeat.objects.filter(name="tick").first()
    trouble = Heartbeat.objects.filter(name="mail trouble").first()
    oldest = [
        moment
        for moment in (
            Reminder.objects.due(now).aggregate(at=Min("due_at"))["at"],
            Message.objects.due(now).aggregate(at=Min("next_attempt_at"))["at"],
        )
        if moment
    ]
    problems = []
    if ticked is None:
        problems.append(_("The clockwork has not run yet."))
    elif now - ticked.at > TICK_IS_LATE:
        problems.append(_("The clockwork has not run for five minutes: no reminder is being sent."))
    if oldest and now - min(oldest) > MESSAGE_IS_LATE:
        problems.append(_("Messages are waiting for longer than fifteen minutes."))
    if trouble and says_why:
        problems.append(_("No mail can leave: %(error)s") % {"error": trouble.note})
    elif trouble:
        problems.append(_("No mail can leave; the admin says why."))
    return Health(
        (now - ticked.at).total_seconds() if ticked else None,
        (now - min(oldest)).total_seconds() if oldest else None,
        trouble.at if trouble else None,
        problems,
    )

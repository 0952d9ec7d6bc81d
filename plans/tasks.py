"""Celery entry points. Tasks are doorbells: they carry ids and expire, the rows say what is due."""

from __future__ import annotations

import logging
from functools import partial

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from . import actions, clockwork, linking, outbox, schedule
from .models import Message

log = logging.getLogger(__name__)

# A bell that was not answered by then is rung again by the next tick.
EXPIRES = max(settings.TICK_SECONDS, 10)


@shared_task(expires=EXPIRES)
def tick() -> None:
    """Every minute: catches up with the clock and the editors, then rings for whoever has something due."""
    now = timezone.now()
    if clockwork.was_set_back(now):
        log.warning("the clock was set back: what waits for an hour of the old one does not wait for it to come again")
        outbox.follow_the_clock_back(now)
        schedule.look_again(now)
    schedule.catch_up(now)
    for people in outbox.chunks(outbox.due_people(now)):
        deliver.delay(people)
    for messages, seconds in outbox.bells(now):
        send.apply_async([messages], countdown=seconds, expires=seconds + EXPIRES)
    if linking.is_due(now):
        ask_telegram.delay()
    clockwork.note_tick(now)


@shared_task(expires=EXPIRES)
def deliver(people: list[tuple[int, str]]) -> None:
    """Folds what is due for these people, each on one medium, into messages and sends them."""
    outbox.send([message.pk for message in outbox.post_each((person, medium) for person, medium in people)])


@shared_task(expires=EXPIRES)
def send(messages: list[int]) -> None:
    outbox.send(messages, patience=outbox.A_SLICE)


@shared_task(expires=EXPIRES)
def ask_telegram() -> None:
    """Hears who is connecting their chat, or stopping it."""
    linking.ask(timezone.now())


@shared_task(expires=24 * 3600)
def sweep_files() -> None:
    """Every day: takes away files that belong to nothing."""
    if swept := actions.sweep_files(timezone.now()):
        log.info("%s files that belonged to nothing are taken away", swept)


def ring(message: Message) -> None:
    """Asks the worker to send soon, once the transaction is committed. If nobody hears, the next tick does it."""
    transaction.on_commit(partial(_ring, message.pk))


def _ring(pk: int) -> None:
    try:
        send.delay([pk])
    except (OperationalError, OSError) as error:
        log.info("the broker is out of reach, the next tick will send: %s", error)


def ring_for_telegram() -> None:
    """Asks the worker to look soon who is connecting a chat; without it, the next tick does."""
    try:
        ask_telegram.delay()
    except (OperationalError, OSError) as error:
        log.info("the broker is out of reach, the next tick will ask Telegram: %s", error)

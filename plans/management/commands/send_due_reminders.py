"""Does by hand what the tick does every minute."""

from __future__ import annotations

import math
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from plans import clockwork, outbox, schedule
from plans.models import Message


class Command(BaseCommand):
    help = (
        "Sends every reminder and message that is due, on every medium, here and now, with a progress bar. Where only "
        "so many a minute may leave (EMAIL_RATE), it takes its time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        while schedule.catch_up(now):
            pass
        for _message in outbox.post_each(tqdm(outbox.due_people(now), desc="Writing", unit="person", disable=None)):
            pass
        sent = _send_all()
        clockwork.note_tick(now)
        failed = Message.objects.failed().filter(failed_at__gte=now).count()
        waiting = Message.objects.filter(next_attempt_at__isnull=False).count()
        self.stdout.write(f"{sent} message{'' if sent == 1 else 's'} sent, {failed} failed, {waiting} left for later.")
        health = clockwork.health(timezone.now())
        for text in [*health.problems, *health.warnings]:
            self.stdout.write(text)


def _send_all() -> int:
    """Goes on as long as anything leaves; what a server does not take now is left to the clockwork."""
    sent = 0
    with tqdm(total=len(outbox.due_messages(timezone.now())), desc="Sending", unit="message", disable=None) as bar:
        while True:
            before = sent
            for chunk, _seconds in outbox.bells(timezone.now()):
                sent += outbox.send(chunk, patience=math.inf)
                bar.update(len(chunk))
            if sent == before:
                return sent

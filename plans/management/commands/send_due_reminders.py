"""Does by hand what the tick does every minute."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from tqdm import tqdm

from plans import clockwork, outbox, schedule


class Command(BaseCommand):
    help = "Sends every reminder and message that is due, here and now, with a progress bar."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        while schedule.catch_up(now):
            pass
        for _message in outbox.post_each(tqdm(outbox.due_people(now), desc="Writing", unit="person", disable=None)):
            pass
        due = outbox.due_messages(timezone.now())
        with tqdm(total=len(due), desc="Sending", unit="message", disable=None) as bar:
            sent = 0
            for chunk in outbox.chunks(due):
                sent += outbox.send(chunk)
                bar.update(len(chunk))
        clockwork.note_tick(now)
        self.stdout.write(f"{sent} message{'' if sent == 1 else 's'} sent, {len(due) - sent} left.")

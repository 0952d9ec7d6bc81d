"""Takes a bounce or a complaint from a mail server."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from plans import actions
from plans.actions import Outcome
from plans.bounces import Kind, Report, read_mail

LONGEST = 1_000_000  # bytes; far more than a message of ours, which comes back in it

SAID = {
    Outcome.PAUSED: "nothing is sent there any more until its owner says that it works",
    Outcome.STOPPED: "a complaint: all reminders to this person are stopped",
    Outcome.FAILED: "the message counts as failed",
    Outcome.NOTHING: "nothing changes",
    Outcome.NOBODY: "this concerns nobody here",
}


class Command(BaseCommand):
    help = (
        "Reads a bounce (RFC 3464) or a complaint (RFC 5965) from standard input, finds the person and pauses the "
        "address that does not work. With --email and --kind it reads nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="", help="the address, instead of a mail on standard input")
        parser.add_argument("--kind", choices=["bounce", "complaint"], default="bounce")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["email"]:
            kind = Kind.COMPLAINT if options["kind"] == "complaint" else Kind.GONE
            reports = [Report(kind, options["email"])]
        else:
            raw = sys.stdin.buffer.read(LONGEST + 1)
            if len(raw) > LONGEST:
                raise CommandError("This mail is larger than any bounce.")
            reports = read_mail(raw)
        if not reports:
            self.stdout.write("This is neither a bounce nor a complaint: nothing changes.")
        for report in reports:
            outcome = actions.note_report(report, now, by_address=bool(options["email"]))
            self.stdout.write(f"{report.email or report.message_id}: {SAID[outcome]}.")

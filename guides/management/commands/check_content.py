from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.checks import errors
from guides.page_cache import today_in_almaty
from guides.review import to_verify


class Command(BaseCommand):
    help = (
        "Lists what editors have to verify. Fails on what must not reach readers: a text that names a fact that does "
        "not exist, follows an older wording of its source or links to a page that is not there, anything without a "
        "source, a code that nobody knows to be right, and a string of the interface that is not translated."
    )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        findings = to_verify(today_in_almaty())
        for finding in findings if verbosity else ():
            since = f"since {finding.since}" if finding.since else ""
            words = ", ".join(filter(None, [finding.detail, since, f"opened {finding.reads} times"]))
            self.stdout.write(f"{finding.kind.label}: {finding.subject}: {words}")
        found = errors()
        for line in found:
            self.stderr.write(self.style.ERROR(f"Error: {line}"))
        summary = f"{len(findings)} to verify, {len(found)} errors."
        if found:
            raise CommandError(summary)
        if verbosity:
            self.stdout.write(summary)

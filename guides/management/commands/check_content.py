from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guides.review import review


class Command(BaseCommand):
    help = "Lists stale or untranslated guides and facts; fails if a text names a fact that does not exist."

    def handle(self, *args: Any, **options: Any) -> None:
        found = review(timezone.localdate())
        for title, lines in (("Stale", found.stale), ("Untranslated", found.untranslated)):
            for line in lines:
                self.stdout.write(f"{title}: {line}")
        for line in found.errors:
            self.stderr.write(self.style.ERROR(f"Error: {line}"))
        summary = f"{len(found.stale)} stale, {len(found.untranslated)} untranslated, {len(found.errors)} errors."
        if found.errors:
            raise CommandError(summary)
        self.stdout.write(summary)

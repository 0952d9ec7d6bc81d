from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from guides.content_files import CONTENT, ContentError
from guides.loader import load


class Command(BaseCommand):
    help = (
        "Loads the guides, facts, tariffs, operators and channels from their files. An editor's change is left alone; "
        "what the file says instead is offered in the admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=CONTENT, help="another folder of the same form")

    def handle(self, *args: Any, folder: Path, verbosity: int, **options: Any) -> None:
        try:
            report = load(folder)
        except (ContentError, FileNotFoundError) as error:
            raise CommandError(str(error)) from None
        if not verbosity:
            return
        for line in report.kept:
            self.stdout.write(self.style.WARNING(f"Left alone: {line}"))
        if report.offered:
            self.stdout.write(f"Editors choose in the admin, under “Changes from the files”: {report.offered}.")
        if report.wrote:
            self.stdout.write(f"Guides: {report.added} added, {report.changed} changed, {report.removed} removed.")
        else:
            self.stdout.write("Guides: nothing to change.")

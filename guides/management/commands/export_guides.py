from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from guides.export import write_to


class Command(BaseCommand):
    help = "Writes the guides, facts, tariffs, operators and channels as files that load_guides can read back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or empty folder")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is not empty: files of guides that are gone would stay in it.")
        try:
            count = write_to(folder)
        except OSError as error:
            raise CommandError(f"The files cannot be written: {error}.") from None
        self.stdout.write(f"{count} files written to {folder}.")

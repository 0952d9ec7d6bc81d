"""Puts a backup in the place of what the site holds now. The site must not run."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.utils import timezone

from kzsim.config import ConfigError
from kzsim.management.commands.backup import FORMAT, KEYS, dumped_database, run_postgres_program
from kzsim.runner.leftovers import only_runner
from kzsim.runner.programs import make_folders

_ADDED_FILE = re.compile(r"files/[0-9a-f]{2}/[A-Za-z0-9_-]+")


class Command(BaseCommand):
    help = "Replaces the database and the files people added by those in FILE. What was there is kept aside."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        make_folders()
        try:
            with only_runner(settings.DATA_DIR), tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
                unpack(options["file"].expanduser(), Path(folder))
                if not options["yes"] and input("Replace all data of this site? Type yes: ").strip() != "yes":
                    raise CommandError("Nothing was changed.")
                aside = self._put_in_place(Path(folder))
        except ConfigError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"The backup cannot be restored: {error}.") from None
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(f"Restored. What was there before is in {aside}.")

    def _put_in_place(self, folder: Path) -> Path:
        aside = settings.DATA_DIR / f"before-restore-{timezone.now():%Y%m%dT%H%M%S}"
        aside.mkdir(mode=0o700)
        connections.close_all()
        if connection.vendor == "sqlite":
            _replace_sqlite(folder / "database", aside)
        else:
            dumped_database(aside)
            target = ["--dbname", connection.get_connection_params()["dbname"], str(folder / "database")]
            how = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
            run_postgres_program(["pg_restore", *how, *target])
        _replace_files(folder / "files", aside)
        for name, setting in KEYS.items():
            _replace_key(folder / name, aside, setting)
        return aside


def unpack(file: Path, folder: Path) -> None:
    """Takes the backup's parts out, and refuses what is none or does not fit this site's database."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            early = {"vapid_key"} - set(archive.getnames())  # what the first backups did not hold
            for name in {"manifest.json", "database", *KEYS} - early:
                entry = archive.extractfile(name)
                if entry is None:
                    raise CommandError(f"{file} is not a backup of KZSIM.")
                with (folder / name).open("wb") as target:
                    shutil.copyfileobj(entry, target)
            _unpack_files(archive, folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        fits = (manifest["format"], manifest["database"])
    except (tarfile.TarError, EOFError, KeyError, ValueError):
        raise CommandError(f"{file} is not a backup of KZSIM, or it is damaged.") from None
    if fits != (FORMAT, connection.vendor):
        raise CommandError(f"{file} is a backup of a {fits[1]} database, and this site uses {connection.vendor}.")
    if connection.vendor == "sqlite":
        _check_sqlite(folder / "database", file)


def _unpack_files(archive: tarfile.TarFile, folder: Path) -> None:
    """What people added; nothing that a backup of ours would not hold, for a path could lead anywhere."""
    (folder / "files").mkdir(mode=0o700)
    for member in archive:
        if not (member.isfile() and _ADDED_FILE.fullmatch(member.name)):
            continue
        target = folder / member.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        content = archive.extractfile(member)
        if content is not None:
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)
            target.chmod(0o600)


def _check_sqlite(path: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as database:
            sound = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise CommandError(f"The database in {file} is damaged.")


def _replace_sqlite(restored: Path, aside: Path) -> None:
    current = Path(settings.DATABASES["default"]["NAME"])
    for old in (current, *(current.with_name(current.name + end) for end in ("-wal", "-shm"))):
        if old.exists():
            shutil.move(old, aside / old.name)
    shutil.move(restored, current)
    current.chmod(0o600)


def _replace_files(restored: Path, aside: Path) -> None:
    current = settings.PRIVATE_FILES
    if current.exists():
        shutil.move(current, aside / current.name)
    shutil.move(restored, current)


def _replace_key(restored: Path, aside: Path, setting: str) -> None:
    """Signed links in e-mails that were sent, and the browsers that let us push, know only the key of then."""
    current = settings.DATA_DIR / restored.name
    if os.environ.get(setting) or not restored.exists():
        return
    if current.exists():
        shutil.move(current, aside / current.name)
    shutil.move(restored, current)
    current.chmod(0o600)

"""Puts everything the site cannot make again into one file; the site may run meanwhile."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

FORMAT = 1
KEYS = {
    "secret_key": "SECRET_KEY",
    "vapid_key": "VAPID_PRIVATE_KEY",
}  # the file of each in the data folder, its setting


class Command(BaseCommand):
    help = "Writes the database, the files people added and the secret keys to FILE, a .tar.gz that only you can read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].expanduser().resolve()
        draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
        try:
            with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
                dump = dumped_database(Path(folder))
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
                    add_bytes(archive, "manifest.json", json.dumps(manifest(), indent=1).encode())
                    for name, setting in KEYS.items():
                        add_bytes(archive, name, getattr(settings, setting).encode())
                    archive.add(dump, arcname="database")
                    add_files(archive)
            draft.replace(target)  # in one step: a half-written backup never takes the place of a whole one
        except OSError as error:
            raise CommandError(f"The backup cannot be written: {error}.") from None
        finally:
            draft.unlink(missing_ok=True)
        size = f"{target.stat().st_size:,} bytes"
        self.stdout.write(f"{target} holds the database, the files people added and the secret keys ({size}).")


def manifest() -> dict[str, object]:
    return {"format": FORMAT, "database": connection.vendor, "made_at": timezone.now().isoformat()}


def add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def add_files(archive: tarfile.TarFile) -> None:
    """What people added, as it is after the database was dumped: one that is deleted meanwhile is left out."""
    for path in sorted(settings.PRIVATE_FILES.glob("*/*")):
        try:
            archive.add(path, arcname=f"files/{path.parent.name}/{path.name}", recursive=False)
        except FileNotFoundError:
            continue


def dumped_database(folder: Path) -> Path:
    """The database as one consistent file."""
    path = folder / "database"
    if connection.vendor == "sqlite":
        with (
            closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as source,
            closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    else:
        run_postgres_program(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}"])
    return path


def run_postgres_program(command: list[str]) -> None:
    """Runs a program of PostgreSQL on the site's database; the password stays out of the command line."""
    found = connection.get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    names |= {"sslmode": "PGSSLMODE"}
    environment = os.environ | {variable: str(found[name]) for name, variable in names.items() if found.get(name)}
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise CommandError(f"{command[0]} is not on this machine: install PostgreSQL's client programs.") from None
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{command[0]} failed: {error.stderr.strip()}") from None

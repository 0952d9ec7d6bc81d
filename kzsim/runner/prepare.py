"""Brings everything the site needs before it can serve up to date: at every start, and quickly."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from kzsim.config import ConfigError
from kzsim.runner.programs import make_folders

# Bootstrap comes in many builds; we use css/bootstrap.min.css.
UNUSED_STATIC_FILES = ["bootstrap-*", "bootstrap.css*", "bootstrap.js*", "bootstrap.*js*", "*.rtl.*"]


def prepare_site(say: Callable[[str], None]) -> None:
    """Makes or updates folders, database, translations, static files and guides."""
    make_folders()
    try:
        say("Bringing the database up to date ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("compile_translations", verbosity=0)
        say("Bringing pages and guides up to date ...")
        collect_static_files()
        call_command("load_guides", verbosity=0)
    except DatabaseError as error:
        raise ConfigError(f"the database cannot be used ({_first_line(error)}): check DATABASE_URL.") from error
    except OSError as error:
        raise ConfigError(f"a file cannot be written ({error}).") from error
    except CommandError as error:
        raise ConfigError(_first_line(error)) from error
    finally:
        connections.close_all()


def collect_static_files() -> None:
    """Names, compresses and writes the static files, unless they are the same as last time: it takes a while."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    wanted = _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED_STATIC_FILES)
    stamp.write_text(wanted)


def _static_fingerprint() -> str:
    """Changes with every file that collectstatic would take, and with how it treats them."""
    found = hashlib.sha256(repr((settings.STORAGES["staticfiles"], UNUSED_STATIC_FILES)).encode())
    for finder in get_finders():
        for path, storage in finder.list(UNUSED_STATIC_FILES):
            state = os.stat(storage.path(path))
            found.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__

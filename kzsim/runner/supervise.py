"""Starts the processes of the site, shows what they say, starts again what dies, and stops them all.

`supervisor` does the work. This file tells it what to run and listens to what it reports.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from kzsim.runner.leftovers import MARK
from kzsim.runner.programs import START_SECONDS, Program

START_ATTEMPTS = 3
LONGEST_PAUSE = 3  # seconds between two attempts to start a process that worked before

# What Valkey says about every ordinary Linux machine. The file log/broker.log keeps it.
NOT_WORTH_SHOWING = ("Memory overcommit must be enabled", "Transparent Huge Pages", "kernel has a bug")


class Terminal:
    """Writes whole lines, each with the name of the process that said it."""

    def __init__(self, names: list[str]) -> None:
        self.width = max(map(len, names))
        self.begun = dict.fromkeys(names, b"")

    def say(self, text: str = "") -> None:
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more; the site goes on
            print(text, flush=True)

    def show(self, name: str, data: bytes) -> None:
        *lines, self.begun[name] = (self.begun[name] + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text and not any(known in text for known in NOT_WORTH_SHOWING):
                self.say(f"{name:<{self.width}} | {text}")


class Options(ServerOptions):
    """Supervisor's options; they also remember how each process ended."""

    def __init__(self) -> None:
        super().__init__()
        self.endings: dict[int, int] = {}

    def waitpid(self) -> tuple[int | None, int | None]:
        pid, status = super().waitpid()
        if pid:
            self.endings[pid] = status
        return pid, status


class Site(Supervisor):
    """The processes of the site. `failure` is the sentence to end with when one cannot start at all."""

    def __init__(self, options: Options, terminal: Terminal, greet: Callable[[], None]):
        super().__init__(options)
        self.terminal = terminal
        self.greet = greet
        self.failure = ""
        self.started: set[str] = set()
        self.failed_starts: Counter[str] = Counter()
        self.greeted = False

    def runforever(self) -> None:
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # the terminal was closed
            signal.signal(signal.SIGHUP, lambda *_: self.options.signal_receiver.receive(signal.SIGTERM, None))
        events.subscribe(events.ProcessLogEvent, self._show)
        events.subscribe(events.ProcessStateRunningEvent, self._note_start)
        events.subscribe(events.ProcessStateExitedEvent, self._note_end)
        events.subscribe(events.ProcessStateBackoffEvent, self._note_failed_start)
        events.subscribe(events.SupervisorStoppingEvent, self._note_stop)
        super().runforever()

    def tick(self, now: float | None = None) -> None:
        super().tick(now)
        if not self.greeted and not self.stopping and self._all_run() and _answers():
            self.greeted = True
            self.started.add("web")
            self.greet()

    def _all_run(self) -> bool:
        return all(process.pid for group in self.process_groups.values() for process in group.processes.values())

    def _show(self, event: events.ProcessLogEvent) -> None:
        self.terminal.show(event.process.config.name, event.data)

    def _note_start(self, event: events.ProcessStateRunningEvent) -> None:
        self.started.add(event.process.config.name)

    def _note_end(self, event: events.ProcessStateExitedEvent) -> None:
        self.terminal.say(f"The {event.process.config.name} process ended unexpectedly. It is started again.")

    def _note_failed_start(self, event: events.ProcessStateBackoffEvent) -> None:
        """Ends the run when a process never got to work; one that was killed, or worked before, is tried for ever."""
        process, name = event.process, event.process.config.name
        process.backoff = min(process.backoff, LONGEST_PAUSE)
        process.delay = min(process.delay, time.time() + LONGEST_PAUSE)
        status = self.options.endings.get(process.pid)
        was_killed = status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if name in self.started or was_killed:
            self.terminal.say(f"The {name} process ended unexpectedly. It is started again.")
            return
        self.failed_starts[name] += 1
        if self.failed_starts[name] == START_ATTEMPTS and not self.failure:
            self.failure = (
                f"The {name} process cannot start; what it said stands above and in {process.config.stdout_logfile}."
            )
            self.options.mood = SupervisorStates.SHUTDOWN

    def _note_stop(self, event: events.SupervisorStoppingEvent) -> None:
        self.terminal.say("Stopping. A mail that is on its way is finished first.")


def _answers() -> bool:
    """Whether the site answers anything at all; whether it is well is for /healthz to say."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=0.5)
    try:
        connection.request("GET", "/favicon.ico", headers={"Host": urlsplit(settings.SITE_URL).netloc})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def supervise(programs: list[Program], folder: Path, terminal: Terminal, greet: Callable[[], None]) -> str:
    """Runs the programs until a signal asks to stop; returns "" or the sentence that says why it ended."""
    configuration = folder / "run" / "supervisord.conf"
    configuration.write_text(_configuration(programs))
    with _environment_of(programs, folder):
        options = Options()
        options.realize(["--nodaemon", "--silent", "--configuration", str(configuration)])
        options.first, options.test = True, False
    os.environ[MARK] = str(folder)  # every process of ours inherits it, and so can be found again
    site = Site(options, terminal, greet)
    try:
        site.main()
    except ExitNow:
        pass
    finally:
        os.environ.pop(MARK)
        options.close_logger()
    return site.failure


def _configuration(programs: list[Program]) -> str:
    """Supervisor's configuration file. What may hold any character reaches it through the environment."""
    sections = [
        "[supervisord]",
        "logfile=%(ENV_KZSIM_FOLDER)s/log/supervisor.log",
        "logfile_maxbytes=1MB",
        "logfile_backups=1",
        "pidfile=%(ENV_KZSIM_FOLDER)s/run/supervisor.pid",
        "childlogdir=%(ENV_KZSIM_FOLDER)s/log",
    ]
    for priority, program in enumerate(programs, start=1):
        sections += [
            f"[program:{program.name}]",
            f"command=%(ENV_KZSIM_RUN_{program.name.upper()})s",
            f"priority={priority}",  # stopped in the opposite order
            "autorestart=true",
            f"startsecs={START_SECONDS}",
            "startretries=1000000",  # when to give up is decided in Site
            f"stopwaitsecs={program.stop_seconds}",
            "killasgroup=true",
            "redirect_stderr=true",
            "stdout_events_enabled=true",
            f"stdout_logfile=%(ENV_KZSIM_FOLDER)s/log/{program.name}.log",
            "stdout_logfile_maxbytes=5MB",
            "stdout_logfile_backups=2",
        ]
    return "\n".join(sections) + "\n"


@contextlib.contextmanager
def _environment_of(programs: list[Program], folder: Path) -> Iterator[None]:
    given = {"KZSIM_FOLDER": str(folder)}
    given |= {f"KZSIM_RUN_{program.name.upper()}": shlex.join(program.argv) for program in programs}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in given:
            os.environ.pop(name)

"""`python -m tests unit|short|all`: the test runs of `make test-unit`, `make test` and `make test-all`.

Each run is a pytest of its own. What this machine cannot run is named at the end, never left out silently.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from tests import chromium, postgres

NOTHING_SELECTED = 5  # pytest's exit code
UNIT = "not e2e and not chaos and not browser"
SUMMARY = re.compile(r"(?:=+ )?((?:\d+ [a-z]+(?:, )?)+ in [0-9.]+s.*?)(?: =+)?$")  # with -q there is no frame


@dataclass
class Run:
    """One pytest: its tests by marker, on how many processes, on which database."""

    name: str
    markers: str
    processes: str = "0"
    on_postgres: bool = False
    beside: bool = False  # the run that comes next: both wait more than they work
    result: str = ""
    code: int = 0
    missing: str = field(default="", kw_only=True)

    @property
    def passed(self) -> bool:
        return self.code in (0, NOTHING_SELECTED)


def runs_of(size: str) -> Iterator[Run]:
    """The quick ones first: who broke something hears of it soon."""
    no_postgres = "" if postgres.programs() else "no PostgreSQL server programs here (Debian: apt install postgresql)"
    no_browser = "" if chromium.executable() else "no Chromium here (Debian: apt install chromium)"
    inner = f"{UNIT} and not slow and not broad"
    if size == "unit":
        yield Run("unit tests on SQLite", inner, "auto")
        return
    yield Run("unit tests on SQLite", f"{UNIT} and not slow", "auto")
    yield Run("unit tests on PostgreSQL", inner, "auto", on_postgres=True, missing=no_postgres)
    yield Run("short end-to-end tests on SQLite", "e2e and not chaos and not browser", "2")
    if size == "short":
        yield Run("short tests in Chromium", "browser and not long and not chaos", missing=no_browser)
        return
    yield Run("slow unit tests on SQLite", f"{UNIT} and slow", "auto")
    # Slow is what asks every page, guide and language: that needs one database, not two.
    others = f"{UNIT} and broad and not slow"
    yield Run("broad unit tests on PostgreSQL", others, "auto", on_postgres=True, missing=no_postgres)
    yield Run("tests in Chromium", "browser and not chaos", missing=no_browser)
    yield Run(
        "end-to-end tests on PostgreSQL",
        "e2e and not chaos and not browser",
        "2",
        on_postgres=True,
        missing=no_postgres,
    )
    yield Run("fault tests on PostgreSQL", "chaos", on_postgres=True, beside=True, missing=no_postgres)
    yield Run("fault tests on SQLite", "chaos")


def execute(run: Run, database_url: str, more: list[str], show: Callable[[str], object]) -> None:
    """Runs pytest, shows what it says, and keeps its summary."""
    show(f"\n--- {run.name} ---\n")
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PORT")}
    if run.on_postgres:
        environment["DATABASE_URL"] = database_url
        environment.setdefault("CHAOS_SCALE", "0.1")  # the same faults as on SQLite, with fewer people
    command = [sys.executable, "-m", "pytest", "-q", "-m", run.markers, "-n", run.processes, *more]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout or ():
            show(line)
            if said := SUMMARY.match(line.strip()):
                run.result = said.group(1)
    run.code = process.returncode


def execute_all(runs: list[Run], database_url: str, more: list[str]) -> None:
    """One after the other, but for those beside the next one: what these say is shown when both are done."""
    with ThreadPoolExecutor() as threads:
        said: list[tuple[Future[None], list[str]]] = []
        for run in runs:
            if run.beside:
                lines: list[str] = []
                said.append((threads.submit(execute, run, database_url, more, lines.append), lines))
                continue
            execute(run, database_url, more, partial(print, end="", flush=True))
            for one, lines in said:
                one.result()
                print("".join(lines), flush=True)
            said.clear()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("size", choices=["unit", "short", "all"])
    parser.add_argument("--after-short", action="store_true", help="leave out what `short` has just run as it stands")
    parser.add_argument("more", nargs=argparse.REMAINDER, help="arguments for pytest")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the database server ends too
    started = time.monotonic()
    runs = list(runs_of(asked.size))
    if asked.after_short:
        done = {(run.markers, run.on_postgres) for run in runs_of("short")}
        runs = [run for run in runs if (run.markers, run.on_postgres) not in done]
    with ExitStack() as closing:
        wants_postgres = any(run.on_postgres and not run.missing for run in runs)
        database_url = closing.enter_context(postgres.server()) if wants_postgres else ""
        execute_all([run for run in runs if not run.missing], database_url, asked.more)
    return report(runs, time.monotonic() - started)


def report(runs: list[Run], seconds: float) -> int:
    print(f"\n===== {'passed' if all(run.passed for run in runs) else 'FAILED'}, in {seconds:.0f} seconds =====")
    for run in runs:
        if run.missing:
            state, said = "not run", run.missing
        elif run.code == NOTHING_SELECTED:
            state, said = "empty", "there are no such tests"
        else:
            state, said = ("passed" if run.passed else "FAILED"), run.result or f"pytest ended with code {run.code}"
        print(f"{state:<8} {run.name}: {said}")
    return 0 if all(run.passed for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())

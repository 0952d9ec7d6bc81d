"""`make bench`: measures, prints a table and writes var/bench/<time>.json.

Each row compares a value with a baseline that is measured in turn with it, so that a slow or busy machine
slows both. `goal` is the largest ratio of value to baseline that is still well.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """`value` and `baseline` are medians in seconds."""

    name: str
    value: float
    baseline: float
    goal: float

    @property
    def ratio(self) -> float:
        return self.value / self.baseline

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"ratio": round(self.ratio, 3), "met": self.ratio <= self.goal}


def compared(name: str, value: Callable[[], object], baseline: Callable[[], object], goal: float) -> Row:
    """The two in turn, after one round that does not count."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):
        for kept, what in zip(times, (value, baseline), strict=True):
            start = time.perf_counter()
            what()
            kept.append(time.perf_counter() - start)
    return Row(name, statistics.median(times[0][1:]), statistics.median(times[1][1:]), goal)


def measure() -> Iterator[Row]:
    from django.test import Client
    from django.utils import timezone

    from bench.crowd import a_person_with, with_only
    from plans import outbox, schedule
    from plans.models import Sim

    def due() -> None:
        assert schedule.catch_up(timezone.now()) == 0
        assert len(outbox.due_people(timezone.now())) == 20
        assert outbox.due_messages(timezone.now()) == []

    few, many = a_person_with(10), a_person_with(500)
    client = Client(HTTP_HOST="127.0.0.1")

    def dashboard_of(user: object) -> Callable[[], object]:
        def ask() -> None:
            client.force_login(user)
            assert client.get("/dashboard/").status_code == 200

        return ask

    yield compared("dashboard: 500 SIMs against 10", dashboard_of(many), dashboard_of(few), goal=12)
    yield compared(
        "scheduling: 500 SIMs against 50 times 10",
        lambda: schedule.reschedule_many(Sim.objects.filter(owner=many), timezone.now()),
        lambda: [schedule.reschedule_many(Sim.objects.filter(owner=few), timezone.now()) for _ in range(50)],
        goal=1,
    )
    with_only(due=20, sims=200)
    small_tick = timed(due)
    with_only(due=20, sims=20_000)
    large_tick = timed(due)
    yield Row("tick: 20 due among 20 000 SIMs against 200", large_tick, small_tick, goal=2)
    yield from sending()


def timed(what: Callable[[], object]) -> float:
    """The median of many short runs."""
    times = []
    for _ in range(50):
        start = time.perf_counter()
        what()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def sending() -> Iterator[Row]:
    """One connection for many messages, against a connection each."""
    from django.conf import settings

    from bench.crowd import account_mails
    from plans import outbox
    from tests.e2e.smtp import CountingServer

    server = CountingServer().start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    try:
        yield compared(
            "sending: 50 messages over one connection against one each",
            lambda: outbox.send(account_mails(50)),
            lambda: [outbox.send([pk]) for pk in account_mails(50)],
            goal=1,
        )
    finally:
        server.stop()


@contextmanager
def site_of_its_own() -> Iterator[None]:
    """Django with an empty database in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="kzsim-bench-") as folder:
        os.environ |= {"KZSIM_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_guides", verbosity=0)
        yield


def main() -> int:
    results = Path(os.environ.get("KZSIM_DATA_DIR") or Path(__file__).resolve().parent.parent / "var") / "bench"
    with site_of_its_own():
        rows = []
        for row in measure():
            rows.append(row.as_json())
            met = "met" if rows[-1]["met"] else "NOT MET"
            print(f"{row.name:58} {row.value:9.4f} s / {row.baseline:9.4f} s = {row.ratio:6.2f}  ({row.goal}: {met})")
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({"rows": rows}, indent=2))
    print(f"Written to {path}")
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

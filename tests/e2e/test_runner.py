"""What `make run` does: it serves, starts again what dies, stops all, and says why it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from tests.e2e.processes import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
PARTS = ("broker", "worker", "beat", "web")


def test_it_serves_and_says_where_to_go(make_site):
    site = make_site().start()

    assert site.url in site.output()
    assert f"{site.url}/mailbox/" in site.output()
    assert "make demo" in site.output()
    assert site.answers("/") == 200
    assert site.answers("/mailbox/") == 200
    eventually(lambda: site.answers("/healthz") == 200)
    assert all(site.pids(part) for part in PARTS)
    assert_private(site)

    site.kill("web", signal.SIGTERM, only_parent=True)
    eventually(lambda: "The web process ended unexpectedly" in site.output())
    assert site.stop() == 0

    assert "worker | " in site.output()
    assert {f"{part}.log" for part in PARTS} <= {path.name for path in (site.data / "log").iterdir()}


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_every_process(site, sig):
    site.start()

    site.runner.send_signal(sig)
    time.sleep(0.2)
    code = site.stop(sig)  # told twice

    assert code == 0, site.output()
    assert site.pids() == []
    assert "Traceback" not in site.output()


def test_what_is_killed_starts_again_while_the_others_go_on(site):
    site.start()
    eventually(lambda: everything_runs(site))

    for part in PARTS:
        before = {part: site.parents(part) for part in PARTS}
        site.kill(part)
        eventually(lambda part=part, before=before: site.parents(part) != before[part] and everything_runs(site))
        assert {other for other in PARTS if site.parents(other) == before[other]} == set(PARTS) - {part}
        eventually(lambda: site.answers("/") == 200)

    for _ in range(5):
        eventually(lambda: site.pids("broker"))
        site.kill("broker")
    eventually(lambda: site.pids("broker"))
    assert not site.ended()
    assert site.stop() == 0
    assert site.pids() == []


def test_children_of_a_killed_worker_are_not_left_behind(site):
    site.start()
    children = set(site.pids("worker")) - set(site.parents("worker"))

    site.kill("worker", only_parent=True)
    eventually(lambda: len(site.parents("worker")) == 1 and not children & set(site.pids("worker")))

    assert site.stop() == 0
    assert site.pids() == []


def test_starting_again_keeps_the_data_and_is_quick(site):
    site.start()
    site.ask("from guides.models import Operator; Operator.objects.create(slug='mine', name='Mine')")
    key = (site.data / "secret_key").read_text()
    site.stop()

    started = time.monotonic()
    site.start()

    assert time.monotonic() - started < 30
    assert site.ask("from guides.models import Operator; print(Operator.objects.filter(slug='mine').count())") == "1"
    assert (site.data / "secret_key").read_text() == key


def test_a_killed_runner_is_cleaned_up_by_the_next(site):
    site.start()
    site.runner.kill()
    site.wait()
    site.kill("broker")
    assert (site.data / "run" / "broker.sock").exists()
    left = set(site.pids())
    assert left

    site.start()

    assert "earlier run" in site.output()
    assert not left & set(site.pids())
    assert site.broker().ping()


def test_a_second_runner_of_the_same_data_folder_is_refused(site, make_site):
    site.start()
    second = make_site(KZSIM_DATA_DIR=str(site.data))

    second.launch()

    assert second.wait() == 1
    assert "already runs with the data folder" in second.output()
    assert str(site.runner.pid) in second.output()
    assert_one_sentence(second)
    assert site.answers("/") == 200


def test_a_taken_port_is_said(make_site):
    site = make_site()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", site.port))
        taken.listen()
        site.launch()
        assert site.wait() == 1

    assert f"Port {site.port} cannot be used" in site.output()
    assert_one_sentence(site)


@pytest.mark.parametrize(
    ("environment", "hint"),
    [
        ({"EMAIL_URL": "carrier-pigeon://example"}, "EMAIL_URL is not understood"),
        ({"KZSIM_URL": "https://sim.example"}, "EMAIL_URL is not set"),
        ({"KZSIM_URL": "sim.example"}, "KZSIM_URL='sim.example' is not an address"),
        ({"DATABASE_URL": "oracle://x/y"}, "DATABASE_URL is not understood"),
        ({"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}, "the database cannot be used"),
        ({"REDIS_URL": "http://x"}, "REDIS_URL='http://x' is not understood"),
        ({"TICK_SECONDS": "soon"}, "TICK_SECONDS='soon' is not understood"),
    ],
)
def test_a_broken_configuration_is_said(make_site, environment, hint):
    site = make_site()
    site.environment |= environment

    site.launch()

    assert site.wait() == 1
    assert hint in site.output()
    assert_one_sentence(site)


@pytest.mark.parametrize("in_the_way", ["", "run", "log"])
def test_a_folder_that_cannot_be_made_is_said(make_site, in_the_way):
    site = make_site()
    obstacle = site.data / in_the_way if in_the_way else site.data
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.write_text("a file where a folder should be")

    site.launch()

    assert site.wait() == 1
    assert str(obstacle) in site.output()
    assert_one_sentence(site)


def test_a_process_that_cannot_start_at_all_ends_the_run(make_site):
    """A folder stands where the broker's socket should be: nothing can be mended by trying again."""
    site = make_site()
    (site.data / "run" / "broker.sock" / "occupied").mkdir(parents=True)

    site.launch()

    assert site.wait(90) == 1
    assert "The broker process cannot start" in site.output()
    assert site.pids() == []


def test_a_deep_data_folder_gets_a_short_socket(make_site):
    deep = make_site()
    deep.data = deep.data / ("d" * 60) / ("e" * 60)
    deep.environment["KZSIM_DATA_DIR"] = str(deep.data)

    deep.start()

    assert deep.answers("/") == 200
    assert deep.stop() == 0


def assert_private(site):
    """Nothing listens for other machines, and nothing can be read by other users."""
    listening = {
        connection.laddr
        for process in site.processes()
        for connection in process.net_connections()
        if connection.status == "LISTEN"
    }
    assert listening == {("127.0.0.1", site.port)}
    assert os.stat(site.data / "run").st_mode & 0o077 == 0
    assert os.stat(site.data / "secret_key").st_mode & 0o077 == 0


def everything_runs(site):
    """The four parts, and the two children of each that has any."""
    return [len(site.pids(part)) for part in PARTS] == [1, 3, 1, 3]


def assert_one_sentence(site):
    """Only progress, and then one sentence: no traceback."""
    assert "Traceback" not in site.output()
    assert site.output().splitlines()[-1].startswith("KZSIM did not start: ")
    assert site.pids() == []

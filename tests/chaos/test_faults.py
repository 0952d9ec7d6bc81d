"""Processes are killed and the broker forgets: nobody is forgotten, and nobody is flooded.

What counts is what the mail server has accepted. "Sent twice" is allowed once for each sending process
that was killed, and only under the same Message-ID.
"""

import random
from time import sleep

import pytest

from tests.chaos.conftest import SCALE
from tests.chaos.proof import by_recipient, everybody_was_told_once, some_are_told
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

PARTS = ("worker", "beat", "broker", "web")


def kill_something(site: Site, chance: random.Random) -> int:
    """Kills one of the site's four parts, or only its first process, or only a child; returns how many were sending."""
    part = chance.choice([*PARTS, "worker", "worker"])
    how = chance.choice(["child", "parent", "all"]) if part in ("worker", "web") else "all"
    # With only their parent killed the children finish the message that they have on the wire, and end.
    victims = site.kill(part, only_child=how == "child", only_parent=how == "parent")
    return len(victims) if part == "worker" and how != "parent" else 0


def test_whatever_is_killed_at_any_moment_nobody_is_forgotten(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server, killed = quick_site.start(), mail_server, 0
    server.delay = 0.01 / SCALE  # most kills meet a message on the wire
    facts = add_crowd(site)
    for _ in range(16):
        if len(by_recipient(server)) == len(facts):
            break
        sleep(chance.uniform(0, 2))
        killed += kill_something(site, chance)
    everybody_was_told_once(site, server, facts, repeats_at_most=killed)
    eventually(lambda: all(site.pids(part) for part in PARTS) and site.answers("/") == 200, timeout=180)
    eventually(lambda: site.answers("/healthz") == 200, timeout=180)


def test_only_the_parent_killed_leaves_no_child_behind_and_repeats_nothing(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = quick_site.start_processes("broker", "worker", "beat"), mail_server
    server.delay = 0.02 / SCALE
    facts = add_crowd(site, 300)
    some_are_told(server, facts, chance)
    site.kill("worker", only_parent=True)
    site.start_process("worker", "second")  # at once, while the children of the first still work
    everybody_was_told_once(site, server, facts)
    eventually(lambda: len(site.parents("worker")) == 1, timeout=180)


def test_two_beats_and_four_workers_send_nothing_twice(quick_site: Site, mail_server: CountingServer, add_crowd):
    site = quick_site.start_processes("broker", "worker", "beat")
    site.start_process("beat", "second")
    for alias in ("second", "third", "fourth"):
        site.start_process("worker", alias)
    everybody_was_told_once(site, mail_server, add_crowd(site, 1000))


def test_a_broker_that_is_emptied_or_killed_loses_nothing(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    """Under the runner: Celery's worker may end with an error when its broker dies while it reconnects."""
    site, server = quick_site.start(), mail_server
    server.delay = 0.01 / SCALE
    facts = add_crowd(site, 500)
    for empties in (True, False, True, False, True):
        sleep(chance.uniform(0, 2))
        if empties:
            eventually(site.broker_answers, timeout=180)
            with site.broker() as broker:
                broker.flushall()
        else:
            site.kill("broker")
    everybody_was_told_once(site, server, facts)


def test_a_site_whose_every_process_is_killed_goes_on_where_it_was(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    """As when the machine loses its power."""
    site, server, killed = quick_site.start(), mail_server, 0
    server.delay = 0.02 / SCALE
    facts = add_crowd(site, 500)
    for _ in range(2):
        sleep(chance.uniform(0, 3))
        site.runner.kill()
        site.runner.wait()
        killed += len(set(site.pids("worker")) - set(site.parents("worker")))
        for part in PARTS:
            site.kill(part)
        site.start()
    everybody_was_told_once(site, server, facts, repeats_at_most=killed)

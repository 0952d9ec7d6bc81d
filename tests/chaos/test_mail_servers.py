"""A mail server does its worst: everybody is told in the end, and what cannot be told is known."""

import random
from collections import Counter
from time import sleep

import pytest

from tests.chaos.conftest import SCALE
from tests.chaos.proof import by_recipient, everybody_was_told_once, nothing_is_left, nothing_was_untrue, repeats
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CLOSE, HANG, CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

# What may happen at each step of a conversation; nothing of it is the fault of a recipient for good.
TROUBLE = {
    "EHLO": [HANG, CLOSE, "421 4.3.2 shutting down", "554 5.3.2 no"],
    "MAIL": [HANG, CLOSE, "421 4.7.0 too many", "451 4.3.0 later", "550 5.7.1 not from you"],
    "RCPT": [HANG, CLOSE, "421 4.7.0 too many", "450 4.2.1 later", "452 4.2.2 full"],
    "TEXT": [CLOSE],
    "END": [HANG, CLOSE, "421 4.3.2 shutting down", "450 4.7.1 greylisted", "451 4.3.0 later"],
    "DONE": [HANG, CLOSE],
}
OFTEN = {"EHLO": 0.5}  # once a connection, not once a message


def heartbeats(site: Site) -> set[str]:
    return {name for (name,) in site.rows("SELECT name FROM plans_heartbeat")}


def states(site: Site) -> Counter[str]:
    return Counter(state for (state,) in site.rows("SELECT state FROM plans_message"))


def test_a_mail_server_that_fails_in_every_way_loses_nothing(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = quick_site.start_processes("broker", "worker", "beat"), mail_server
    left = [*TROUBLE, *(step for step in TROUBLE for _ in TROUBLE[step])]  # each kind of trouble about once

    def trouble(step: str) -> str:
        if step not in left or chance.random() > OFTEN.get(step, 0.05 / SCALE):
            return ""
        left.remove(step)
        return chance.choice(TROUBLE[step])

    facts = add_crowd(site, 1000)
    gone = set(chance.sample(sorted(facts), 5))
    server.refusals = dict.fromkeys(gone, "550 5.1.1 no such user")
    server.trouble = trouble
    nothing_is_left(site, server, at_least=len(facts) - len(gone))
    assert not left, left
    assert states(site) == {"sent": len(facts) - len(gone), "failed": len(gone)}
    assert set(by_recipient(server)) == set(facts) - gone
    assert repeats(server) <= server.unheard
    assert all(len({message.message_id for message in of}) == 1 for of in by_recipient(server).values())
    nothing_was_untrue(server, facts)


def test_a_mail_server_that_is_away_for_a_while_loses_nothing(quick_site: Site, mail_server: CountingServer, add_crowd):
    site, server = quick_site.start_processes("broker", "worker", "beat"), mail_server
    server.stop()
    facts = add_crowd(site, 100)
    eventually(lambda: "mail trouble" in heartbeats(site), timeout=180, every=0.5)
    server.start()
    everybody_was_told_once(site, server, facts)
    eventually(lambda: "mail trouble" not in heartbeats(site), timeout=180, every=0.5)


def test_a_mail_server_that_comes_and_goes_repeats_only_what_it_did_not_confirm(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = quick_site.start_processes("broker", "worker", "beat"), mail_server
    server.delay = 0.01 / SCALE
    facts = add_crowd(site, 500)
    away = 0
    while len(by_recipient(server)) < len(facts) and away < 5:
        sleep(chance.uniform(0, 2))
        server.stop()
        away += 1
        sleep(chance.uniform(0, 1))
        server.start()
    # Whatever had arrived and was not yet confirmed as it went: one message a connection, of two processes.
    everybody_was_told_once(site, server, facts, repeats_at_most=2 * away)

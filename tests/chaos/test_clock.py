"""The clock of the machine is set forward or back while messages are on their way."""

import random
from datetime import timedelta

import pytest

from tests.chaos.conftest import SCALE
from tests.chaos.proof import (
    by_recipient,
    everybody_was_told_once,
    is_late,
    nothing_is_left,
    nothing_was_untrue,
    some_are_told,
)
from tests.e2e.processes import Site
from tests.e2e.smtp import CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]


def test_three_days_forward_give_one_true_message_that_says_it_is_late(
    site_with_a_clock: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = site_with_a_clock.start_processes("broker", "worker", "beat"), mail_server
    # Three days on, of these 1 is over and asked about, 5 and 6 are far enough from the next lead to have no other.
    facts = add_crowd(site, 500, ends_in=(1, 5, 6))
    some_are_told(server, facts, chance)
    # Nobody sends at the moment itself, so that what was written before it has arrived before it.
    killed = site.kill("worker")
    told_before = set(by_recipient(server))
    site.move_clock(timedelta(days=3))
    moved_at = site.now()
    site.start_process("worker")
    over = {address for address, fact in facts.items() if fact.days_left(moved_at) < 0}
    expected = (set(facts) - told_before) | over
    nothing_is_left(site, server, at_least=len(facts))
    told = after(server, moved_at)
    # Of whom the killed did not hear that the message had arrived, it comes once more, and true.
    assert expected <= set(told)
    assert len(set(told) - expected) <= len(killed)
    assert all(len({message.message_id for message in messages}) == 1 for messages in told.values())
    assert all(is_late(message, facts[to]) for to, messages in told.items() for message in messages)
    nothing_was_untrue(server, facts)


def after(server: CountingServer, moment) -> dict[str, list]:
    later = {to: [message for message in of if message.at >= moment] for to, of in by_recipient(server).items()}
    return {to: of for to, of in later.items() if of}


def test_an_hour_back_repeats_nothing_and_holds_nothing_up(
    site_with_a_clock: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = site_with_a_clock, mail_server
    site.prepare()
    facts = add_crowd(site, 500)
    site.move_clock(timedelta(hours=2))  # so that all stay due when the clock goes back
    server.delay = 0.02 / SCALE
    for part in ("broker", "worker", "beat"):
        site.start_process(part)
    some_are_told(server, facts, chance)
    killed = site.kill("worker")  # leaves claims that end by a clock which will not come again for an hour
    site.move_clock(timedelta(hours=-1))
    site.start_process("worker")
    everybody_was_told_once(site, server, facts, repeats_at_most=len(killed))

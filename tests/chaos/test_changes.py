"""People change what their message depends on while it is on its way."""

import random
from collections.abc import Callable

import pytest

from tests.chaos.proof import by_recipient, facts_of, is_true, nothing_is_left, nothing_was_untrue, repeats
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CLOSE, CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

PEOPLE = 300


@pytest.fixture
def held_site(make_site: Callable[..., Site], mail_server: CountingServer) -> Site:
    """A site whose mail server is as slow as the test wants."""
    return make_site(email_url=mail_server.url, prepared=True, EMAIL_TIMEOUT="60")


def change_all_while_messages_are_held(site: Site, server: CountingServer, chance: random.Random) -> int:
    """Everybody changes something, while the server holds the first messages; returns how many those are."""
    server.hanging = True
    site.start_processes("broker", "worker", "beat")
    eventually(lambda: server.held == 2, timeout=180)  # one of each of the worker's processes
    site.ask(f"from tests.chaos import crowd; crowd.change_all({chance.randrange(10**9)})")
    return server.held


def test_what_changes_while_an_attempt_fails_is_true_in_the_next(
    held_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = held_site.prepare(), mail_server
    before = add_crowd(site, PEOPLE)
    left = [CLOSE] * change_all_while_messages_are_held(site, server, chance)
    server.trouble = lambda step: left.pop() if step == "MAIL" and left else ""
    server.hanging = False
    facts = facts_of(site)
    told = {address for address, fact in facts.items() if fact.paid_until == before[address].paid_until}
    nothing_is_left(site, server, at_least=len(told))
    assert set(by_recipient(server)) == told, "whoever renewed or corrected knows, and hears of the next date in time"
    assert repeats(server) == 0
    nothing_was_untrue(server, facts)
    everybody_hears_of_what_comes(site, len(facts))


def test_what_changes_while_a_message_is_on_the_wire_is_too_late_for_this_one_only(
    held_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site, server = held_site.prepare(), mail_server
    before = add_crowd(site, PEOPLE)
    held = change_all_while_messages_are_held(site, server, chance)
    server.hanging = False
    facts = facts_of(site)
    nothing_is_left(site, server)
    told = by_recipient(server)
    too_late = {to for to, messages in told.items() for message in messages if not is_true(message, facts[to])}
    assert len(too_late) <= held
    assert all(is_true(told[to][0], before[to]) for to in too_late)
    unmoved = {address for address, fact in facts.items() if fact.paid_until == before[address].paid_until}
    assert unmoved <= set(told) <= unmoved | too_late
    assert all(len(messages) == 1 for messages in told.values())
    everybody_hears_of_what_comes(site, len(facts))


def everybody_hears_of_what_comes(site: Site, people: int) -> None:
    """The rows that stand are those of today's dates, and each plan still has the reminder of its last day to come."""
    wrong = site.rows(
        "SELECT reminder.id FROM plans_reminder reminder JOIN plans_plan plan ON plan.id = reminder.plan_id"
        " WHERE reminder.state = 'scheduled' AND reminder.kind = 'plan_expires' AND deadline <> plan.paid_until"
    )
    heard = site.rows(
        "SELECT DISTINCT plan_id FROM plans_reminder"
        " WHERE state = 'scheduled' AND kind = 'plan_expires' AND occurrence = '0'"
    )
    assert (wrong, len(heard)) == ([], people)

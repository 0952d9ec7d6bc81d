"""Processes are killed, servers die, the broker forgets: nobody is forgotten, and nobody is flooded.

What counts is what the mail server has accepted. "Sent twice" is allowed once for each sending process
that was killed, and only under the same Message-ID.
"""

import random
from collections import Counter

import pytest

from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

PEOPLE = 500


@pytest.fixture
def quick_site(make_site, mail_server: CountingServer) -> Site:
    """A site whose leases end soon, so that what a killed process held goes out within the test."""
    return make_site(email_url=mail_server.url, EMAIL_TIMEOUT="1")


def waiting(site: Site) -> int:
    """Messages and reminders that are not finished."""
    return int(
        site.ask(
            "from plans.models import *; print(Message.objects.filter(next_attempt_at__isnull=False).count()"
            " + Reminder.objects.filter(due_at__lte=__import__('django').utils.timezone.now()).count())"
        )
    )


def everybody_was_told(site: Site, server: CountingServer, people: int = PEOPLE) -> None:
    """Waits until everybody has a message and nothing is left to send."""
    eventually(lambda: len(recipients(server)) == people, timeout=240, every=0.5)
    eventually(lambda: waiting(site) == 0, timeout=120, every=1)


def recipients(server: CountingServer) -> set[str]:
    return {recipient for message in server.messages for recipient in message.recipients}


def repeats(server: CountingServer) -> int:
    """How many messages came more often than once; fails if anybody got two different ones."""
    identities: dict[str, set[str]] = {}
    for message in server.messages:
        for recipient in message.recipients:
            identities.setdefault(recipient, set()).add(message.message_id)
    assert all(len(ids) == 1 for ids in identities.values()), "somebody got two different messages"
    return sum(copies - 1 for copies in server.copies().values())


def test_killed_workers_lose_nothing_and_repeat_at_most_what_they_had_on_the_wire(
    quick_site: Site, mail_server: CountingServer
):
    site, server = quick_site, mail_server
    server.delay = 0.02  # most kills meet a message on the wire
    site.start_processes("broker", "worker", "beat")
    site.manage("load_demo", "--people", str(PEOPLE))
    chance, killed = random.Random(), 0
    for progress in (20, 90, 160, 230, 300, 370):
        eventually(lambda at=progress: len(server.messages) >= at or len(recipients(server)) == PEOPLE, timeout=120)
        how = chance.choice(["child", "parent", "all"])
        victims = site.kill("worker", only_child=how == "child", only_parent=how == "parent")
        # With only their parent killed the children finish the message that they have on the wire, and end.
        killed += 0 if how == "parent" else len(victims)
        if how != "child":
            eventually(lambda: not site.pids("worker"), timeout=60)
            site.start_process("worker")
    everybody_was_told(site, server)
    assert len(recipients(server)) == PEOPLE
    assert repeats(server) <= killed


def test_only_the_parent_killed_leaves_no_child_behind_and_repeats_nothing(
    quick_site: Site, mail_server: CountingServer
):
    site, server = quick_site, mail_server
    server.delay = 0.02
    site.start_processes("broker", "worker", "beat")
    site.manage("load_demo", "--people", str(PEOPLE))
    eventually(lambda: len(server.messages) >= 50, timeout=120)
    site.kill("worker", only_parent=True)
    site.start_process("worker", "second")  # at once, while the children of the first still work
    everybody_was_told(site, server)
    assert repeats(server) == 0
    eventually(lambda: len(site.parents("worker")) == 1, timeout=60)


def test_a_mail_server_that_is_away_for_a_while_loses_nothing(quick_site: Site, mail_server: CountingServer):
    site, server = quick_site, mail_server
    site.start_processes("broker", "worker", "beat")
    server.stop()
    site.manage("load_demo", "--people", "100")
    eventually(lambda: "mail trouble" in site.ask(HEARTBEATS), timeout=60, every=0.5)
    server.start()
    everybody_was_told(site, server, 100)
    assert repeats(server) == 0
    eventually(lambda: "mail trouble" not in site.ask(HEARTBEATS), timeout=60, every=0.5)


HEARTBEATS = "from plans.models import Heartbeat; print(*Heartbeat.objects.values_list('name', flat=True), sep=', ')"


def test_a_mail_server_that_goes_away_midway_and_refuses_some_stops_only_those(
    quick_site: Site, mail_server: CountingServer
):
    site, server = quick_site, mail_server
    site.start_processes("broker", "worker", "beat")
    site.manage("load_demo", "--people", "200")
    eventually(lambda: len(server.messages) >= 20, timeout=60)
    server.stop()
    everybody = site.ask("from plans.models import Person; print(*Person.objects.values_list('email', flat=True))")
    refused = sorted(set(everybody.split()) - recipients(server))
    server.refusals = {refused[0]: "550 5.1.1 no such user", refused[1]: "450 4.2.1 try later"}
    server.start()
    eventually(lambda: len(recipients(server)) == 198, timeout=120, every=0.5)
    del server.refusals[refused[1]]
    eventually(lambda: len(recipients(server)) == 199, timeout=120, every=0.5)
    states = site.ask("from plans.models import Message; print(*Message.objects.values_list('state', flat=True))")
    assert Counter(states.split()) == {"sent": 199, "failed": 1}


def test_two_beats_and_two_workers_send_nothing_twice(quick_site: Site, mail_server: CountingServer):
    site, server = quick_site, mail_server
    site.start_processes("broker", "worker", "beat")
    site.start_process("beat", "second")
    site.start_process("worker", "third")
    site.manage("load_demo", "--people", str(PEOPLE))
    everybody_was_told(site, server)
    assert repeats(server) == 0


def test_an_emptied_or_killed_broker_loses_nothing(quick_site: Site, mail_server: CountingServer):
    site, server = quick_site, mail_server
    server.delay = 0.02
    site.start_processes("broker", "worker", "beat")
    site.manage("load_demo", "--people", str(PEOPLE))
    eventually(lambda: len(server.messages) >= 50, timeout=60)
    with site.broker() as broker:
        broker.flushall()
    eventually(lambda: len(server.messages) >= 150, timeout=120)
    site.kill("broker")
    site.start_process("broker")
    everybody_was_told(site, server)
    assert repeats(server) == 0

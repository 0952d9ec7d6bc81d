"""A small mail provider is never sent more than it takes in a minute, whatever happens to the processes."""

from datetime import timedelta

import pytest

from tests.chaos.proof import by_recipient, nothing_is_left
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

RATE = 60
PEOPLE = 70

POST_A_CODE = "from plans import outbox; outbox.post_account_mail('waits@example.org', 'Your code', '123 456')"


def test_two_workers_and_two_beats_never_exceed_the_limit_in_any_minute(make_site, mail_server: CountingServer):
    site: Site = make_site(email_url=mail_server.url, EMAIL_TIMEOUT="1", EMAIL_RATE=str(RATE), TICK_SECONDS="10")
    mail_server.delay = 0.1
    site.start_processes("broker", "worker", "beat")
    site.start_process("worker", "second")
    site.start_process("beat", "third")
    site.manage("load_demo", "--people", str(PEOPLE))
    eventually(lambda: len(mail_server.messages) >= 8, timeout=120)
    with site.broker() as broker:
        broker.flushall()
    site.kill("worker")
    eventually(lambda: not site.pids("worker"), timeout=60)
    for alias in ("worker", "second"):
        site.start_process("worker", alias)
    eventually(lambda: len(mail_server.messages) >= 16, timeout=120)
    site.ask(POST_A_CODE)
    before = len(mail_server.messages)
    eventually(lambda: mail_server.to("waits@example.org"), timeout=60)
    assert len(mail_server.messages) <= before + 5  # it went before all the others that wait
    nothing_is_left(site, mail_server, at_least=PEOPLE + 1)
    assert len(by_recipient(mail_server)) == PEOPLE + 1
    at = sorted(message.at for message in mail_server.messages)
    assert all(later - earlier >= timedelta(minutes=1) for earlier, later in zip(at, at[RATE:], strict=False))

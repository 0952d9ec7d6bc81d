"""The database is locked, or goes away, while messages are on their way."""

import os
import random
import sqlite3
from contextlib import closing
from time import sleep

import pytest

from tests import postgres
from tests.chaos.conftest import SCALE
from tests.chaos.proof import by_recipient, everybody_was_told_once
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]
on_sqlite = pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="for the run on SQLite")
on_postgres = pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="for the run on PostgreSQL")

BUSY_TIMEOUT = 30  # seconds that a writer waits, in kzsim/settings.py


@on_sqlite
def test_a_database_that_somebody_locks_costs_only_time(
    make_site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site = make_site(email_url=mail_server.url, prepared=True, EMAIL_TIMEOUT="4")  # the lease outlasts the lock
    site.start_processes("broker", "worker", "beat")
    facts = add_crowd(site, 500)
    mail_server.delay = 0.03 / SCALE
    for seconds in (chance.uniform(1, 3), BUSY_TIMEOUT + 3):
        seen = len(mail_server.messages)
        eventually(lambda seen=seen: len(mail_server.messages) > seen, timeout=180)
        with closing(sqlite3.connect(site.data / "kzsim.sqlite3", timeout=60, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            sleep(seconds)
            other.execute("ROLLBACK")
    assert len(by_recipient(mail_server)) < len(facts), "all were told before the database was locked"
    everybody_was_told_once(site, mail_server, facts)


@on_postgres
def test_a_database_server_that_dies_and_comes_back_costs_only_time(
    quick_site: Site, mail_server: CountingServer, chance: random.Random, add_crowd
):
    site = quick_site.start()
    eventually(lambda: site.answers("/healthz") == 200, timeout=180)
    facts = add_crowd(site, 500)
    mail_server.delay = 0.03 / SCALE
    for _ in range(3):
        seen = len(mail_server.messages)
        eventually(lambda seen=seen: len(mail_server.messages) > seen, timeout=180)
        sleep(chance.uniform(0, 2))
        with postgres.down(os.environ["DATABASE_URL"]):
            eventually(lambda: site.answers("/healthz") == 503, timeout=180)
            sleep(chance.uniform(0, 3))
    assert len(by_recipient(mail_server)) < len(facts), "all were told before the server died"
    everybody_was_told_once(site, mail_server, facts)
    eventually(lambda: site.answers("/healthz") == 200, timeout=180)
    assert site.answers("/") == 200

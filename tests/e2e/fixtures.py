"""Fixtures of the tests that start real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.processes import Site
from tests.e2e.smtp import CountingServer


@pytest.fixture
def mail_server() -> Iterator[CountingServer]:
    """A mail server that counts what it accepts."""
    server = CountingServer().start()
    yield server
    server.hanging = False
    server.stop()


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    """Makes sites; whatever they run is ended after the test."""
    with ExitStack() as closing:

        def make(**options: Any) -> Site:
            site = Site(**options)
            closing.callback(site.close)
            return site

        yield make


@pytest.fixture
def site(make_site: Callable[..., Site], mail_server: CountingServer) -> Site:
    """A site that sends through `mail_server`; nothing of it runs yet."""
    return make_site(email_url=mail_server.url, prepared=True)

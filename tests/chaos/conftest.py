"""Fixtures of the fault tests."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from tests.chaos.proof import Facts, facts_of
from tests.e2e.processes import Site
from tests.e2e.smtp import CountingServer

PEOPLE = 2000
# Fewer people, for a first look or a second database. Each then takes as much longer on the wire, so that faults still
# meet messages on their way.
SCALE = float(os.environ.get("CHAOS_SCALE", "1"))


@pytest.fixture
def chance() -> random.Random:
    """What a test leaves to chance. Its seed is shown when it fails: `CHAOS_SEED=...` makes the same choices again."""
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**9))
    print(f"CHAOS_SEED={seed}")  # noqa: T201
    return random.Random(seed)


@pytest.fixture
def quick_site(make_site: Callable[..., Site], mail_server: CountingServer) -> Site:
    """A site whose leases end soon, so that what a killed process held goes out within the test."""
    return make_site(email_url=mail_server.url, prepared=True, EMAIL_TIMEOUT="1")


@pytest.fixture
def site_with_a_clock(make_site: Callable[..., Site], mail_server: CountingServer) -> Site:
    """The same, where it is noon in Almaty, and a test may move the clock."""
    site = make_site(email_url=mail_server.url, prepared=True, EMAIL_TIMEOUT="1", clock=True)
    noon = site.now().replace(hour=7, minute=0, second=0)
    site.move_clock(noon - site.now())
    mail_server.now = site.now
    return site


@pytest.fixture
def add_crowd(chance: random.Random) -> Callable[..., dict[str, Facts]]:
    """Adds people with something due to a site, and says what is true of them."""

    def add(site: Site, people: int = PEOPLE, ends_in: tuple[int, ...] = (2, 3, 4, 5, 6)) -> dict[str, Facts]:
        wanted = round(people * SCALE), chance.randrange(10**9), ends_in
        site.ask(f"from tests.chaos import crowd; crowd.add{wanted}")
        return facts_of(site)

    return add

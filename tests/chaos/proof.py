"""What a mail server received, held against what a site knows: nobody forgotten, nothing repeated, nothing untrue."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext

from kzsim.common.formats import cutoff_in_words, day_in_words, days_in_words
from plans.periods import cutoff
from tests.e2e.processes import Site, eventually
from tests.e2e.smtp import CountingServer, Received

# Between writing a message and its arrival a day may end.
ON_THE_WIRE = timedelta(minutes=1)
STUCK = 150  # seconds: far longer than any lease, back-off or restart in these tests


@dataclass(frozen=True)
class Facts:
    """What a true message to somebody of the crowd says."""

    language: str
    zone: ZoneInfo
    sim_zone: ZoneInfo
    paid_until: date

    def days_left(self, at: datetime) -> int:
        return (self.paid_until - at.astimezone(self.sim_zone).date()).days

    def said(self, at: datetime) -> tuple[str, ...]:
        """The words that must stand in a message written at that moment."""
        days, today = self.days_left(at), at.astimezone(self.sim_zone).date()
        with translation.override(self.language):
            words = {"plan": "Crowd", "day": day_in_words(self.paid_until, today), "when": days_in_words(days)}
            if days < 0:
                return (gettext("%(plan)s ended on %(day)s, %(when)s. Have you renewed it?") % words,)
            last = cutoff_in_words(cutoff(self.paid_until, self.sim_zone, None), self.sim_zone, self.zone)
            return (
                gettext("%(plan)s works until %(day)s, %(when)s.") % words,
                gettext("At the latest: %(cutoff)s") % {"cutoff": last},
            )


def facts_of(site: Site) -> dict[str, Facts]:
    """The facts of everybody in the crowd, by address, as the database has them now."""
    found = site.rows(
        "SELECT person.email, person.language, person.time_zone, sim.time_zone, plan.paid_until FROM plans_plan plan"
        " JOIN plans_sim sim ON sim.id = plan.sim_id JOIN plans_person person ON person.id = sim.person_id"
    )
    return {
        email: Facts(language, ZoneInfo(zone), ZoneInfo(sim_zone), date.fromisoformat(str(day)))
        for email, language, zone, sim_zone, day in found
    }


def is_true(message: Received, facts: Facts) -> bool:
    """Whether it says, in its reader's language, what held when it was received."""
    text = _lines(message, "plain")
    page = message.parsed.get_body(("html",)).get_content()
    return f'<html lang="{facts.language}">' in page and any(
        set(facts.said(at)) <= text for at in (message.at, message.at - ON_THE_WIRE)
    )


def is_late(message: Received, facts: Facts) -> bool:
    """Whether it says that it comes late."""
    with translation.override(facts.language):
        beginning, _day, end = gettext(
            "This message is late: it was to reach you on %(day)s. What it says is true today."
        ).partition("%(day)s")
    return any(line.startswith(beginning) and line.endswith(end) for line in _lines(message, "plain"))


def _lines(message: Received, kind: str) -> set[str]:
    return set(message.parsed.get_body((kind,)).get_content().splitlines())


def by_recipient(server: CountingServer) -> dict[str, list[Received]]:
    found: dict[str, list[Received]] = {}
    for message in server.messages:
        for recipient in message.recipients:
            found.setdefault(recipient, []).append(message)
    return found


def unfinished(site: Site) -> int:
    """Messages that are still to be sent, and reminders that wait to become one."""
    now = f"{site.now():%Y-%m-%d %H:%M:%S}+00"
    ((messages, reminders),) = site.rows(
        "SELECT (SELECT count(*) FROM plans_message WHERE next_attempt_at IS NOT NULL),"
        f" (SELECT count(*) FROM plans_reminder WHERE due_at <= '{now}' OR state = 'attached')"
    )
    return int(messages) + int(reminders)


def some_are_told(server: CountingServer, facts: Mapping[str, Facts], chance: random.Random) -> None:
    """Waits until a part of the crowd, some tenths of it at most, has been told."""
    part = round(len(facts) * chance.uniform(0.02, 0.5))
    eventually(lambda: len(server.messages) >= part, timeout=STUCK * 2)


def nothing_is_left(site: Site, server: CountingServer, at_least: int = 0) -> None:
    """Waits until so many are told and nothing is left to send; fails when nothing has moved for long, however slow the
    machine is."""
    before, since = None, time.monotonic()
    while True:
        found = len(server.messages), unfinished(site)
        if found[1] == 0 and found[0] >= at_least and len(by_recipient(server)) >= at_least:
            return
        if found != before:
            before, since = found, time.monotonic()
        if time.monotonic() - since > STUCK:
            raise AssertionError(f"{found[0]} messages have arrived, {found[1]} wait, and none moves\n{site.state()}")
        time.sleep(0.5)


def everybody_was_told_once(
    site: Site, server: CountingServer, facts: Mapping[str, Facts], repeats_at_most: int = 0
) -> None:
    """Waits until nothing is left to send. Then everybody has one true message, and no more repeats of it than this."""
    nothing_is_left(site, server, at_least=len(facts))
    told = by_recipient(server)
    assert set(told) == set(facts)
    assert all(len({message.message_id for message in messages}) == 1 for messages in told.values())
    assert repeats(server) <= repeats_at_most
    nothing_was_untrue(server, facts)


def nothing_was_untrue(server: CountingServer, facts: Mapping[str, Facts]) -> None:
    for recipient, messages in by_recipient(server).items():
        for message in messages:
            assert is_true(message, facts[recipient]), f"at {message.at}, {facts[recipient]}:\n{message.parsed}"


def repeats(server: CountingServer) -> int:
    """How many messages came once more under the same Message-ID."""
    return sum(copies - 1 for copies in server.copies().values())

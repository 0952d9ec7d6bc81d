"""Which deadlines are dates of a calendar, and whether any of them became another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .facts import Deadline


def dates(deadlines: Iterable[Deadline]) -> list[Deadline]:
    """All but the questions afterwards, the soonest first."""
    ahead = [deadline for deadline in deadlines if deadline.opens_on is None]
    return sorted(ahead, key=lambda deadline: (deadline.cutoff, deadline.subject, deadline.kind))


def dates_digest(deadlines: Iterable[Deadline]) -> str:
    """The same for the same dates; empty where there are none."""
    found = [f"{one.subject} {one.kind} {one.on} {one.cutoff.isoformat()}" for one in dates(deadlines)]
    return hashlib.blake2b("\n".join(found).encode(), digest_size=16).hexdigest() if found else ""

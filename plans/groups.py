"""The groups of a person's SIMs: free words, of which the same is one group however it is typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def in_known_spelling(group: str, known: Iterable[str]) -> str:
    """“ family ” where there is a “Family” means that one."""
    plain = " ".join(group.split())
    return next((one for one in known if one.casefold() == plain.casefold()), plain)

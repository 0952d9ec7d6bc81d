"""The groups of a person's SIMs: free words, of which the same is one group however it is typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def in_known_spelling(group: str, known: Iterable[str]) -> str:
    """“ family ” where there is a “Family” means that one."""
    plain = " ".join(group.split())
    return next((one for one in known if one.casefold() == plain.casefold()), plain)


def in_one_spelling(groups: Iterable[str], known: Iterable[str]) -> list[str]:
    """Each in the known spelling, or in that of the first of them."""
    known, found = list(known), []
    for group in groups:
        found.append(in_known_spelling(group, known))
        if found[-1] not in known:
            known.append(found[-1])
    return found

"""A text shared from the telephone -> what to read, and whose SIM it may speak of. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from guides.words import brands_named
from plans.replies import LONGEST

# An address holds it, and on the way through the sign-in page another address holds that one: a Cyrillic letter then
# takes ten signs, and servers refuse an address of more than 8190.
LONGEST_IN_ADDRESS = 750
_DIGITS = re.compile(r"\d+")
_GAP = re.compile(r"[\s()\-.]{1,3}")
_FEWEST, _MOST = 10, 15  # digits of a telephone number
_HOME = "+7"


@dataclass(frozen=True)
class Shared:
    """`text` is what the operator wrote; `sender` what the telephone told beside it."""

    text: str
    sender: str = ""

    @property
    def is_too_long(self) -> bool:
        return len(self.text) > min(LONGEST, LONGEST_IN_ADDRESS)

    @property
    def numbers(self) -> frozenset[str]:
        """All that could be a telephone number in it, as numbers are stored (+77011234567)."""
        return frozenset(_numbers(self.text))

    @property
    def brands(self) -> frozenset[str]:
        """The operators it names."""
        return brands_named(f"{self.sender}\n{self.text}")


def shared(told: Mapping[str, str]) -> Shared:
    """Telephones put the text into any of three fields."""
    title, text, url = (told.get(name, "").strip() for name in ("title", "text", "url"))
    if not text:
        return Shared(title or url)
    return Shared(text, title)


def _numbers(text: str) -> list[str]:
    """Digits that stand together, or with no more than a gap between them: `8 (701) 123-45-67`."""
    runs = list(_DIGITS.finditer(text[:LONGEST]))
    found = []
    for first in range(len(runs)):
        digits, end = "", runs[first].start()
        for run in runs[first:]:
            if digits and not _GAP.fullmatch(text[end : run.start()]):
                break
            digits, end = digits + run[0], run.end()
            if len(digits) > _MOST:
                break
            if len(digits) >= _FEWEST:
                found += [f"+{digits}", _HOME + digits[-10:]]
    return found

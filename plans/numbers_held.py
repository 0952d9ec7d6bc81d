"""How many numbers a person holds at all operators, against the law's limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guides.models import Fact
from guides.reporting import with_readers_words

from .models import Person, Sim
from .said import is_kazakh

LIMIT = "country.numbers_a_person"


@dataclass(frozen=True)
class NumbersHeld:
    """`here` are on this site and in the person's own name, `elsewhere` are not on it. `fact` is what is known of the
    limit; `most` its number, or None where it is not known, or said in other words."""

    here: int
    elsewhere: int
    fact: Fact | None = None

    @property
    def count(self) -> int:
        return self.here + self.elsewhere

    @property
    def most(self) -> int | None:
        said = self.fact.value if self.fact else ""
        return int(said) if said.isascii() and said.isdecimal() else None

    @property
    def is_near(self) -> bool:
        """One more, and the limit is reached; or it is already."""
        return self.most is not None and self.count >= self.most - 1


def numbers_held(person: Person) -> NumbersHeld | None:
    """None for who does not want them counted. A number that was moved to the archive is still held by its owner."""
    if person.numbers_elsewhere is None:
        return None
    mine = Sim.objects.visible_to(person.user).filter(in_own_name=True, is_sample=False).only("number")
    here = sum(is_kazakh(sim.number) for sim in mine)
    return numbers_counted(person, here, with_readers_words(Fact.objects.filter(key=LIMIT)))


def numbers_counted(person: Person, here: int, facts: Iterable[Fact]) -> NumbersHeld | None:
    """The same where those on this site are counted already, and the facts are there."""
    if person.numbers_elsewhere is None:
        return None
    fact = next((one for one in facts if one.key == LIMIT and one.is_known), None)
    return NumbersHeld(here, person.numbers_elsewhere, fact)

"""What becomes of the first steps."""

from __future__ import annotations

from datetime import datetime

from plans.first_steps import first_steps_of
from plans.models import Person


def put_steps_away(person: Person, now: datetime) -> None:
    """They are not shown any more."""
    _set_over(person, now)


def bring_steps_back(person: Person) -> None:
    _set_over(person, None)


def note_steps(person: Person, now: datetime) -> None:
    """Call after what may have been the last of them: once all are done, no page asks for them again."""
    if person.steps_over_at is None and first_steps_of(person) is None:
        _set_over(person, now)


def _set_over(person: Person, at: datetime | None) -> None:
    person.steps_over_at = at
    person.save(update_fields=["steps_over_at"])

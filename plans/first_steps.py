"""What a newcomer does first: a SIM, where they are and how they pay, a test message. Beyond that the dashboard is
theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.db.models import Exists, OuterRef

from .models import Message, Person, Sim


class Step(Enum):
    SIM = "sim"
    SITUATION = "situation"
    TEST = "test"


@dataclass(frozen=True)
class Row:
    """One step as the dashboard shows it; `is_next` marks the one to take now."""

    step: str
    is_done: bool
    is_next: bool


@dataclass(frozen=True)
class Steps:
    done: frozenset[Step]
    has_samples: bool = False

    @property
    def has_only_samples(self) -> bool:
        """Whether all there is to see are examples."""
        return self.has_samples and Step.SIM not in self.done

    @property
    def next(self) -> Step | None:
        return next((step for step in Step if step not in self.done), None)

    @property
    def rows(self) -> list[Row]:
        return [Row(step.value, step in self.done, step is self.next) for step in Step]

    @property
    def count_done(self) -> int:
        return len(self.done)

    @property
    def count(self) -> int:
        return len(Step)


def first_steps_of(person: Person) -> Steps | None:
    """What this person has done of the steps; None once they are all done, or put away. At most one query."""
    if person.steps_over_at is not None:
        return None
    steps = Steps(_done(person), person.has_samples)
    return steps if steps.next else None


def _done(person: Person) -> frozenset[Step]:
    """An example is no SIM of theirs, and a test that could not be delivered has shown nothing."""
    sims = Sim.objects.filter(person=OuterRef("pk"), is_sample=False, deleted_at=None)
    tests = Message.objects.filter(person=OuterRef("pk"), kind=Message.Kind.TEST).exclude(state=Message.State.FAILED)
    has_sim, has_tested = Person.objects.filter(pk=person.pk).values_list(Exists(sims), Exists(tests)).get()
    is_done = {
        Step.SIM: has_sim,
        Step.SITUATION: bool(person.place or person.payments),
        Step.TEST: has_tested,
    }
    return frozenset(step for step in Step if is_done[step])

"""The links in a message: what each may do, and until when.

An answer link speaks of one deadline of one plan or SIM. It ends with that deadline: as soon as the
plan has another date, was answered or was removed, it does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.urls import reverse

from kzsim.common.links import BadLink, Purpose, absolute, sign, unsign

from . import actions
from .deadlines import UNANSWERED_PERIODS, Deadline, assumed_ends, number_at_risk_on
from .models import Person, Plan, Sim


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"


@dataclass(frozen=True)
class Question:
    """What an answer link speaks of."""

    sim: Sim
    plan: Plan | None
    on: date

    @property
    def item(self) -> Plan | Sim:
        return self.plan or self.sim


def answer_url(deadline: Deadline, answer: Answer) -> str:
    token = sign(Purpose.ANSWER, [deadline.subject, deadline.on.isoformat(), answer.value])
    return absolute(reverse("plans:answer", args=[token]))


def unsubscribe_url(person: Person) -> str:
    return absolute(reverse("plans:unsubscribe", args=[sign(Purpose.UNSUBSCRIBE, person.pk)]))


def read_answer(token: str, now: datetime) -> tuple[Question | None, Answer]:
    """What the link speaks of, None if its deadline is over or gone. Raises BadLink."""
    value = unsign(Purpose.ANSWER, token)
    try:
        subject, on, answer = value
        kind, number = subject.split(":")
        answer, on, pk = Answer(answer), date.fromisoformat(on), int(number)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadLink from error
    return (_open_plan_question if kind == "plan" else _open_sim_question)(pk, on, now), answer


def person_of_unsubscribe(token: str) -> Person | None:
    """None if that person is gone. Raises BadLink."""
    return Person.objects.filter(pk=unsign(Purpose.UNSUBSCRIBE, token)).first()


def take(question: Question, answer: Answer, now: datetime) -> None:
    """Does what the link promises."""
    sim, plan = question.sim, question.plan
    if answer is Answer.STOP:
        if plan:
            actions.set_plan_reminders(plan, on=False)
        else:
            actions.stop_watching(sim)
    elif answer is Answer.NO:
        if plan:
            actions.close_plan(plan, now)
        else:
            actions.stop_watching(sim)
    elif plan is None:
        actions.note_activity(sim, sim.today(now), now)
    else:
        to = actions.proposed_end(plan, sim.today(now))
        if to is not None:
            actions.renew(plan, to=to, now=now)


def _open_plan_question(pk: int, on: date, now: datetime) -> Question | None:
    plan = Plan.objects.in_use().filter(pk=pk, sim__in=Sim.objects.in_use()).select_related("sim__person").first()
    if plan is None or plan.closed_at or plan.paid_until is None or on < plan.paid_until:
        return None
    ends = [end for end, _ in zip(assumed_ends(plan.facts()), range(UNANSWERED_PERIODS + 2), strict=False)]
    if on not in ends or plan.sim.today(now) > (ends[-1] if len(ends) > 1 else date.max):
        return None
    return Question(plan.sim, plan, on)


def _open_sim_question(pk: int, on: date, now: datetime) -> Question | None:
    sim = Sim.objects.in_use().filter(pk=pk).with_facts().first()
    return Question(sim, None, on) if sim and number_at_risk_on(sim.facts()) == on else None

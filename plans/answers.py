"""The links in a message: what each may do, and until when.

An answer link speaks of one deadline of one plan or SIM. It ends with that deadline: as soon as the
plan has another date, was answered or was removed, it does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.urls import reverse

from kzsim.common.links import BadLink, Purpose, absolute, sign, unsign

from . import actions
from .deadlines import UNANSWERED_PERIODS, Deadline, Kind, assumed_ends, care_days, number_at_risk_on
from .models import Person, Plan, Sim
from .renewing import next_ends

_CARE = "care"  # stands for the SIM where its backup is meant, and not its number


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"


class Standing(StrEnum):
    """Whether a link may still act."""

    OPEN = "open"
    DONE = "done"  # what it promises is true already
    OVER = "over"  # its deadline is over, was answered otherwise, or is gone


@dataclass(frozen=True)
class Link:
    """What an answer link speaks of. Without a SIM it is gone, and nobody can be named."""

    answer: Answer
    on: date
    standing: Standing
    sim: Sim | None = None
    plan: Plan | None = None
    is_care: bool = False  # a backup: neither about the plans nor about the number

    @property
    def is_open(self) -> bool:
        return self.standing is Standing.OPEN

    def proposed_end(self, now: datetime) -> date | None:
        """The last day that a “yes” would note for the plan; None where its owner has to say it."""
        return actions.proposed_end(self.plan, self.sim.today(now)) if self.plan and self.sim else None

    def other_end(self, now: datetime) -> date | None:
        """The last day if the operator begins a new period on the day of renewal, where nobody has said how it counts
        and that makes a difference."""
        if self.plan is None or self.sim is None or self.plan.early:
            return None
        ends = next_ends(self.plan.facts(), self.sim.today(now))
        return ends.restarts if ends and ends.differ else None

    @property
    def needs_a_date(self) -> bool:
        """Whether a “yes” cannot be noted without its owner saying the new last day."""
        return self.answer is Answer.YES and self.plan is not None and self.plan.rule is self.plan.rule.ONCE


@dataclass(frozen=True)
class Unsubscribing:
    """Whom an unsubscribe link speaks of; the SIM where its message was about that one only."""

    person: Person
    sim: Sim | None = None


def answer_url(deadline: Deadline, answer: Answer) -> str:
    subject = deadline.subject
    if deadline.kind is Kind.CARE:
        subject = f"{_CARE}:{subject.partition(':')[2]}"
    token = sign(Purpose.ANSWER, [subject, deadline.on.isoformat(), answer.value])
    return absolute(reverse("plans:answer", args=[token]))


def unsubscribe_url(person: Person, sim: Sim | None = None) -> str:
    """`sim`: the one that the message is about, so that the page can offer to stop only that."""
    token = sign(Purpose.UNSUBSCRIBE, [person.pk, sim.pk] if sim else [person.pk])
    return absolute(reverse("plans:unsubscribe", args=[token]))


def read_answer(token: str, now: datetime) -> Link:
    """What the link speaks of, and whether it may still act. Raises BadLink."""
    kind, pk, on, answer = _answer_said(token)
    if kind == "plan":
        return _plan_link(pk, on, answer, now)
    return _care_link(pk, on, answer) if kind == _CARE else _sim_link(pk, on, answer)


@transaction.atomic
def take(token: str, now: datetime) -> Link:
    """Does what the link promises, once: the link as it stood before, with its SIM and plan as they
    are now. Raises BadLink."""
    kind, pk, _on, _answer = _answer_said(token)
    # Two taps at once must not renew twice: the second waits here, and then finds it done.
    list((Plan if kind == "plan" else Sim).objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk"))
    link = read_answer(token, now)
    if link.is_open:
        _act(link, now)
        if link.plan:
            link.plan.refresh_from_db()
        else:
            link.sim.refresh_from_db(from_queryset=Sim.objects.with_facts())
    return link


def read_unsubscribe(token: str) -> Unsubscribing | None:
    """None if that person is gone. Raises BadLink."""
    try:
        person_pk, *rest = unsign(Purpose.UNSUBSCRIBE, token)
    except (TypeError, ValueError) as error:
        raise BadLink from error
    person = Person.objects.filter(pk=person_pk).first()
    if person is None:
        return None
    return Unsubscribing(person, Sim.objects.in_use().filter(pk__in=rest, person=person).first())


def _answer_said(token: str) -> tuple[str, int, date, Answer]:
    value = unsign(Purpose.ANSWER, token)
    try:
        subject, on, answer = value
        kind, number = subject.split(":")
        return kind, int(number), date.fromisoformat(on), Answer(answer)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadLink from error


def _act(link: Link, now: datetime) -> None:
    if link.is_care and link.answer is Answer.STOP:
        actions.set_care(link.sim, None, now)
    elif link.is_care:
        actions.note_care(link.sim, now, done=link.answer is Answer.YES)
    elif link.plan is None:
        if link.answer is Answer.YES:
            actions.note_activity(link.sim, link.sim.today(now), now)
        else:
            actions.stop_watching(link.sim, now)
    elif link.answer is Answer.STOP:
        actions.set_plan_reminders(link.plan, now, on=False)
    elif link.answer is Answer.NO:
        actions.close_plan(link.plan, now)
    elif to := link.proposed_end(now):
        actions.renew(link.plan, to=to, now=now)


def _plan_link(pk: int, on: date, answer: Answer, now: datetime) -> Link:
    plan = Plan.objects.in_use().filter(pk=pk, sim__in=Sim.objects.in_use()).select_related("sim__person").first()
    if plan is None:
        return Link(answer, on, Standing.OVER)
    return Link(answer, on, _plan_standing(plan, on, answer, now), plan.sim, plan)


def _plan_standing(plan: Plan, on: date, answer: Answer, now: datetime) -> Standing:
    done = {
        Answer.YES: plan.closed_at is None and plan.paid_until is not None and plan.paid_until > on,
        Answer.NO: plan.closed_at is not None,
        Answer.STOP: plan.reminders_off,
    }
    if done[answer]:
        return Standing.DONE
    return Standing.OPEN if _is_asked(plan, on, now) else Standing.OVER


def _is_asked(plan: Plan, on: date, now: datetime) -> bool:
    """Whether that day is still one of the ends that nobody has answered."""
    if plan.closed_at or plan.paid_until is None or on < plan.paid_until:
        return False
    ends = [end for end, _ in zip(assumed_ends(plan.facts()), range(UNANSWERED_PERIODS + 2), strict=False)]
    return on in ends and (len(ends) == 1 or plan.sim.today(now) <= ends[-1])


def _sim_link(pk: int, on: date, answer: Answer) -> Link:
    sim = Sim.objects.in_use().filter(pk=pk).with_facts().first()
    if sim is None:
        return Link(answer, on, Standing.OVER)
    return Link(answer, on, _sim_standing(sim, on, answer), sim)


def _sim_standing(sim: Sim, on: date, answer: Answer) -> Standing:
    safe_until = number_at_risk_on(sim.facts())
    if safe_until == on:
        return Standing.OPEN
    if answer is Answer.YES:
        return Standing.DONE if safe_until and safe_until > on else Standing.OVER
    return Standing.OVER if sim.keep_alive else Standing.DONE


def _care_link(pk: int, on: date, answer: Answer) -> Link:
    sim = Sim.objects.in_use().filter(pk=pk).with_facts().first()
    if sim is None:
        return Link(answer, on, Standing.OVER, is_care=True)
    return Link(answer, on, _care_standing(sim, on, answer), sim, is_care=True)


def _care_standing(sim: Sim, on: date, answer: Answer) -> Standing:
    """Open until it is answered, from the message or on the page, or the rhythm is another."""
    care = sim.facts().care
    if care and on in care_days(care):
        return Standing.OPEN
    the_day_before = on - timedelta(days=1)  # where the reader lives, the message may come as early
    answered = sim.care_since is not None and sim.care_since >= the_day_before
    cared = sim.cared_on is not None and sim.cared_on >= the_day_before
    done = {Answer.YES: cared, Answer.NO: answered and not cared, Answer.STOP: care is None}
    return Standing.DONE if done[answer] else Standing.OVER

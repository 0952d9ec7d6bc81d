"""The links in a message: what each may do, and until when.

An answer link speaks of one deadline of one plan or SIM. It ends with that deadline: as soon as the
plan has another date, was answered or was removed, it does nothing. Which links an item gets is decided here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.urls import reverse

from kzsim.common.links import BadLink, Purpose, absolute, sign, unsign

from . import actions
from .deadlines import (
    UNANSWERED_PERIODS,
    Deadline,
    Kind,
    assumed_ends,
    care_days,
    deadlines,
    number_at_risk_on,
    sim_subject,
)
from .models import Person, Plan, Sim, Snooze
from .reminders import Item
from .renewing import next_ends

_CARE = "care"  # stands for the SIM where its backup is meant, and not its number
# What is told of a plan or a number beside when it ends: “stop” ends this kind for the SIM, and nothing else.
_STOPPED_BY_KIND = (Kind.DATA_OUT, Kind.TRIP)
_ANSWERED = (Kind.PLAN_EXPIRES, Kind.CHARGE, Kind.NUMBER_AT_RISK, Kind.RENEWED, Kind.CARE, *_STOPPED_BY_KIND)


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    TOMORROW = "tomorrow"


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
    kind: Kind | None = None  # what it is about, where that is neither how long the plan nor the number lasts
    until: date | None = None  # the day on which “tomorrow” reminds

    @property
    def is_care(self) -> bool:
        """Whether it is about a backup: neither about the plans nor about the number."""
        return self.kind is Kind.CARE

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


@dataclass(frozen=True)
class _Said:
    """What a token says. `kind` is missing in those of older messages."""

    what: str
    pk: int
    on: date
    answer: Answer
    kind: Kind | None = None

    @property
    def subject(self) -> str:
        return sim_subject(self.pk) if self.what == _CARE else f"{self.what}:{self.pk}"


def offered(item: Item, person: Person, now: datetime) -> list[Answer]:
    """The answers that make sense to what a message says, the one to hope for first."""
    deadline, kind = item.deadline, _kind_of(item.deadline, item.is_question)
    if kind not in _ANSWERED:
        return []
    answers = []
    if item.is_question or kind in (Kind.CARE, Kind.NUMBER_AT_RISK, Kind.PLAN_EXPIRES):
        answers.append(Answer.YES)
    if item.is_question or kind in (Kind.CARE, Kind.PLAN_EXPIRES):
        answers.append(Answer.NO)
    if _helps_tomorrow(deadline, kind, person, now):
        answers.append(Answer.TOMORROW)
    return [*answers, Answer.STOP]


def answer_url(deadline: Deadline, answer: Answer, *, is_question: bool = False) -> str:
    """`is_question`: its day is over, and a warning has become the question."""
    subject, kind = deadline.subject, _kind_of(deadline, is_question)
    if kind is Kind.CARE:
        subject = f"{_CARE}:{subject.partition(':')[2]}"
    token = sign(Purpose.ANSWER, [subject, deadline.known_by.isoformat(), answer.value, kind.value])
    return absolute(reverse("plans:answer", args=[token]))


def _kind_of(deadline: Deadline, is_question: bool) -> Kind:
    return Kind.RENEWED if is_question else deadline.kind


def _helps_tomorrow(deadline: Deadline, kind: Kind, person: Person, now: datetime) -> bool:
    """Whether it is not too late at the hour of reminding of the next day; a question and a backup can wait."""
    if kind in (Kind.RENEWED, Kind.CARE):
        return True
    tomorrow = person.today(now) + timedelta(days=1)
    return datetime.combine(tomorrow, person.hour, person.zone) < deadline.cutoff


def unsubscribe_url(person: Person, sim: Sim | None = None) -> str:
    """`sim`: the one that the message is about, so that the page can offer to stop only that."""
    token = sign(Purpose.UNSUBSCRIBE, [person.pk, sim.pk] if sim else [person.pk])
    return absolute(reverse("plans:unsubscribe", args=[token]))


def read_answer(token: str, now: datetime) -> Link:
    """What the link speaks of, and whether it may still act. Raises BadLink."""
    said = _answer_said(token)
    if said.answer is Answer.TOMORROW:
        return _snooze_link(said, now)
    if said.kind in _STOPPED_BY_KIND:
        return _kind_link(said, now)
    if said.what == _CARE:
        return _care_link(said.pk, said.on, said.answer)
    return _plan_link(said.pk, said.on, said.answer, now) if said.what == "plan" else _sim_link(said)


@transaction.atomic
def take(token: str, now: datetime) -> Link:
    """Does what the link promises, once: the link as it stood before, with its SIM and plan as they
    are now. Raises BadLink."""
    said = _answer_said(token)
    # Two taps at once must not renew twice: the second waits here, and then finds it done.
    locked = Plan if said.what == "plan" else Sim
    list(locked.objects.select_for_update(no_key=True).filter(pk=said.pk).values_list("pk"))
    link = read_answer(token, now)
    if link.is_open:
        _act(link, said, now)
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


def _answer_said(token: str) -> _Said:
    value = unsign(Purpose.ANSWER, token)
    try:
        subject, on, answer, *kinds = value
        what, number = subject.split(":")
        kind = Kind(kinds[0]) if kinds else None
        said = _Said(what, int(number), date.fromisoformat(on), Answer(answer), kind)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadLink from error
    if kind is None and said.answer is Answer.TOMORROW:
        raise BadLink
    return said


def _act(link: Link, said: _Said, now: datetime) -> None:
    if link.until and said.kind:
        actions.snooze(link.sim, said.subject, said.kind, said.on, link.until, now)
    elif said.kind in _STOPPED_BY_KIND:
        actions.set_sim_kinds(link.sim, [*link.sim.muted_kinds, said.kind], now)
    elif link.is_care and link.answer is Answer.STOP:
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


def _snooze_link(said: _Said, now: datetime) -> Link:
    """Open as long as the deadline stands, and a reminder on the next day comes before it is too late."""
    sim, plan = _sim_and_plan(said)
    standing = [
        deadline
        for deadline in (deadlines(sim.facts(), now) if sim else [])
        if (deadline.subject, deadline.kind, deadline.known_by) == (said.subject, said.kind, said.on)
    ]
    if sim is None or not standing:
        return Link(said.answer, said.on, Standing.OVER, sim, plan, said.kind)
    deadline = standing[0]
    until = sim.person.today(now) + timedelta(days=1)
    snoozes = Snooze.objects.filter(sim=sim, subject=said.subject, kind=said.kind, deadline=said.on)
    if snoozes.filter(until__gte=until).exists():
        state = Standing.DONE
    else:
        state = Standing.OPEN if _helps_tomorrow(deadline, deadline.kind, sim.person, now) else Standing.OVER
    return Link(said.answer, deadline.on, state, sim, plan, said.kind, until)


def _kind_link(said: _Said, now: datetime) -> Link:
    """“Stop” for one kind of one SIM: open as long as its deadline stands."""
    sim, plan = _sim_and_plan(said)
    if sim is None or said.answer is not Answer.STOP:
        return Link(said.answer, said.on, Standing.OVER, kind=said.kind)
    if said.kind in sim.muted_kinds:
        state = Standing.DONE
    else:
        found = ((one.subject, one.kind, one.known_by) for one in deadlines(sim.facts(), now))
        state = Standing.OPEN if (said.subject, said.kind, said.on) in found else Standing.OVER
    return Link(said.answer, said.on, state, sim, plan, said.kind)


def _sim_and_plan(said: _Said) -> tuple[Sim | None, Plan | None]:
    """The SIM in use that a token speaks of, with its facts, and the plan; neither where either is gone."""
    sims = Sim.objects.in_use().with_facts()
    if said.what != "plan":
        return sims.filter(pk=said.pk).first(), None
    sim = sims.filter(plans__pk=said.pk).first()
    plan = next((plan for plan in sim.plans_in_use if plan.pk == said.pk), None) if sim else None
    return (sim, plan) if plan else (None, None)


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


def _sim_link(said: _Said) -> Link:
    sim, _none = _sim_and_plan(said)
    if sim is None:
        return Link(said.answer, said.on, Standing.OVER)
    return Link(said.answer, said.on, _sim_standing(sim, said.on, said.answer), sim)


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
        return Link(answer, on, Standing.OVER, kind=Kind.CARE)
    return Link(answer, on, _care_standing(sim, on, answer), sim, kind=Kind.CARE)


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

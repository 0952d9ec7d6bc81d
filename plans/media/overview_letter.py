"""Writes the overview: one mail every week or month for who wants no other, with a line for each thing that comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kzsim.common.formats import day_in_words, listed, money_in_words, titled
from kzsim.common.links import absolute
from kzsim.common.money import Money, totals
from plans.answers import Answer, answer_url, unsubscribe_url
from plans.deadlines import Deadline, Kind
from plans.media.headlines import headline_of
from plans.media.letter import Letter, Subjects, subject_line
from plans.media.ways import Link
from plans.models import Person, Sim
from plans.reminders import LATE, Item, tells_until

LINES = 70  # with which both parts together stay under 60 kB in every language
ANSWERED = 10  # questions that can be answered from the mail: each link is long
_PAID = (Kind.PLAN_EXPIRES, Kind.CHARGE)


@dataclass(frozen=True)
class Line:
    """What an overview says of one thing."""

    title: str
    words: str
    page: str
    is_urgent: bool
    answers: tuple[Link, ...] = ()


def write_overview(
    person: Person, items: Iterable[Item], sims: Mapping[int, Sim], now: datetime, planned_for: datetime
) -> Letter:
    """`items` most urgent first, which may be none; `sims` are all that the person has, fetched with facts."""
    items, today = list(items), person.today(now)
    until = tells_until(person.overview, today)
    with translation.override(person.language), timezone.override(person.zone):
        subjects = Subjects(sims)
        shown = items[:LINES]
        asked = [item for item in shown if item.is_question or item.deadline.kind is Kind.PAUSED]
        coming = [item for item in shown if item not in asked]
        needed = [money_in_words(money) for money in totals(_to_pay(items))]
        context = {
            "language": person.language,
            "person": person,
            "late": _late(planned_for, now, person, today),
            "told": _told(items, until, today),
            "coming": [_line(item, subjects, now) for item in coming],
            "questions": [_line(item, subjects, now, can_answer=n < ANSWERED) for n, item in enumerate(asked)],
            "needed": listed(needed),
            "more": len(items[LINES:]),
            "dashboard": absolute(reverse("plans:dashboard")),
            "settings": absolute(reverse("plans:reminders")),
            "unsubscribe": unsubscribe_url(person),
        }
        return Letter(
            subject=_subject(items, subjects, until, today),
            text=render_to_string("mail/overview.txt", context),
            html=render_to_string("mail/overview.html", context),
            unsubscribe=context["unsubscribe"],
        )


def _line(item: Item, subjects: Subjects, now: datetime, *, can_answer: bool = False) -> Line:
    (sim, plan), deadline = subjects.of(item), item.deadline
    words = headline_of(item, plan, sim.today(now))
    if deadline.kind is Kind.CARE:  # whose words are those of the day itself
        words = titled(day_in_words(deadline.on, sim.today(now)), words)
    return Line(
        title=" · ".join(filter(None, [sim.short_title, plan and plan.name])),
        words=words,
        page=absolute(reverse("plans:sim", args=[sim.pk])),
        is_urgent=not item.is_question and deadline.kind in _PAID and item.days_left <= 1,
        answers=tuple(_answers(deadline)) if can_answer and item.is_question else (),
    )


def _answers(deadline: Deadline) -> Iterable[Link]:
    yield Link(_("Yes"), answer_url(deadline, Answer.YES, is_question=True))
    yield Link(_("No"), answer_url(deadline, Answer.NO, is_question=True))


def _subject(items: list[Item], subjects: Subjects, until: date, today: date) -> str:
    """The most urgent first; never a full number."""
    if not items:
        return _("Overview: nothing runs out until %(day)s") % {"day": day_in_words(until, today)}
    return _("Overview: %(first)s") % {"first": subject_line(items, subjects)}


def _told(items: list[Item], until: date, today: date) -> str:
    words = {"day": day_in_words(until, today)}
    if not items:
        return _("As far as we know, nothing runs out and no money is needed until %(day)s.") % words
    count = len(items)
    return ngettext(
        "%(count)s thing comes up until %(day)s, or is still open.",
        "%(count)s things come up until %(day)s, or are still open.",
        count,
    ) % (words | {"count": count})


def _to_pay(items: Iterable[Item]) -> Iterable[Money]:
    """What the plans take until then; a trip or a new price speaks of the same money."""
    for item in items:
        money = item.deadline.missing or item.deadline.needed
        if money and item.deadline.kind in _PAID:
            yield money


def _late(planned_for: datetime, now: datetime, person: Person, today: date) -> str:
    if now - planned_for <= LATE:
        return ""
    planned = planned_for.astimezone(person.zone).date()
    return _("This message is late: it was to reach you on %(day)s. What it says is true today.") % {
        "day": day_in_words(planned, today)
    }

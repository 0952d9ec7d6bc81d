"""Writes what a reminder message says, in the reader's language, from the facts of the day: as mail, and in a few lines
for chats and push."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.selection import Shelf
from kzsim.common.formats import day_in_words, listed, money_in_words
from kzsim.common.links import absolute
from kzsim.common.money import Money, totals
from plans.answers import Answer, answer_url, offered, unsubscribe_url
from plans.deadlines import Kind
from plans.media.asides import TOLD_LAST
from plans.media.details import details_of
from plans.media.headlines import headline_of, subject_of
from plans.media.ways import Code, Link, code_for, guides_for, pages_for, words_above_guides
from plans.models import Person, Plan, Sim
from plans.reminders import SIMS_IN_A_MESSAGE, Item

IN_FULL = 3  # things told with all that helps; of the others what, when and how much, and a link to the rest
SHORT = 400  # letters of the few lines for chats and push, without the links below them
SHORT_DETAILS = 2


@dataclass(frozen=True)
class Letter:
    """`short` are the few lines below the subject in a chat; where one thing is asked an empty line follows, and a line
    for each answer with its link. `url` is where a tap leads."""

    subject: str
    text: str
    html: str
    unsubscribe: str
    short: str = ""
    url: str = ""


@dataclass(frozen=True)
class Paragraph:
    """What the letter says of one plan or number."""

    title: str
    headline: str
    details: tuple[str, ...]
    code: Code | None
    page: str
    answers: tuple[Link, ...]
    guides: tuple[Link, ...]
    guides_for: str
    pages: tuple[Link, ...]
    is_urgent: bool


class Subjects:
    """Finds the SIM and the plan that an item speaks of."""

    def __init__(self, sims: Mapping[int, Sim]) -> None:
        self._plans = {plan.pk: (sim, plan) for sim in sims.values() for plan in sim.plans_in_use}
        self._sims = sims

    def of(self, item: Item) -> tuple[Sim, Plan | None]:
        kind, _colon, pk = item.deadline.subject.partition(":")
        return self._plans[int(pk)] if kind == "plan" else (self._sims[int(pk)], None)

    def only_sim(self, items: Iterable[Item]) -> Sim | None:
        """The SIM, where all speak of one."""
        sims = {sim.pk: sim for sim, _plan in map(self.of, items)}
        return next(iter(sims.values())) if len(sims) == 1 else None


@dataclass(frozen=True)
class _Writing:
    """For whom a letter is written, of what, and when."""

    person: Person
    subjects: Subjects
    now: datetime
    shelf: Shelf


def write_letter(
    person: Person, items: Iterable[Item], sims: Mapping[int, Sim], now: datetime, shelf: Shelf | None = None
) -> Letter:
    """`items` most urgent first; `sims` holds each item's SIM, fetched with facts. Letters that are written together
    share a `shelf`, for reading all guides costs more than the rest."""
    items = list(items)
    subjects = Subjects(sims)
    writing = _Writing(person, subjects, now, shelf or Shelf())
    with translation.override(person.language), timezone.override(person.zone):
        shown = items[:SIMS_IN_A_MESSAGE]
        paragraphs = [_paragraph(item, writing, in_full=count < IN_FULL) for count, item in enumerate(shown)]
        late = _late(items, person, now)
        only_sim = subjects.only_sim(items)
        dashboard = absolute(reverse("plans:dashboard"))
        context = {
            "language": person.language,
            "person": person,
            "late": late,
            "paragraphs": paragraphs,
            "more": _more(items[SIMS_IN_A_MESSAGE:]),
            "dashboard": dashboard,
            "settings": absolute(reverse("plans:reminders")),
            "unsubscribe": unsubscribe_url(person, only_sim),
        }
        return Letter(
            subject=subject_line(items, subjects),
            text=render_to_string("mail/reminders.txt", context).strip() + "\n",
            html=render_to_string("mail/reminders.html", context),
            unsubscribe=unsubscribe_url(person),
            short=_short(items, paragraphs, subjects, late),
            url=paragraphs[0].page if only_sim else dashboard,
        )


def subject_line(items: list[Item], subjects: Subjects) -> str:
    """The most urgent first."""
    first = subject_of(items[0], *subjects.of(items[0]))
    others = len(items) - 1
    if not others:
        return first
    words = ngettext("%(first)s, and %(count)s more", "%(first)s, and %(count)s more", others)
    return words % {"first": first, "count": others}


def _short(items: list[Item], paragraphs: list[Paragraph], subjects: Subjects, late: str) -> str:
    first = paragraphs[0]
    lines = [*filter(None, [late]), first.headline, *first.details[:SHORT_DETAILS]]
    others = [f"• {subject_of(item, *subjects.of(item))}" for item in items[1:]]
    words = _as_many_as_fit(lines, others)
    if others:
        return words
    links = [f"{answer.label}: {answer.url}" for answer in first.answers]
    return "\n".join([words, "", *links]) if links else words


def _as_many_as_fit(lines: list[str], others: list[str]) -> str:
    """The first lines, then one for each other thing as long as there is room, then how many are left."""
    while len("\n".join(lines)) > SHORT and len(lines) > 1:
        lines = lines[:-1]
    taken = 0
    while taken < len(others) and len("\n".join([*lines, *others[: taken + 1], _left(others[taken + 1 :])])) <= SHORT:
        taken += 1
    return "\n".join(filter(None, [*lines, *others[:taken], _left(others[taken:])]))


def _left(others: list[str]) -> str:
    words = ngettext("and %(count)s more.", "and %(count)s more.", len(others))
    return words % {"count": len(others)} if others else ""


def _paragraph(item: Item, writing: _Writing, *, in_full: bool) -> Paragraph:
    sim, plan = writing.subjects.of(item)
    person, shelf, today = writing.person, writing.shelf, sim.today(writing.now)
    title = [sim.short_title, sim.operator and sim.operator.name, plan and plan.name]
    details = tuple(details_of(item, sim, plan, shelf, person.zone, today))
    can_wait = item.is_question or item.deadline.kind in (Kind.PAUSED, *TOLD_LAST)
    return Paragraph(
        title=" · ".join(filter(None, title)),
        headline=headline_of(item, plan, today),
        details=details if in_full else details[:SHORT_DETAILS],
        code=code_for(item, sim, plan, shelf) if in_full else None,
        page=absolute(reverse("plans:sim", args=[sim.pk])),
        answers=tuple(_answers(item, sim, plan, writing)),
        guides=tuple(guides_for(item, sim, plan, shelf, person.language, today)) if in_full else (),
        guides_for=words_above_guides(item, plan),
        pages=tuple(pages_for(item, sim)),
        is_urgent=not can_wait and item.days_left <= 1,
    )


def _answers(item: Item, sim: Sim, plan: Plan | None, writing: _Writing) -> Iterable[Link]:
    """What to tap, the one to hope for first; where no answer settles it, that is the place on the SIM's page."""
    page = absolute(reverse("plans:sim", args=[sim.pk]))
    if item.deadline.kind is Kind.PRICE and plan:
        yield Link(_("Look at the new price"), f"{page}#price-{plan.pk}", is_main=True)
    elif item.deadline.kind is Kind.CHARGE and not item.is_question:
        yield Link(_("Say what is on the balance"), f"{page}#balance", is_main=True)
    elif item.deadline.kind is Kind.DATA_OUT:
        yield Link(_("Say what is left"), f"{page}#left", is_main=True)
    for answer in offered(item, writing.person, writing.now):
        url = answer_url(item.deadline, answer, is_question=item.is_question)
        yield Link(_label(answer, item, plan), url, is_main=answer is Answer.YES)


def _label(answer: Answer, item: Item, plan: Plan | None) -> str:
    if answer is Answer.TOMORROW:
        return _("Remind me tomorrow")
    if answer is Answer.STOP:
        return _("Stop reminding me of this")
    if item.deadline.kind is Kind.CARE:
        return _("Done") if answer is Answer.YES else _("Not now")
    if item.is_question:
        if answer is Answer.NO and plan is None:
            return _("No, let it go")
        return _("Yes") if answer is Answer.YES else _("No")
    if answer is Answer.NO:
        return _("I will not renew it")
    return _("I have renewed") if plan else _("I have used or topped it up")


def _more(items: list[Item]) -> dict[str, object] | None:
    """Totals of what the letter has no room for."""
    if not items:
        return None
    needed = totals(_needed(items))
    return {"count": len(items), "needed": listed(money_in_words(money) for money in needed)}


def _needed(items: list[Item]) -> Iterable[Money]:
    for item in items:
        money = item.deadline.missing or item.deadline.needed
        if money and not item.is_question and item.deadline.kind not in (Kind.PAUSED, Kind.PRICE):
            yield money


def _late(items: list[Item], person: Person, now: datetime) -> str:
    late = [item.row.planned_for for item in items if item.late]
    if not late:
        return ""
    planned = min(late).astimezone(person.zone).date()
    return _("This message is late: it was to reach you on %(day)s. What it says is true today.") % {
        "day": day_in_words(planned, person.today(now))
    }

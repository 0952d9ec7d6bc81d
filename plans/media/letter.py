"""Writes the e-mail of a reminder message, in the reader's language, from the facts of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import dates
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.selection import Shelf
from kzsim.common.formats import clock, day_in_words, days_in_words, listed, locale, money_in_words
from kzsim.common.languages import written_language
from kzsim.common.links import absolute
from kzsim.common.money import Money, totals
from plans.answers import Answer, answer_url, unsubscribe_url
from plans.deadlines import Kind
from plans.models import Person, Plan, Sim
from plans.reminders import SIMS_IN_A_MESSAGE, Item

GUIDES_AN_ITEM = 2


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
    unsubscribe: str


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Paragraph:
    """What the letter says of one plan or number."""

    title: str
    headline: str
    details: tuple[str, ...]
    page: str
    answers: tuple[Link, ...]
    guides: tuple[Link, ...]
    is_urgent: bool


def write_letter(person: Person, items: Iterable[Item], sims: Mapping[int, Sim], now: datetime) -> Letter:
    """`items` most urgent first; `sims` holds each item's SIM, fetched with facts."""
    items = list(items)
    language = written_language(person.language)
    with translation.override(language), timezone.override(person.zone):
        subjects, shelf = _Subjects(sims), Shelf()
        shown = items[:SIMS_IN_A_MESSAGE]
        context = {
            "language": language,
            "person": person,
            "paragraphs": [_paragraph(item, subjects, shelf, person, language, now) for item in shown],
            "more": _more(items[SIMS_IN_A_MESSAGE:]),
            "late": _late(items, person.zone),
            "dashboard": absolute(reverse("plans:dashboard")),
            "settings": absolute(reverse("plans:reminders")),
            "unsubscribe": unsubscribe_url(person, _only_sim(items, subjects)),
        }
        return Letter(
            subject=_subject(items, subjects),
            text=render_to_string("mail/reminders.txt", context),
            html=render_to_string("mail/reminders.html", context),
            unsubscribe=unsubscribe_url(person),
        )


class _Subjects:
    """Finds the SIM and the plan that an item speaks of."""

    def __init__(self, sims: Mapping[int, Sim]) -> None:
        self._plans = {plan.pk: (sim, plan) for sim in sims.values() for plan in sim.plans_in_use}
        self._sims = sims

    def of(self, item: Item) -> tuple[Sim, Plan | None]:
        kind, _colon, pk = item.deadline.subject.partition(":")
        return self._plans[int(pk)] if kind == "plan" else (self._sims[int(pk)], None)


def _only_sim(items: list[Item], subjects: _Subjects) -> Sim | None:
    sims = {subjects.of(item)[0] for item in items}
    return sims.pop() if len(sims) == 1 else None


def _subject(items: list[Item], subjects: _Subjects) -> str:
    """The most urgent first; never a full number."""
    first = items[0]
    sim, plan = subjects.of(first)
    words = {"sim": sim.short_title, "when": days_in_words(first.days_left)}
    if first.deadline.kind is Kind.PAUSED:
        subject = _("%(sim)s: we stop reminding you") % words
    elif first.is_question:
        subject = _("%(sim)s: still working?") % words if plan is None else _("%(sim)s: renewed?") % words
    elif first.deadline.kind is Kind.NUMBER_AT_RISK:
        subject = _("%(sim)s: use the number, %(when)s is the last day") % words
        if first.days_left > 1:
            subject = _("%(sim)s: use the number %(when)s at the latest") % words
    elif first.deadline.kind is Kind.CHARGE:
        subject = _("%(sim)s: money needed %(when)s") % words
    else:
        subject = _("%(sim)s: ends %(when)s") % words
    others = len(items) - 1
    if others:
        subject += ngettext(" and %(count)s more", " and %(count)s more", others) % {"count": others}
    return subject


def _paragraph(
    item: Item, subjects: _Subjects, shelf: Shelf, person: Person, language: str, now: datetime
) -> Paragraph:
    sim, plan = subjects.of(item)
    asks = item.is_question or item.deadline.kind is Kind.PAUSED
    guides = [] if asks else shelf.best_guides(sim.operator, sim.situation, language, GUIDES_AN_ITEM)
    return Paragraph(
        title=" · ".join(filter(None, [sim.short_title, sim.operator and sim.operator.name, plan and plan.name])),
        headline=_headline(item, plan, sim.today(now)),
        details=tuple(_details(item, sim, plan, person.zone)),
        page=absolute(reverse("plans:sim", args=[sim.pk])),
        answers=tuple(_answers(item, plan)),
        guides=tuple(Link(guide.title, absolute(guide.url)) for guide in guides),
        is_urgent=not asks and item.days_left <= 1,
    )


def _headline(item: Item, plan: Plan | None, today: date) -> str:
    deadline = item.deadline
    words = {
        "plan": plan.title if plan else "",
        "when": days_in_words(item.days_left),
        "day": day_in_words(deadline.on, today),
        "price": money_in_words(deadline.needed) if deadline.needed else "",
        "missing": money_in_words(deadline.missing) if deadline.missing else "",
    }
    if deadline.kind is Kind.PAUSED:
        return _("We have had no answer about this for a while, so we stop reminding you of it.") % words
    if item.is_question:
        return _question(plan) % words
    if deadline.kind is Kind.NUMBER_AT_RISK:
        return _("Use this number or top it up: %(day)s (%(when)s) is the last day.") % words
    if deadline.kind is Kind.PLAN_EXPIRES:
        return _("%(plan)s works until %(day)s, %(when)s.") % words
    if deadline.missing:
        return (
            _("%(missing)s is missing for the charge of %(price)s: the last day to top up is %(day)s, %(when)s.")
            % words
        )
    if deadline.needed:
        return _("Check that at least %(price)s is on the balance: the last day is %(day)s, %(when)s.") % words
    return _("Check that the balance covers %(plan)s: the last day is %(day)s, %(when)s.") % words


def _question(plan: Plan | None) -> str:
    if plan is None:
        return _("This number was to be used or topped up by %(day)s (%(when)s). Have you done so?")
    if plan.renews == Plan.Renews.HAND:
        return _("%(plan)s ended on %(day)s, %(when)s. Have you renewed it?")
    return _("%(plan)s was to renew by itself after %(day)s (%(when)s). Did it?")


def _details(item: Item, sim: Sim, plan: Plan | None, zone: ZoneInfo) -> Iterable[str]:
    deadline = item.deadline
    if deadline.kind is Kind.PAUSED:
        yield _("Open the SIM and say how it stands, and the reminders go on.")
        return
    if item.is_question:
        return
    if deadline.kind is Kind.PLAN_EXPIRES and deadline.needed:
        yield _("Money needed: %(price)s") % {"price": money_in_words(deadline.needed)}
    if deadline.unknown_balance:
        yield _("We do not know the balance after the last charge, so we cannot tell what is missing.")
    if deadline.kind is Kind.NUMBER_AT_RISK:
        yield _("%(days)s days without a paid action is the caution you chose, not a rule of the operator.") % {
            "days": deadline.length
        }
    yield _("Cut-off: %(cutoff)s") % {"cutoff": cutoff_in_words(deadline.cutoff, sim.zone, zone)}


def cutoff_in_words(cutoff: datetime, sim_zone: ZoneInfo, reader_zone: ZoneInfo) -> str:
    """“Thursday 23:59 in Almaty, 10:59 for you”: the last minute, in the reader's clock where it differs."""
    last = (cutoff - timedelta(minutes=1)).astimezone(sim_zone)
    city = dates.get_timezone_location(sim_zone, locale=locale(), return_city=True)
    words = {"day": dates.format_date(last, "EEEE", locale=locale()), "time": clock(last, sim_zone), "city": city}
    theirs = last.astimezone(reader_zone)
    if theirs.utcoffset() == last.utcoffset():
        return _("%(day)s %(time)s in %(city)s") % words
    words["theirs"] = clock(last, reader_zone)
    if theirs.date() != last.date():
        words["theirs"] = f"{dates.format_date(theirs, 'EEEE', locale=locale())} {words['theirs']}"
    return _("%(day)s %(time)s in %(city)s, %(theirs)s for you") % words


def _answers(item: Item, plan: Plan | None) -> Iterable[Link]:
    deadline = item.deadline
    if deadline.kind is Kind.PAUSED:
        return
    if item.is_question:
        yield Link(_("Yes"), answer_url(deadline, Answer.YES))
        yield Link(_("No"), answer_url(deadline, Answer.NO))
        yield Link(_("Stop reminding me of this"), answer_url(deadline, Answer.STOP))
    elif plan is None:
        yield Link(_("I have used or topped it up"), answer_url(deadline, Answer.YES))
    elif deadline.kind is Kind.PLAN_EXPIRES:
        yield Link(_("I have renewed"), answer_url(deadline, Answer.YES))


def _more(items: list[Item]) -> dict[str, object] | None:
    """Totals of what the letter has no room for."""
    if not items:
        return None
    needed = totals(_needed(items))
    return {"count": len(items), "needed": listed(money_in_words(money) for money in needed)}


def _needed(items: list[Item]) -> Iterable[Money]:
    for item in items:
        money = item.deadline.missing or item.deadline.needed
        if money and not item.is_question and item.deadline.kind is not Kind.PAUSED:
            yield money


def _late(items: list[Item], zone: ZoneInfo) -> str:
    late = [item.row.planned_for for item in items if item.late]
    if not late:
        return ""
    planned = min(late).astimezone(zone)
    return _("This message is late: it was to reach you on %(day)s. What it says is true today.") % {
        "day": day_in_words(planned.date(), planned.date())
    }

"""Writes the e-mail of a reminder message, in the reader's language, from the facts of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.selection import Shelf
from kzsim.common.formats import (
    cutoff_in_words,
    data_in_words,
    date_in_words,
    day_in_words,
    days_in_words,
    listed,
    money_in_words,
)
from kzsim.common.links import absolute
from kzsim.common.money import Money, totals
from plans.answers import Answer, answer_url, unsubscribe_url
from plans.deadlines import Deadline, Kind
from plans.media.asides import ASIDES, details_of, headline_of, subject_of
from plans.models import Person, Plan, Sim
from plans.number_words import limit_in_words
from plans.reminders import SIMS_IN_A_MESSAGE, Item

GUIDES_AN_ITEM = 2


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str
    unsubscribe: str
    short: str = ""
    url: str = ""


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
    guides_for: str
    further: tuple[Link, ...]
    is_urgent: bool


def write_letter(
    person: Person, items: Iterable[Item], sims: Mapping[int, Sim], now: datetime, shelf: Shelf | None = None
) -> Letter:
    """`items` most urgent first; `sims` holds each item's SIM, fetched with facts. Letters that are written together
    share a `shelf`, for reading all guides costs more than the rest."""
    items = list(items)
    language = person.language
    with translation.override(language), timezone.override(person.zone):
        subjects, shelf = _Subjects(sims), shelf or Shelf()
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
    elif first.deadline.kind in ASIDES:
        subject = subject_of(first, sim)
    elif first.is_question:
        subject = _("%(sim)s: still working?") % words if plan is None else _("%(sim)s: renewed?") % words
    elif first.deadline.kind is Kind.NUMBER_AT_RISK:
        subject = _("%(sim)s: use the number, %(when)s is the last day") % words
        if first.days_left > 1:
            subject = _("%(sim)s: use the number %(when)s at the latest") % words
    elif first.deadline.kind is Kind.TRIP:
        subject = _("%(sim)s: see to it before your trip, %(when)s at the latest") % words
    elif first.deadline.kind is Kind.CHARGE:
        subject = _("%(sim)s: money needed %(when)s") % words
    elif first.deadline.kind is Kind.DATA_OUT:
        subject = _("%(sim)s: data may run out %(when)s") % words
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
    situation = sim.situation_on(sim.today(now))
    is_care, is_aside = item.deadline.kind is Kind.CARE, item.deadline.kind in ASIDES
    guides = [] if asks or is_aside else shelf.best_guides(sim.operator, situation, language, GUIDES_AN_ITEM)
    if is_care:
        guides = shelf.care_guides(sim.operator, language)
    return Paragraph(
        title=" · ".join(filter(None, [sim.short_title, sim.operator and sim.operator.name, plan and plan.name])),
        headline=_headline(item, plan, sim.today(now)),
        details=tuple(_details(item, sim, plan, person.zone, sim.today(now))),
        page=absolute(reverse("plans:sim", args=[sim.pk])),
        answers=tuple(_answers(item, sim, plan)),
        guides=tuple(Link(guide.title, absolute(guide.url)) for guide in guides),
        guides_for=_("How to do it:") if is_care else _("How to renew:"),
        further=tuple(_further(item, sim)),
        is_urgent=not asks and not is_care and item.days_left <= 1,
    )


def _headline(item: Item, plan: Plan | None, today: date) -> str:
    deadline = item.deadline
    if deadline.kind in ASIDES:
        return headline_of(item, plan, today)
    words = {
        "plan": plan.title if plan else "",
        "when": days_in_words(item.days_left),
        "day": day_in_words(deadline.on, today),
        "ends": day_in_words(deadline.ends_on or deadline.on, today),
        "until": day_in_words(deadline.until or deadline.on, today),
        "price": money_in_words(deadline.needed) if deadline.needed else "",
        "missing": money_in_words(deadline.missing) if deadline.missing else "",
    }
    if deadline.kind is Kind.PAUSED:
        return _("We have had no answer about this for a while, so we stop reminding you of it.") % words
    if item.is_question:
        return _question(plan) % words
    if deadline.kind is Kind.NUMBER_AT_RISK:
        return _("Use this number or top it up: %(day)s (%(when)s) is the last day.") % words
    if deadline.kind is Kind.DATA_OUT:
        return _("At your pace the data of %(plan)s runs out about %(day)s, %(when)s.") % words
    if deadline.kind is Kind.TRIP:
        return _trip_words(deadline, plan) % words
    if deadline.kind is Kind.PLAN_EXPIRES:
        return _("%(plan)s works until %(day)s, %(when)s.") % words
    if deadline.missing and deadline.is_estimate:
        return (
            _(
                "About %(missing)s will be missing for the charge of %(price)s, if the charges before it are as "
                "expected: the last day to top up is %(day)s, %(when)s."
            )
            % words
        )
    if deadline.missing:
        return (
            _("%(missing)s is missing for the charge of %(price)s: the last day to top up is %(day)s, %(when)s.")
            % words
        )
    if deadline.needed:
        return _("Check that at least %(price)s is on the balance: the last day is %(day)s, %(when)s.") % words
    return _("Check that the balance covers %(plan)s: the last day is %(day)s, %(when)s.") % words


def _trip_words(deadline: Deadline, plan: Plan | None) -> str:
    if plan is None:
        return _("This number is safe until %(ends)s without a paid action, and you are away until %(until)s.")
    if deadline.missing:
        return _("%(plan)s goes on taking money while you are away until %(until)s: %(missing)s is missing.")
    return _("%(plan)s works until %(ends)s, and you are away until %(until)s.")


def _question(plan: Plan | None) -> str:
    if plan is None:
        return _("This number was to be used or topped up by %(day)s (%(when)s). Have you done so?")
    if plan.renews == Plan.Renews.HAND:
        return _("%(plan)s ended on %(day)s, %(when)s. Have you renewed it?")
    return _("%(plan)s was to renew by itself after %(day)s (%(when)s). Did it?")


def _details(item: Item, sim: Sim, plan: Plan | None, zone: ZoneInfo, today: date) -> Iterable[str]:
    deadline = item.deadline
    if deadline.kind is Kind.PAUSED:
        yield _("Open the SIM and say how it stands, and the reminders go on.")
        return
    if deadline.kind in ASIDES:
        yield from details_of(deadline, sim, plan, today)
        return
    if item.is_question:
        return
    if deadline.kind is Kind.DATA_OUT:
        yield from _details_of_data(item, today)
        return
    if deadline.kind is Kind.PLAN_EXPIRES and deadline.needed:
        yield _("Money needed: %(price)s") % {"price": money_in_words(deadline.needed)}
    if deadline.unknown_balance:
        yield _("We do not know the balance after the last charge, so we cannot tell what is missing.")
    if deadline.fallback_fee and deadline.fallback_fee.amount:
        yield _("Topping up in time costs nothing more; if the charge fails, it is %(fee)s a day until you top up.") % {
            "fee": money_in_words(deadline.fallback_fee)
        }
    if deadline.kind is Kind.NUMBER_AT_RISK:
        yield limit_in_words(sim.limit)
    if deadline.kind is Kind.TRIP:
        yield _before_leaving(item, plan)
    yield _("Cut-off: %(cutoff)s") % {"cutoff": cutoff_in_words(deadline.cutoff, sim.zone, zone)}


def _details_of_data(item: Item, today: date) -> Iterable[str]:
    deadline = item.deadline
    if deadline.until and deadline.since and deadline.daily_mb is not None:
        words = {
            "data": data_in_words(deadline.daily_mb),
            "said_on": date_in_words(deadline.since.astimezone(deadline.zone).date(), today),
            "until": date_in_words(deadline.until, today),
        }
        yield (
            _("From what was left on %(said_on)s, %(data)s a day would last until the period ends on %(until)s.")
            % words
        )
    yield _("This is an estimate from what you told us. Say what is left now, and it gets better.")


def _before_leaving(item: Item, plan: Plan | None) -> str:
    if plan is None:
        return _("Use it or top it up before you leave: then it is safe for longer.")
    if item.deadline.missing:
        return _("Top up before you leave, or ask the operator whether the plan can rest.")
    if item.deadline.needed:
        price = money_in_words(item.deadline.needed)
        return _("Pay ahead before you leave (%(price)s to the end of the trip), or let it rest.") % {"price": price}
    return _("Renew it before you leave, or let it rest.")


def _further(item: Item, sim: Sim) -> Iterable[Link]:
    """Pages of ours that help with it."""
    if item.deadline.kind is Kind.TRIP:
        yield Link(_("What lasts through your trip"), absolute(reverse("plans:trips")))
    if item.deadline.kind is Kind.NUMBER_AT_RISK:
        page = absolute(reverse("plans:accounts", args=[sim.pk]))
        yield Link(_("Which accounts depend on this number, and what to do"), page)


def _answers(item: Item, sim: Sim, plan: Plan | None) -> Iterable[Link]:
    deadline = item.deadline
    if deadline.kind in (Kind.PAUSED, Kind.TRIP):
        return
    if deadline.kind is Kind.CARE:
        yield Link(_("Done"), answer_url(deadline, Answer.YES))
        yield Link(_("Not now"), answer_url(deadline, Answer.NO))
        yield Link(_("Stop reminding me of this"), answer_url(deadline, Answer.STOP))
    elif deadline.kind is Kind.PRICE and plan:
        yield Link(_("Look at the new price"), absolute(reverse("plans:sim", args=[sim.pk])) + f"#price-{plan.pk}")
    elif item.is_question:
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
        if money and not item.is_question and item.deadline.kind not in (Kind.PAUSED, Kind.PRICE):
            yield money


def _late(items: list[Item], zone: ZoneInfo) -> str:
    late = [item.row.planned_for for item in items if item.late]
    if not late:
        return ""
    planned = min(late).astimezone(zone)
    return _("This message is late: it was to reach you on %(day)s. What it says is true today.") % {
        "day": day_in_words(planned.date(), planned.date())
    }

"""What a letter tells beside what runs out: a new price, an offer, and that it is time for a backup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kzsim.common.formats import day_in_words, money_in_words
from plans.deadlines import Deadline, Kind
from plans.models import Plan, Sim
from plans.reminders import Item

ASIDES = (Kind.PRICE, Kind.CARE, Kind.PROMOTION)
TOLD_LAST = (Kind.CARE, Kind.PROMOTION)  # never takes the subject from what runs out


def subject_of(item: Item, sim: Sim) -> str:
    if item.deadline.kind is Kind.CARE:
        return _("%(sim)s: time for a backup") % {"sim": sim.short_title}
    if item.deadline.kind is Kind.PROMOTION:
        today = item.deadline.on - timedelta(days=item.days_left)
        words = {"sim": sim.short_title, "day": day_in_words(item.deadline.on, today)}
        return _("%(sim)s: an offer until %(day)s") % words
    price = money_in_words(item.deadline.needed) if item.deadline.needed else ""
    return _("%(sim)s: the new price is %(price)s") % {"sim": sim.short_title, "price": price}


def headline_of(item: Item, plan: Plan | None, today: date) -> str:
    deadline = item.deadline
    if deadline.kind is Kind.CARE:
        return _("Back up your contacts and messages, and see that codes from your bank still reach this number.")
    if deadline.kind is Kind.PROMOTION:
        return _("Your operator has an offer until %(day)s.") % {"day": day_in_words(deadline.on, today)}
    words = {
        "plan": plan.title if plan else "",
        "price": money_in_words(deadline.needed) if deadline.needed else "",
        "was": money_in_words(deadline.was) if deadline.was else "",
        "day": day_in_words(deadline.on + timedelta(days=1), today),
    }
    if item.days_left < 0:
        return _("%(plan)s costs %(price)s instead of %(was)s since %(day)s.") % words
    return _("%(plan)s will cost %(price)s instead of %(was)s from %(day)s.") % words


def details_of(deadline: Deadline, sim: Sim, plan: Plan | None, today: date) -> Iterable[str]:
    if deadline.kind is Kind.CARE:
        months = sim.care_months or 0
        words = ngettext(
            "You asked for this every %(months)s month.", "You asked for this every %(months)s months.", months
        )
        yield words % {"months": months}
        if sim.cared_on:
            yield _("You last said that it was done on %(day)s.") % {"day": day_in_words(sim.cared_on, today)}
        return
    if deadline.kind is Kind.PROMOTION:
        yield deadline.offer
        yield _("Source: %(source)s. Read its conditions before you take it: we only pass it on.") % {
            "source": deadline.source
        }
        return
    if deadline.seen_on:
        words = {"source": deadline.source, "day": day_in_words(deadline.seen_on, today)}
        yield _("Source: %(source)s. Seen on %(day)s.") % words
    if plan and plan.cost and plan.cost != deadline.was:
        yield _("You told us that you pay %(price)s.") % {"price": money_in_words(plan.cost)}
    yield _("On the page of the SIM, one tap takes the new price over, or says that yours stays.")

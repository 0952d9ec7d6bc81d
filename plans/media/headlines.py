"""What a letter says first of each thing: in its subject, and above what it knows of it."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from kzsim.common.formats import day_in_words, days_in_words, money_in_words
from plans.deadlines import Deadline, Kind
from plans.media import asides
from plans.models import Plan, Sim
from plans.reminders import Item


def subject_of(item: Item, sim: Sim, plan: Plan | None) -> str:
    """One line that names the SIM by its label and last digits, never by its number."""
    kind = item.deadline.kind
    words = {"sim": sim.short_title, "when": days_in_words(item.days_left)}
    if kind is Kind.PAUSED:
        return _("%(sim)s: we stop reminding you") % words
    if kind in asides.ASIDES:
        return asides.subject_of(item, sim)
    if item.is_question:
        return (_("%(sim)s: still working?") if plan is None else _("%(sim)s: renewed?")) % words
    if kind is Kind.NUMBER_AT_RISK:
        if item.days_left > 1:
            return _("%(sim)s: use the number %(when)s at the latest") % words
        return _("%(sim)s: use the number, %(when)s is the last day") % words
    if kind is Kind.TRIP:
        return _("%(sim)s: see to it before your trip, %(when)s at the latest") % words
    if kind is Kind.CHARGE and item.deadline.missing:
        return _("%(sim)s: %(missing)s needed %(when)s") % (words | {"missing": money_in_words(item.deadline.missing)})
    if kind is Kind.CHARGE:
        return _("%(sim)s: money needed %(when)s") % words
    if kind is Kind.DATA_OUT:
        return _("%(sim)s: data may run out %(when)s") % words
    return _("%(sim)s: ends %(when)s") % words


def headline_of(item: Item, plan: Plan | None, today: date) -> str:
    deadline = item.deadline
    if deadline.kind in asides.ASIDES:
        return asides.headline_of(item, plan, today)
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
        return _trip(deadline, plan) % words
    if deadline.kind is Kind.PLAN_EXPIRES:
        return _("%(plan)s works until %(day)s, %(when)s.") % words
    return _charge(deadline) % words


def _question(plan: Plan | None) -> str:
    if plan is None:
        return _("This number was to be used or topped up by %(day)s (%(when)s). Have you done so?")
    if plan.renews == Plan.Renews.HAND:
        return _("%(plan)s ended on %(day)s, %(when)s. Have you renewed it?")
    return _("%(plan)s was to renew by itself after %(day)s (%(when)s). Did it?")


def _trip(deadline: Deadline, plan: Plan | None) -> str:
    if plan is None:
        return _("This number is safe until %(ends)s without a paid action, and you are away until %(until)s.")
    if deadline.missing:
        return _("%(plan)s goes on taking money while you are away until %(until)s: %(missing)s is missing.")
    return _("%(plan)s works until %(ends)s, and you are away until %(until)s.")


def _charge(deadline: Deadline) -> str:
    if deadline.missing and deadline.is_estimate:
        return _(
            "About %(missing)s will be missing for the charge of %(price)s, if the charges before it are as "
            "expected: the last day to top up is %(day)s, %(when)s."
        )
    if deadline.missing:
        return _("%(missing)s is missing for the charge of %(price)s: the last day to top up is %(day)s, %(when)s.")
    if deadline.needed:
        return _("Check that at least %(price)s is on the balance: the last day is %(day)s, %(when)s.")
    return _("Check that the balance covers %(plan)s: the last day is %(day)s, %(when)s.")

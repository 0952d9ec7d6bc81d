"""What a letter knows of a thing beyond its headline: the last minute, the money, and what missing it costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from guides.marks import mark_text
from guides.selection import Shelf
from kzsim.common.formats import cutoff_in_words, data_in_words, date_in_words, money_in_words
from plans.deadlines import Deadline, Kind
from plans.media import asides
from plans.models import Plan, Sim
from plans.number_words import limit_in_words
from plans.reminders import Item


def details_of(item: Item, sim: Sim, plan: Plan | None, shelf: Shelf, zone: ZoneInfo, today: date) -> Iterable[str]:
    """The most needed first: what is short of room takes the first two. `zone` is the reader's, `today` the SIM's."""
    deadline = item.deadline
    if deadline.kind is Kind.PAUSED:
        yield _("Open the SIM and say how it stands, and the reminders go on.")
        return
    if deadline.kind in asides.ASIDES:
        yield from asides.details_of(deadline, sim, plan, today)
        return
    if item.is_question:
        return
    if deadline.kind is Kind.DATA_OUT:
        yield from _of_data(deadline, today)
        return
    if deadline.kind is Kind.PLAN_EXPIRES and deadline.needed and deadline.needed.amount:
        yield _("Money needed: %(price)s") % {"price": money_in_words(deadline.needed)}
    if deadline.kind is Kind.TRIP:
        yield _before_leaving(deadline, plan)
    yield _("At the latest: %(cutoff)s") % {"cutoff": cutoff_in_words(deadline.cutoff, sim.zone, zone)}
    if deadline.unknown_balance:
        yield _("We do not know the balance after the last charge, so we cannot tell what is missing.")
    yield from _if_missed(deadline, sim, plan, shelf)
    if deadline.kind is Kind.NUMBER_AT_RISK:
        yield limit_in_words(sim.limit)


def _if_missed(deadline: Deadline, sim: Sim, plan: Plan | None, shelf: Shelf) -> Iterable[str]:
    """What it costs to do nothing, as far as somebody knows; what nobody knows is called so."""
    if deadline.kind is Kind.CHARGE:
        yield _fee_of_failing(deadline, sim, shelf)
    elif deadline.kind is Kind.PLAN_EXPIRES:
        yield _(
            "If you do not renew it, it stops then. Calls and data may still work and cost more: how much, we do "
            "not know."
        )
    elif plan is None:
        yield _(
            "A number that is not used for too long can be taken back by the operator and given to someone else, "
            "with the codes from your bank that are sent to it."
        )


def _fee_of_failing(deadline: Deadline, sim: Sim, shelf: Shelf) -> str:
    fee = deadline.fallback_fee
    if fee and fee.amount:
        words = _("Topping up in time costs nothing more; if the charge fails, it is %(fee)s a day until you top up.")
        return words % {"fee": money_in_words(fee)}
    if fee:
        return _("If the money is not there, the plan stops until you top up. It takes no fee for the days between.")
    if seen := shelf.sure_fact(sim.operator, "daily_fallback_fee"):
        words = _(
            "If the money is not there, a fee may be taken each day until you top up, by plan: %(fee)s (%(sure)s). "
            "Yours is not known to us."
        )
        return words % {"fee": seen.value, "sure": mark_text(seen)}
    return _("If the money is not there, the plan is not renewed. Whether that costs extra, we do not know.")


def _of_data(deadline: Deadline, today: date) -> Iterable[str]:
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
    yield _("After that, data may stop or cost extra; we do not know which.")
    yield _("This is an estimate from what you told us. Say what is left now, and it gets better.")


def _before_leaving(deadline: Deadline, plan: Plan | None) -> str:
    if plan is None:
        return _("Use it or top it up before you leave: then it is safe for longer.")
    if deadline.missing:
        return _("Top up before you leave, or ask the operator whether the plan can rest.")
    if deadline.needed:
        price = money_in_words(deadline.needed)
        return _("Pay ahead before you leave (%(price)s to the end of the trip), or let it rest.") % {"price": price}
    return _("Renew it before you leave, or let it rest.")

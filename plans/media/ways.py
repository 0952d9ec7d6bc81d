"""What helps with a thing that a letter speaks of: codes to dial, guides, pages of ours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guides.marks import mark_text
from guides.rendering import tel_address
from guides.selection import CHARGES, DATA_GUIDES, KEEP_ALIVE, GuideLink, Shelf
from kzsim.common.links import absolute
from plans.deadlines import Kind
from plans.media.asides import ASIDES
from plans.models import Plan, Sim
from plans.reminders import Item

GUIDES_AN_ITEM = 2

_SHOWS = {
    "tariff_menu_code": gettext_lazy("Dial {}: it opens the menu with your plan and other plans."),
    "data_left_code": gettext_lazy("Dial {}: it shows what is left of your package."),
    "balance_code": gettext_lazy("Dial {}: it shows the money on your balance."),
}
_CODES = {
    Kind.PLAN_EXPIRES: ("tariff_menu_code", "balance_code", "data_left_code"),
    Kind.CHARGE: ("balance_code",),
    Kind.NUMBER_AT_RISK: ("balance_code",),
    Kind.DATA_OUT: ("data_left_code",),
    Kind.RENEWED: ("data_left_code", "balance_code"),  # to see whether it was
}


@dataclass(frozen=True)
class Link:
    """`is_main`: the tap that is hoped for."""

    label: str
    url: str
    remark: str = ""
    is_main: bool = False


@dataclass(frozen=True)
class Code:
    """A code of the operator's: the words before and after it, and how sure it is."""

    before: str
    code: str
    after: str
    dial: str
    sure: str


def code_for(item: Item, sim: Sim, plan: Plan | None, shelf: Shelf) -> Code | None:
    """The one that helps most. Only a known fact of the SIM's own operator, with what is known of how sure it is."""
    kind = Kind.RENEWED if item.is_question else item.deadline.kind
    names = _CODES.get(kind, ()) if plan or kind is Kind.NUMBER_AT_RISK else ()
    for name in names:
        if fact := shelf.sure_fact(sim.operator, name):
            before, _sign, after = str(_SHOWS[name]).partition("{}")
            return Code(before, fact.value, after, tel_address(fact), mark_text(fact))
    return None


def guides_for(item: Item, sim: Sim, plan: Plan | None, shelf: Shelf, language: str, today: date) -> list[Link]:
    """Those that can work where the reader is and with what they pay, and why; nothing where only an answer helps."""
    kind, operator = item.deadline.kind, sim.operator
    if kind is Kind.CARE:
        found = shelf.care_guides(operator, language)
    elif kind is Kind.PAUSED or kind in ASIDES:
        return []
    elif kind is Kind.DATA_OUT:
        found = shelf.named_guides(DATA_GUIDES, operator, language)
    else:
        found = shelf.best_guides(operator, sim.situation_on(today), language, GUIDES_AN_ITEM)
        if plan is None:
            found = [*found, *shelf.named_guides([KEEP_ALIVE], operator, language)]
        elif kind is Kind.CHARGE:
            found = [*found, *shelf.named_guides([CHARGES], operator, language)]
    return [_guide(link) for link in found]


def _guide(link: GuideLink) -> Link:
    return Link(link.title, absolute(link.url), link.reason)


def words_above_guides(item: Item, plan: Plan | None) -> str:
    kind = item.deadline.kind
    if kind in (Kind.CARE, Kind.DATA_OUT):
        return _("How to do it:")
    tops_up = plan is None or plan.renews != Plan.Renews.HAND
    if item.is_question:
        return _("Not yet? How to top up:") if tops_up else _("Not yet? How to renew:")
    return _("How to top up:") if tops_up else _("How to renew:")


def pages_for(item: Item, sim: Sim) -> Iterable[Link]:
    """Pages of ours that help with it."""
    if item.deadline.kind is Kind.TRIP:
        yield Link(_("What lasts through your trip"), absolute(reverse("plans:trips")))
    if item.deadline.kind is Kind.NUMBER_AT_RISK and not item.is_question:
        page = absolute(reverse("plans:accounts", args=[sim.pk]))
        yield Link(_("Which accounts depend on this number, and what to do"), page)

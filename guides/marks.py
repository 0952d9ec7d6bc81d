"""How sure something is, and what readers say of it, in the words of the active language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guides.countries import country_name
from guides.models import Confidence, Fact
from guides.page_cache import today_in_almaty
from guides.reporting import verdict_of
from guides.reports import Standing, Summary, Verdict
from guides.situation import PaymentMethod, Place
from kzsim.common.formats import date_in_words, month_in_words

_COLOURS = {Standing.CONFIRMED: "text-body-secondary", Standing.DISPUTED: "fact-mark-disputed"}


def mark_html(fact: Fact, address: str = "") -> SafeString:
    """How sure a fact is and since when, in words, small; a link to the fact's own page if that is given."""
    words, colour = mark_text(fact), _colour(fact)
    if address:
        return format_html('<a class="fact-mark {}" href="{}" title="{}">({})</a>', colour, address, fact.source, words)
    return format_html('<small class="fact-mark {}" title="{}">({})</small>', colour, fact.source, words)


def _colour(fact: Fact) -> str:
    sure = fact.confidence == Confidence.CONFIRMED
    return _COLOURS.get(verdict_of(fact).standing, "text-body-secondary" if sure else "text-warning-emphasis")


def mark_text(fact: Fact) -> str:
    """What readers say of it lately, where that decides; else how it is stored and when it was seen."""
    verdict = verdict_of(fact)
    if verdict.standing is not Standing.AS_STORED:
        return _verdict_in_words(verdict)
    words = Confidence(fact.confidence).label
    if fact.seen_on is None:
        return _("%(confidence)s; date not visible") % {"confidence": words}
    return _("%(confidence)s; seen %(month)s") % {"confidence": words, "month": month_in_words(fact.seen_on)}


def _verdict_in_words(verdict: Verdict) -> str:
    if verdict.standing is Standing.DISPUTED:
        words = ngettext(
            "disputed: %(count)s reader says that it is wrong, last on %(day)s",
            "disputed: %(count)s readers say that it is wrong, last on %(day)s",
            verdict.people,
        )
    else:
        words = ngettext(
            "confirmed by %(count)s reader, last on %(day)s",
            "confirmed by %(count)s readers, last on %(day)s",
            verdict.people,
        )
    return words % {"count": verdict.people, "day": _day(verdict.last)}


@dataclass(frozen=True)
class Told:
    """A line of what readers say: the way (empty if nobody said how), for whom it worked, for whom it did not."""

    way: str
    worked: str
    failed: str


def told(summary: Summary) -> Told:
    worked = failed = ""
    if summary.worked:
        words = ngettext(
            "worked for %(count)s, last on %(day)s", "worked for %(count)s, last on %(day)s", summary.worked
        )
        worked = words % {"count": summary.worked, "day": _day(summary.last_worked)}
    if summary.failed:
        words = ngettext(
            "did not work for %(count)s, last on %(day)s",
            "did not work for %(count)s, last on %(day)s",
            summary.failed,
        )
        failed = words % {"count": summary.failed, "day": _day(summary.last_failed)}
    return Told(_way(summary), worked, failed)


# Whole phrases: languages with cases bend the country, or put it in brackets.
_FROM = {
    PaymentMethod.UNIONPAY: gettext_lazy("UnionPay card from %(country)s"),
    PaymentMethod.MIR: gettext_lazy("Mir card from %(country)s"),
    PaymentMethod.FOREIGN_CARD: gettext_lazy("Visa or Mastercard from %(country)s"),
    PaymentMethod.ALIPAY_WECHAT: gettext_lazy("Alipay or WeChat Pay from %(country)s"),
    "": gettext_lazy("Card from %(country)s"),
}
_CARDS = {PaymentMethod.UNIONPAY: gettext_lazy("UnionPay card"), PaymentMethod.MIR: gettext_lazy("Mir card")}
_AT = {
    Place.KAZAKHSTAN: gettext_lazy("%(payment)s, in Kazakhstan"),
    Place.ABROAD: gettext_lazy("%(payment)s, abroad"),
}


def _way(summary: Summary) -> str:
    payment = ""
    if summary.country and summary.payment in _FROM:
        payment = str(_FROM[summary.payment]) % {"country": country_name(summary.country)}
    elif summary.payment:
        payment = str(_CARDS.get(summary.payment, PaymentMethod(summary.payment).label))
    if not summary.place or summary.payment == PaymentMethod.CASH:  # whose name says where
        return payment
    return str(_AT[summary.place]) % {"payment": payment} if payment else str(Place(summary.place).label)


def _day(day: date | None) -> str:
    return date_in_words(day, today_in_almaty()) if day else ""

"""What an operator sells, as editors noted it: tariffs as they were seen once, and promotions while they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guides.marks import mark_html
from guides.models import Operator, Promotion, Tariff
from guides.page_cache import today_in_almaty
from guides.situation import Place
from kzsim.common.formats import amount_in_words, data_in_words, date_in_words, listed, money_in_words, titled
from kzsim.common.languages import reading_order
from kzsim.common.money import Money


def tariff_line(tariff: Tariff) -> SafeString:
    """“FreeStyle: 990 ₸, 7 days, 5 GB, 30 minutes”, with its mark: what was seen once, not today's price."""
    return format_html("{} {}", titled(tariff.name, listed(_parts_of(tariff))), mark_html(tariff))


def _parts_of(tariff: Tariff) -> list[str]:
    parts = [money_in_words(Money(tariff.price, tariff.currency))]
    parts.append(str(tariff.get_period_display()) if tariff.period else _("period not known"))
    if tariff.price_since:
        parts.append(_("at this price from %(day)s") % {"day": date_in_words(tariff.price_since, today_in_almaty())})
    if tariff.data_mb is not None:
        parts.append(data_in_words(tariff.data_mb) if tariff.data_mb else _("no data"))
    if tariff.minutes is not None:
        words = ngettext("%(minutes)s minute", "%(minutes)s minutes", tariff.minutes)
        parts.append(words % {"minutes": amount_in_words(Decimal(tariff.minutes))})
    if tariff.messages is not None:
        parts.append(_("%(count)s SMS") % {"count": amount_in_words(Decimal(tariff.messages))})
    if tariff.fallback_fee:
        fee = money_in_words(Money(tariff.fallback_fee, tariff.currency))
        parts.append(_("%(fee)s a day if the balance is too small") % {"fee": fee})
    return parts


_FOR = {
    Place.KAZAKHSTAN: gettext_lazy("for people in Kazakhstan"),
    Place.ABROAD: gettext_lazy("for people abroad"),
}


@dataclass(frozen=True)
class Offer:
    """A promotion as a reader sees it; `audience` says for whom it is, where we do not know that they are meant."""

    title: str
    language: str
    until: date
    source: str
    audience: str = ""


def offers_of(operator: Operator, lang: str, place: str, today: date) -> list[Offer]:
    """The promotions that run today, in a language that the reader can read; those for people elsewhere are left out
    where we know where the reader is."""
    running = Promotion.objects.filter(operator=operator).running_on(today).for_readers_of(reading_order(lang))
    return [
        Offer(
            promotion.title,
            promotion.language,
            promotion.until,
            promotion.source,
            str(_FOR[Place(promotion.audience)]) if promotion.audience and not place else "",
        )
        for promotion in running
        if not (place and promotion.audience) or promotion.audience == place
    ]

"""Dates, money and numbers in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from django.utils.translation import get_language, gettext, ngettext
from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

from .languages import written_language
from .money import Money

_LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans", "zh-hant": "zh_Hant", "ru": "ru_KZ", "kk": "kk_KZ"}
# The Russian ones stand as they are behind “до” and “после”: “до 26 ноября (четверг)”.
_DAY = {
    "en": "EEEE d MMMM",
    "zh-hans": "M月d日EEEE",
    "zh-hant": "M月d日EEEE",
    "ru": "d MMMM (EEEE)",
    "kk": "d MMMM, EEEE",
}
_DAY_AND_YEAR = {
    "en": "EEEE d MMMM y",
    "zh-hans": "y年M月d日EEEE",
    "zh-hant": "y年M月d日EEEE",
    "ru": "d MMMM y 'г'. (EEEE)",
    "kk": "y 'ж'. d MMMM, EEEE",
}
# Babel writes KZT in English and Chinese; people in Kazakhstan write the sign.
_SIGNS = {"KZT": "₸"}
_NO_BREAK = "\u00a0"


def _language() -> str:
    return written_language(get_language() or "en")


def locale() -> Locale:
    """Babel's locale of the active language."""
    return Locale.parse(_LOCALES[_language()])


def day_in_words(day: date, today: date) -> str:
    """“Saturday 12 December”, with the year where it is not this one."""
    patterns = _DAY if day.year == today.year else _DAY_AND_YEAR
    return dates.format_date(day, patterns[_language()], locale=locale())


def short_day(day: date) -> str:
    """“12 Dec 2026”: for tables."""
    return dates.format_date(day, "medium", locale=locale())


def month_in_words(day: date) -> str:
    """“September 2023”: small inside a Russian sentence, where Django's formats begin with a capital."""
    return dates.format_skeleton("yMMMM", day, locale=locale())


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The hour and minute of a moment in a zone, 24 hours."""
    return dates.format_time(moment.astimezone(zone), "HH:mm", locale=locale())


def days_in_words(days: int) -> str:
    """“today”, “tomorrow”, “in 3 days”, “yesterday”, “2 days ago”."""
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days == -1:
        return gettext("yesterday")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}


def amount_in_words(amount: Decimal) -> str:
    """Grouped the reader's way, without needless decimals, never broken over two lines."""
    whole = amount == amount.to_integral_value()
    text = numbers.format_decimal(amount, "#,##0" if whole else "#,##0.00", locale=locale())
    return text.replace(" ", _NO_BREAK)


def money_in_words(money: Money) -> str:
    """“4,990 ₸” in English and Chinese, “4 990 ₸” in Russian and Kazakh."""
    return f"{amount_in_words(money.amount)}{_NO_BREAK}{_SIGNS.get(money.currency, money.currency)}"


def listed(pieces: Iterable[str]) -> str:
    """“Kaspi, UnionPay”, with the comma that the language puts between the pieces of a list."""
    return ("、" if _language().startswith("zh") else ", ").join(pieces)


def number_in_words(number: PhoneNumber) -> str:
    """“+7 701 123 4567”, never broken over two lines."""
    return format_number(number, PhoneNumberFormat.INTERNATIONAL).replace(" ", _NO_BREAK)

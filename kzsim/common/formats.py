"""Dates, money and numbers in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import get_global
from django.utils.translation import get_language, gettext, ngettext
from phonenumbers import PhoneNumber, PhoneNumberFormat, format_number

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
_A_GIGABYTE = 1024
# Zones have had several names, and only one of them stands in Babel's lists of places.
_ZONE_NAMES: Mapping[str, str] = get_global("zone_aliases")
_FORMER_NAMES: dict[str, list[str]] = {}
for _former, _zone in _ZONE_NAMES.items():
    _FORMER_NAMES.setdefault(_zone, []).append(_former)


def _language() -> str:
    return get_language() or "en"


def locale() -> Locale:
    """Babel's locale of the active language."""
    return Locale.parse(_LOCALES[_language()])


def day_in_words(day: date, today: date) -> str:
    """“Saturday 12 December”, with the year where it is not this one."""
    patterns = _DAY if day.year == today.year else _DAY_AND_YEAR
    return dates.format_date(day, patterns[_language()], locale=locale())


def date_in_words(day: date, today: date) -> str:
    """“2 November”, with the year where it is not this one; small inside a sentence."""
    if day.year == today.year:
        return dates.format_skeleton("MMMMd", day, locale=locale())
    return dates.format_date(day, "long", locale=locale())


def short_day(day: date) -> str:
    """“12 Dec 2026”: for tables."""
    return dates.format_date(day, "medium", locale=locale())


def short_date(day: date) -> str:
    """“12 Dec”: beside a drawing, where there is little room."""
    return dates.format_skeleton("MMMd", day, locale=locale())


def day_in_numbers(day: date) -> str:
    """“24/12/2026”, in the order and with the signs of the reader's language."""
    return dates.format_skeleton("yMMdd", day, locale=locale())


def month_in_words(day: date) -> str:
    """“September 2023”: small inside a Russian sentence, where Django's formats begin with a capital."""
    return dates.format_skeleton("yMMMM", day, locale=locale())


def month_name(day: date) -> str:
    """“September”, standing alone: the year is told by what is around it."""
    return dates.format_date(day, "MMM" if _language().startswith("zh") else "LLLL", locale=locale())


def short_month(day: date) -> str:
    """“Sep”: below a drawing. Babel's short names that stand alone are those of whichever language was asked first."""
    return dates.format_date(day, "MMM", locale=locale())


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The hour and minute of a moment in a zone, 24 hours."""
    return dates.format_time(moment.astimezone(zone), "HH:mm", locale=locale())


def cutoff_in_words(cutoff: datetime, sim_zone: ZoneInfo, reader_zone: ZoneInfo) -> str:
    """“Thursday 23:59 in Almaty, 10:59 for you”: the last minute, in the reader's clock where it differs."""
    last = cutoff - timedelta(minutes=1)
    there, here = last.astimezone(sim_zone), last.astimezone(reader_zone)
    if here.utcoffset() == there.utcoffset():
        return gettext("%(day)s %(time)s in %(city)s") % _cutoff_parts(cutoff, sim_zone)
    weekday = "" if here.date() == there.date() else dates.format_date(here, "EEEE", locale=locale())
    return cutoff_said_with(cutoff, sim_zone, f"{weekday} {clock(last, reader_zone)}".lstrip())


def cutoff_said_with(cutoff: datetime, sim_zone: ZoneInfo, theirs: str) -> str:
    """The last minute, with the words for it on the reader's own clock."""
    words = _cutoff_parts(cutoff, sim_zone) | {"theirs": theirs}
    return gettext("%(day)s %(time)s in %(city)s, %(theirs)s for you") % words


def _cutoff_parts(cutoff: datetime, zone: ZoneInfo) -> dict[str, str]:
    last = (cutoff - timedelta(minutes=1)).astimezone(zone)
    city = dates.get_timezone_location(zone, locale=locale(), return_city=True)
    return {"day": dates.format_date(last, "EEEE", locale=locale()), "time": clock(last, zone), "city": city}


def zone_name(zone: str) -> str:
    """The name that a zone has today: `Asia/Kolkata` for `Asia/Calcutta`."""
    return _ZONE_NAMES.get(zone, zone)


def zone_in_words(zone: str) -> str:
    """“Almaty”: the place by which a time zone is known, in its Latin name where the reader's language has none."""
    known, today = locale().time_zones, zone_name(zone)
    cities = (known.get(name, {}).get("city") for name in (zone, today, *_FORMER_NAMES.get(today, ())))
    return next(filter(None, cities), zone.partition("/")[2].replace("_", " ").replace("/", ", "))


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


def data_in_words(megabytes: int) -> str:
    """“512 MB”, “3.2 GB”: in gigabytes from 1024 on, with one place behind the point where it says something."""
    if megabytes < _A_GIGABYTE:
        return (gettext("%(amount)s MB") % {"amount": megabytes}).replace(" ", _NO_BREAK)
    gigabytes = numbers.format_decimal(round(Decimal(megabytes) / _A_GIGABYTE, 1), "#,##0.#", locale=locale())
    return (gettext("%(amount)s GB") % {"amount": gigabytes.replace(" ", _NO_BREAK)}).replace(" ", _NO_BREAK)


def listed(pieces: Iterable[str]) -> str:
    """“Kaspi, UnionPay”, with the comma that the language puts between the pieces of a list."""
    return ("、" if _language().startswith("zh") else ", ").join(pieces)


def titled(name: str, what: str) -> str:
    """“Kcell: Renew at a shop”, with the colon that the language puts behind a name."""
    return f"{name}{'：' if _language().startswith('zh') else ': '}{what}"


_hides_numbers: ContextVar[bool] = ContextVar("hides_numbers", default=False)


@contextmanager
def numbers_hidden(hidden: bool) -> Iterator[None]:
    """Around a page for someone whom others look over the shoulder; messages, calendars and exports are not touched."""
    token = _hides_numbers.set(hidden)
    try:
        yield
    finally:
        _hides_numbers.reset(token)


def hides_numbers() -> bool:
    return _hides_numbers.get()


def number_in_words(number: PhoneNumber) -> str:
    """“+7 701 123 4567”, never broken over two lines; “…4567” where numbers are hidden."""
    if hides_numbers():
        return f"…{last_digits(number)}"
    return format_number(number, PhoneNumberFormat.INTERNATIONAL).replace(" ", _NO_BREAK)


def last_digits(number: PhoneNumber) -> str:
    """Enough to tell one number from another where others may look."""
    return str(number.national_number)[-4:]

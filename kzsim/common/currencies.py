"""The currencies people pay in, and that of a telephone number's country."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from babel.core import get_global
from babel.numbers import get_territory_currencies
from phonenumbers import PhoneNumber, region_code_for_number

from .formats import locale
from .money import Money

# Those of the countries to which most people who keep a Kazakh number belong.
COMMON = (Money.currency, "CNY", "EUR", "KGS", "RUB", "TRY", "USD", "UZS")

Choices = list[tuple[str, str]]


def currency_of(number: PhoneNumber) -> str | None:
    """That of the country to which a number belongs; None where nobody can tell."""
    region = region_code_for_number(number)
    return next(iter(get_territory_currencies(region)), None) if region else None


def currency_choices(*first: str) -> list[tuple[str, str] | tuple[str, Choices]]:
    """All currencies in use with their names, for a list to choose from: `first`, the common ones, then the others."""
    top = list(dict.fromkeys([*first, *COMMON]))
    rest = sorted(_in_use().difference(top))
    return [*_named(top), ("…", list(_named(rest)))]


def _named(codes: list[str]) -> Iterator[tuple[str, str]]:
    names = locale().currencies
    return ((code, f"{code} · {names[code]}" if code in names else code) for code in codes)


@cache
def _in_use() -> frozenset[str]:
    return frozenset(
        currency for territory in get_global("territory_currencies") for currency in get_territory_currencies(territory)
    )

"""Money: an amount and its currency; sums never mix currencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, order=True)
class Money:
    """`amount` in units of `currency` (ISO 4217 code), tenge by default."""

    amount: Decimal
    currency: str = "KZT"


def totals(sums: Iterable[Money]) -> list[Money]:
    """One sum a currency, in alphabetical order of the currencies."""
    by_currency: dict[str, Decimal] = {}
    for money in sums:
        by_currency[money.currency] = by_currency.get(money.currency, Decimal(0)) + money.amount
    return [Money(amount, currency) for currency, amount in sorted(by_currency.items())]

"""What a tariff of the guides says of a plan. No clock, no queries.

A price that nobody has confirmed lately is never presented as today's: it is shown with the day on which it was seen,
and the owner says what they pay.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from guides.models import Tariff

# What is filled in as the tariff says it. The price comes along only where it is today's.
TAKEN = ("name", "period", "data_mb", "minutes", "messages", "fallback_fee")


def taken_from(tariff: Tariff, today: date) -> dict[str, Any]:
    """The values of a plan's fields, as far as the tariff says them."""
    said = {name: getattr(tariff, name) for name in TAKEN} | {"price": price_today(tariff, today)}
    return {name: value for name, value in said.items() if value not in (None, "")}


def price_today(tariff: Tariff, today: date) -> Decimal | None:
    """What it costs today, where that is known."""
    is_ahead = tariff.price_since is not None and tariff.price_since > today
    return tariff.price if tariff.is_current_on(today) and not is_ahead else None

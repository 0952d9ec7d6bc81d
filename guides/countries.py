"""Countries in the reader's language, by Babel."""

from __future__ import annotations

from django.utils.translation import gettext as _
from phonenumbers import SUPPORTED_REGIONS

from kzsim.common.formats import locale

# Where readers' cards mostly come from; the others follow in alphabetical order.
FIRST = ("CN", "RU", "KZ", "UZ", "KG", "TR", "KR", "DE", "US")
CODES = frozenset(SUPPORTED_REGIONS) - {"AC", "TA"}  # two islands with a dialling code and no banks of their own


def country_name(code: str) -> str:
    """“China”; the code itself where the language has no name for it."""
    return locale().territories.get(code, code)


def country_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All countries for a select, the likely ones first."""
    rest = sorted(((code, country_name(code)) for code in CODES - set(FIRST)), key=lambda choice: choice[1])
    return [
        (_("Often"), [(code, country_name(code)) for code in FIRST]),
        (_("All others"), rest),
    ]

"""The languages of the site, and which one is really written when a text is missing in another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LANGUAGES = [
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("zh-hant", "繁體中文"),
    ("ru", "Русский"),
    ("kk", "Қазақша"),
]
CODES = frozenset(code for code, _name in LANGUAGES)
LANGUAGE_NAMES = {
    "en": _("English"),
    "zh-hans": _("Simplified Chinese"),
    "zh-hant": _("Traditional Chinese"),
    "ru": _("Russian"),
    "kk": _("Kazakh"),
}

# Until these have texts of their own, their readers get the nearest language they can read.
_NEAREST = {"zh-hant": "zh-hans", "kk": "ru"}


def written_language(code: str) -> str:
    """The language in which the interface and the messages really exist for a reader of `code`."""
    code = code.lower()
    return _NEAREST.get(code, code if code in CODES else "en")


def reading_order(code: str) -> list[str]:
    """The languages in which to look for a text, best first: the reader's own, the nearest, English."""
    return list(dict.fromkeys([code.lower(), written_language(code), "en"]))

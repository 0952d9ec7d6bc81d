"""The languages of the site, and in which other one a text is read where it is missing in one."""

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

# In which other language a text is looked for, best first, where a reader's own is not written.
_READ_INSTEAD = {
    "zh-hans": ["zh-hant", "en"],
    "zh-hant": ["zh-hans", "en"],
    "kk": ["ru", "en"],
}


def reading_order(code: str) -> list[str]:
    """The languages in which to look for a text, best first: the reader's own, those read instead, English."""
    code = code.lower()
    return [code, *(other for other in _READ_INSTEAD.get(code, ["en"]) if other != code)]


# As the web writes them: search engines, browsers, and the messengers that show a card for a link.
WEB_TAGS = {"en": "en", "zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "ru": "ru", "kk": "kk"}
CARD_LOCALES = {"en": "en_US", "zh-hans": "zh_CN", "zh-hant": "zh_TW", "ru": "ru_RU", "kk": "kk_KZ"}

_TRADITIONAL = {"hant", "tw", "hk", "mo"}
_CALLED = {"kz": "kk"}  # many sites of the country name Kazakh by the country


def code_for_tag(tag: str) -> str | None:
    """Our language for any way of writing it in an address (`zh-CN`, `ZH_hk`, `ru-KZ`, `EN`); none if we have none."""
    first, *rest = tag.lower().replace("_", "-").split("-")
    if first == "zh":
        return "zh-hant" if _TRADITIONAL & set(rest) and "hans" not in rest else "zh-hans"
    code = _CALLED.get(first, first)
    return code if code in CODES else None

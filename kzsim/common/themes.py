"""Light or dark: as the device has it, until a reader chooses."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

COOKIE = "theme"
SYSTEM = ""
# What to choose from, with its icon.
THEMES = [(SYSTEM, _("Auto"), "monitor"), ("light", _("Light"), "sun"), ("dark", _("Dark"), "moon")]
# When the dark theme is worn, as a link or a picture says it.
DARK_MEDIA = {SYSTEM: "screen and (prefers-color-scheme: dark)", "light": "not all", "dark": "screen"}
CHOICES = frozenset(code for code, _name, _icon in THEMES)


def chosen_theme(cookies: Mapping[str, str]) -> str:
    """The reader's choice; as the device has it where the cookie is none of ours: it makes no page of its own."""
    theme = cookies.get(COOKIE, SYSTEM)
    return theme if theme in CHOICES else SYSTEM

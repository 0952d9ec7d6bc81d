"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from kzsim.common.in_place import in_sheet
from kzsim.common.languages import LANGUAGES
from kzsim.common.themes import DARK_MEDIA, THEMES, chosen_theme


def site(request: HttpRequest) -> dict[str, object]:
    theme = chosen_theme(request.COOKIES)
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "SIGNUP_OPEN": settings.SIGNUP_OPEN,
        "person": getattr(request, "person", None),
        "languages": LANGUAGES,
        "theme": theme,
        "dark_media": DARK_MEDIA[theme],
        "themes": THEMES,
        "base_template": "sheet.html" if in_sheet(request) else "base.html",
    }

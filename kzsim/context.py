"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from kzsim.common.languages import LANGUAGES


def site(request: HttpRequest) -> dict[str, object]:
    person = getattr(request, "person", None)
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "SIGNUP_OPEN": settings.SIGNUP_OPEN,
        "person": person,
        "languages": LANGUAGES,
        # The reader's own choice, which may be a language whose texts are still another's (Kazakh reads Russian).
        "chosen_language": person.language if person else translation.get_language_from_request(request),
    }

"""The HTML of a message on a page of its own, where no script runs and nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps

from csp.constants import NONE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

_POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": ["'unsafe-inline'"],  # mail programs know no other styles
    "img-src": ["data:"],
    "form-action": [NONE],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def shows_mail(view: Callable[..., str]) -> Callable[..., HttpResponseBase]:
    """Answers with the HTML that the view finds; its links open in new tabs."""

    @xframe_options_sameorigin
    @csp_replace(_POLICY)
    @wraps(view)
    def shown(request: HttpRequest, **parts: object) -> HttpResponse:
        return HttpResponse(_with_links_in_new_tabs(view(request, **parts)))

    return shown


def _with_links_in_new_tabs(html: str) -> str:
    head = re.search(r"<head\b[^>]*>", html, re.IGNORECASE)
    start = head.end() if head else 0
    return f'{html[:start]}<base target="_blank">{html[start:]}'

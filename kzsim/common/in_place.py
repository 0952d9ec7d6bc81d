"""Pages that open over another page, in its sheet, and forms that are sent without leaving the page.

The browser's script names where the answer goes: the sheet, or the main part of the page. Without it nobody comes
here, and every form leads to its next page.
"""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

SHEET, MAIN = "sheet-body", "main"
DONE = "sheet:done"
_REDIRECTS = (301, 302, 303)


def in_sheet(request: HttpRequest) -> bool:
    """Whether this page is asked for over another one."""
    return _target(request) == SHEET


def is_in_place(request: HttpRequest) -> bool:
    """Whether a form is sent whose reader stays where they are."""
    return request.method == "POST" and _target(request) in (SHEET, MAIN)


def as_done(response: HttpResponse) -> HttpResponse:
    """A redirect after a form in place: what was to be done is done, and the page below is to be shown anew. Where it
    would have led is told along, for a page that is not there any more. Its cookies, and so its messages, stay."""
    if response.status_code not in _REDIRECTS:
        return response
    to = response["Location"]
    del response["Location"]
    response.status_code = 204
    response["HX-Trigger"] = json.dumps({DONE: {"to": to}})
    return response


def _target(request: HttpRequest) -> str | None:
    htmx = getattr(request, "htmx", None)
    return htmx.target if htmx else None

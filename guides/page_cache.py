"""Public pages from the shared cache.

A page is kept under a key that names everything it depends on: its address, the theme that its reader chose, the
revision of the guides, the day in Almaty (offers come and go by date), and the code that wrote it. So nothing has to be
thrown away when an editor publishes: the revision rises in the same transaction, and the next reader asks for another
key. An outage of the cache is a miss.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache as shared
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from guides.models import current_revision
from kzsim.common.themes import chosen_theme

ALMATY = ZoneInfo("Asia/Almaty")
_A_DAY = 24 * 60 * 60


def shared_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer visitors from the shared cache, and let browsers ask with an ETag whether their copy still holds.

    Whoever has a session, a message waiting or a query in the address gets a page of their own."""

    @wraps(view)
    def wrapped(request: HttpRequest, lang: str, **parts: str) -> HttpResponse:
        if not _is_for_everybody(request):
            response = view(request, lang, **parts)
            patch_vary_headers(response, ["Cookie"])
            return response
        key = _key(request.path, chosen_theme(request.COOKIES))
        kept: dict[str, Any] | None = shared.get(key)
        if kept is None:
            response = view(request, lang, **parts)
            if response.status_code == 200 and not _holds_a_secret(request, response):
                shared.set(key, {"content": response.content, "headers": dict(response.headers)}, _A_DAY)
        else:
            response = HttpResponse(kept["content"], headers=kept["headers"])
        if response.status_code == 200:
            response.headers["ETag"] = f'W/"{key}"'
            patch_cache_control(response, no_cache=True, public=True)
        patch_vary_headers(response, ["Cookie"])
        return get_conditional_response(request, etag=response.headers.get("ETag"), response=response) or response

    return wrapped


def _is_for_everybody(request: HttpRequest) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not request.META.get("QUERY_STRING")
        and "HX-Request" not in request.headers
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "messages" not in request.COOKIES
    )


def _holds_a_secret(request: HttpRequest, response: HttpResponse) -> bool:
    """A form's token, or a cookie: made for one visitor, and never to be shown to another."""
    return bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or response.cookies)


def today_in_almaty() -> date:
    """The day by which offers come and go, things count as seen, and readers tell of theirs, wherever they are."""
    return timezone.localdate(timezone=ALMATY)


def _key(path: str, theme: str) -> str:
    words = f"{path}|{theme}|{current_revision()}|{today_in_almaty()}|{_release()}"
    return "page." + hashlib.sha256(words.encode()).hexdigest()[:32]


@cache
def _release() -> str:
    """What the code that writes the pages looks like, so that a new release never serves the pages of the old."""
    folders = (settings.BASE_DIR / name for name in ("templates", "guides", "plans", "kzsim", "static", "locale"))
    digest = hashlib.sha256(f"{settings.SITE_URL}|{settings.SIGNUP_OPEN}".encode())
    for file in sorted(file for folder in folders for file in folder.rglob("*") if _shapes_pages(file)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _shapes_pages(file: Path) -> bool:
    return file.suffix in {".html", ".py", ".css", ".js", ".mo"} and "content" not in file.parts

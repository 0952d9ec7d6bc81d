"""What keeps the handbook readable without a network: the worker in the browser, and the page it falls back to."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guides.page_cache import shared_page

from .common import in_the_language_of_the_address


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, because a worker only serves pages below its own address; a browser
    asks for it often, so that a new one takes over soon."""
    source, etag = _worker()
    headers = {"Cache-Control": "no-cache", "ETag": etag}
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response


@cache
def _worker() -> tuple[bytes, str]:
    source = (settings.BASE_DIR / "static" / "js" / "sw.js").read_bytes()
    return source, f'"{sha256(source).hexdigest()[:16]}"'


@in_the_language_of_the_address
@shared_page
def page(request: HttpRequest, lang: str) -> HttpResponse:
    """Shown by the worker where there is no network and no copy: what this device has kept."""
    context = {"lang": lang, "page_title": _("You are offline"), "here": reverse("guides:index", kwargs={"lang": lang})}
    return render(request, "guides/offline.html", context)

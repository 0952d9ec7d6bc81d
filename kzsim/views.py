"""The pages of the site itself: the landing page, the language switch, the door of the admin, the manifest."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from kzsim.common import themes
from kzsim.common.languages import CODES
from plans.views.common import next_page

_LANGUAGE_IN_PATH = re.compile(rf"^/({'|'.join(sorted(CODES, key=len, reverse=True))})/")


@login_not_required
def landing(request: HttpRequest) -> HttpResponse:
    """What the site does, for those who have not signed in; the others go on to their dashboard."""
    if request.user.is_authenticated:
        return redirect("plans:dashboard")
    return render(request, "pages/landing.html")


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the site an app on a home screen; iPhones show notifications of nothing else. Browsers ask for it
    without saying who reads, so each page names the language in its link, and an answer is the same for everybody."""
    language = request.GET.get("lang")
    language = language if language in CODES else get_language()
    with translation.override(language):
        content = _manifest(language)
    response = JsonResponse(content, content_type="application/manifest+json")
    patch_cache_control(response, max_age=3600)
    return response


def _manifest(language: str) -> dict[str, Any]:
    return {
        "id": "/",
        "name": _("KZSIM: your Kazakh SIM cards"),
        "short_name": "KZSIM",
        "description": _("What runs out next on your SIM cards, how much money it takes, and how to renew it."),
        "lang": language,
        "dir": "rtl" if translation.get_language_bidi() else "ltr",
        "start_url": reverse("plans:dashboard"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#eef3f5",
        "theme_color": "#0c2f45",
        "categories": ["utilities", "finance"],
        "icons": [
            _icon("icon-192.png", "192x192"),
            _icon("icon-512.png", "512x512"),
            _icon("icon-maskable-512.png", "512x512", "maskable"),
            _icon("icon-monochrome.svg", "any", "monochrome"),
        ],
        "shortcuts": [
            _shortcut(_("My SIMs"), reverse("plans:dashboard")),
            _shortcut(_("Add a SIM"), reverse("plans:sim_add")),
            _shortcut(_("Guides"), reverse("guides:index", kwargs={"lang": language})),
        ],
        # An SMS of the operator, shared from the telephone's own app. A GET: it is only read, and noted by nobody.
        "share_target": {
            "action": reverse("plans:share"),
            "method": "GET",
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }


def _icon(name: str, sizes: str, purpose: str = "any") -> dict[str, str]:
    kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
    return {"src": static(f"img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}


def _shortcut(name: str, url: str) -> dict[str, Any]:
    return {"name": name, "url": url, "icons": [_icon("icon-192.png", "192x192")]}


@csrf_exempt
@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Stays on the page, or goes to the same page in the new language where the language is in its address.

    The form stands on pages that all visitors share, so it carries no token of one visitor: the browser's word that
    it was sent from one of our own pages must do."""
    if not _sent_from_our_own_page(request):
        raise PermissionDenied
    response = i18n.set_language(request)
    language = request.POST.get("language")
    if language not in CODES:
        return response
    if request.person:
        request.person.language = language
        request.person.save(update_fields=["language"])
    if "Location" in response:
        response["Location"] = _LANGUAGE_IN_PATH.sub(f"/{language}/", response["Location"])
    return response


@csrf_exempt
@login_not_required
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device: kept in a cookie, on pages that all visitors share."""
    if not _sent_from_our_own_page(request):
        raise PermissionDenied
    response = redirect(next_page(request, reverse("landing")))
    theme = request.POST.get("theme", "")
    if theme == themes.SYSTEM:
        response.delete_cookie(themes.COOKIE, samesite="Lax")
    elif theme in themes.CHOICES:
        age, secure = settings.LANGUAGE_COOKIE_AGE, settings.LANGUAGE_COOKIE_SECURE
        response.set_cookie(themes.COOKIE, theme, max_age=age, secure=secure, samesite="Lax")
    return response


def _sent_from_our_own_page(request: HttpRequest) -> bool:
    """Every browser names the origin of a form sent by POST: behind what names none, there is no other site."""
    return request.headers.get("Origin") in (None, f"{request.scheme}://{request.get_host()}")


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Editors and administrators sign in like everybody else; who is no staff is told so."""
    target = request.GET.get("next") or reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(target, reverse("account_login"))
    if request.user.is_staff:
        return redirect("admin:index")
    raise PermissionDenied


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form was sent from a page that stood open too long, or by a browser that keeps no cookies."""
    return render(request, "403_csrf.html", status=403)

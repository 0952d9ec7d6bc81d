"""What happens around every page: whose page it is, and whether they may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from guides.situation import Situation
from kzsim.common.formats import numbers_hidden
from kzsim.common.in_place import as_done, is_in_place
from plans.models import Person

_LAST_VISIT = "last_visit"


class PersonMiddleware:
    """Puts `request.person` there (None for visitors), with the situation as a value for the guides, who know of no
    people; and shows the page in the reader's language and time zone, with full numbers or without.

    Visitors keep the language that `LocaleMiddleware` chose from their cookie or browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person, request.situation = None, Situation()
        language, zone = translation.get_language() or settings.LANGUAGE_CODE, None
        if request.user.is_authenticated:
            request.person = getattr(request.user, "person", None) or Person.objects.of_user(request.user)
            request.situation = SimpleLazyObject(partial(_situation_today, request.person))
            language, zone = request.person.language, request.person.zone
            _keep_signed_in(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
        hides_numbers = bool(request.person and request.person.masks_numbers)
        with timezone.override(zone), numbers_hidden(hides_numbers):
            response = self.get_response(request)
        response.headers["X-Reader"] = _reader(request.person)
        if request.person:
            patch_cache_control(response, private=True)  # a proxy that keeps pages must not show one to others
        return response


def _reader(person: Person | None) -> str:
    """Whom a page was made for, in a word that tells nothing of them: the browser keeps pages for reading without a
    network, and throws one reader's away when another reads (static/js/sw.js)."""
    return salted_hmac("kzsim.reader", str(person.pk)).hexdigest()[:16] if person else "nobody"


def _situation_today(person: Person) -> Situation:
    return person.situation_on(person.today(timezone.now()))


def _keep_signed_in(request: HttpRequest) -> None:
    """Changes the session on the first visit of a day, so that it is saved and ends 180 days from today."""
    today = timezone.now().date().isoformat()
    if request.session.get(_LAST_VISIT) != today:
        request.session[_LAST_VISIT] = today


class InPlaceMiddleware:
    """A form that is sent without leaving the page is answered by what became of it, and not by the next page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.htmx:  # one address has two looks: a page of its own, and over another page
            patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return as_done(response) if is_in_place(request) else response


class SignInMiddleware(LoginRequiredMiddleware):
    """Every page wants a signed-in user unless its view says otherwise. A part of a page, fetched by htmx, leads the
    whole page to the sign-in form; but a form that was filled in there must not be lost with its page. The API answers
    as an API."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": "Authentication required."}, status=401)
        if is_in_place(request):
            return HttpResponse(status=401)
        if request.htmx:
            after = urlencode({"next": request.htmx.current_url_abs_path or settings.LOGIN_REDIRECT_URL})
            return HttpResponseClientRedirect(f"{resolve_url(settings.LOGIN_URL)}?{after}")
        if request.method == "POST":
            messages.warning(request, _("You were signed out, so nothing was saved. Sign in and send it once more."))
            return redirect_to_login(_page_sent_from(request))
        return super().handle_no_permission(request, view_func)


def _page_sent_from(request: HttpRequest) -> str:
    """Where the form stood: its own address may take nothing but forms."""
    page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return urlsplit(page)._replace(scheme="", netloc="").geturl()
    return resolve_url(settings.LOGIN_REDIRECT_URL)

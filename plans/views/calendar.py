"""A person's own calendar: the feed that calendars look at, and the address under which they find it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from guides.qr import picture
from kzsim.common.links import absolute
from plans import actions
from plans.calendars import CONTENT_TYPE
from plans.feed import changed_at, feed_of
from plans.models import Person


@dataclass(frozen=True)
class Address:
    """Where a person's calendar is found: `subscribe` opens the calendar of a phone, as does its `picture`."""

    url: str
    subscribe: str
    picture: SafeString


def address_of(person: Person) -> Address | None:
    if not person.calendar_key:
        return None
    url = absolute(reverse("plans:calendar_feed", args=[person.calendar_key]))
    subscribe = f"webcal:{url.partition(':')[2]}"
    return Address(url, subscribe, picture(subscribe))


@login_not_required
@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """For whoever holds the key. Clients look every few hours: what has not changed is not sent again."""
    # Who is signed in here does not matter: nothing was asked of the session, and nothing is to be kept in it.
    request.session.accessed = request.session.modified = False
    person = Person.objects.of_calendar(key)
    response = _found(request, person) if person else HttpResponseNotFound(_("There is no such calendar."))
    response["Cache-Control"] = "private, no-cache"  # a key that was withdrawn opens nothing from then on
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _found(request: HttpRequest, person: Person) -> HttpResponse:
    now = timezone.now()
    content = feed_of(person, now)
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    etag = f'"{hashlib.sha256(person.language.encode() + content).hexdigest()}"'
    changed = int(changed_at(person, now).timestamp())
    response["ETag"], response["Last-Modified"] = etag, http_date(changed)
    response["Content-Language"] = person.language
    response["Content-Disposition"] = 'inline; filename="kzsim.ics"'
    return get_conditional_response(request, etag=etag, last_modified=changed, response=response)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    actions.make_calendar(request.person)
    messages.success(request, _("This is the address of your calendar. An earlier one does not work any more."))
    return redirect(f"{reverse('plans:media')}#calendar")


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    actions.stop_calendar(request.person)
    messages.success(request, _("Your calendar has no address any more."))
    return redirect(f"{reverse('plans:media')}#calendar")

"""Where reminders go, and a test by each way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from plans import outbox, tasks
from plans.forms.reminders import TestForm
from plans.models import Address, Message, Person
from plans.models.reminders import Medium
from plans.schedule import is_reachable
from plans.troubles import advice

from .common import found
from .sent import SentMessage, sent_message

TESTS_AN_HOUR = 6
_ASKED_AT_MOST = 8  # how often the page asks by itself whether a test has left


@dataclass(frozen=True)
class Way:
    """One medium of a person, and how it does."""

    medium: str
    name: str
    to: str
    badge: str
    state: str
    said: str
    works: bool
    test: SentMessage | None


def where(request: HttpRequest) -> HttpResponse:
    return render(request, "plans/reminders_where.html", {"ways": ways_of(request.person), "asks": True})


@require_POST
@transaction.atomic
def test(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    person = found(request, Person.objects.visible_to(request.user), request.person.pk)
    form = TestForm(request.POST)
    medium = form.cleaned_data["medium"] if form.is_valid() else ""
    if medium not in [way.medium for way in ways_of(person) if way.works]:
        messages.error(request, _("Nothing can be sent there now."))
    elif _tests(person).filter(posted_at__gt=now - timedelta(hours=1)).count() >= TESTS_AN_HOUR:
        messages.warning(request, _("You have asked for several tests within an hour. Wait a little, then try again."))
    else:
        tasks.ring(outbox.post_test(person, medium, now))
    return redirect(f"{reverse('plans:reminders_where')}#{medium}")


@require_GET
@never_cache
def test_state(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the page, asked for a few times by itself: whether the test has left."""
    message = get_object_or_404(Message.objects.visible_to(request.user).filter(kind=Message.Kind.TEST), pk=pk)
    asked = request.GET.get("asked", "")
    times = int(asked) + 1 if asked.isdecimal() and len(asked) < 3 else 1
    context = {"test": sent_message(message), "asks": times < _ASKED_AT_MOST, "asked": times}
    return render(request, "plans/parts/test_state.html", context)


def ways_of(person: Person) -> list[Way]:
    """E-mail first, then what was added."""
    tests: dict[str, Message] = {}
    for message in _tests(person).filter(posted_at__gt=timezone.now() - timedelta(days=1)).order_by("posted_at", "pk"):
        tests[message.medium] = message
    told = {medium: sent_message(message) for medium, message in tests.items()}
    others = [_way(address, told.get(address.medium)) for address in person.addresses.all()]
    return [_mail(person, told.get(Medium.EMAIL)), *others]


def _mail(person: Person, test: SentMessage | None) -> Way:
    works = is_reachable(person, Medium.EMAIL)
    if not person.email_verified:
        badge, state = "soon", _("Waits until you confirm the address")
    elif not works:
        badge, state = "urgent", _("Does not work")
    elif person.mail_off:
        badge, state = "paused", _("Off, as long as another way works")
    else:
        badge, state = "fine", _("Works")
    said = "" if works else person.bounce
    return Way(Medium.EMAIL, str(Medium.EMAIL.label), person.email, badge, state, said, works, test)


def _way(address: Address, test: SentMessage | None) -> Way:
    name = address.get_medium_display()
    if address.stopped_at:
        badge, state = "urgent", _("Does not work")
    elif address.failing_since:
        badge, state = "soon", _("Fails now; we go on trying")
    else:
        badge, state = "fine", _("Works")
    works, said = address.stopped_at is None, ""
    if address.trouble:
        told = advice(address.medium, name, address.trouble, is_over=not works)
        said = f"{told.why} {told.to_do}"
    return Way(address.medium, name, address.label, badge, state, said, works, test)


def _tests(person: Person):
    return person.messages.filter(kind=Message.Kind.TEST)

"""Where a person is reminded: adding, mending, trying and removing a medium."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from plans import actions, linking, tasks
from plans.forms.media import FORMS
from plans.media import Trouble, telegram
from plans.models import Address, Message
from plans.models.reminders import Medium
from plans.troubles import Advice, advice

from .calendar import address_of
from .common import changing, found, posted

TEST_SHOWN = timedelta(days=1)
TEST_AWAITED = timedelta(minutes=1)  # so long the page looks by itself what became of it


@dataclass(frozen=True)
class Way:
    """One medium of the person as the page shows it."""

    medium: Medium
    label: str
    state: str  # as components/state.html knows it
    words: str
    trouble: str = ""  # what the other side said
    address: Address | None = None
    test: Message | None = None
    can_test: bool = True

    @property
    def advice(self) -> Advice | None:
        is_over = self.state == "expired" or bool(self.test and self.test.state == Message.State.FAILED)
        return advice(self.medium, self.medium.label, self.trouble, is_over=is_over) if self.trouble else None

    @property
    def edit_url(self) -> str:
        if self.medium == Medium.TELEGRAM:
            return reverse("plans:telegram")
        if self.medium == Medium.WEB_PUSH:
            return reverse("plans:devices")
        return reverse("plans:medium_edit", args=[self.address.pk]) if self.medium in FORMS and self.address else ""


def media(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    ways = list(_ways(request, now))
    taken = {way.medium for way in ways}
    context = {
        "ways": ways,
        "calendar": address_of(request.person),
        "offers": [(medium, FORMS[medium].honest) for medium in FORMS if medium not in taken],
        "offers_push": Medium.WEB_PUSH not in taken,
        "offers_telegram": telegram.is_offered() and Medium.TELEGRAM not in taken,
        "works_elsewhere": any(way.address and not way.address.is_silent(now) for way in ways),
        "is_awaited": any(way.test and _is_awaited(way.test, now) for way in ways),
    }
    return render(request, "plans/media.html", context)


def add(request: HttpRequest, medium: str) -> HttpResponse:
    if medium not in FORMS:
        raise Http404
    existing = request.person.addresses.filter(medium=medium).first()
    return redirect("plans:medium_edit", existing.pk) if existing else _form_page(request, medium, None)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        address = found(request, Address.objects.visible_to(request.user), pk)
        if address.medium not in FORMS:
            raise Http404
        return _form_page(request, address.medium, address)


def _form_page(request: HttpRequest, medium: str, address: Address | None) -> HttpResponse:
    form = FORMS[medium](posted(request), address=address)
    if form.is_valid():
        saved = actions.save_address(request.person, medium, form.to, form.label, timezone.now())
        if medium == Medium.WEBHOOK and address is None:  # its secret is to be seen first
            _try_it(request, medium, _("A test is on its way…"))
            return redirect("plans:medium_edit", saved.pk)
        _try_it(request, medium)
        return redirect("plans:media")
    context = {"form": form, "medium": Medium(medium), "address": address}
    return render(request, "plans/medium.html", context, status=422 if form.errors else 200)


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        address = found(request, Address.objects.visible_to(request.user), pk)
        if request.method == "POST":
            actions.remove_address(address, timezone.now())
            messages.success(request, _("Removed. No more reminders go there."))
            return redirect("plans:media")
    return render(request, "plans/medium_remove.html", {"address": address})


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    address = get_object_or_404(Address.objects.visible_to(request.user), pk=pk)
    actions.revive_address(address, timezone.now())
    _try_it(request, address.medium)
    return redirect("plans:media")


@require_POST
def test(request: HttpRequest, medium: str) -> HttpResponse:
    if medium not in {way.medium for way in _ways(request, timezone.now()) if way.can_test}:
        raise Http404
    _try_it(request, medium)
    return redirect("plans:media")


@require_POST
def without_mail(request: HttpRequest) -> HttpResponse:
    actions.do_without_mail(request.person, timezone.now(), on=request.POST.get("mail") == "off")
    messages.success(request, _("Saved."))
    return redirect("plans:media")


def _try_it(request: HttpRequest, medium: str, words: str = "") -> None:
    """Sends a test, which shows whether it works, and says so."""
    try:
        message = actions.send_test(request.person, medium, timezone.now())
    except actions.TooManyTests:
        messages.warning(request, _("You sent yourself enough tests for now. Wait an hour before the next one."))
    else:
        tasks.ring(message)
        messages.success(request, words or _("A test is on its way. This page shows whether it was accepted."))


# --- Telegram ----------------------------------------------------------------------------------------


def connect(request: HttpRequest) -> HttpResponse:
    """The way to the bot, and then waiting until the person has greeted it."""
    _only_where_offered()
    now = timezone.now()
    if request.method == "POST":
        linking.expect_one(now)
        return redirect("plans:telegram")
    try:
        bot = telegram.bot_name()
    except Trouble:
        messages.error(request, _("Telegram cannot be reached at the moment. Try again later."))
        return redirect("plans:media")
    code = linking.new_code(request.person, now)
    context = {"bot": bot, "code": code, "link": f"https://t.me/{bot}?start={code}"}
    return render(request, "plans/telegram.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Asks what the bot has heard, and goes on once this person’s chat is connected."""
    _only_where_offered()
    code, now = request.POST.get("code", ""), timezone.now()
    if linking.person_of(code, now) == request.person:  # the code is not used yet
        tasks.ring_for_telegram()
        return HttpResponse(status=204) if request.htmx else _still_waiting(request)
    address = request.person.addresses.working().filter(medium=Medium.TELEGRAM).first()
    if address:
        messages.success(request, _("Telegram is connected: the bot has greeted you there."))
    else:
        messages.warning(request, _("That took longer than half an hour. Begin again."))
    page = reverse("plans:media")
    return HttpResponseClientRedirect(page) if request.htmx else redirect(page)


def _still_waiting(request: HttpRequest) -> HttpResponse:
    messages.info(
        request, _("Nothing has come from Telegram yet. Tap “Start” in the chat with the bot, then check again.")
    )
    return redirect("plans:telegram")


def _only_where_offered() -> None:
    if not telegram.is_offered():
        raise Http404


# --- what the list says ------------------------------------------------------------------------------


def _ways(request: HttpRequest, now: datetime) -> Iterator[Way]:
    person, tests = request.person, _tests(request, now)
    mail = tests.get(Medium.EMAIL)
    said = mail.error if mail and mail.state != Message.State.SENT else ""
    if person.bounced_at:
        yield Way(Medium.EMAIL, person.email, "expired", _("Does not work"), person.bounce, None, mail, False)
    elif not person.email_verified:
        yield Way(Medium.EMAIL, person.email, "unknown", _("Not confirmed yet"), "", None, mail, False)
    elif person.mail_off:
        yield Way(Medium.EMAIL, person.email, "paused", _("Only if nothing else works"), said, None, mail)
    else:
        yield Way(Medium.EMAIL, person.email, "fine", _("In use"), said, None, mail)
    for address in person.addresses.order_by("pk"):
        state, words = _state(address)
        medium = Medium(address.medium)
        test = tests.get(medium)
        yield Way(medium, address.label, state, words, address.trouble, address, test, not address.stopped_at)


def _state(address: Address) -> tuple[str, str]:
    if address.stopped_at:
        return "expired", _("Stopped")
    if address.failing_since:
        return "urgent", _("Does not work at the moment")
    return ("fine", _("Works")) if address.worked_at else ("unknown", _("Not tried yet"))


def _tests(request: HttpRequest, now: datetime) -> dict[str, Message]:
    """The last test on each medium."""
    rows = request.person.messages.filter(kind=Message.Kind.TEST, posted_at__gt=now - TEST_SHOWN)
    return {message.medium: message for message in rows.order_by("posted_at", "pk")}


def _is_awaited(test: Message, now: datetime) -> bool:
    is_on_its_way = test.state == Message.State.QUEUED and not test.error
    return is_on_its_way and test.posted_at > now - TEST_AWAITED

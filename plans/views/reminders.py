"""What will come and what was sent; pausing, resuming and choosing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plans import actions
from plans.forms.people import KindsForm, PauseForm
from plans.models import Message, Reminder
from plans.reminders import LATE

from .calendar import address_of
from .common import next_page

COMING_A_PAGE = 20
SENT_A_PAGE = 10

# What follows a question that finds no answer: too many ifs for a list of what will come.
_ASKED_AGAIN = Q(kind=Reminder.Kind.PAUSED) | Q(kind=Reminder.Kind.RENEWED) & ~Q(occurrence="1")


@dataclass(frozen=True)
class ComingDay:
    """What one day's message on one medium will speak of."""

    day: date
    medium: str
    at: datetime
    is_due: bool
    reminders: list[Reminder]


@dataclass(frozen=True)
class SentMessage:
    message: Message
    badge: str
    state: str
    at: datetime
    late_since: datetime | None


def reminders(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    form = PauseForm(request.POST, today=request.person.today(timezone.now()))
    if not form.is_valid():
        return _page(request, pause_form=form, status=422)
    actions.pause_reminders(request.person, form.cleaned_data["until"], timezone.now())
    messages.success(request, _("Reminders are paused. They go on by themselves."))
    return redirect("plans:reminders")


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """One tap, from here or from the dashboard's banner."""
    actions.resume_reminders(request.person, timezone.now())
    messages.success(request, _("Reminders go on."))
    return redirect(next_page(request, reverse("plans:dashboard")))


@require_POST
def kinds(request: HttpRequest) -> HttpResponse:
    form = KindsForm(request.POST, person=request.person)
    if not form.is_valid():
        return _page(request, kinds_form=form, status=422)
    actions.mute_kinds(request.person, form.muted_kinds, timezone.now())
    messages.success(request, _("Saved."))
    return redirect("plans:reminders")


def _page(
    request: HttpRequest, pause_form: PauseForm | None = None, kinds_form: KindsForm | None = None, status: int = 200
) -> HttpResponse:
    now, person = timezone.now(), request.person
    today = person.today(now)
    coming, sent = _coming_page(request), _sent_page(request)
    if pause_form:
        pause_form.fields["until"].widget.attrs["autofocus"] = True
    context = {
        "here": reverse("plans:reminders"),
        "today": today,
        "coming": coming,
        "days": list(_days(coming, person.zone, now)),
        "sent": sent,
        "sent_messages": [_sent_message(message) for message in sent],
        "paused_until": person.pause_on(today),
        "pause_form": pause_form or PauseForm(today=today),
        "calendar": address_of(person),
        "kinds_form": kinds_form or KindsForm(person=person),
    }
    return render(request, "plans/reminders.html", context, status=status)


def _coming_page(request: HttpRequest) -> Page:
    rows = (
        Reminder.objects.visible_to(request.user)
        .coming()
        .exclude(_ASKED_AGAIN)
        .select_related("sim__operator", "plan")
        .annotate(at=Coalesce("due_at", "planned_for"))
        .order_by("at", "pk")
    )
    return Paginator(rows, COMING_A_PAGE).get_page(request.GET.get("page"))


def _days(rows: Iterable[Reminder], zone: ZoneInfo, now: datetime) -> Iterator[ComingDay]:
    def day_and_medium(reminder: Reminder) -> tuple[date, str]:
        return max(reminder.at, now).astimezone(zone).date(), reminder.get_medium_display()

    for (day, medium), group in groupby(rows, day_and_medium):
        # Leads of one deadline that come together are said once.
        found = list({(one.subject, one.kind, one.deadline): one for one in group}.values())
        yield ComingDay(day, medium, found[0].at, found[0].at <= now, found)


def _sent_page(request: HttpRequest) -> Page:
    said = Q(reminders__state=Reminder.State.SENT)
    rows = (
        Message.objects.visible_to(request.user)
        .exclude(state=Message.State.DROPPED)
        .annotate(
            count=Count("reminders", filter=~Q(reminders__state=Reminder.State.FOLDED)),
            planned_for=Min("reminders__planned_for", filter=said),
        )
        .order_by("-posted_at", "-pk")
        .defer("text", "html")
    )
    return Paginator(rows, SENT_A_PAGE).get_page(request.GET.get("sent"))


def _sent_message(message: Message) -> SentMessage:
    badge, state = {
        Message.State.SENT: ("fine", _("Sent")),
        Message.State.QUEUED: ("soon", _("On its way")),
        Message.State.FAILED: ("urgent", _("Failed")),
    }[Message.State(message.state)]
    late = message.sent_at and message.planned_for and message.sent_at - message.planned_for > LATE
    return SentMessage(
        message,
        badge,
        state,
        timezone.localtime(message.sent_at or message.posted_at),
        timezone.localtime(message.planned_for) if late else None,
    )

"""What was sent: the list, and each message as it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kzsim.common.shown_mail import shows_mail
from plans.models import Message, Reminder
from plans.models.messages import MessageQuerySet
from plans.reminders import LATE
from plans.troubles import Advice, advice

SENT_A_PAGE = 20

State = Message.State


@dataclass(frozen=True)
class SentMessage:
    message: Message
    badge: str
    state: str
    at: datetime
    late_since: datetime | None
    advice: Advice | None


@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    page = _sent_page(request)
    context = {"sent": page, "sent_messages": [sent_message(one) for one in page]}
    return render(request, "plans/reminders_sent.html", context)


@require_GET
@never_cache
def message(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(_shown(request), pk=pk)
    said = one.reminders.filter(sim__deleted_at=None).select_related("sim__operator", "plan")
    context = {
        "sent": sent_message(one),
        "carried": said.order_by("planned_for", "pk"),
        "today": request.person.today(timezone.now()),
        "planned_for": one.planned_for and timezone.localtime(one.planned_for),
        "next_attempt_at": one.next_attempt_at and timezone.localtime(one.next_attempt_at),
    }
    return render(request, "plans/reminders_message.html", context)


@require_GET
@never_cache
@shows_mail
def html_part(request: HttpRequest, pk: int) -> str:
    """As a mail program shows it. It was written from what people typed: nothing in it may act here."""
    html = get_object_or_404(_shown(request), pk=pk).html
    if not html:
        raise Http404
    return html


def _shown(request: HttpRequest) -> MessageQuerySet:
    """What left or tries to; of what had nothing left to say, nothing was to be seen."""
    said = Q(reminders__state=Reminder.State.SENT)
    rows = Message.objects.visible_to(request.user).exclude(state=State.DROPPED)
    return rows.annotate(
        count=Count("reminders", filter=~Q(reminders__state=Reminder.State.FOLDED)),
        planned_for=Min("reminders__planned_for", filter=said),
    )


def _sent_page(request: HttpRequest) -> Page:
    rows = _shown(request).order_by("-posted_at", "-pk").defer("text", "html")
    return Paginator(rows, SENT_A_PAGE).get_page(request.GET.get("page"))


def sent_message(message: Message) -> SentMessage:
    planned = getattr(message, "planned_for", None)
    late = message.sent_at and planned and message.sent_at - planned > LATE
    badge, state = {
        State.SENT: ("soon", _("Late")) if late else ("fine", _("Sent")),
        State.QUEUED: ("soon", _("On its way")),
        State.FAILED: ("urgent", _("Failed")),
    }[State(message.state)]
    return SentMessage(
        message,
        badge,
        state,
        timezone.localtime(message.sent_at or message.posted_at),
        timezone.localtime(planned) if late else None,
        advice_about(message) if message.error else None,
    )


def advice_about(message: Message) -> Advice:
    where = message.get_medium_display()
    return advice(message.medium, where, message.error, is_over=message.state == State.FAILED)

"""The dashboard, and the two taps that fit the guides to the reader."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from plans import actions
from plans.forms.situation import SituationForm
from plans.models import Message, Person, Sim
from plans.numbers_held import numbers_held
from plans.overview import overview

from .common import changing, found, next_page, posted
from .trips import departure_of, said_of_today

SIMS_A_PAGE = 50


def dashboard(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    today = request.person.today(now)
    mine = Sim.objects.visible_to(request.user)
    seen = overview(mine.in_use().with_facts(), now)
    context = {
        "overview": seen,
        "page": Paginator(seen.cards, SIMS_A_PAGE).get_page(request.GET.get("page")),
        "has_archived": mine.exclude(archived_at=None).exists(),
        "today": today,
        "paused_until": request.person.pause_on(today),
        "departure": departure_of(request.person, today) if seen.cards else None,
        "numbers_held": numbers_held(request.person),
        "failed": _last_message_if_failed(request.person),
    }
    return render(request, "plans/dashboard.html", context)


def situation(request: HttpRequest) -> HttpResponse:
    with changing(request):
        person = found(request, Person.objects.visible_to(request.user), request.person.pk)
        form = SituationForm(posted(request), initial={"place": person.place, "payments": person.payments})
        if form.is_valid():
            form.apply_to(person)
            actions.save_person(person, timezone.now(), ["place", "payments"])
            messages.success(request, _("Saved. The guides that can work for you now come first."))
            return redirect(next_page(request, reverse("plans:dashboard")))
    context = {"form": form, "next": next_page(request, ""), "said": said_of_today(request.person, timezone.now())}
    return render(request, "plans/situation.html", context)


def _last_message_if_failed(person: Person) -> Message | None:
    if person.bounced_at:
        return None  # said in words of its own
    tried = person.messages.filter(kind=Message.Kind.REMINDERS, state__in=[Message.State.SENT, Message.State.FAILED])
    last = tried.defer("text", "html").first()
    return last if last and last.state == Message.State.FAILED else None

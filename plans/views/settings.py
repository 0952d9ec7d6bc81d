"""The person's settings, a copy of their data, and leaving."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.core import serializers
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from plans import actions
from plans.forms.people import SettingsForm
from plans.models import (
    Address,
    BalanceEntry,
    Lot,
    Message,
    Person,
    Plan,
    Receipt,
    Reminder,
    Renewal,
    Sim,
    Snooze,
    Stay,
    TiedAccount,
    UsageReading,
)

from .common import next_page


def settings(request: HttpRequest) -> HttpResponse:
    # A copy: what was typed wrongly must not show in the frame of the page.
    person = Person.objects.get(pk=request.person.pk)
    form = SettingsForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        actions.save_person(form.save(commit=False), timezone.now(), form.Meta.fields)
        with translation.override(person.language):
            messages.success(request, _("Saved."))
        return redirect("plans:settings")
    return render(request, "plans/settings.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def mask_numbers(request: HttpRequest) -> HttpResponse:
    """Full numbers, or only their last digits, on every page of this person; stays on the page."""
    request.person.masks_numbers = request.POST.get("masks_numbers") == "on"
    actions.save_person(request.person, timezone.now(), ["masks_numbers"])
    return redirect(next_page(request, reverse("plans:settings")))


def download(request: HttpRequest) -> HttpResponse:
    """Everything kept about the person and their SIMs, as JSON."""
    rows = [_without_key(row) for rows in _kept_of(request) for row in rows.order_by("pk")]
    response = HttpResponse(
        serializers.serialize("json", rows, indent=1, ensure_ascii=False), content_type="application/json"
    )
    response["Content-Disposition"] = f'attachment; filename="kzsim-{timezone.now():%Y-%m-%d}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """One question; then the account, the person and all their SIMs are gone."""
    if request.method == "POST":
        user = request.user
        logout(request)
        actions.delete_account(user)
        messages.success(request, _("Your account and everything in it is deleted."))
        return redirect("landing")
    count = Sim.objects.visible_to(request.user).count()
    return render(request, "plans/settings_delete.html", {"count": count})


def _without_key(row: Model) -> Model:
    """A copy is kept, and handed on: the key of the calendar in it would go on opening what changes afterwards. It is
    no fact about the person, and stands on the page of reminders."""
    if isinstance(row, Person):
        row.calendar_key = None
    return row


def _kept_of(request: HttpRequest) -> list[QuerySet[Model]]:
    user, person = request.user, request.person
    return [
        Person.objects.filter(pk=person.pk),
        Sim.objects.filter(owner=user),
        Plan.objects.filter(sim__owner=user),
        Renewal.objects.filter(plan__sim__owner=user),
        Receipt.objects.filter(renewal__plan__sim__owner=user),
        BalanceEntry.objects.filter(sim__owner=user),
        UsageReading.objects.filter(sim__owner=user),
        TiedAccount.objects.filter(sim__owner=user),
        Stay.objects.filter(person=person),
        Address.objects.filter(person=person),
        Snooze.objects.filter(sim__owner=user),
        Lot.objects.filter(owner=user),
        Reminder.objects.filter(Q(sim__owner=user) | Q(sim=None, person=person)),
        Message.objects.filter(person=person, kind=Message.Kind.REMINDERS),
    ]

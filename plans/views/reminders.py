"""What will come; not now; and going on after a pause."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kzsim.common.formats import day_in_words
from kzsim.common.in_place import is_in_place
from plans import actions
from plans.coming import coming_page, line_of
from plans.models import Reminder, Sim

from .common import next_page


@require_GET
def reminders(request: HttpRequest) -> HttpResponse:
    now, person = timezone.now(), request.person
    page, days = coming_page(Reminder.objects.visible_to(request.user), person, now, request.GET.get("page"))
    today = person.today(now)
    context = {"today": today, "coming": page, "days": days, "paused_until": person.pause_on(today)}
    return render(request, "plans/reminders.html", context)


@require_GET
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """“Not now”, for what comes next of one SIM."""
    now, person = timezone.now(), request.person
    sim = get_object_or_404(Sim.objects.visible_to(request.user).select_related("operator"), pk=pk)
    _page, days = coming_page(Reminder.objects.visible_to(request.user).filter(sim=sim), person, now, None)
    lines = [(day, line) for day in days for line in day.lines if line.is_next]
    context = {"sim": sim, "lines": lines, "today": person.today(now), "next": reverse("plans:sim", args=[pk])}
    return render(request, "plans/sim_later.html", context)


@require_POST
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    reminder = _of_a_sim(request, pk)
    chosen = {str(one.days): one.until for one in line_of(reminder, request.person, now).choices}
    until = chosen.get(request.POST.get("days", ""))
    if until is None:
        messages.error(request, _("That is too late for this one: nothing has changed."))
        return _back(request)
    actions.snooze(reminder.sim, reminder.subject, reminder.kind, reminder.deadline, until, now)
    if request.htmx and not is_in_place(request):
        return _line(request, reminder)
    words = _("Not before %(day)s.") % {"day": day_in_words(until, request.person.today(now))}
    messages.success(request, words, extra_tags=reverse("plans:reminder_unsnooze", args=[pk]))
    return _back(request)


@require_POST
def unsnooze(request: HttpRequest, pk: int) -> HttpResponse:
    reminder = _of_a_sim(request, pk)
    actions.unsnooze(reminder.sim, reminder.subject, reminder.kind, reminder.deadline, timezone.now())
    if request.htmx and not is_in_place(request):
        return _line(request, reminder)
    messages.success(request, _("It comes as planned."))
    return _back(request)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """No more of what this line is about; and, said with `on`, again."""
    reminder, now = _of_a_sim(request, pk), timezone.now()
    on = "on" in request.GET
    if reminder.stops == "kind":
        muted = set(reminder.sim.muted_kinds)
        actions.set_sim_kinds(reminder.sim, muted - {reminder.kind} if on else muted | {reminder.kind}, now)
    elif reminder.stops == "plan":
        actions.set_plan_reminders(reminder.plan, now, on=on)
    else:
        actions.set_sim_reminders(reminder.sim, now, on=on)
    words = {"what": reminder.plan.title if reminder.stops == "plan" else reminder.sim.title}
    if on:
        messages.success(request, _("%(what)s: we remind you again.") % words)
    else:
        undo = f"{reverse('plans:reminder_stop', args=[pk])}?on=yes"
        messages.success(request, _("%(what)s: we remind you of this no more.") % words, extra_tags=undo)
    return _back(request)


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """One tap, from here or from the dashboard's banner."""
    actions.resume_reminders(request.person, timezone.now())
    messages.success(request, _("Reminders go on."))
    return redirect(next_page(request, reverse("plans:dashboard")))


def _of_a_sim(request: HttpRequest, pk: int) -> Reminder:
    mine = Reminder.objects.visible_to(request.user).filter(sim__isnull=False)
    return get_object_or_404(mine.select_related("sim__operator", "plan__sim"), pk=pk)  # the action locks its SIM


def _line(request: HttpRequest, reminder: Reminder) -> HttpResponse:
    """What stands in the list in its place: the day on which it comes now may be on another page."""
    now = timezone.now()
    context = {"line": line_of(reminder, request.person, now), "today": request.person.today(now), "just_now": True}
    return render(request, "plans/reminders_line.html", context)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(next_page(request, reverse("plans:reminders")))

"""What is said of a SIM's money: the balance, and what was topped up."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kzsim.common.formats import money_in_words
from kzsim.common.in_place import in_sheet
from kzsim.common.money import Money
from plans import actions
from plans.deadlines import difference, known_balance
from plans.forms.money import BalanceForm, SumForm, TopUpForm
from plans.models import BalanceEntry, Sim

from .common import posted
from .sims import page_of


def balance(request: HttpRequest, pk: int) -> HttpResponse:
    sim, now = get_object_or_404(Sim.objects.visible_to(request.user).with_facts(), pk=pk), timezone.now()
    form = BalanceForm.of(sim, sim.today(now), posted(request))
    if not form.is_valid():
        return _asked(request, sim, form, "plans/sim_balance.html")
    noted = actions.read_balance(sim, now=now, **form.said())
    if not noted.again:
        _say(request, noted.entry, _told_of_balance(noted.entry))
    else:
        messages.info(request, _("This balance is noted already: it counts once."))
    return redirect("plans:sim", sim.pk)


def top_up(request: HttpRequest, pk: int) -> HttpResponse:
    sim, now = get_object_or_404(Sim.objects.visible_to(request.user).with_facts(), pk=pk), timezone.now()
    form = TopUpForm.of(sim, sim.today(now), posted(request))
    if not form.is_valid():
        return _asked(request, sim, form, "plans/sim_top_up.html")
    noted = actions.top_up(sim, now=now, **form.said())
    if not noted.again:
        _say(request, noted.entry, _told_of_top_up(noted.entry, now))
    else:
        messages.info(
            request,
            _("This top-up is noted already: it counts once. If there was a second one, say it in ten minutes."),
        )
    return redirect("plans:sim", sim.pk)


def _asked(request: HttpRequest, sim: Sim, form: SumForm, template: str) -> HttpResponse:
    """The form by itself; one that was sent from the page of the SIM, and is wrong, is mended there."""
    if form.is_bound and not in_sheet(request):
        return page_of(request, sim, form)
    return render(request, template, {"sim": sim, "form": form.as_a_page()})


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    entry = _mine(request, pk)
    if actions.take_back(entry, timezone.now()):
        again = reverse("plans:money_put_back", args=[entry.pk])
        messages.success(request, _("Taken back: everything is as it was before."), extra_tags=again)
    else:
        messages.info(request, _("This cannot be taken back, or was already."))
    return redirect("plans:sim", entry.sim_id)


@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    entry = _mine(request, pk)
    if actions.put_back(entry, timezone.now()):
        _say(request, entry, _("It counts again."))
    else:
        messages.info(request, _("It counts already."))
    return redirect("plans:sim", entry.sim_id)


def _mine(request: HttpRequest, pk: int) -> BalanceEntry:
    mine = BalanceEntry.objects.filter(sim__in=Sim.objects.visible_to(request.user))
    return get_object_or_404(mine.select_related("sim"), pk=pk)


def _say(request: HttpRequest, entry: BalanceEntry, text: str) -> None:
    messages.success(request, text, extra_tags=reverse("plans:money_take_back", args=[entry.pk]))


def _told_of_balance(entry: BalanceEntry) -> str:
    """What was noted, and whether it is what one could expect."""
    noted = _("The balance is noted: %(sum)s.") % {"sum": money_in_words(entry.money)}
    sim = Sim.objects.with_facts().get(pk=entry.sim_id)
    found = difference(sim.facts(), entry.facts())
    if found is None:
        return noted
    return f"{noted} {_how_far(found)}"


def _how_far(found: Money) -> str:
    words = {"sum": money_in_words(Money(abs(found.amount), found.currency))}
    if found.amount < 0:
        return _("That is %(sum)s less than we expected.") % words
    return _("That is %(sum)s more than we expected.") % words if found.amount else _("That is what we expected.")


def _told_of_top_up(entry: BalanceEntry, now: datetime) -> str:
    """What was noted, and what should be there now."""
    noted = _("Noted: %(sum)s topped up.") % {"sum": money_in_words(entry.money)}
    sim = Sim.objects.with_facts().get(pk=entry.sim_id)
    known = known_balance(sim.facts(), sim.today(now))
    if known is not None and known.balance.currency != entry.currency:
        return noted
    if known is None:
        return " ".join([noted, _("Say the balance as well, and we can tell until when it is enough.")])
    words = {"sum": money_in_words(known.balance)}
    if entry.on < known.read_on:
        return " ".join([noted, _("You said the balance after that, so it stays %(sum)s.") % words])
    return " ".join([noted, _("Now %(sum)s should be there.") % words])

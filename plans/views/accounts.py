"""The private list of accounts tied to a number, and what to do when the number changes or is at risk."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guides.selection import KEEP_ALIVE, todays_shelf
from plans import actions
from plans.deadlines import number_at_risk_on
from plans.forms.accounts import AccountsForm
from plans.models import Sim, TiedAccount

from .common import found, posted


def accounts(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    sim = found(request, Sim.objects.visible_to(request.user).with_facts(), pk)
    listed = list(sim.tied_accounts.filter(deleted_at=None))
    form = AccountsForm(posted(request), known=len(listed))
    if form.is_valid():
        added = actions.add_accounts(sim, form.cleaned_data["names"], now)
        messages.success(request, _added_words(len(added)))
        return redirect("plans:accounts", sim.pk)
    context = {
        "sim": sim,
        "form": form,
        "to_move": [account for account in listed if account.moved_at is None],
        "moved": [account for account in listed if account.moved_at],
        "at_risk_on": number_at_risk_on(sim.facts()),
        "keep_alive_guide": todays_shelf().guide_link(KEEP_ALIVE, sim.operator, get_language()),
        "today": sim.today(now),
    }
    return render(request, "plans/accounts.html", context, status=422 if form.errors else 200)


def _added_words(count: int) -> str:
    if count == 0:
        return _("These are on the list already.")
    return ngettext("%(count)s account added.", "%(count)s accounts added.", count) % {"count": count}


@require_POST
def moved(request: HttpRequest, pk: int) -> HttpResponse:
    """It knows its owner by another number now; with `back`, not yet."""
    account = get_object_or_404(TiedAccount.objects.visible_to(request.user), pk=pk)
    actions.mark_moved(account, timezone.now(), moved="back" not in request.POST)
    return redirect("plans:accounts", account.sim_id)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(TiedAccount.objects.visible_to(request.user), pk=pk)
    actions.remove_account(account, timezone.now())
    undo = reverse("plans:account_restore", args=[account.pk])
    messages.success(request, _("%(account)s is off the list.") % {"account": account}, extra_tags=undo)
    return redirect("plans:accounts", account.sim_id)


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(TiedAccount.objects.deleted_by(request.user), pk=pk)
    if actions.restore_account(account):
        messages.success(request, _("%(account)s is back on the list.") % {"account": account})
    else:
        messages.info(request, _("%(account)s is on the list already.") % {"account": account})
    return redirect("plans:accounts", account.sim_id)

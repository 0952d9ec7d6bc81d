"""Receipts of renewals: added, handed out to whoever may see the SIM, and taken away."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from plans import actions
from plans.forms.receipts import ReceiptsForm
from plans.models import Receipt, Renewal
from plans.receipts import SHOWN

from .common import changing, found, posted


def add(request: HttpRequest, pk: int) -> HttpResponse:
    with changing(request):
        renewal = found(request, Renewal.objects.visible_to(request.user).select_related("plan__sim"), pk)
        form = ReceiptsForm(posted(request), request.FILES or None)
        if form.is_valid() and _added(form, renewal):
            messages.success(request, _("The receipt is kept with the renewal."))
            return redirect("plans:sim", renewal.plan.sim_id)
    context = {"form": form, "renewal": renewal, "sim": renewal.plan.sim}
    return render(request, "plans/receipt_add.html", context)


def _added(form: ReceiptsForm, renewal: Renewal) -> bool:
    try:
        with transaction.atomic():
            actions.add_receipts(renewal, form.cleaned_data["receipts"], timezone.now())
    except actions.TooManyReceipts:
        form.refuse_more()
        return False
    return True


@require_GET
def fetch(request: HttpRequest, pk: int, receipt_pk: int) -> HttpResponse:
    """The file as it was added. Nothing in it can run: it is of a kind that was checked, the browser may not take it
    for another, and its page may load nothing."""
    receipt = _receipt(request, pk, receipt_pk)
    try:
        file = receipt.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(
        file,
        as_attachment=receipt.content_type not in SHOWN,
        filename=receipt.name,
        content_type=receipt.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def delete(request: HttpRequest, pk: int, receipt_pk: int) -> HttpResponse:
    """Asks once: a file that is deleted does not come back."""
    with changing(request):
        receipt = _receipt(request, pk, receipt_pk)
        sim = receipt.renewal.plan.sim
        if request.method == "POST":
            actions.delete_receipt(receipt)
            messages.success(request, _("The receipt is deleted."))
            return redirect("plans:sim", sim.pk)
    return render(request, "plans/receipt_delete.html", {"receipt": receipt, "sim": sim})


def _receipt(request: HttpRequest, pk: int, receipt_pk: int) -> Receipt:
    mine = Receipt.objects.filter(renewal__in=Renewal.objects.visible_to(request.user), renewal=pk)
    return get_object_or_404(mine.select_related("renewal__plan__sim"), pk=receipt_pk)

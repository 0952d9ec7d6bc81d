"""Facts and tariffs as spreadsheets: taken out as they stand, brought in after a look at what would change."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext

from guides import sheets
from guides.models import current_revision, raise_revision
from guides.page_cache import today_in_almaty

from .desk import desk_context, desk_page, is_confirmed, log_brought_in, uploaded

TITLES = {"facts": gettext_lazy("Bring in facts"), "tariffs": gettext_lazy("Bring in tariffs")}


@desk_page()
def export_sheet(request: HttpRequest, sheet: str, extension: str) -> HttpResponse:
    _demand(request, sheet, "view")
    name = f"{sheet}-{today_in_almaty().isoformat()}.{extension}"
    return HttpResponse(
        sheets.exported(sheets.SHEETS[sheet], extension),
        content_type=sheets.FORMATS[extension].CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@desk_page()
def import_sheet(request: HttpRequest, sheet: str) -> HttpResponse:
    """First what would change and what is wrong, then, once confirmed, the change."""
    _demand(request, sheet, "add", "change")
    form, content = uploaded(request)
    chosen = sheets.SHEETS[sheet]
    changelist = f"admin:guides_{chosen._meta.model._meta.model_name}_changelist"
    context = desk_context(
        request, TITLES[sheet], form=form, opts=chosen._meta.model._meta, changelist=changelist, sheet=sheet
    )
    if content is not None:
        try:
            with transaction.atomic():
                outcome = sheets.bring_in(chosen, content)
                if outcome.changes and not outcome.errors and is_confirmed(request):
                    log_brought_in(request, outcome.changes)
                    raise_revision()
                    count = len(outcome.changes)
                    text = ngettext("%d row was brought in.", "%d rows were brought in.", count)
                    messages.success(request, text % count)
                    return redirect(changelist)
                transaction.set_rollback(True)
        except sheets.BadSheet as error:
            context["error"] = str(error)
        else:
            carried = base64.b64encode(content).decode()
            context |= {"outcome": outcome, "carried": carried, "revision": current_revision()}
    return render(request, "admin/guides/import.html", context)


def _demand(request: HttpRequest, sheet: str, *actions: str) -> None:
    model = sheets.SHEETS[sheet]._meta.model._meta.model_name
    if not request.user.has_perms([f"guides.{action}_{model}" for action in actions]):
        raise PermissionDenied

"""Many SIMs at once: adding a pasted list, and what is done with those that were marked in the table."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

import tablib
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from plans import actions, spreadsheet
from plans.forms.many import MOST, AddManyForm, Checked, ChosenGroupForm, ids_said, saved_words
from plans.models import Lot, Sim
from plans.overview import overview

from .common import next_page, posted

TITLES_SHOWN = 6
GROUPS_SHOWN = 12


def add(request: HttpRequest) -> HttpResponse:
    """Lines are pasted, looked through row by row, and those that are right are saved together. Whatever is not saved
    stays on the page."""
    skipped = set(ids_said(request.POST.getlist("skip")))
    form = AddManyForm(posted(request), owner=request.user, today=Sim().today(timezone.now()))
    if form.is_valid() and "save" in request.POST and (saved := _save(request, form, skipped)):
        if not (rest := saved.rest):
            return redirect("plans:dashboard")
        form, skipped = form.of_rest(rest), set()
    if not form.is_valid() or "edit" in request.POST:
        return render(request, "plans/sims_add_many.html", {"form": form, "most": MOST})
    context = {"form": form, "checked": form.checked, "skipped": skipped, "most": MOST}
    return render(request, "plans/sims_check.html", context)


def _save(request: HttpRequest, form: AddManyForm, skipped: set[int]) -> Checked | None:
    """What was looked through, if any of it could be saved."""
    checked = form.checked
    taken = checked.taken(skipped)
    if not taken:
        messages.warning(request, _("Nothing is saved yet: no line can be saved as it is."))
        return None
    try:
        lot = actions.add_sims(request.user, form.new_sims(taken, request.person), timezone.now())
    except IntegrityError:
        del form.checked  # some of these numbers were saved between our question and our answer
        messages.error(request, _("Nothing is saved: some of these numbers have been added meanwhile. Look again."))
        return None
    messages.success(request, saved_words(len(taken)), extra_tags=reverse("plans:lot_undo", args=[lot.pk]))
    return checked


@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """Does what was asked for with the SIMs that are marked. What is not the reader's, or not in use, is left out."""
    does = {"renew": _renew, "archive": _archive, "group": _group, "csv": _export, "xlsx": _export}
    sims = Sim.objects.visible_to(request.user).in_use().filter(pk__in=ids_said(request.POST.getlist("sim"))[:MOST])
    ids = list(sims.values_list("pk", flat=True))
    act = does.get(request.POST.get("do", ""))
    if not ids or act is None:
        messages.info(request, _("Mark the SIMs first, then choose what to do with them."))
        return _back(request)
    return act(request, ids)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(next_page(request, reverse("plans:dashboard")))


def _renew(request: HttpRequest, ids: list[int]) -> HttpResponse:
    back = next_page(request, "")
    query = {"sims": ",".join(map(str, ids))} | ({"next": back} if back else {})
    return redirect(f"{reverse('plans:renewals')}?{urlencode(query, safe=',')}")


def _archive(request: HttpRequest, ids: list[int]) -> HttpResponse:
    lot = actions.archive_sims(request.user, ids, timezone.now())
    count = len(lot.sims)
    text = ngettext(
        "%(count)s SIM is archived. We remind you of it no more.",
        "%(count)s SIMs are archived. We remind you of them no more.",
        count,
    )
    return _done(request, lot, text % {"count": count})


def _group(request: HttpRequest, ids: list[int]) -> HttpResponse:
    """Asks for the name first. A known one is a tap."""
    known = Sim.objects.visible_to(request.user).groups()
    is_said = not {"group", "known"}.isdisjoint(request.POST)
    said = {"group": request.POST.get("known") or request.POST.get("group", "")}
    form = ChosenGroupForm(said if is_said else None, known=known)
    if not form.is_valid():
        sims = list(Sim.objects.filter(pk__in=ids).soonest_first())
        back = next_page(request, reverse("plans:dashboard"))
        context = {
            "form": form,
            "ids": ids,
            "titles": [sim.title for sim in sims[:TITLES_SHOWN]],
            "others": len(sims) - TITLES_SHOWN,
            "known": known[:GROUPS_SHOWN],
            "next": back,
            "here": back,  # this page's own address only takes forms
        }
        return render(request, "plans/sims_group.html", context)
    group = form.cleaned_data["group"]
    lot = actions.group_sims(request.user, ids, group, timezone.now())
    words = {"count": len(lot.sims), "group": group}
    if group:
        text = ngettext("%(count)s SIM is in “%(group)s” now.", "%(count)s SIMs are in “%(group)s” now.", len(lot.sims))
    else:
        text = ngettext(
            "%(count)s SIM belongs to no group now.", "%(count)s SIMs belong to no group now.", len(lot.sims)
        )
    return _done(request, lot, text % words)


def _done(request: HttpRequest, lot: Lot, text: str) -> HttpResponse:
    messages.success(request, text, extra_tags=reverse("plans:lot_undo", args=[lot.pk]))
    return _back(request)


def _export(request: HttpRequest, ids: list[int]) -> HttpResponse:
    now, kind = timezone.now(), request.POST["do"]
    cards = overview(Sim.objects.visible_to(request.user).filter(pk__in=ids).with_facts(), now).cards
    data = tablib.Dataset(*map(_cells, spreadsheet.lines(cards)), headers=spreadsheet.names(), title="KZSIM")
    if kind == "xlsx":
        content, content_type = (
            data.export("xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    else:  # the mark at the beginning tells spreadsheets that this is UTF-8
        content, content_type = data.export("csv").encode("utf-8-sig"), "text/csv; charset=utf-8"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="kzsim-{request.person.today(now):%Y-%m-%d}.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _cells(line: Iterable[spreadsheet.Cell]) -> list[spreadsheet.Cell]:
    """Without the control signs that no spreadsheet can hold and no name needs."""
    return [ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in line]


@require_POST
def undo(request: HttpRequest, lot: UUID) -> HttpResponse:
    """Takes back what was done to many at once."""
    done = get_object_or_404(Lot.objects.visible_to(request.user), pk=lot)
    count = actions.undo_lot(done, timezone.now())
    if count:
        text = ngettext("Taken back for %(count)s SIM.", "Taken back for %(count)s SIMs.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("There is nothing left to take back."))
    return redirect("plans:dashboard")

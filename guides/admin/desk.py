"""The editors' own pages beside the tables: what is to be verified, what the files offer, guides as files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from guides import export, offers
from guides.addresses import page_of
from guides.models import Fact, WeeklyMail, current_revision, raise_revision
from guides.page_cache import today_in_almaty
from guides.review import FindingKind, to_verify

LARGEST_FILE = 1_500_000  # bytes; the preview carries the file along in its form


def desk_page(*permissions: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page of the admin for whoever may do these things in `guides`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, **parts: Any) -> HttpResponse:
            if not request.user.has_perms([f"guides.{name}" for name in permissions]):
                raise PermissionDenied
            return view(request, **parts)

        return admin.site.admin_view(wrapped)

    return decorate


def desk_context(request: HttpRequest, title: str, **values: Any) -> dict[str, Any]:
    return admin.site.each_context(request) | {"title": title, **values}


def log_brought_in(request: HttpRequest, changes: Iterable[offers.Change]) -> None:
    """Tells the history of each row who brought in what. Named in English: it is translated when it is read."""
    for change in changes:
        page = page_of(change.row)
        is_addition = change.is_new and page is change.row
        with translation.override(None):
            said = {} if change.is_new else {"fields": [str(one.field.verbose_name) for one in change.differences]}
            if page is not change.row:
                said |= {"name": str(change.row._meta.verbose_name), "object": str(change.row)}
        LogEntry.objects.log_actions(
            request.user.pk,
            [page],
            ADDITION if is_addition else CHANGE,
            [{"added" if change.is_new else "changed": said}],
        )


# --- to verify ----------------------------------------------------------------------------------------------------


@desk_page("change_fact", "change_guide")
def verify(request: HttpRequest) -> HttpResponse:
    """All that an editor is to look at; `kind` in the address narrows it."""
    found = to_verify(today_in_almaty())
    counts = {kind: sum(1 for one in found if one.kind == kind) for kind in FindingKind}
    chosen = request.GET.get("kind", "")
    chosen = chosen if chosen in FindingKind.values else ""
    kinds = [{"kind": kind, "count": count, "is_chosen": kind == chosen} for kind, count in counts.items() if count]
    context = desk_context(
        request,
        _("To verify"),
        findings=[one for one in found if not chosen or one.kind == chosen],
        kinds=kinds,
        chosen=chosen,
        total=len(found),
        wants_mail=not WeeklyMail.objects.filter(user=request.user, wanted=False).exists(),
    )
    return render(request, "admin/guides/verify.html", context)


@require_POST
@desk_page("change_fact")
def checked_today(request: HttpRequest) -> HttpResponse:
    """A fact was found to be as it stood on the list; one that says something else by now was not looked at."""
    number = request.POST.get("fact", "")
    fact = get_object_or_404(Fact.objects.exclude(value=""), pk=number if number.isdecimal() else 0)
    with transaction.atomic():
        if not Fact.objects.filter(pk=fact.pk, value=request.POST.get("value", "")).update(seen_on=today_in_almaty()):
            messages.error(request, _("Somebody changed this text meanwhile. Look at it again first."))
            return redirect(_verify_address(request))
        fact_admin = admin.site.get_model_admin(Fact)
        fact_admin.log_change(request, fact, [{"changed": {"fields": ["seen on"]}}])
        raise_revision()
    messages.success(request, _("Marked as checked today: %(fact)s.") % {"fact": fact})
    return redirect(_verify_address(request))


@require_POST
@desk_page("change_fact")
def weekly_mail(request: HttpRequest) -> HttpResponse:
    """Whether this editor wants the list by e-mail once a week."""
    wanted = request.POST.get("wanted") == "yes"
    WeeklyMail.objects.update_or_create(user=request.user, defaults={"wanted": wanted})
    said = _("You will get the list by e-mail once a week.") if wanted else _("You will not get the list by e-mail.")
    messages.success(request, said)
    return redirect(_verify_address(request))


def _verify_address(request: HttpRequest) -> str:
    kind = request.POST.get("kind", "")
    return reverse("desk:verify") + (f"?kind={kind}" if kind in FindingKind.values else "")


# --- changes from the files ---------------------------------------------------------------------------------------


@desk_page("change_fact", "change_guide", "change_guidetext", "publish_guidetext")
def changes(request: HttpRequest) -> HttpResponse:
    """What the files say where editors have been; each is taken or declined."""
    if request.method == "POST":
        is_taken = "take" in request.POST
        try:
            which = int(request.POST.get("offer") or 0), request.POST.get("token", "")
            with transaction.atomic():
                if is_taken:
                    log_brought_in(request, offers.take(*which))
                else:
                    offers.keep(*which)
        except offers.Refused as refusal:
            messages.error(request, str(refusal))
        except ValueError:
            messages.error(request, _("Somebody has already chosen."))
        else:
            taken = _("Now it is as the files have it.")
            kept = _("It stays as it is. You are asked again when the file changes.")
            messages.success(request, taken if is_taken else kept)
        return redirect("desk:offers")
    context = desk_context(request, _("Changes from the files"), offers=offers.open_offers())
    return render(request, "admin/guides/offers.html", context)


# --- guides as files ----------------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"))

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large."))
        return file.read()


def uploaded(request: HttpRequest) -> tuple[UploadForm, bytes | None]:
    """What was sent: a file just chosen, or the one that the preview carried along."""
    if request.method != "POST":
        return UploadForm(), None
    if carried := request.POST.get("carried"):
        try:
            return UploadForm(), base64.b64decode(carried, validate=True)
        except (binascii.Error, ValueError):
            return UploadForm(), None
    form = UploadForm(request.POST, request.FILES)
    return form, form.cleaned_data["file"] if form.is_valid() else None


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the editor has seen the preview, and nothing has changed since; else they are to look again."""
    if "carried" not in request.POST:
        return False
    if request.POST.get("revision") == str(current_revision()):
        return True
    messages.warning(request, _("Something was changed meanwhile. Look at the differences once more."))
    return False


@desk_page("view_guide", "view_guidetext", "view_fact")
def export_guides(request: HttpRequest) -> HttpResponse:
    """Everything as the files of the repository, in one archive."""
    name = f"guides-{today_in_almaty().isoformat()}.zip"
    return HttpResponse(
        export.as_zip(),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@desk_page(
    *("add_guide", "change_guide", "add_guidetext", "change_guidetext", "publish_guidetext", "add_fact", "change_fact"),
    *("add_operator", "change_operator", "add_channel", "change_channel", "add_tariff", "change_tariff"),
)
def import_guides(request: HttpRequest) -> HttpResponse:
    """Such an archive read back: first what would change, then, once confirmed, the change."""
    form, data = uploaded(request)
    context = desk_context(request, _("Bring in guides from files"), form=form)
    if data is not None:
        try:
            with transaction.atomic():
                outcome = export.bring_in(export.entries_in_zip(data))
                if outcome.changes and not outcome.errors and is_confirmed(request):
                    log_brought_in(request, outcome.changes)
                    raise_revision()
                    messages.success(request, _("The guides now stand as in the files."))
                    return redirect("desk:verify")
                transaction.set_rollback(True)
        except export.BadArchive as error:
            context["error"] = str(error)
        else:
            context |= {"outcome": outcome, "carried": base64.b64encode(data).decode(), "revision": current_revision()}
    return render(request, "admin/guides/import.html", context)

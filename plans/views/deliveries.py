"""How messages fare, for operators of the site: what waits, what is late, what failed and goes out again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from plans import clockwork, outbox
from plans.models import Message

FAILED_A_PAGE = 50


def _for_whoever_may(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest) -> HttpResponse:
            if not request.user.has_perm(f"plans.{permission}_message"):
                raise PermissionDenied
            return view(request)

        return admin.site.admin_view(wrapped)

    return decorate


@_for_whoever_may("view")
def deliveries(request: HttpRequest) -> HttpResponse:
    failed = Message.objects.failed().select_related("person").defer("text", "html")
    context = admin.site.each_context(request) | {
        "title": _("Deliveries"),
        "deliveries": clockwork.deliveries(timezone.now()),
        "last_tick": clockwork.last_tick(),
        "email_rate": settings.EMAIL_RATE,
        "failed": Paginator(failed, FAILED_A_PAGE).get_page(request.GET.get("page")),
        "may_send_again": request.user.has_perm("plans.change_message"),
    }
    return render(request, "admin/plans/deliveries.html", context)


@require_POST
@_for_whoever_may("change")
def send_again(request: HttpRequest) -> HttpResponse:
    """The chosen ones, or all that failed."""
    failed = Message.objects.failed().filter(kind=Message.Kind.REMINDERS)
    if "all" not in request.POST:
        failed = failed.filter(pk__in=[pk for pk in request.POST.getlist("message") if pk.isdecimal()])
    ids = list(failed.values_list("pk", flat=True))
    count = sum(outbox.send_again(chunk, timezone.now()) for chunk in outbox.chunks(ids, 500))
    if count:
        text = ngettext("%d message goes out again.", "%d messages go out again.", count) % count
        messages.success(request, text)
    else:
        messages.warning(request, _("Nothing was sent again. Choose messages that failed."))
    return redirect("site_desk:deliveries")

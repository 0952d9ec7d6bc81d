"""Where mail providers tell what came back, and where the owner of an address says that it works again."""

from __future__ import annotations

import json
import logging
from collections import Counter

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from plans import actions, tasks
from plans.bounces import BadEvent, read_events, signed_at

from .common import next_page

log = logging.getLogger(__name__)

LARGEST_BODY = 500_000  # bytes


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest) -> HttpResponse:
    """Signed calls of mail providers; docs/operations.md tells their form. Without a secret there is no such page."""
    if not settings.BOUNCE_WEBHOOK_SECRET:
        raise Http404
    return _take_call(request)


@require_POST
def _take_call(request: HttpRequest) -> JsonResponse:
    now = timezone.now()
    size = request.headers.get("Content-Length", "")
    if not size.isdecimal() or int(size) > LARGEST_BODY:
        return _refused(413, f"send at most {LARGEST_BODY} bytes, and say how many in Content-Length")
    signature = request.headers.get("X-KZSIM-Signature", "")
    called_at = signed_at(signature, settings.BOUNCE_WEBHOOK_SECRET, request.body, now)
    if called_at is None:
        return _refused(401, "the signature is not right, or older than five minutes")
    try:
        reports = read_events(json.loads(request.body), called_at)
    except BadEvent as error:
        return _refused(400, str(error))
    except ValueError:
        return _refused(400, "the body is no JSON")
    outcomes = Counter(str(actions.note_report(report, now)) for report in reports)
    log.info("%s reports of mail that came back: %s", len(reports), dict(outcomes))
    return JsonResponse({outcome.value: outcomes[outcome] for outcome in actions.Outcome})


def _refused(status: int, why: str) -> JsonResponse:
    return JsonResponse({"error": why}, status=status)


@require_POST
def resume_address(request: HttpRequest) -> HttpResponse:
    """“It works again”: a test goes there at once."""
    try:
        test = actions.resume_address(request.person, timezone.now())
    except actions.TooManyTests:
        messages.warning(request, _("You sent yourself enough tests for now. Wait an hour before the next one."))
    else:
        if test:
            tasks.ring(test)
            text = _("We write there again. A test is on its way to %(email)s.")
            messages.success(request, text % {"email": test.to})
    return redirect(next_page(request, reverse("plans:reminders")))

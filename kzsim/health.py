"""Whether the site does its job: for a monitor at /healthz, and for whoever opens the admin."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from plans import clockwork


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 with the reasons otherwise; ages are in seconds."""
    with translation.override("en"):
        report = _report()
    return JsonResponse(report, status=503 if report["problems"] else 200)


def _report() -> dict[str, object]:
    try:
        health = clockwork.health(timezone.now(), says_why=False)
    except DatabaseError:
        return {"status": "trouble", "database": "no answer", "problems": ["The database does not answer."]}
    return {
        "status": "trouble" if health.problems else "ok",
        "database": "ok",
        "last_tick_age": health.last_tick_age,
        "oldest_due_age": health.oldest_due_age,
        "mail_failing_since": health.mail_failing_since,
        "media_failing_since": health.media_failing_since,
        "problems": health.problems,
    }


urlpatterns = [path("", healthz, name="healthz")]

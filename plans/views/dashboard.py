"""Pages of the signed-in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def dashboard(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def situation(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404

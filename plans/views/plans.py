"""Pages of the signed-in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def add(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def edit(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def renew(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def archive(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def unarchive(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def delete(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def restore(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404


def undo(request: HttpRequest, **ids: int) -> HttpResponse:
    raise Http404

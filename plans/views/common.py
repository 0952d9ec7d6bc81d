"""What the pages of SIMs and plans share: whose they are, and how they are changed safely."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

M = TypeVar("M", bound=Model)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent in a form; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def changing(request: HttpRequest) -> AbstractContextManager[None]:
    """One transaction around a change; looking at a page locks nothing."""
    return transaction.atomic() if request.method == "POST" else nullcontext()


def found(request: HttpRequest, visible: QuerySet[M], pk: int) -> M:
    """One of the visible rows, locked while it is being changed. 404 for all others."""
    rows = visible.select_for_update(of=("self",), no_key=True) if request.method == "POST" else visible
    return get_object_or_404(rows, pk=pk)


def next_page(request: HttpRequest, default: str) -> str:
    """Where the form wants to go on, if that is a page of this site: its path, for a redirect would look any other word
    up among the names of our pages."""
    target = request.POST.get("next", "")
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, request.is_secure()
    )
    return target if is_ours else default

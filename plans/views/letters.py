"""Previews of every message in every language, for those who make the site: editors, and developers under DEBUG."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from kzsim.common.languages import LANGUAGES
from kzsim.common.mail import assemble
from plans.media.letter import Letter
from plans.media.samples import Sample, sample, samples


def _for_makers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever may look at guides in the admin; on a developer's machine, whoever is signed in."""

    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **parts: str) -> HttpResponse:
        if not settings.DEBUG and not (request.user.is_staff and request.user.has_perm("guides.view_guide")):
            raise PermissionDenied
        return view(request, **parts)

    return guarded


@_for_makers
def index(request: HttpRequest) -> HttpResponse:
    context = _context(request, _("Messages that go out"), samples=samples(), lang=get_language())
    return render(request, "admin/plans/letters.html", context)


@_for_makers
def preview(request: HttpRequest, name: str, lang: str) -> HttpResponse:
    found = _found(name)
    letter = found.write(lang)
    context = _context(request, found.what, sample=found, letter=letter, languages=LANGUAGES, lang=lang)
    context["size"] = size_of(letter)
    return render(request, "admin/plans/letter.html", context)


@_for_makers
@xframe_options_sameorigin
@csp_replace(
    {
        "default-src": [NONE],
        "script-src": [NONE],
        "style-src": ["'unsafe-inline'"],  # mail programs know no other styles
        "img-src": [NONE],
        "form-action": [NONE],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def html_part(request: HttpRequest, name: str, lang: str) -> HttpResponse:
    """The HTML on a page of its own, where no script runs and nothing is fetched."""
    return HttpResponse(_found(name).write(lang).html)


def size_of(letter: Letter) -> int:
    """Bytes as they leave, with the headers of this site."""
    mail = assemble(
        to="ana@example.org",
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id="<example@example.org>",
        unsubscribe=letter.unsubscribe,
    )
    return len(mail.message().as_bytes())


def _found(name: str) -> Sample:
    found = sample(name)
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, title: Any, **values: Any) -> dict[str, Any]:
    return admin.site.each_context(request) | {"title": title, **values}

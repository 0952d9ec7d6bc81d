"""What the public pages share. The language comes from the address, and holds for the whole answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from guides.facts import differs_by_operator
from guides.models import GuideText, Operator
from guides.selection import EVERY_OPERATOR, ShownGuide
from kzsim.common.languages import CARD_LOCALES, LANGUAGES, WEB_TAGS


def in_the_language_of_the_address(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Render the page for readers of `lang`, whatever the browser or the account prefers;
    a page that is not there is answered kindly, with the way back to the guides."""

    @wraps(view)
    def wrapped(request: HttpRequest, lang: str, **parts: str) -> HttpResponse:
        with translation.override(lang):
            request.LANGUAGE_CODE = lang
            try:
                response = view(request, lang, **parts)
            except Http404:
                response = render(request, "guides/not_found.html", {"lang": lang}, status=404)
        response.headers["Content-Language"] = lang
        return response

    return login_not_required(wrapped)


def all_operators() -> dict[int, Operator]:
    return {operator.pk: operator for operator in Operator.objects.prefetch_related("texts")}


def operator_named(slug: str, operators: dict[int, Operator]) -> Operator | None:
    """The operator of an address; none for `all`."""
    if slug == EVERY_OPERATOR:
        return None
    for operator in operators.values():
        if operator.slug == slug:
            return operator
    raise Http404


def is_the_same_for_all(item: ShownGuide) -> bool:
    """Whether every operator's readers get these very words, so that one address is enough."""
    texts = (getattr(item.text, name) for name in GuideText.TEXT_FIELDS)
    return item.guide.operator_id is None and not any(map(differs_by_operator, texts))


def alternates(name: str, written: set[str] | None = None, **parts: str) -> list[dict[str, object]]:
    """The same page in the other languages (in those in which it is really written, where that is known)."""
    return [
        {
            "code": code,
            "tag": WEB_TAGS[code],
            "locale": CARD_LOCALES[code],
            "name": own_name,
            "url": reverse(name, kwargs={"lang": code, **parts}),
            "written": is_written,
        }
        for code, own_name in LANGUAGES
        for is_written in [written is None or code in written]
    ]

"""What search engines ask for, and addresses as other sites would write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps import views as sitemaps
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.encoding import escape_uri_path
from django.views.decorators.http import require_safe

from guides.models import Guide, Operator
from guides.selection import EVERY_OPERATOR, guides_for, published_guides
from kzsim.common.languages import CODES, LANGUAGES, WEB_TAGS, code_for_tag

from .common import is_the_same_for_all

_LANGUAGES_IN_ORDER = [code for code, _name in LANGUAGES]


class Handbook(Sitemap):
    """Every page of the handbook, once, in each language in which it is really written."""

    def items(self) -> list[dict[str, Any]]:
        return [
            {"language": language, "written": written, "name": name, "parts": parts, "checked_on": days.get(language)}
            for name, parts, written, days in _pages()
            for language in _LANGUAGES_IN_ORDER
            if language in written
        ]

    def location(self, item: dict[str, Any]) -> str:
        return _path(item, item["language"])

    def lastmod(self, item: dict[str, Any]) -> date | None:
        return item["checked_on"]

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def get_urls(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        urls: list[dict[str, Any]] = super().get_urls(*args, **kwargs)
        for url in urls:
            url["alternates"] = _alternates(url["item"])
        return urls


def _path(item: dict[str, Any], language: str) -> str:
    return reverse(item["name"], kwargs={"lang": language, **item["parts"]})


def _alternates(item: dict[str, Any]) -> list[dict[str, str]]:
    codes = [code for code in _LANGUAGES_IN_ORDER if code in item["written"]]
    tags = [(code, WEB_TAGS[code]) for code in codes] + [("en", "x-default") for code in codes if code == "en"]
    return [{"lang_code": tag, "location": settings.SITE_URL + _path(item, code)} for code, tag in tags]


_Page = tuple[str, dict[str, str], set[str] | frozenset[str], dict[str, date | None]]


def _pages() -> Iterator[_Page]:
    """The name, parts, languages and days of checking of each page."""
    operators = {operator.pk: operator for operator in Operator.objects.all()}
    guides = list(published_guides(Guide.objects.all()))
    for name in ("guides:index", "guides:assistant", "guides:choose", "guides:clerk", "plans:dates"):
        yield name, {}, CODES, {}
    for operator in [*operators.values(), None]:
        slug = operator.slug if operator else EVERY_OPERATOR
        yield "guides:operator", {"operator": slug}, CODES, {}
        for item in guides_for(operator, guides, "en", operators):
            if operator is None or not is_the_same_for_all(item):
                days = {text.language: text.checked_on for text in item.guide.published_texts}
                yield "guides:guide", {"operator": slug, "guide": item.guide.slug}, set(days), days


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    return sitemaps.sitemap(request, {"handbook": Handbook})


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """The handbook is for everybody; what carries a key or asks who is there has nothing to look for."""
    return render(request, "robots.txt", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def in_our_way_of_writing(request: HttpRequest, tag: str, rest: str = "") -> HttpResponse:
    """`/zh-CN/guides/...`, `/ZH-HK/...`, `/ru-KZ/...` and bare `/zh/` lead to the same page at its own address."""
    code = code_for_tag(tag)
    target = f"/{code}/{(rest or 'guides').rstrip('/')}/"
    if not _speaks(target, code):
        raise Http404
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(escape_uri_path(target) + (f"?{query}" if query else ""))


def _speaks(path: str, code: str | None) -> bool:
    """Whether this is the address of a page that has its language in it."""
    try:
        return resolve(path).kwargs.get("lang") == code
    except Resolver404:
        return False

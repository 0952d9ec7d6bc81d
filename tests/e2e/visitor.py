"""Someone with a browser that knows links, forms and cookies, and no JavaScript."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from bs4 import BeautifulSoup, Tag


@dataclass(frozen=True)
class Page:
    status: int
    url: str
    soup: BeautifulSoup

    @property
    def text(self) -> str:
        return " ".join(self.soup.get_text(" ").split())


class Visitor:
    """Walks over one site; the cookies stay until the end."""

    def __init__(self, site_url: str) -> None:
        self._site = site_url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, url: str) -> Page:
        return self._open(urllib.request.Request(urljoin(self._site, url)))

    def post(self, url: str, fields: dict[str, str] | list[tuple[str, str]], referrer: str = "") -> Page:
        headers = {"Referer": referrer} if referrer else {}
        request = urllib.request.Request(urljoin(self._site, url), urlencode(fields).encode(), headers)
        return self._open(request)

    def submit(self, page: Page, button: str = "", **fields: str) -> Page:
        """Fills in and sends the form that has these fields, or that button, as a browser would."""
        form = next(form for form in page.soup.find_all("form") if _is_meant(form, button, fields))
        values = dict(_values(form))
        pressed = [tag for tag in form.find_all("button") if button and button in tag.get_text() and tag.get("name")]
        values |= {tag["name"]: tag.get("value", "") for tag in pressed[:1]}
        return self.post(urljoin(page.url, form.get("action") or page.url), values | fields, page.url)

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Page(answer.status, answer.url, BeautifulSoup(answer.read(), "html.parser"))
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.url, BeautifulSoup(error.read(), "html.parser"))


def _is_meant(form: Tag, button: str, fields: dict[str, str]) -> bool:
    names = {tag.get("name") for tag in form.find_all(["input", "select", "textarea"])}
    return form.get("method", "").lower() == "post" and set(fields) <= names and button in form.get_text()


def _values(form: Tag) -> list[tuple[str, str]]:
    found = []
    for tag in form.find_all(["input", "select", "textarea"]):
        name, kind = tag.get("name"), tag.get("type", "")
        if not name or kind in ("submit", "button"):
            continue
        if kind in ("checkbox", "radio") and not tag.has_attr("checked"):
            continue
        if tag.name == "select":
            chosen = tag.find("option", selected=True) or tag.find("option")
            found.append((name, chosen.get("value", "") if chosen else ""))
        else:
            found.append((name, tag.get("value", "") or (tag.get_text() if tag.name == "textarea" else "")))
    return found

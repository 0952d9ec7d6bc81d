"""Light and dark: by the device, and by choice."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as site
from django.contrib.staticfiles.finders import find
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
MEDIA = {"": "screen and (prefers-color-scheme: dark)", "light": "not all", "dark": "screen"}


def page(client: Client, path: str = SIGN_IN) -> str:
    return client.get(path).content.decode()


def dark_media(html: str) -> str:
    """When the dark theme is worn."""
    found = re.search(r'<link rel="stylesheet" href="[^"]*css/dark[^"]*" media="([^"]+)"', html)
    assert found, html[:2000]
    return found[1]


def pressed(html: str) -> list[str]:
    return re.findall(r'name="theme" value="(\w*)" aria-pressed="true"', html)


@pytest.mark.parametrize("theme", MEDIA)
def test_a_theme_is_chosen_on_the_page_and_remembered(client, theme):
    client.cookies["theme"] = "dark" if theme != "dark" else "light"

    response = client.post(reverse("set_theme"), {"theme": theme, "next": "/accounts/login/?next=/sims/add/"})

    assert response.url == "/accounts/login/?next=/sims/add/"
    assert client.cookies["theme"].value == theme
    html = page(client)
    assert dark_media(html) == MEDIA[theme]
    assert pressed(html) == [theme]
    assert f'<meta name="color-scheme" content="{theme or "light dark"}">' in html


def test_the_browser_s_own_colours_follow_the_theme(client):
    assert (
        len(re.findall(r'<meta name="theme-color" content="#\w+" media="\(prefers-color-scheme: \w+\)">', page(client)))
        == 2
    )

    client.cookies["theme"] = "dark"
    assert re.findall(r'<meta name="theme-color"[^>]*>', page(client)) == [
        '<meta name="theme-color" content="#0e2532">'
    ]


@pytest.mark.parametrize("cookie", ["sepia", "dark;light", "<b>", " dark"])
def test_a_cookie_of_another_word_is_as_the_device(client, cookie):
    client.cookies["theme"] = cookie
    assert dark_media(page(client)) == MEDIA[""]


def test_an_unknown_theme_changes_nothing(client):
    client.cookies["theme"] = "dark"
    assert client.post(reverse("set_theme"), {"theme": "sepia", "next": SIGN_IN}).url == SIGN_IN
    assert dark_media(page(client)) == "screen"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "landing", ""])
def test_choosing_a_theme_leads_to_no_other_site(client, target):
    assert client.post(reverse("set_theme"), {"theme": "dark", "next": target}).url == "/"


def test_no_other_site_chooses_a_theme():
    strict = Client(enforce_csrf_checks=True)
    asked = {"theme": "dark", "next": "/"}

    assert strict.post(reverse("set_theme"), asked, headers={"origin": "https://evil.example"}).status_code == 403
    assert "theme" not in strict.cookies
    assert strict.post(reverse("set_theme"), asked, headers={"origin": "http://testserver"}).status_code == 302
    assert strict.get(reverse("set_theme")).status_code == 405


@pytest.mark.usefixtures("guides_loaded")
def test_visitors_who_share_a_page_share_no_theme():
    path = "/en/guides/"
    by_theme = {}
    for theme in MEDIA:
        client = Client()
        client.cookies["theme"] = theme
        by_theme[theme] = client.get(path)
        again = client.get(path, headers={"if-none-match": by_theme[theme]["ETag"]})
        assert again.status_code == 304
        assert dark_media(page(client, path)) == MEDIA[theme]
    assert len({answer["ETag"] for answer in by_theme.values()}) == len(MEDIA)
    assert all("Cookie" in answer["Vary"] for answer in by_theme.values())
    assert all("private" not in answer["Cache-Control"] for answer in by_theme.values())


@pytest.mark.usefixtures("guides_loaded")
def test_cookies_of_other_words_make_no_pages_of_their_own(client):
    plain = client.get("/en/guides/")["ETag"]
    client.cookies["theme"] = "sepia"
    assert client.get("/en/guides/")["ETag"] == plain


def test_every_variable_of_a_theme_stands_once():
    """A rule by the device's scheme elsewhere than in the link of the dark theme would not follow a choice."""
    look, dark = ((site.BASE_DIR / "static/css" / name).read_text() for name in ("kzsim.css", "dark.css"))
    assert "prefers-color-scheme" not in look + dark
    names = re.findall(r"^  (--[\w-]+):", dark, re.MULTILINE)
    assert len(names) == len(set(names)) > 30
    assert find("css/dark.css")

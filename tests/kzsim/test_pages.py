"""The pages of the site itself, and what surrounds every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings as site
from django.contrib.messages import constants
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from kzsim.common.languages import CODES
from kzsim.middleware import SignInMiddleware
from tests.builders import a_user

TEMPLATES = sorted((site.BASE_DIR / "templates").rglob("*.html"))
MAIL_TEMPLATES = [path for path in TEMPLATES if {"email", "mail", "messages"} & set(path.parts)]

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return a_user("aigul@example.org")


@pytest.fixture
def signed_in(client: Client, user):
    client.force_login(user)
    return client


def page(client: Client, path: str = "/", **extra) -> str:
    return client.get(path, **extra).content.decode()


# --- the landing page -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_messengers_are_told_what_the_landing_page_is(client, language):
    client.cookies["django_language"] = language
    shown = page(client)
    assert f'<link rel="canonical" href="{site.SITE_URL}/">' in shown
    said = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', shown))
    assert said["og:url"] == f"{site.SITE_URL}/"
    assert said["og:title"] in shown.partition("</title>")[0].rpartition("<title>")[2]
    assert said["og:description"] == said["description"]
    assert len(said["description"]) > 40
    assert said["og:image"].endswith(".png")
    assert bool(re.search("[а-я]", said["og:title"])) == (language == "ru")


def test_the_landing_page_shows_the_way_in(client):
    html = page(client)

    assert f'href="{reverse("account_signup")}"' in html
    assert f'href="{reverse("guides:index", args=["en"])}"' in html


@pytest.mark.parametrize("language", sorted(CODES))
def test_the_landing_page_shows_the_dashboard_in_the_language_of_its_reader(client, language):
    client.cookies["django_language"] = language
    shown = BeautifulSoup(page(client), "html.parser").select_one(".hero picture")

    assert f"landing/{language}-light." in shown.img["src"]
    assert f"landing/{language}-dark." in shown.source["srcset"]
    assert shown.source["media"] == "screen and (prefers-color-scheme: dark)"
    assert (shown.img["width"], shown.img["height"]) == ("390", "844")  # room is kept before it is there
    assert len(shown.img["alt"]) > 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", sorted(CODES))
def test_each_picture_of_the_landing_page_is_small(language, scheme):
    picture = site.BASE_DIR / "static" / "img" / "landing" / f"{language}-{scheme}.webp"

    assert picture.read_bytes()[8:12] == b"WEBP"
    assert 5_000 < picture.stat().st_size <= 30_000, "take it again: make screenshots"


def test_a_closed_site_offers_no_sign_up(client, settings):
    settings.SIGNUP_OPEN = False

    assert reverse("account_signup") not in page(client)


def test_the_signed_in_go_on_to_their_dashboard(signed_in):
    assert signed_in.get("/").url == reverse("plans:dashboard")


def test_the_signed_in_find_their_pages_on_every_page(signed_in):
    html = page(signed_in, reverse("account_email"))

    for name in ("dashboard", "reminders", "settings"):
        assert f'href="{reverse(f"plans:{name}")}"' in html
    assert "X-CSRFToken" in html


# --- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("en", "en"), ("zh-CN", "zh-hans"), ("zh-TW", "zh-hant"), ("ru", "ru"), ("kk", "kk"), ("de", "en")],
)
def test_visitors_read_the_language_of_their_browser(client, asked, shown):
    response = client.get("/", headers={"accept-language": asked})

    assert f'<html lang="{shown}">' in response.content.decode()
    assert response["Content-Language"] == shown


def test_the_signed_in_read_their_own_language(signed_in, user):
    user.person.language = "zh-hant"
    user.person.save()

    html = page(signed_in, reverse("account_email"), headers={"accept-language": "en"})
    assert '<html lang="zh-hant">' in html
    assert re.search(r'value="zh-hant" lang="zh-hant" aria-current="true"', html)


@pytest.mark.parametrize("language", sorted(CODES))
def test_choosing_a_language_stays_on_the_page_and_is_remembered(client, language):
    response = client.post(reverse("set_language"), {"language": language, "next": "/accounts/login/?next=/sims/add/"})

    assert response.url == "/accounts/login/?next=/sims/add/"
    assert client.cookies["django_language"].value == language


def test_choosing_a_language_in_the_guides_leads_to_the_same_guide(client):
    response = client.post(reverse("set_language"), {"language": "zh-hans", "next": "/en/guides/kcell/"})

    assert response.url == "/zh-hans/guides/kcell/"


def test_choosing_a_language_is_stored_on_the_person(signed_in, user):
    signed_in.post(reverse("set_language"), {"language": "ru", "next": "/dashboard/"})

    user.person.refresh_from_db()
    assert user.person.language == "ru"


@pytest.mark.parametrize("language", ["", "xx", "en/../.."])
def test_an_unknown_language_changes_nothing(signed_in, user, language):
    assert signed_in.post(reverse("set_language"), {"language": language, "next": "/dashboard/"}).url == "/dashboard/"

    user.person.refresh_from_db()
    assert user.person.language == "en"


def test_choosing_a_language_leads_to_no_other_site(client):
    for target in ("https://evil.example/", "//evil.example/en/guides/"):
        assert client.post(reverse("set_language"), {"language": "ru", "next": target}).url == "/"


def test_a_get_chooses_no_language(client):
    assert client.get(reverse("set_language")).status_code == 405


def test_pages_are_in_the_zone_of_the_person_and_the_next_ones_are_not(rf, user, monkeypatch):
    from kzsim.middleware import PersonMiddleware

    user.person.time_zone = "Europe/Berlin"
    user.person.save()
    seen = []
    request = rf.get("/")
    request.user, request.session = user, {}

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    PersonMiddleware(view)(request)
    assert [*seen, timezone.get_current_timezone_name()] == ["Europe/Berlin", "Asia/Almaty"]


def test_the_person_is_looked_up_once_a_page(signed_in, django_assert_max_num_queries):
    page(signed_in, reverse("account_change_password"))  # the first visit of the day refreshes the session

    with django_assert_max_num_queries(3) as queries:
        page(signed_in, reverse("account_change_password"))
    assert sum("plans_person" in query["sql"] for query in queries) == 1


# --- who may come in ------------------------------------------------------------------------------


def test_visitors_are_sent_to_sign_in_and_back(client):
    assert client.get("/dashboard/").url == "/accounts/login/?next=/dashboard/"


def test_a_form_sent_without_a_session_leads_back_to_the_page_it_stood_on(client):
    sent_from = {"referer": "http://testserver/sims/7/?tab=1"}
    response = client.post("/sims/7/archive/", headers=sent_from)

    assert response.url == "/accounts/login/?next=/sims/7/%3Ftab%3D1"
    assert "nothing was saved" in client.get(response.url).content.decode()


@pytest.mark.parametrize("sent_from", ["", "https://elsewhere.example/sims/7/"])
def test_a_form_sent_from_nowhere_without_a_session_leads_to_the_dashboard(client, sent_from):
    response = client.post("/sims/7/archive/", headers={"referer": sent_from})

    assert response.url == "/accounts/login/?next=/dashboard/"


def test_a_part_of_a_page_without_a_session_leads_the_whole_page_to_sign_in(client):
    response = client.get(
        "/sims/add/", headers={"hx-request": "true", "hx-current-url": "http://testserver/sims/7/?tab=1"}
    )

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Fsims%2F7%2F%3Ftab%3D1"
    assert not response.content


def test_the_api_answers_as_an_api(rf: RequestFactory):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/api/v1/sims")
    request.user = AnonymousUser()
    response = SignInMiddleware(HttpResponse).process_view(request, lambda request: HttpResponse(), (), {})

    assert response.status_code == 401
    assert response["Content-Type"] == "application/json"


def test_the_admin_is_entered_through_the_sign_in_of_the_site(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/guides/").url == "/accounts/login/?next=/admin/guides/"


def test_the_admin_tells_others_that_it_is_not_for_them(signed_in):
    response = signed_in.get("/admin/", follow=True)

    assert response.status_code == 403
    assert "not for this account" in response.content.decode()


def test_staff_enter_the_admin(signed_in, user):
    user.is_staff = user.is_superuser = True
    user.save()

    assert signed_in.get("/admin/").status_code == 200
    assert signed_in.get("/admin/login/").url == "/admin/"


# --- errors ---------------------------------------------------------------------------------------


def test_a_missing_page_says_so_on_a_whole_page(client):
    response = client.get("/no-such-page/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_a_form_without_its_token_is_explained():
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a", "password": "b"})

    assert response.status_code == 403
    assert "send it once more" in response.content.decode()


def test_the_page_for_our_own_faults_needs_nothing_of_the_request():
    assert "our fault" in render_to_string("500.html")


# --- what browsers may run ------------------------------------------------------------------------


def test_the_policy_allows_nothing_inline(client):
    policy = client.get("/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path not in MAIL_TEMPLATES], ids=lambda path: str(path.name)
)
def test_no_page_carries_inline_style_or_script(path: Path):
    text = re.sub(r"{%.*?%}|{{.*?}}", "", path.read_text(), flags=re.DOTALL)

    assert not re.search(r"\sstyle=|<style|\son\w+=\"|javascript:|hx-on", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"""(?:src|href)=["']https?://""", text)


# --- the parts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["fine", "soon", "urgent", "expired", "unknown", "paused"])
def test_a_state_is_said_by_icon_and_word(state):
    html = render_to_string("components/state.html", {"state": state})

    assert "<svg" in html
    assert re.sub(r"<[^>]+>", "", html).strip()
    assert "3 days" in render_to_string("components/state.html", {"state": state, "text": "3 days"})


def test_a_message_may_offer_to_undo(rf: RequestFactory):
    class Said:
        level_tag, level, extra_tags = "success", constants.SUCCESS, "/sims/7/restore/"

        def __str__(self) -> str:
            return "Deleted <b>"

    html = render_to_string("components/messages.html", {"messages": [Said()]}, rf.get("/"))
    assert 'action="/sims/7/restore/"' in html
    assert "csrfmiddlewaretoken" in html
    assert "Deleted &lt;b&gt;" in html


def test_no_id_is_written_with_a_sign_between_its_thousands():
    """Django groups numbers in the reader's way: an address or a field with “1,090” leads nowhere."""
    folder = site.BASE_DIR / "templates"
    bare = re.compile(r"\{\{ [\w.]*(?:\.pk|_page_number) \}\}")
    assert [path.name for path in folder.rglob("*.html") if bare.search(path.read_text())] == []


# --- on a home screen, and without a network --------------------------------------------------------


@pytest.mark.parametrize("language", sorted(CODES))
def test_the_manifest_is_in_the_language_of_the_page_that_links_to_it(client, language):
    client.cookies["django_language"] = language
    link = re.search(r'<link rel="manifest" href="([^"]+)"', page(client))[1]
    response = Client().get(link)
    told = response.json()

    assert response.headers["Content-Type"] == "application/manifest+json"
    assert (told["lang"], told["dir"], told["id"]) == (language, "ltr", "/")
    assert told["start_url"] == reverse("plans:dashboard")
    assert told["start_url"].startswith(told["scope"])
    assert f"/{language}/guides/" in [shortcut["url"] for shortcut in told["shortcuts"]]
    assert told["share_target"] == {
        "action": reverse("plans:share"),
        "method": "GET",
        "enctype": "application/x-www-form-urlencoded",
        "params": {"title": "title", "text": "text", "url": "url"},
    }


def test_the_manifest_answers_whatever_is_asked(client):
    assert client.get("/site.webmanifest", headers={"accept-language": "ru"}).json()["lang"] == "ru"
    assert client.get("/site.webmanifest?lang=xx").json()["lang"] == "en"


def test_every_icon_of_the_manifest_is_there(client):
    told = client.get("/site.webmanifest").json()
    icons = [*told["icons"], *(icon for shortcut in told["shortcuts"] for icon in shortcut["icons"])]

    assert {icon["purpose"] for icon in icons} == {"any", "maskable", "monochrome"}
    for icon in icons:
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", icon["src"].rpartition("/")[2])
        data = (site.BASE_DIR / "static" / "img" / name).read_bytes()
        if icon["type"] == "image/png":
            width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
            assert icon["sizes"] == f"{width}x{height}"


def test_every_page_says_whom_it_was_made_for_without_saying_who_that_is(client, user):
    assert client.get("/").headers["X-Reader"] == "nobody"
    assert client.get("/accounts/login/").headers["X-Reader"] == "nobody"
    readers = set()
    for one in (user, a_user("bauyrzhan@example.org")):
        client.force_login(one)
        named = {client.get(path).headers["X-Reader"] for path in ("/dashboard/", "/en/guides/", "/settings/", "/none")}
        assert len(named) == 1
        readers |= named
    assert len(readers) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", reader) for reader in readers)


def test_the_signed_in_start_the_worker_on_their_own_pages(signed_in):
    html = page(signed_in, "/dashboard/")

    assert html.count("data-worker=") == 1
    assert 'data-keep="/en/offline/' in html
    assert re.search(r'id="kept-copy" hidden data-own', html)
    assert "<time></time>" in html
    assert page(signed_in, "/en/guides/").count("data-worker=") == 1
    assert 'id="kept-copy"' not in page(Client(), "/")


def test_a_button_to_install_shows_only_where_the_browser_offers_it(signed_in):
    assert re.search("<button[^>]*data-install hidden>", page(signed_in, "/settings/"))

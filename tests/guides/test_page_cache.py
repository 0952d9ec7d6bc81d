"""Visitors share their pages; nobody gets an old one, or another's."""

from __future__ import annotations

from itertools import count
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.db import transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token

from guides import page_cache
from guides.models import Fact, GuideText, raise_revision
from guides.page_cache import shared_page
from kzsim.cache import ForgivingRedisCache
from tests.builders import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

PAGES = ["/en/guides/", "/zh-hans/guides/beeline/", "/ru/guides/beeline/renew-at-a-shop/"]
GUIDE = "/en/guides/beeline/renew-at-a-shop/"


def publish(title: str) -> None:
    with transaction.atomic():
        GuideText.objects.filter(guide__slug="renew-at-a-shop", language="en").update(title=title)
        raise_revision()


@pytest.mark.parametrize("path", PAGES)
def test_the_second_visitor_costs_one_look_at_the_revision(client, path, django_assert_num_queries):
    first = client.get(path)
    with django_assert_num_queries(1):
        second = client.get(path)
    assert second.content == first.content
    assert second.headers == first.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_shared_page_sets_no_cookie_and_carries_no_token(client, path):
    response = client.get(path)
    assert not response.cookies
    assert b"csrfmiddlewaretoken" not in response.content


def test_what_an_editor_publishes_is_there_for_the_next_visitor(client):
    client.get(GUIDE)
    publish("A new title")
    assert "A new title" in client.get(GUIDE).content.decode()


def test_what_was_not_published_after_all_is_never_shown(client):
    before = client.get(GUIDE).content
    with transaction.atomic():
        publish("A title nobody wanted")
        transaction.set_rollback(True)
    assert client.get(GUIDE).content == before


def test_the_signed_in_get_pages_of_their_own_and_leave_none_to_others(client):
    client.get(GUIDE)
    client.force_login(a_user("aigul@example.org"))
    own = client.get(GUIDE).content.decode()
    assert "aigul@example.org" in own
    client.logout()
    assert "aigul@example.org" not in client.get(GUIDE).content.decode()


def test_a_cache_on_the_way_keeps_the_pages_of_the_signed_in_apart(client):
    for _first_from_the_view_then_from_the_cache in range(2):
        response = client.get(GUIDE)
        assert "Cookie" in response.headers["Vary"]
        assert "public" in response.headers["Cache-Control"]
    with_a_query = client.get(f"{GUIDE}?utm_source=x")
    client.force_login(a_user())
    for own in (with_a_query, client.get(GUIDE)):
        assert "Cookie" in own.headers["Vary"]
        assert "public" not in own.headers.get("Cache-Control", "")


def test_a_message_that_waits_is_shown_to_its_reader_only(client):
    client.get(GUIDE)
    client.force_login(a_user("aigul@example.org"))
    client.post("/accounts/logout/")  # leaves a message
    del client.cookies[settings.SESSION_COOKIE_NAME]  # a browser sends no cookie that has ended
    assert b"You have signed out" in client.get(GUIDE).content
    assert b"You have signed out" not in client.get(GUIDE).content


def test_a_browser_that_has_the_page_is_told_so_in_few_bytes(client):
    tag = client.get(GUIDE).headers["ETag"]
    again = client.get(GUIDE, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    publish("A new title")
    assert client.get(GUIDE, headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("made_for_one", "is_kept"),
    [
        (lambda request, response: None, True),
        (lambda request, response: get_token(request), False),
        (lambda request, response: response.set_cookie("seen", "yes"), False),
    ],
)
def test_what_was_made_for_one_visitor_is_not_kept_for_others(rf, made_for_one, is_kept):
    visits = count(1)

    @shared_page
    def page(request, lang):
        response = HttpResponse(str(next(visits)))
        made_for_one(request, response)
        return response

    first, second = (page(rf.get("/en/somewhere/"), lang="en").content for _visitor in range(2))
    assert (first == second) is is_kept


def test_an_address_with_a_query_fills_no_cache(client, monkeypatch):
    kept = []
    monkeypatch.setattr(type(caches["default"]), "set", lambda *args, **_: kept.append(args))
    client.get(GUIDE + "?utm_source=x")
    assert kept == []


def test_another_day_has_another_page(client, time_machine):
    time_machine.move_to("2026-12-01T12:00:00Z")
    today = client.get(GUIDE).headers["ETag"]
    time_machine.move_to("2026-12-01T19:00:00Z")  # midnight in Almaty
    assert client.get(GUIDE).headers["ETag"] != today


def test_without_the_cache_pages_are_only_slower(client, monkeypatch, tmp_path):
    away: BaseCache = ForgivingRedisCache(f"unix://{tmp_path}/nobody-listens.sock", {})
    monkeypatch.setattr(page_cache, "shared", away)
    for path in PAGES:
        assert client.get(path).status_code == 200
        assert client.get(path).status_code == 200
    Fact.objects.filter(key="beeline.website").update(value="https://example.org/")
    assert client.get(PAGES[1]).status_code == 200


def test_every_page_travels_packed_and_is_light(client):
    entries = ElementTree.fromstring(client.get("/sitemap.xml").content)
    paths = [urlsplit(entry[0].text).path for entry in entries]
    # Of activ the most is known, and Russian says it in the most letters.
    longest = [path for path in paths if path.startswith("/ru/") and (path.count("/") < 5 or "/activ/" in path)]
    assert len(longest) > 30
    weights = {}
    for path in longest:
        response = client.get(path, headers={"accept-encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        weights[path] = len(response.content)
    assert max(weights.values()) < 30_000
    assert min(weights.values()) > 2_000


def test_the_language_form_of_another_site_changes_nothing(client):
    assert client.post("/language/", {"language": "ru"}, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/language/", {"language": "ru"}, headers={"origin": "http://testserver"}).status_code == 302

"""The previews of messages: who may look, that looking changes nothing, and that no example opens anything."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kzsim.common.languages import CODES
from plans.media.samples import samples
from tests.builders import a_user

pytestmark = pytest.mark.django_db

INDEX = "/admin/plans/letters/"


@pytest.fixture
def editor():
    user = a_user()
    user.is_staff = True
    user.save()
    user.groups.add(Group.objects.get(name="Editors"))
    return user


def test_an_editor_finds_every_message_in_every_language(client, editor, guides_loaded):
    client.force_login(editor)
    assert INDEX in client.get("/admin/").content.decode()
    links = set(re.findall(rf'href="({INDEX}[^"]+)"', client.get(INDEX).content.decode()))
    assert links == {f"{INDEX}{one.name}/en/" for one in samples()}
    page = client.get(f"{INDEX}plan-ends/en/").content.decode()
    for language in CODES:
        assert f'href="{INDEX}plan-ends/{language}/"' in page
        assert f'<h2 lang="{language}">' in client.get(f"{INDEX}plan-ends/{language}/").content.decode()


@pytest.mark.parametrize("kind", ["a stranger", "a user", "staff without rights"])
def test_nobody_else_finds_them(client, kind):
    if kind != "a stranger":
        user = a_user()
        user.is_staff = kind.startswith("staff")
        user.save()
        client.force_login(user)
    for path in (INDEX, f"{INDEX}plan-ends/en/", f"{INDEX}plan-ends/en/html/"):
        response = client.get(path)
        assert response.status_code == (302 if kind == "a stranger" else 403)


def test_a_developer_needs_no_rights(client, settings):
    settings.DEBUG = True
    client.force_login(a_user())
    assert client.get(INDEX).status_code == 200


def test_looking_writes_nothing(client, editor, guides_loaded):
    client.force_login(editor)
    client.get(INDEX)  # the session is made
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for one in samples():
            client.get(reverse("letters:preview", args=[one.name, "en"]))
            client.get(reverse("letters:html", args=[one.name, "en"]))
    assert [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "PRAGMA"))] == []
    assert client.post(INDEX).status_code == 405


def test_the_page_shows_the_message_in_a_frame_without_scripts_and_its_size(client, editor, guides_loaded):
    client.force_login(editor)
    page = client.get(f"{INDEX}plan-ends/en/").content.decode()
    assert "Blue phone (…0142): ends in 3 days" in page
    assert re.search(rf'<iframe src="{INDEX}plan-ends/en/html/"[^>]* sandbox="allow-popups', page)
    assert re.search(r"\d+(,\d+)? bytes as it leaves", page)
    assert "I have renewed: http" in page
    frame = client.get(f"{INDEX}plan-ends/en/html/")
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("path", ["no-such-message/en/", "no-such-message/en/html/", "plan-ends/xx/"])
def test_what_there_is_no_example_of_is_not_found(client, editor, path):
    client.force_login(editor)
    assert client.get(INDEX + path).status_code == 404


def test_no_link_in_an_example_opens_anything(client, guides_loaded):
    keys = re.compile(r"http://127\.0\.0\.1:8000(/(?:a|unsubscribe)/\S+)")
    links = {link for one in samples() for link in keys.findall(one.write("en").text)}
    assert len(links) > 20
    for link in links:
        page = client.post(link)
        gone = page.status_code == 410 or "has been deleted" in page.content.decode()
        assert gone, link

"""The page on which a person lets a device notify them, and takes that back."""

from __future__ import annotations

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from plans.devices import MOST_DEVICES, device_id, devices_in
from plans.media import web_push
from tests.builders import NOW, a_user

pytestmark = pytest.mark.django_db

ENDPOINT = "https://push.example/one"
ADD, REMOVE = "/reminders/media/devices/add/", "/reminders/media/devices/remove/"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"


@pytest.fixture(autouse=True)
def now(settings):
    settings.ALLOW_PRIVATE_TARGETS = False
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user(client):
    user = a_user()
    client.force_login(user)
    return user


def subscription(endpoint: str = ENDPOINT, **other: str) -> dict[str, str]:
    return {"endpoint": endpoint, "p256dh": web_push.public_key(), "auth": "c2l4dGVlbiBieXRlcyAtLQ"} | other


def add(client, **said):
    return client.post(ADD, subscription(**said), follow=True, headers={"user-agent": CHROME})


def endpoints(user) -> list[str]:
    return [device["endpoint"] for address in user.person.addresses.all() for device in devices_in(address.to)]


def page(client) -> BeautifulSoup:
    return BeautifulSoup(client.get("/reminders/media/devices/").content, "html.parser")


def test_a_device_is_added_and_stands_on_the_list_by_its_name(client, user):
    assert "This device will be notified" in add(client).content.decode()

    row = page(client).select_one("[data-device]")
    assert row["data-device"] == device_id(ENDPOINT)
    assert "Chrome, Android" in row.text
    assert "23 Nov 2026" in row.text or "Nov 23, 2026" in row.text
    assert endpoints(user) == [ENDPOINT]


def test_the_page_gives_no_endpoint_away(client, user):
    add(client)

    assert ENDPOINT not in client.get("/reminders/media/devices/").content.decode()


def test_the_page_tells_the_browser_the_key_of_the_site(client, user):
    assert page(client).select_one("[data-push]")["data-push"] == web_push.public_key()


def test_a_browser_that_runs_no_script_is_told_what_is_needed_and_can_remove(client, user):
    add(client)
    found = page(client)

    assert "needs JavaScript" in found.noscript.text
    assert all(part.has_attr("hidden") for part in found.select("[data-push-state]"))
    button = found.select_one("[data-device] button")
    assert button["aria-label"] == "Remove Chrome, Android"
    client.post(found.select_one("[data-device] form")["action"], {button["name"]: button["value"]})
    assert endpoints(user) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/one"},
        {"endpoint": "https://user@push.example/one"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": f"https://push.example/{'x' * 1000}"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "ключ"},
        {"auth": "AAAA"},
        {"auth": "!"},
    ],
)
def test_what_no_browser_would_send_is_refused(client, user, wrong):
    response = add(client, **wrong)

    assert "could not be switched on" in response.content.decode()
    assert endpoints(user) == []


def test_one_device_too_many_is_refused_with_what_to_do(client, user):
    for number in range(MOST_DEVICES):
        add(client, endpoint=f"{ENDPOINT}/{number}")

    assert "Remove one of them first" in add(client).content.decode()
    assert len(endpoints(user)) == MOST_DEVICES


def test_the_page_of_all_media_leads_here(client, user):
    assert 'href="/reminders/media/devices/"' in client.get("/reminders/media/").content.decode()
    add(client)
    found = client.get("/reminders/media/").content.decode()
    assert "Chrome, Android" in found
    assert 'href="/reminders/media/devices/"' in found


def test_nobody_removes_the_device_of_another(client, user):
    other = Client()
    other.force_login(a_user())
    add(other)

    client.post(REMOVE, {"device": device_id(ENDPOINT)})

    assert client.get("/reminders/media/devices/").status_code == 200
    assert ENDPOINT in str(other.get("/settings/download/").content)


def test_it_goes_back_to_the_page_it_was_sent_from_and_to_no_other_site(client, user):
    assert client.post(ADD, subscription(next="/settings/")).url == "/settings/"
    assert client.post(REMOVE, {"device": "x", "next": "https://elsewhere.example/"}).url == "/reminders/media/devices/"


@pytest.mark.parametrize("path", [ADD, REMOVE])
def test_a_change_wants_a_post_of_our_own_page_by_the_signed_in(client, user, path):
    assert client.get(path).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(user)
    assert careful.post(path, subscription()).status_code == 403
    assert Client().post(path, subscription()).url.startswith("/accounts/login/")
    assert endpoints(user) == []

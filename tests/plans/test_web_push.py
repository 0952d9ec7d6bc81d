"""Web Push, against a push service of our own that reads what a browser would read."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import jwt

from plans import actions, outbox
from plans.devices import MOST_DEVICES, Device, device_id, device_name, devices_in, with_device, without
from plans.media import Parcel, Scope, Trouble, web_push
from plans.models import Address, Message, Person
from tests.builders import NOW, a_plan, a_sim, a_user

MESSAGE_ID = "<176.1@sim.example>"


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """A device's half of the encryption."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = b"sixteen bytes --"

    @property
    def keys(self) -> dict[str, str]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": base64url(point), "auth": base64url(self._secret)}

    def read(self, body: bytes) -> dict[str, str]:
        return json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret))


@dataclass
class PushService:
    """Takes messages for devices, or refuses them with the status chosen for each."""

    url: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def device(self, name: str, browser: Browser, status: int = 201) -> Device:
        self.answers[f"/{name}"] = status
        return Device(endpoint=f"{self.url}/{name}", keys=browser.keys, name=name, added_at=NOW.isoformat())

    @property
    def asked(self) -> list[str]:
        return [path for path, _headers, _body in self.taken]


@pytest.fixture
def service(settings) -> Iterator[PushService]:
    settings.ALLOW_PRIVATE_TARGETS = True
    found = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.taken.append((self.path, dict(self.headers), body))
            self.send_response(found.answers[self.path])
            self.send_header("Location", f"{found.url}/elsewhere")
            self.send_header("Retry-After", "120")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def parcel(*devices: Device, **other) -> Parcel:
    said = {
        "to": {"devices": list(devices)},
        "message_id": MESSAGE_ID,
        "subject": "Till 14: ends tomorrow",
        "text": "the long text",
        "short": "Kcell …42: renew by Thursday 23:59",
        "url": "https://sim.example/sims/1/",
    }
    return Parcel(**(said | other))


def send(*devices: Device, **other) -> None:
    web_push.open_transport().send(parcel(*devices, **other))


def trouble(*devices: Device, **other) -> Trouble:
    with pytest.raises(Trouble) as caught:
        send(*devices, **other)
    return caught.value


# --- what arrives ----------------------------------------------------------------------------------------


def test_a_browser_reads_what_was_sent(service, browser):
    send(service.device("phone", browser))

    ((_path, _headers, body),) = service.taken
    said = browser.read(body)
    assert said["title"] == "Till 14: ends tomorrow"
    assert said["body"] == "Kcell …42: renew by Thursday 23:59"
    assert said["url"] == "https://sim.example/sims/1/"
    assert said["tag"] == MESSAGE_ID
    assert said["lang"] == "en"
    assert b"Till" not in body


def test_what_is_said_of_the_title_is_not_said_again(browser):
    assert json.loads(web_push.payload(parcel(subject="A test", short="A test\nIt works.")))["body"] == "It works."


def test_the_push_service_can_tell_that_it_was_us_and_for_how_long_it_counts(service, browser, settings):
    settings.VAPID_SUBJECT = "mailto:sim@sim.example"
    send(service.device("phone", browser))

    ((_path, headers, _body),) = service.taken
    token, key = re.fullmatch(r"vapid t=(.+),k=(.+)", headers["Authorization"]).groups()
    claims = jwt.decode(token, key)  # raises where the signature is not by this key
    assert key == web_push.public_key()
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:sim@sim.example"
    assert time() < claims["exp"] < time() + 24 * 3600
    assert headers["TTL"] == "86400"
    assert headers["Urgency"] == "high"
    assert headers["Content-Encoding"] == "aes128gcm"
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", headers["Topic"])


def test_a_repeat_has_the_same_topic_and_tag_and_another_message_has_not(service, browser):
    device = service.device("phone", browser)
    send(device)
    send(device)
    send(device, message_id="<other@sim.example>")

    first, repeat, other = (headers["Topic"] for _path, headers, _body in service.taken)
    assert first == repeat != other
    tags = [browser.read(body)["tag"] for _path, _headers, body in service.taken]
    assert tags == [MESSAGE_ID, MESSAGE_ID, "<other@sim.example>"]


@given(st.text(max_size=4000), st.text(max_size=400))
def test_any_text_fits_and_is_cut_in_whole_characters(short, subject):
    text = short.encode(errors="ignore").decode()
    content = web_push.payload(parcel(short=text, subject=subject.encode(errors="ignore").decode()))

    body = json.loads(content)["body"]
    assert len(content) <= web_push.MOST_BYTES
    assert body.removesuffix("…") in (text or "the long text")


def test_a_long_text_loses_no_more_than_it_must():
    body = json.loads(web_push.payload(parcel(short="еще " * 2000)))["body"]

    assert 2000 < len(body.encode()) <= web_push.MOST_BYTES


# --- several devices, and what goes wrong ------------------------------------------------------------------


def test_every_device_is_told(service, browser):
    send(service.device("phone", browser), service.device("laptop", Browser()))

    assert service.asked == ["/phone", "/laptop"]


@pytest.mark.parametrize("status", [429, 500, 503, 403, 307])
def test_what_may_pass_is_tried_again_and_stops_nobody_else(service, browser, status):
    error = trouble(service.device("phone", browser, status))

    assert (error.scope, error.permanent, error.after) == (Scope.RECIPIENT, False, 120)
    assert str(error) == f"127.0.0.1: {status}"
    assert service.asked == ["/phone"]  # and no redirect was followed


@pytest.mark.parametrize("status", [404, 410, 413, 429, 503])
def test_one_device_that_took_it_is_enough(db, service, browser, status):
    send(service.device("old", Browser(), status), service.device("phone", browser))

    assert service.asked == ["/old", "/phone"]


def test_a_message_that_is_too_large_is_the_trouble_itself(service, browser):
    error = trouble(service.device("phone", browser, 413))

    assert (error.scope, error.permanent) == (Scope.MESSAGE, True)


def test_what_is_temporary_counts_more_than_what_is_not(service, browser):
    error = trouble(service.device("phone", browser, 413), service.device("laptop", Browser(), 503))

    assert (error.scope, error.permanent) == (Scope.RECIPIENT, False)


def test_a_push_service_that_is_away_is_tried_again(service, browser):
    device = Device(endpoint="http://127.0.0.1:1/", keys=browser.keys, name="phone", added_at="")

    assert not trouble(device).permanent


def test_nothing_is_sent_into_the_sites_own_network(service, browser, settings):
    settings.ALLOW_PRIVATE_TARGETS = False
    endpoint = service.url.replace("http:", "https:")
    device = Device(endpoint=f"{endpoint}/phone", keys=browser.keys, name="phone", added_at="")

    assert "not allowed" in str(trouble(device))
    assert service.asked == []


def test_a_silent_push_service_does_not_outlast_the_lease(service, browser, monkeypatch):
    monkeypatch.setattr(web_push, "PATIENCE", 0)

    assert "not tried" in str(trouble(service.device("phone", browser)))
    assert service.asked == []


@pytest.fixture
def person(db):
    return a_user().person


@pytest.fixture
def told(person) -> Message:
    """The message on its way to the person."""
    return Message.objects.create(
        person=person, kind="reminders", medium="web_push", message_id=MESSAGE_ID, posted_at=NOW, next_attempt_at=NOW
    )


def kept(person) -> list[str]:
    return [device["name"] for device in devices_in(person.addresses.get().to)]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten_and_the_others_stay(service, browser, person, told, status):
    gone, phone = service.device("gone", Browser(), status), service.device("phone", browser)
    for device in (gone, phone):
        actions.add_device(person, device, NOW)

    send(gone, phone)

    assert kept(person) == ["phone"]
    assert str(person.addresses.get()) == "phone"


def test_with_no_device_left_the_address_is_dead(service, browser, person, told):
    gone = service.device("gone", browser, 410)
    actions.add_device(person, gone, NOW)

    error = trouble(gone)

    assert (error.scope, error.permanent) == (Scope.RECIPIENT, True)
    assert kept(person) == []


def test_a_device_added_while_a_message_is_on_its_way_gets_it_at_the_next_attempt(service, browser, person, told):
    gone = service.device("gone", browser, 410)
    for device in (gone, service.device("phone", Browser())):
        actions.add_device(person, device, NOW)

    error = trouble(gone)

    assert not error.permanent
    assert kept(person) == ["phone"]


def test_nobody_else_loses_a_device(service, browser, person, told):
    other = a_user().person
    gone = service.device("gone", browser, 410)
    for one in (person, other):
        actions.add_device(one, gone, NOW)

    trouble(gone)

    assert kept(other) == ["gone"]


def tick(now=NOW) -> int:
    for one, medium in outbox.due_people(now):
        outbox.post(one, now, medium)
    return outbox.send(outbox.due_messages(now), clock=lambda: now)


def test_a_reminder_reaches_the_devices_in_the_language_of_its_reader(service, browser, person):
    Person.objects.update(language="zh-hans")
    actions.add_device(person, service.device("phone", browser), NOW)
    a_plan(a_sim(person.user), days=1)

    assert tick() == 2

    ((_path, _headers, body),) = service.taken
    said, message = browser.read(body), Message.objects.get(medium="web_push")
    assert said["lang"] == "zh-hans"
    assert (said["title"], said["tag"]) == (message.subject, message.message_id)
    assert (message.state, message.to) == ("sent", "phone")


def test_where_the_last_device_is_gone_mail_tells(service, browser, person):
    Person.objects.update(mail_off=True)
    actions.add_device(person, service.device("phone", browser, 410), NOW)
    a_plan(a_sim(person.user), days=1)

    assert tick() == 0
    assert person.addresses.get().stopped_at == NOW
    assert tick(NOW + timedelta(minutes=1)) == 2
    assert any(web_push.NO_DEVICE in one.body for one in mail.outbox)
    assert any("ends tomorrow" in one.subject for one in mail.outbox)


# --- the list of devices -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stopped_at", [NOW, None])
def test_an_address_in_trouble_works_again_with_a_new_device(service, browser, person, stopped_at):
    address = actions.add_device(person, service.device("phone", browser), NOW)
    Address.objects.filter(pk=address.pk).update(
        to={"devices": []}, stopped_at=stopped_at, failing_since=NOW, trouble="gone", added_at="2026-01-01T00:00Z"
    )

    actions.add_device(person, service.device("phone", browser), NOW)

    address.refresh_from_db()
    assert (address.stopped_at, address.failing_since, address.trouble) == (None, None, "")
    assert address.added_at == NOW


def test_a_second_device_does_not_bring_back_what_was_said_before(service, browser, person):
    actions.add_device(person, service.device("phone", browser), NOW)
    Address.objects.update(added_at="2026-01-01T00:00Z")

    address = actions.add_device(person, service.device("laptop", Browser()), NOW)

    assert address.added_at < NOW


def test_the_last_device_takes_the_address_with_it(service, browser, person):
    devices = [service.device(name, Browser()) for name in ("phone", "laptop")]
    for device in devices:
        actions.add_device(person, device, NOW)

    assert actions.remove_device(person, device_id(devices[0]["endpoint"]), NOW)
    assert kept(person) == ["laptop"]
    assert not actions.remove_device(person, device_id(devices[0]["endpoint"]), NOW)
    assert actions.remove_device(person, device_id(devices[1]["endpoint"]), NOW)
    assert not person.addresses.exists()


def test_there_is_an_end_to_the_number_of_devices(service, browser, person):
    devices = [service.device(f"device {n}", browser) for n in range(MOST_DEVICES + 1)]
    for device in devices[:-1]:
        actions.add_device(person, device, NOW)

    with pytest.raises(actions.TooManyDevices):
        actions.add_device(person, devices[-1], NOW)
    actions.add_device(person, devices[0], NOW)  # a known one may come again

    assert len(kept(person)) == MOST_DEVICES


endpoints = st.lists(st.sampled_from("abcdef"), max_size=8)


@given(endpoints)
def test_each_endpoint_is_there_once_with_its_latest_keys(names):
    devices: list[Device] = []
    for number, name in enumerate(names):
        devices = with_device(devices, Device(endpoint=name, keys={"auth": str(number)}, name="", added_at=""))

    assert {device["endpoint"]: device["keys"]["auth"] for device in devices} == {
        name: str(number) for number, name in enumerate(names)
    }
    assert len(devices) == len(set(names))
    assert without(devices, {device_id(name) for name in names}) == []


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (
            "Mozilla/5.0 (Linux; Android 10; K) Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15", "Safari, Mac"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_by_its_browser_and_system(said, name):
    assert device_name(said) == name

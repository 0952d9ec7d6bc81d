"""Web Push: one short message to every device on which a person lets this site notify them.

It is encrypted here for the browser (RFC 8291), so that its push service reads nothing of it, and signed with the
site's own key (VAPID, RFC 8292), which is the only one that the browser takes messages from.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from plans import actions
from plans.devices import Device, devices_in

from . import Parcel, Scope, Trouble

if TYPE_CHECKING:
    from py_vapid import Vapid02

MOST_BYTES = 3000  # push services take 4096, of which the encryption needs some
TITLE_LENGTH = 120
USEFUL_FOR = 24 * 3600  # seconds: on the next day there is another message, or none
SIGNED_FOR = 12 * 3600  # at most a day is allowed, by their clock
PATIENCE = 60  # seconds after which no further device is tried
GONE = (404, 410)
NO_DEVICE = gettext_noop("No device takes notifications any more.")


class WebPush:
    """Each device has a conversation of its own with its push service: one that is silent costs only itself."""

    def send(self, parcel: Parcel) -> None:
        """Returns once a device's push service has the message: the others are then not tried again, or the first
        would be disturbed twice. Devices that are gone are forgotten. Raises Trouble."""
        answers, content, topic = _Answers(), payload(parcel), _topic(parcel.message_id)
        end = time.monotonic() + PATIENCE
        for device in devices_in(parcel.to):
            status, after = _post(device, content, topic) if time.monotonic() < end else ("not tried", 0)
            answers.note(device, status, after)
        is_new_one_there = bool(answers.gone) and actions.forget_devices(parcel.message_id, answers.gone)
        if not answers.accepted:
            raise answers.trouble(is_new_one_there)

    def close(self) -> None:
        """Nothing stays open."""


def open_transport(_medium: str = "") -> WebPush:
    return WebPush()


def longest_conversation() -> int:
    """Seconds that one person's devices can take."""
    from . import guard

    return PATIENCE + guard.LONGEST


def _post(device: Device, content: bytes, topic: str) -> tuple[int | str, int]:
    """The status that the push service answers with, or what went wrong on the way to it; and how many seconds it asks
    us to wait."""
    import requests

    from . import guard
    from .sorting import wait_of

    endpoint = device["endpoint"]
    with guard.session() as session:
        try:
            answer = session.post(endpoint, data=encrypted(device, content), headers=headers_for(endpoint, topic))
        except requests.RequestException:
            return session.reason, 0
        return answer.status_code, wait_of(answer)


@dataclass
class _Answers:
    """What the push services of one person's devices said."""

    accepted: bool = False
    after: int = 0
    too_large: bool = False
    gone: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def note(self, device: Device, status: int | str, after: int) -> None:
        if status in GONE:
            self.gone.append(device["endpoint"])
        elif status == 413:
            self.too_large = True
        elif isinstance(status, int) and 200 <= status < 300:
            self.accepted = True
        else:
            self.failed.append(f"{urlsplit(device['endpoint']).hostname}: {status}")
            self.after = max(self.after, after)

    def trouble(self, is_new_one_there: bool) -> Trouble:
        """None of several push services stops the others: it is this message or this person, never the server."""
        if self.failed:
            return Trouble(Scope.RECIPIENT, "; ".join(self.failed)[:200], after=self.after)
        if self.too_large:
            return Trouble(Scope.MESSAGE, "413: the push service finds it too large", permanent=True)
        return Trouble(Scope.RECIPIENT, NO_DEVICE, permanent=not is_new_one_there)


def payload(parcel: Parcel) -> bytes:
    """What static/js/sw.js shows, in the language that is active; the text is cut so that all of it fits."""
    said = {
        "title": _cut(parcel.subject, TITLE_LENGTH),
        "body": "",
        "url": parcel.url,
        "tag": parcel.message_id,  # a repeat takes the place of the first
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "icon": static("img/icon-192.png"),
        "open": _("Open"),
    }
    text = (parcel.short or parcel.text).removeprefix(parcel.subject).strip()
    said["body"] = _fitting(text, MOST_BYTES - len(_json(said)))
    return _json(said)


def _json(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _fitting(text: str, room: int) -> str:
    """As much of the text as fits into so many bytes of JSON, in whole characters."""
    kept = text
    while kept and len(_json(kept)) - len('""') > room:
        text = text[: len(text) * 9 // 10]
        kept = f"{text}…" if text else ""
    return kept


def encrypted(device: Device, content: bytes) -> bytes:
    from pywebpush import WebPusher

    body: bytes = WebPusher(device).encode(content)["body"]
    return body


def headers_for(endpoint: str, topic: str) -> dict[str, str]:
    parts = urlsplit(endpoint)
    claims = {
        "sub": settings.VAPID_SUBJECT,
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + SIGNED_FOR,
    }
    return {
        "TTL": str(USEFUL_FOR),
        "Urgency": "high",  # at most one or two a day, and each about something that will be lost
        "Topic": topic,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        **_vapid().sign(claims),
    }


def _topic(message_id: str) -> str:
    """A repeat takes the place of the first while that still waits for the device: 32 characters (RFC 8030)."""
    return urlsafe_b64encode(sha256(message_id.encode()).digest()[:24]).decode()


@cache
def _vapid() -> Vapid02:
    from py_vapid import Vapid02

    return Vapid02.from_raw(settings.VAPID_PRIVATE_KEY.encode())


def public_key() -> str:
    """The key that a browser is told to take messages from, as `applicationServerKey`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")

"""Pure: the devices on which a person lets this site notify them, as `Address.to` keeps them for Web Push."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, TypedDict

MOST_DEVICES = 10

# What a browser and a system call themselves; the first that is found counts, for most name their forebears too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X|Macintosh", "Mac"),
    ("Linux", "Linux"),
)


class Device(TypedDict):
    endpoint: str  # where its push service takes messages; whoever knows it and the keys can write to the device
    keys: dict[str, str]  # what messages are encrypted for: p256dh and auth, in base64url
    name: str
    added_at: str


def devices_in(to: Any) -> list[Device]:
    return list(to.get("devices", ())) if isinstance(to, dict) else []


def device_id(endpoint: str) -> str:
    """Names a device on a page without giving its endpoint away. static/js/push.js works it out in the same way."""
    return sha256(endpoint.encode()).hexdigest()[:16]


def device_name(user_agent: str) -> str:
    """“Chrome, Android”, from what a browser says of itself; empty if it says nothing we know."""
    found = (next((name for sign, name in signs if re.search(sign, user_agent)), "") for signs in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))


def with_device(devices: list[Device], device: Device) -> list[Device]:
    """A device that is known by its endpoint takes the place of itself."""
    return [*without(devices, {device_id(device["endpoint"])}), device]


def without(devices: list[Device], ids: set[str]) -> list[Device]:
    return [device for device in devices if device_id(device["endpoint"]) not in ids]

"""Whose word counts about where a request came from.

Behind a proxy every request comes from the proxy. What it says in `X-Forwarded-For` and
`X-Forwarded-Proto` is believed if its own address is in `TRUSTED_PROXIES`, and otherwise ignored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDING_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


class ClientAddressMiddleware:
    """Makes `REMOTE_ADDR` the visitor's address, the scheme the visitor's, and notes `request.from_this_machine`:
    the peer is a loopback address and nothing says that it speaks for somebody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer = request.META.get("REMOTE_ADDR", "")
        forwarded = any(header in request.META for header in FORWARDING_HEADERS)  # an empty one is one
        request.from_this_machine = _is_loopback(peer) and not forwarded  # type: ignore[attr-defined]
        if forwarded and is_trusted(peer):
            hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            request.META["REMOTE_ADDR"] = visitor_address(peer, hops)
            scheme = request.META.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
            if scheme in ("http", "https"):
                request.META["wsgi.url_scheme"] = scheme
        return self.get_response(request)


def visitor_address(peer: str, hops: list[str]) -> str:
    """The last address that no trusted proxy vouches for; what stands before it anybody may have written."""
    visitor = peer
    for hop in reversed(hops):
        if not is_trusted(visitor) or _address(hop) is None:
            break
        visitor = hop
    return visitor


def is_trusted(peer: str) -> bool:
    """Whether this is a trusted proxy; a peer without an address speaks through a socket file of this machine."""
    address = _address(peer or "127.0.0.1")
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)


def _is_loopback(peer: str) -> bool:
    address = _address(peer)
    return address is not None and address.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, in its IPv4 form where an IPv6 socket reports one."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address

"""Outgoing HTTP to addresses that users give.

The name is looked up once, each address found is judged, and the one that was judged is the one connected to, so that
a name which leads elsewhere a moment later gains nothing. Redirects are not followed. Neither proxies of the
environment, which would look the name up themselves, nor cookies, nor passwords kept on the machine take part. A
conversation has an end by the clock however slowly the other side speaks, and only the beginning of an answer is read.

`apprise`'s own HTTP does the looking up, the connecting and the cutting off; what is allowed is decided here.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from apprise.utils.http import ConnectionTracker, HTTPPolicy, HTTPPolicySession, track_connections
from django.conf import settings
from django.utils.translation import gettext_noop
from urllib3.exceptions import HTTPError, NameResolutionError

from .targets import is_public, may_ask

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 10
CONVERSATION = 20  # seconds from the first name looked up to the last word read
ADDRESSES_TRIED = 3
# A conversation that ends by the clock may be connecting at that moment: a lease must outlast this many seconds.
LONGEST = CONVERSATION + (ADDRESSES_TRIED + 1) * CONNECT_TIMEOUT
ANSWER_LIMIT = 64 * 1024  # bytes

REFUSED = gettext_noop("This address is not allowed: it leads into a private network, or is no https:// address.")
NO_SUCH_NAME = gettext_noop("The name of the server is not known.")
NO_ANSWER = gettext_noop("The server did not answer in time.")
NO_CONNECTION = gettext_noop("The server cannot be reached.")
BAD_CERTIFICATE = gettext_noop("The certificate of the server is not valid.")


class _Policy(HTTPPolicy):
    """Judges what is asked and reached, and remembers a refusal: plugins of apprise only tell that something failed."""

    def __init__(self) -> None:
        super().__init__(self._may_ask, self._may_reach, CONNECT_TIMEOUT)
        self.has_refused = False

    def resolve(self, host: str, port: int) -> Any:
        """A name of which only one address is allowed is a trap, and not asked at all."""
        found = super().resolve(host, port)
        if self.has_refused:
            raise socket.gaierror(socket.EAI_NONAME, "An address of this name is not allowed")
        return found[:ADDRESSES_TRIED]

    def _may_ask(self, url: str) -> bool:
        return self._noted(may_ask(url, private=settings.ALLOW_PRIVATE_TARGETS))

    def _may_reach(self, address: str) -> bool:
        return self._noted(settings.ALLOW_PRIVATE_TARGETS or is_public(address))

    def _noted(self, allowed: bool) -> bool:
        self.has_refused = self.has_refused or not allowed
        return allowed


class Session(HTTPPolicySession):
    """Requests under guard. `answer` and `error` keep what came of the last: a plugin only tells that it failed."""

    def __init__(self, tracker: ConnectionTracker) -> None:
        super().__init__(_Policy())
        self._tracker = tracker
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.answer: requests.Response | None = None
        self.error: Exception | None = None

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        """What a caller says of certificates, proxies, redirects and timeouts does not count."""
        options |= {"verify": True, "timeout": (CONNECT_TIMEOUT, READ_TIMEOUT), "stream": True}
        options |= {"proxies": None, "allow_redirects": False, "cert": None}
        self.answer = self.error = None
        self.policy.has_refused = False
        try:
            self.answer = super().request(method, url, **options)
        except Exception as error:
            self.error = error
            raise
        return self.answer

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if self._tracker.expired:
            raise requests.Timeout("The conversation has taken too long.")
        request.headers["User-Agent"] = f"KZSIM (+{settings.SITE_URL})"
        request.headers["Accept-Encoding"] = "identity"  # a small answer may unpack to a large one
        response = super().send(request, **options)
        try:
            response._content = response.raw.read(ANSWER_LIMIT, decode_content=False)
        except (HTTPError, OSError) as error:
            raise requests.ConnectionError("The answer broke off.") from error
        finally:
            response.raw.close()
        response._content_consumed = True  # type: ignore[attr-defined]
        if self._tracker.expired:
            raise requests.Timeout("The answer has taken too long.")
        return response

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[Any]:  # type: ignore[override]
        """None is followed: where an answer leads was not said by the person."""
        return iter(())

    @property
    def reason(self) -> str:
        """Why the last request got no answer, in words that hold no secret; empty if it got one."""
        if self.error is None:
            return ""
        if self.policy.has_refused:
            return REFUSED
        if self._tracker.expired or isinstance(self.error, requests.Timeout):
            return NO_ANSWER
        if isinstance(self.error, requests.exceptions.SSLError):
            return BAD_CERTIFICATE
        return NO_SUCH_NAME if _is_of_a_name(self.error) else NO_CONNECTION

    @property
    def is_refused(self) -> bool:
        return self.error is not None and self.policy.has_refused


def _is_of_a_name(error: BaseException | None) -> bool:
    """Whether a name was looked up in vain: the reason lies some layers below."""
    while error is not None:
        if isinstance(error, NameResolutionError) or "DNS resolution failed" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def session() -> Iterator[Session]:
    """One conversation with one server: all of its requests together end by the clock."""
    tracker = ConnectionTracker()
    with track_connections(tracker, time.monotonic() + CONVERSATION), Session(tracker) as opened:
        yield opened

"""Chats and push services, through the plugins of apprise.

Each is made from checked fields, never from an address as apprise writes them, so that nothing else that apprise can
do is within reach. What a plugin sends goes through the guard, which stands where its module looks for `requests`. A
plugin tells only whether it failed, and some tell that a message left when the service refused it with HTTP 200: so
what counts is what the service answered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from apprise import AppriseAsset
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.base import NotifyBase
from django.conf import settings
from django.utils.translation import gettext_noop

from plans.models.reminders import Medium

from . import Parcel, Scope, Trouble, guard
from .sorting import MOVED, code_of, content_of, is_passing, trouble_without_answer, wait_of, words_of

LONGEST_TEXT = 1500  # bytes; WeCom takes 2048 with the title

UNREADABLE = gettext_noop("What answers there is not the service that you named.")
NOT_SENT = gettext_noop("What you entered does not lead to this service.")

# Their log holds keys and addresses; what it could tell us stands in the answers.
logging.getLogger("apprise").addFilter(lambda _record: False)


@dataclass(frozen=True)
class Service:
    plugin: str  # module and class
    options: Callable[[dict[str, str], Parcel], dict[str, Any]]
    accepted: Callable[[dict[str, Any]], bool]  # whether this JSON says so
    passing: frozenset[Any] = frozenset()  # its own codes for trouble that goes by
    passing_words: str = ""  # found in what it says of such trouble, where no code tells
    is_own_server: bool = False  # the person says which server it is; if that is away, nobody else waits
    has_link: bool = False  # a tap on it leads somewhere
    longest_title: int = 100
    keyword: str = ""  # what its robots insist on finding in a message


def _server(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return {"host": host, "port": parts.port, "secure": parts.scheme == "https"}


def _ntfy(to: dict[str, str], parcel: Parcel) -> dict[str, Any]:
    token = {"auth": "token", "token": to["token"]} if to.get("token") else {}
    return {
        **_server(to["server"]),
        **token,
        "targets": [to["topic"]],
        "mode": "private",
        "include_image": False,
        "click": parcel.url or None,
    }


def _bark(to: dict[str, str], parcel: Parcel) -> dict[str, Any]:
    key = {"targets": [to["key"]], "include_image": False, "group": "KZSIM", "click": parcel.url or None}
    return {**_server(to["server"]), **key}


def _discord(to: dict[str, str], parcel: Parcel) -> dict[str, Any]:
    number, _slash, token = to["webhook"].partition("/")
    return {"webhook_id": number, "webhook_token": token, "avatar": False}


def _matrix(to: dict[str, str], parcel: Parcel) -> dict[str, Any]:
    room = {"targets": [to["room"]], "password": quote(to["token"], safe="")}
    return {**_server(to["server"]), **room, "e2ee": False, "hsreq": False, "include_image": False}


def _dingtalk(to: dict[str, str], parcel: Parcel) -> dict[str, Any]:
    return {"token": to["token"], "secret": to.get("secret") or None}


def _wxpusher_accepted(content: dict[str, Any]) -> bool:
    """The message as a whole may be taken, and yet not for this person."""
    each = content.get("data") if isinstance(content.get("data"), list) else []
    return content.get("code") == 1000 and all(isinstance(one, dict) and one.get("code", 1000) == 1000 for one in each)


SERVICES = {
    Medium.NTFY: Service("ntfy.NotifyNtfy", _ntfy, lambda said: "id" in said, is_own_server=True, has_link=True),
    Medium.BARK: Service(
        "bark.NotifyBark", _bark, lambda said: said.get("code") == 200, is_own_server=True, has_link=True
    ),
    Medium.DISCORD: Service(
        "discord.NotifyDiscord",
        _discord,
        lambda said: True,  # it answers without a word
    ),
    Medium.MATRIX: Service(
        "matrix.base.NotifyMatrix", _matrix, lambda said: "event_id" in said, is_own_server=True, longest_title=200
    ),
    Medium.WXPUSHER: Service(
        "wxpusher.NotifyWxPusher",
        lambda to, _: {"token": to["token"], "targets": [to["uid"]]},
        _wxpusher_accepted,
        passing=frozenset({1006, 1008, 1009}),
        longest_title=20,
    ),
    Medium.SERVERCHAN: Service(
        "serverchan.NotifyServerChan",
        lambda to, _: {"token": to["key"]},
        lambda said: said.get("code") == 0,
        passing_words="超过",  # more than it takes in a day, under the same code as a wrong key
        longest_title=32,
    ),
    Medium.WECOM: Service(
        "wecombot.NotifyWeComBot",
        lambda to, _: {"key": to["key"]},
        lambda said: said.get("errcode") == 0,
        passing=frozenset({-1, 45009, 45033}),
    ),
    Medium.FEISHU: Service(
        "feishu.NotifyFeishu",
        lambda to, _: {"token": to["token"]},
        lambda said: said.get("code", said.get("StatusCode")) == 0,
        passing=frozenset({11232, 11233, 11247, 99991400}),
        keyword="KZSIM",
    ),
    Medium.DINGTALK: Service(
        "dingtalk.NotifyDingTalk",
        _dingtalk,
        lambda said: said.get("errcode") == 0,
        passing=frozenset({-1, 130101, 410100}),
        keyword="KZSIM",
    ),
}


class Chat:
    def __init__(self, medium: str) -> None:
        self._service = SERVICES[Medium(medium)]

    def send(self, parcel: Parcel) -> None:
        service = self._service
        sent = False
        with guard.session() as session:
            asking = _session.set(session)
            try:
                plugin = _plugin(service, parcel)
                sent = plugin.notify(title=_title(service, parcel), body=_body(service, parcel), body_format="text")
            except requests.RequestException:
                pass  # the session knows why
            except Exception as error:  # the words of it may hold what opens a chat
                is_wrong = isinstance(error, AppriseImproperlyConfigured)
                raise Trouble(Scope.RECIPIENT, NOT_SENT, permanent=is_wrong) from None
            finally:
                _session.reset(asking)
        if trouble := _trouble(service, session, parcel.to, sent):
            raise trouble

    def close(self) -> None:
        pass


def open_transport(medium: str) -> Chat:
    return Chat(medium)


def longest_conversation() -> int:
    return guard.LONGEST


def _trouble(service: Service, session: guard.Session, to: dict[str, str], sent: bool) -> Trouble | None:
    """What the last answer means; None if the message was accepted."""
    theirs = Scope.RECIPIENT if service.is_own_server else Scope.SERVER
    answer = session.answer
    if answer is None:
        if session.error is None:  # the plugin did not even ask
            return Trouble(Scope.RECIPIENT, NOT_SENT, permanent=True)
        return trouble_without_answer(session, theirs)
    status, content, words = answer.status_code, content_of(answer), words_of(answer, to)
    is_told = bool(service.passing_words) and service.passing_words in words
    goes_by = is_told or code_of(content) in service.passing
    if 200 <= status < 300:
        if sent and service.accepted(content):
            return None
        if not content or service.accepted(content):
            return Trouble(theirs, UNREADABLE)
        return Trouble(Scope.RECIPIENT, words, permanent=not goes_by)
    if status == 413:
        return Trouble(Scope.MESSAGE, words, permanent=True)
    if 300 <= status < 400:
        return Trouble(theirs, MOVED)
    if is_passing(status):
        # Too many messages: of this person's chat. Anything else: of the service.
        return Trouble(Scope.RECIPIENT if status == 429 else theirs, words, after=wait_of(answer))
    return Trouble(Scope.RECIPIENT, words, permanent=not goes_by)


def _plugin(service: Service, parcel: Parcel) -> NotifyBase:
    path, _dot, name = service.plugin.rpartition(".")
    module = import_module(f"apprise.plugins.{path}")
    module.requests = _Guarded
    plugin = getattr(module, name)(**service.options(parcel.to, parcel), asset=_asset(), redirect=False)
    plugin.throttle = lambda *_, **__: None  # a server that says "wait" must not hold up a worker
    if service is SERVICES[Medium.MATRIX]:
        _settle_matrix(plugin, parcel)
    elif service is SERVICES[Medium.DINGTALK]:
        plugin.get_signature = lambda: _dingtalk_signature(plugin.secret)
    return plugin


def _settle_matrix(plugin: Any, parcel: Parcel) -> None:
    """A repeat of the same message is known by its transaction. Who the token belongs to need not be asked."""
    plugin.access_token = parcel.to["token"]
    plugin.transaction_id = hashlib.sha256(parcel.message_id.encode()).hexdigest()[:32]
    plugin.user_id = plugin.home_server = plugin.host


def _dingtalk_signature(secret: str) -> tuple[str, str]:
    """apprise writes it as for an address, and then it is written so once more: DingTalk does not know it again."""
    moment = str(round(time.time() * 1000))
    digest = hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()
    return moment, base64.b64encode(digest).decode()


def _asset() -> AppriseAsset:
    """Nothing is written to disk, no plugin but apprise's own is looked for."""
    return AppriseAsset(
        app_id="KZSIM", app_desc="KZSIM", app_url=settings.SITE_URL, storage_mode="memory", allow_templates=False
    )


def _title(service: Service, parcel: Parcel) -> str:
    title, longest = " ".join(parcel.subject.split()), service.longest_title
    return title if len(title) <= longest else f"{title[: longest - 1]}…"


def _body(service: Service, parcel: Parcel) -> str:
    is_cut = len(parcel.subject) > service.longest_title
    body = parcel.brief(LONGEST_TEXT, with_subject=is_cut, with_link=not service.has_link)
    return body if service.keyword in body else f"{body}\n{service.keyword}"


# --- what stands where the plugins look for `requests` ---------------------------------------------------

_session: ContextVar[guard.Session] = ContextVar("the conversation that a plugin's requests belong to")


class _Guarded:
    """No more of it than the plugins use; outside of a conversation, nothing can be sent."""

    codes = requests.codes
    RequestException = requests.RequestException
    TooManyRedirects = requests.TooManyRedirects

    @staticmethod
    def get(url: str, **options: Any) -> requests.Response:
        return _session.get().request("GET", url, **options)

    @staticmethod
    def post(url: str, **options: Any) -> requests.Response:
        return _session.get().request("POST", url, **options)

    @staticmethod
    def put(url: str, **options: Any) -> requests.Response:
        return _session.get().request("PUT", url, **options)

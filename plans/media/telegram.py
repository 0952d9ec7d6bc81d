"""Telegram, through the site's own bot.

Its address is the operator's and not a user's, so it needs no guard, and may be reached through the operator's proxy.
The address holds the bot's key: neither it nor what requests says of it may stand in a log or an error.
"""

from __future__ import annotations

from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache

from . import Parcel, Scope, Trouble
from .sorting import LONGEST_WAIT, LONGEST_WORDS

TIMEOUT = (5, 15)  # seconds to connect, and of silence
LONGEST_TEXT = 3500  # bytes; Telegram takes 4096 letters
BOT_NAME_KEPT = 24 * 3600

# What Telegram says, with 400, of a chat that is not there (any more).
_NO_CHAT = ("chat not found", "peer_id_invalid", "user_id_invalid", "chat_id is empty", "upgraded to a supergroup")


class Telegram:
    def __init__(self) -> None:
        self._session = requests.Session()

    def send(self, parcel: Parcel) -> None:
        text = parcel.brief(LONGEST_TEXT, with_subject=True, with_link=True)
        self.say(parcel.to["chat"], text)

    def say(self, chat: int, text: str) -> None:
        self.ask("sendMessage", chat_id=chat, text=text, link_preview_options={"is_disabled": True})

    def ask(self, method: str, **said: Any) -> Any:
        """The result of a method of the Bot API. Raises Trouble."""
        url = f"{settings.TELEGRAM_API_URL}/bot{settings.TELEGRAM_BOT_TOKEN}/{method}"
        try:
            answer = self._session.post(url, json=said, timeout=TIMEOUT, allow_redirects=False)
            content = answer.json()
            if content["ok"]:
                return content["result"]
        except requests.RequestException as error:
            # Only the kind of error: its words hold the address.
            raise Trouble(Scope.SERVER, f"Telegram cannot be reached ({type(error).__name__})") from None
        except (ValueError, LookupError, TypeError):
            raise Trouble(Scope.SERVER, f"Telegram does not answer as it should (HTTP {answer.status_code})") from None
        raise _sorted_out(content)

    def close(self) -> None:
        self._session.close()


def open_transport(_medium: str = "") -> Telegram:
    return Telegram()


def longest_conversation() -> int:
    return 60


def is_offered() -> bool:
    return bool(settings.TELEGRAM_BOT_TOKEN)


def bot_name() -> str:
    """The name by which Telegram knows the site's bot. Raises Trouble."""
    key = f"telegram-bot-{settings.TELEGRAM_BOT_TOKEN.partition(':')[0]}"
    name = cache.get(key)
    if not name:
        bot = open_transport()
        try:
            name = str(bot.ask("getMe")["username"])
        finally:
            bot.close()
        cache.set(key, name, BOT_NAME_KEPT)
    return name


def _sorted_out(content: dict[str, Any]) -> Trouble:
    code, said = content.get("error_code"), str(content.get("description", ""))[:LONGEST_WORDS]
    words = f"{code} {said}"
    if code == 403:  # blocked, or the account is gone
        return Trouble(Scope.RECIPIENT, words, permanent=True)
    if code == 400:
        is_gone = any(sign in said.lower() for sign in _NO_CHAT)
        return Trouble(Scope.RECIPIENT if is_gone else Scope.MESSAGE, words, permanent=True)
    parameters = content.get("parameters") or {}
    after = parameters.get("retry_after", 0) if isinstance(parameters, dict) else 0
    return Trouble(Scope.SERVER, words, after=min(after, LONGEST_WAIT) if isinstance(after, int) else 0)

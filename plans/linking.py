"""Connecting a Telegram chat with a person: a code that they bring to the bot, and asking Telegram who has brought one.

Nobody has to reach the site from outside: as long as somebody is connecting a chat, the site asks. One process at a
time, for Telegram hands each message to whoever asks first.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _

from kzsim.common.languages import LANGUAGES
from kzsim.common.links import absolute

from . import actions
from .media import Trouble, telegram
from .models import Address, Heartbeat, Person
from .models.reminders import Medium

log = logging.getLogger(__name__)

CODE_VALID = timedelta(minutes=30)
LEASE = timedelta(minutes=2)  # of one look for messages; longer than any answer takes
BETWEEN = timedelta(seconds=2)  # two looks, however often pages ring
OTHERWISE_EVERY = timedelta(minutes=10)  # where nobody is connecting: for those who say /stop
_WAITING, _ASKED = "telegram links", "telegram asked"


# --- the code ----------------------------------------------------------------------------------------


def new_code(person: Person, now: datetime) -> str:
    """What the person's chat says to the bot: good for half an hour and for one chat, and short enough for a link."""
    until = int((now + CODE_VALID).timestamp())
    return f"{int_to_base36(person.pk)}-{int_to_base36(until)}-{_signature(person, until)}"


def person_of(code: str, now: datetime) -> Person | None:
    """Whose code it is; None if it is not one of ours, too old, or used."""
    try:
        pk, until, signature = code.split("-")
        person, moment = Person.objects.filter(pk=base36_to_int(pk)).first(), base36_to_int(until)
    except (ValueError, OverflowError):
        return None
    if person is None or moment < now.timestamp() or not constant_time_compare(signature, _signature(person, moment)):
        return None
    return person


def _signature(person: Person, until: int) -> str:
    """Signed along is what chat there is already: so a code ends with its use; and the password, with whose change it
    ends for whoever else may have been signed in."""
    address = person.addresses.filter(medium=Medium.TELEGRAM).first()
    chat = address.added_at.astimezone(UTC).isoformat() if address else ""
    password = person.user.password if person.user else ""
    return salted_hmac("kzsim.telegram", f"{person.pk} {until} {chat} {password}", algorithm="sha256").hexdigest()[:32]


# --- asking ------------------------------------------------------------------------------------------


def expect_one(now: datetime) -> None:
    """Somebody has begun to connect a chat: until their code ends, Telegram is asked at every tick."""
    Heartbeat.objects.update_or_create(name=_WAITING, defaults={"at": now + CODE_VALID})


def is_due(now: datetime) -> bool:
    """Whether Telegram should be asked."""
    if not telegram.is_offered():
        return False
    beats = dict(Heartbeat.objects.filter(name__in=[_WAITING, _ASKED]).values_list("name", "at"))
    if _WAITING in beats and beats[_WAITING] > now:
        return True
    if _ASKED in beats and now - OTHERWISE_EVERY < beats[_ASKED] <= now + LEASE:
        return False
    return Address.objects.working().filter(medium=Medium.TELEGRAM).exists()


def ask(now: datetime) -> None:
    """Takes what was said to the bot since the last time; nothing if another process is doing so."""
    asked = _claimed(now)
    if asked is None:
        return
    bot, offset = telegram.open_transport(), int(asked.note or 0)
    try:
        for update in bot.ask("getUpdates", offset=offset, timeout=0, allowed_updates=["message", "my_chat_member"]):
            offset = update["update_id"] + 1
            Heartbeat.objects.filter(pk=asked.pk).update(note=str(offset))  # what breaks off here is not heard twice
            _take(bot, update, now)
    except Trouble as trouble:
        log.warning("What was said to the bot is not known: %s", trouble)
    finally:
        bot.close()
        Heartbeat.objects.filter(pk=asked.pk).update(at=now + BETWEEN)


def _claimed(now: datetime) -> Heartbeat | None:
    beat, is_new = Heartbeat.objects.get_or_create(name=_ASKED, defaults={"at": now + LEASE})
    # What lies further ahead than any lease was written before the clock was set back.
    is_free = Q(at__lte=now) | Q(at__gt=now + LEASE)
    if is_new or Heartbeat.objects.filter(is_free, pk=beat.pk).update(at=now + LEASE):
        beat.refresh_from_db()
        return beat
    return None


def _take(bot: telegram.Telegram, update: dict[str, Any], now: datetime) -> None:
    """One message must not stop the others, whatever it holds."""
    try:
        with transaction.atomic():
            reply = _reply_to(update, now)
        if reply:
            bot.say(*reply)
            Address.objects.working().filter(medium=Medium.TELEGRAM, to__chat=reply[0]).update(worked_at=now)
    except Trouble as trouble:
        log.warning("The bot could not reply: %s", trouble)
    except Exception as error:  # its words may be the person's
        log.error("A message to the bot could not be read: %s", type(error).__name__)


def _reply_to(update: dict[str, Any], now: datetime) -> tuple[int, str] | None:
    """Does what a message asks for; the chat, and what is said there. In groups the bot is silent."""
    if member := update.get("my_chat_member"):
        if member["chat"]["type"] == "private" and member["new_chat_member"]["status"] == "kicked":  # blocked
            actions.stop_chat(member["chat"]["id"], now)
        return None
    message = update.get("message") or {}
    if message.get("chat", {}).get("type") != "private":
        return None
    chat, words = message["chat"], str(message.get("text", "")).split()
    if words[:1] == ["/start"]:
        return chat["id"], _connected(chat, words[1] if len(words) > 1 else "", message, now)
    if words[:1] == ["/stop"]:
        return chat["id"], _stopped(chat["id"], message, now)
    return None


def _connected(chat: dict[str, Any], code: str, message: dict[str, Any], now: datetime) -> str:
    person = person_of(code, now)
    if person is None:
        with translation.override(_language_of(message)):
            page = absolute(reverse("plans:media"))
            return _("To get reminders here, open this page and tap “Connect Telegram” there: %(page)s") % {
                "page": page
            }
    actions.save_address(person, Medium.TELEGRAM, {"chat": chat["id"]}, _name_of(chat), now)
    person.addresses.filter(medium=Medium.TELEGRAM).update(added_at=now)  # ends the code, also of a chat that was known
    with translation.override(person.language):
        return _("Reminders of %(site)s come here from now on. Send /stop to end that.") % {"site": settings.SITE_NAME}


def _stopped(chat: int, message: dict[str, Any], now: datetime) -> str:
    people = actions.stop_chat(chat, now)
    with translation.override(people[0].language if people else _language_of(message)):
        return _("No more reminders come here. You can bring them back on this page: %(page)s") % {
            "page": absolute(reverse("plans:media"))
        }


def _name_of(chat: dict[str, Any]) -> str:
    if chat.get("username"):
        return f"@{chat['username']}"[:80]
    return " ".join(filter(None, [chat.get("first_name"), chat.get("last_name")]))[:80]


def _language_of(message: dict[str, Any]) -> str:
    """The language of a stranger's Telegram, if it is one of ours."""
    code = str(message.get("from", {}).get("language_code", "")).lower()
    known = [language for language, _name in LANGUAGES]
    return next((language for language in known if code and language.startswith(code.partition("-")[0])), "en")

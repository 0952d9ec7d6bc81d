"""Why a message did not arrive, in plain words, and what its reader can do. Pure: no queries, no clock.

What servers say is written for their operators. It is sorted here into the few causes that make a difference to whoever
waits for the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

EMAIL, WEBHOOK = "email", "webhook"

_MAIL_CODE = re.compile(r"^(\d{3})\b")
_MAIL_DETAIL = re.compile(r"\b[245]\.(\d{1,3})\.(\d{1,3})\b")
_WEB_CODE = re.compile(r"^HTTP (\d{3})\b")
_FULL = re.compile(r"quota|mailbox (?:is )?full|over ?quota|insufficient (?:system )?storage", re.IGNORECASE)
_SPAM = re.compile(r"spam|block(?:ed|list)|blacklist|policy|reputation|dmarc|rejected as", re.IGNORECASE)
_LARGE = re.compile(r"too large|message size|size limit", re.IGNORECASE)
_LEFT = re.compile(r"blocked by the user|kicked|deactivated|not a member", re.IGNORECASE)
_NO_CHAT = re.compile(r"chat not found|unknown webhook|invalid (?:key|token)|unauthorized", re.IGNORECASE)


class Cause(StrEnum):
    NO_SUCH_ADDRESS = "no_such_address"
    FULL = "full"
    REFUSED = "refused"
    LARGE = "large"
    AWAY = "away"  # passes by itself
    LEFT = "left"  # the reader shut the chat
    KEY = "key"  # what opens the chat is no longer right
    PROGRAM = "program"  # the reader's own
    OTHER = "other"


@dataclass(frozen=True)
class Advice:
    why: str
    to_do: str
    is_address: bool  # whether the address, or what opens the chat, is to be looked at
    said: str = ""  # the other side's own words, where they tell more than `why`


def cause_of(medium: str, said: str) -> Cause:
    """What a server's answer, or the lack of one, comes down to."""
    return _cause_of_mail(said) if medium == EMAIL else _cause_of_web(medium, said)


def _cause_of_mail(said: str) -> Cause:
    code = int(found[1]) if (found := _MAIL_CODE.match(said)) else 0
    detail = _MAIL_DETAIL.search(said)
    subject, number = (int(detail[1]), int(detail[2])) if detail else (0, 0)
    if (subject, number) == (2, 2) or _FULL.search(said):
        return Cause.FULL
    if code < 500:  # words without any: the server could not be reached
        return Cause.AWAY if code >= 400 or (said and not code) else Cause.OTHER
    if (subject, number) in ((2, 3), (3, 4)) or _LARGE.search(said):
        return Cause.LARGE
    if subject == 1 or (subject, number) == (2, 1):
        return Cause.NO_SUCH_ADDRESS
    if subject == 7 or code == 554 or _SPAM.search(said):
        return Cause.REFUSED
    return Cause.NO_SUCH_ADDRESS if code in (550, 551, 553) else Cause.OTHER


def _cause_of_web(medium: str, said: str) -> Cause:
    code = int(found[1]) if (found := _WEB_CODE.match(said)) else 0
    if not code:
        return Cause.OTHER
    if _LEFT.search(said):
        return Cause.LEFT
    if _NO_CHAT.search(said):
        return Cause.KEY
    if code == 413:
        return Cause.LARGE
    if code in (408, 425, 429) or (code >= 500 and medium != WEBHOOK):
        return Cause.AWAY
    if medium == WEBHOOK:
        return Cause.PROGRAM
    if code in (401, 403, 404, 410):
        return Cause.KEY
    return Cause.REFUSED if code < 500 else Cause.OTHER


def advice(medium: str, where: str, said: str, *, is_over: bool) -> Advice:
    """`where`: the medium by name; `is_over`: it was given up, nothing is tried any more."""
    cause = cause_of(medium, said)
    is_theirs = cause is not Cause.OTHER and bool(_MAIL_CODE.match(said) or _WEB_CODE.match(said))
    quoted = said if is_theirs else ""
    return Advice(_why(cause, where, said), _to_do(cause, medium, is_over), cause in _OF_ADDRESS, quoted)


_OF_ADDRESS = (Cause.NO_SUCH_ADDRESS, Cause.LEFT, Cause.KEY)


def _why(cause: Cause, where: str, said: str) -> str:
    words = {
        Cause.NO_SUCH_ADDRESS: _("The mail server does not know this address."),
        Cause.FULL: _("The mailbox is full."),
        Cause.REFUSED: _("It was refused: taken for spam, or against the rules there."),
        Cause.LARGE: _("It was larger than the other side takes."),
        Cause.AWAY: _("The other side could not be reached, or asked to come back later."),
        Cause.LEFT: _("The chat is shut: it was blocked or left."),
        Cause.KEY: _("What opens this chat is no longer right, or the chat is gone."),
        Cause.PROGRAM: _("Your program did not take it."),
    }
    # Some reasons are our own, in whole sentences; those of a server stand as they are.
    return words.get(cause) or (_(said) if said else _("We were not told why: %(medium)s.") % {"medium": where})


def _to_do(cause: Cause, medium: str, is_over: bool) -> str:
    if not is_over and cause is Cause.AWAY:
        return _("You need to do nothing: we go on trying.")
    words = {
        Cause.NO_SUCH_ADDRESS: _("Check the address letter by letter, or enter another one."),
        Cause.FULL: _("Make room in the mailbox: delete what is large or old."),
        Cause.REFUSED: _("Add our address to your contacts and look into the spam folder, then send yourself a test.")
        if medium == EMAIL
        else _("See what the service allows, then send yourself a test."),
        Cause.LARGE: _("This is our trouble, not yours. All that it said stands on the pages of your SIMs."),
        Cause.LEFT: _("Open the chat and let us write again, then send yourself a test."),
        Cause.KEY: _("Connect it anew, then send yourself a test."),
        Cause.PROGRAM: _("See in your program why it answers so. It has to answer with a code from 200 to 299."),
    }
    return words.get(cause) or _("Send yourself a test. If that fails too, choose another way.")

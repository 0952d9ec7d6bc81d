"""What comes back: what a mail server says of a mailbox, the reports it sends later, and complaints.

Reads bounce mail of any mail server (RFC 3464), complaints (RFC 5965) and the events of our webhook. Values in, values
out; `actions.note_report` acts on them.
"""

from __future__ import annotations

import email
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message as Mail
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    GONE = "gone"  # the mailbox does not exist, or takes nothing for good
    FAILED = "failed"  # this message did not arrive; the next one may
    DELAYED = "delayed"  # it may still arrive
    COMPLAINT = "complaint"  # its reader called it spam


@dataclass(frozen=True)
class Report:
    """What became of a message that had left, as somebody else tells it."""

    kind: Kind
    email: str = ""
    message_id: str = ""
    said: str = ""
    at: datetime | None = None


# --- what a server says ----------------------------------------------------------------------------------------------

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")  # RFC 3463; no part of an IP address
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?!\.?\d)")
_NO_MAILBOX = frozenset({550, 551, 553, 556})
_FULL = re.compile(r"\b(full|quota)\b", re.IGNORECASE)
# Refusals of us or of what we say, not of the mailbox: where our own server is on a blocklist, every address would seem
# to be gone.
_ABOUT_US = re.compile(
    r"spam|block|black ?list|policy|\bspf\b|dkim|dmarc|\bdns|relay|reputation|denied|authenticat|\brate\b|too many|"
    r"limit|virus|content|\bsize\b|grey ?list|gray ?list|sender",
    re.IGNORECASE,
)


def _status_in(*texts: str) -> tuple[int, int, int] | None:
    """The first that tells anything: x.0.0 is what servers write that do not know."""
    for text in texts:
        for found in _STATUS.finditer(text):
            kind, subject, detail = (int(part) for part in found.groups())
            if subject or detail:
                return kind, subject, detail
    return None


def mailbox_is_full(said: str) -> bool:
    status = _status_in(said)
    return status[1:] == (2, 2) if status else bool(_FULL.search(said))


def mailbox_is_gone(said: str, status: str = "", *, in_so_many_words: bool = False) -> bool:
    """Whether a refusal means that nothing will arrive there; `in_so_many_words`: only where its status says so."""
    found = _status_in(status, said)
    if found:
        kind, subject, detail = found
        if kind != 5 or subject in (3, 6, 7) or found == (5, 2, 2):
            return False
        if subject == 1:
            return detail not in (7, 8)  # those are about the sender
        if (subject, detail) in ((2, 1), (4, 1), (4, 4)):  # disabled; what Exchange says of unknown users; no such host
            return True
        if subject == 2:
            return False
    code = _CODE.search(said)
    if in_so_many_words or code is None or int(code[1]) not in _NO_MAILBOX:
        return False
    return not (_ABOUT_US.search(said) or _FULL.search(said))


def _kind_of_failure(said: str, status: str) -> Kind:
    return Kind.GONE if mailbox_is_gone(said, status) else Kind.FAILED


# --- mail that comes back --------------------------------------------------------------------------------------------

_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "complaint")
MOST_RECIPIENTS = 20  # that one report is heard about: a message of ours goes to a single one
LONGEST_SAID = 1000


def _plain(text: str) -> str:
    """One line that every database keeps, of what somebody else wrote."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())[:LONGEST_SAID]


def read_mail(raw: bytes) -> list[Report]:
    """What a bounce or a complaint says of each recipient; nothing where it is neither."""
    try:
        return _reports_in(email.message_from_bytes(raw))[:MOST_RECIPIENTS]
    except RecursionError:  # a mail within a mail and so on, as no mail server makes them
        return []


def _reports_in(mail: Mail) -> list[Report]:
    report = next((part for part in mail.walk() if part.get_content_type() == "multipart/report"), None)
    parts = _parts(report) if report is not None else []
    at, message_id = _moment(mail), _returned_id(parts)
    reports: list[Report] = []
    for part in parts:
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            reports += (_delivery(block, message_id, at) for block in _blocks(part) if block["Action"])
        elif kind == "message/feedback-report":
            for fields in _parts(part)[:1]:
                reports += _complaints(fields, message_id, at)
    return reports


def _parts(mail: Mail) -> list[Mail]:
    payload = mail.get_payload()
    return [part for part in payload if isinstance(part, Mail)] if isinstance(payload, list) else []


def _blocks(part: Mail) -> Iterator[Mail]:
    """The groups of fields in a report, which Python's parser takes apart for one of its types only."""
    for block in _parts(part):
        yield block
        body = block.get_payload()
        if isinstance(body, str):
            yield from (email.message_from_string(text) for text in re.split(r"\n\s*\n", body) if text.strip())


def _returned_id(parts: Iterable[Mail]) -> str:
    """The Message-ID of what came back, whole or only its headers."""
    for part in parts:
        kind = part.get_content_type()
        originals = []
        if kind in ("message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers"):
            originals = _parts(part)
        elif kind == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            originals = [email.message_from_bytes(text)] if isinstance(text, bytes) else []
        for original in originals[:1]:
            if original["Message-ID"]:
                return _plain(str(original["Message-ID"]))
    return ""


def _delivery(block: Mail, message_id: str, at: datetime | None) -> Report:
    action, status = str(block["Action"]).strip().lower(), str(block["Status"] or "")
    said = _plain(_after_type(block, "Diagnostic-Code") or status)
    kind = _kind_of_failure(said, status) if action == "failed" else Kind.DELAYED
    to = _after_type(block, "Original-Recipient") or _after_type(block, "Final-Recipient")
    return Report(kind, _plain(to), message_id, said, at)


def _complaints(fields: Mail, message_id: str, at: datetime | None) -> Iterator[Report]:
    kind = str(fields["Feedback-Type"] or "").strip().lower()
    if kind in _COMPLAINTS:
        for to in fields.get_all("Original-Rcpt-To") or [""]:
            yield Report(Kind.COMPLAINT, _plain(str(to)).strip("<>"), message_id, kind, at)


def _after_type(block: Mail, name: str) -> str:
    """The value of a field such as “rfc822; somebody@example.org”."""
    value = str(block[name] or "")
    return value.partition(";")[2].strip() if ";" in value else value.strip()


def _moment(mail: Mail) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# --- events of the webhook -------------------------------------------------------------------------------------------

MOST_EVENTS = 500


class BadEvent(ValueError):
    """An event that we do not understand; the text says what to mend."""


def read_events(body: Any, at: datetime) -> list[Report]:
    """The events of one call: one object, a list of them, or `{"events": [...]}`. Raises BadEvent."""
    events = body.get("events", [body]) if isinstance(body, dict) else body
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise BadEvent(f"send one event or a list of at most {MOST_EVENTS}")
    return [_read_event(event, number, at) for number, event in enumerate(events)]


def _read_event(event: Any, number: int, at: datetime) -> Report:
    if not isinstance(event, dict):
        raise BadEvent(f"event {number} is no object")
    values = {name: event.get(name) or "" for name in ("kind", "email", "message_id", "status", "said")}
    if not all(isinstance(value, str) for value in values.values()):
        raise BadEvent(f"event {number}: all values are texts")
    if values["kind"] not in ("bounce", "delay", "complaint"):
        raise BadEvent(f"event {number}: kind is one of bounce, delay, complaint")
    if not values["email"] and not values["message_id"]:
        raise BadEvent(f"event {number} names neither email nor message_id")
    values = {name: _plain(value) for name, value in values.items()}
    return Report(_event_kind(values), values["email"], _in_brackets(values["message_id"]), values["said"], at)


def _event_kind(values: Mapping[str, str]) -> Kind:
    if values["kind"] == "complaint":
        return Kind.COMPLAINT
    if values["kind"] == "delay" or values["status"].startswith("4"):
        return Kind.DELAYED
    is_told = _status_in(values["status"], values["said"]) or _CODE.search(values["said"])
    return _kind_of_failure(values["said"], values["status"]) if is_told else Kind.GONE


def _in_brackets(message_id: str) -> str:
    """Providers name a message with or without its angle brackets."""
    return f"<{message_id.strip().strip('<>')}>" if message_id.strip() else ""


SIGNATURE_HOLDS = 300  # seconds


def signature(secret: str, moment: int, body: bytes) -> str:
    """What stands behind `v1=` in the header of a call made at `moment` (seconds since 1970)."""
    return hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()


def signed_at(header: str, secret: str, body: bytes, now: datetime) -> datetime | None:
    """When somebody who knows the secret made the call; None if nobody did, or long ago."""
    found = re.fullmatch(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", header.strip())
    if not found or abs(now.timestamp() - int(found[1])) > SIGNATURE_HOLDS:
        return None
    if not hmac.compare_digest(signature(secret, int(found[1]), body), found[2]):
        return None
    return datetime.fromtimestamp(int(found[1]), UTC)

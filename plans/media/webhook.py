"""A program of the person's own: JSON by POST, signed with a secret that only they and the site have."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import requests

from . import Parcel, Scope, Trouble, guard
from .sorting import MOVED, is_passing, trouble_without_answer, wait_of

VERSION = 1


def signature(secret: str, moment: int, body: bytes) -> str:
    """What stands in the header: the moment is signed along, so that an old message cannot be sent again as new."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class Webhook:
    def send(self, parcel: Parcel) -> None:
        moment = int(time.time())
        body = json.dumps(_said(parcel, moment), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-KZSIM-Signature": signature(parcel.to["secret"], moment, body),
        }
        with guard.session() as session:
            try:
                answer = session.post(parcel.to["url"], data=body, headers=headers)
            except requests.RequestException:
                raise trouble_without_answer(session, Scope.RECIPIENT) from None
        if not 200 <= answer.status_code < 300:
            raise _sorted_out(answer)

    def close(self) -> None:
        pass


def open_transport(_medium: str) -> Webhook:
    return Webhook()


def longest_conversation() -> int:
    return guard.LONGEST


def _said(parcel: Parcel, moment: int) -> dict[str, Any]:
    return {
        "version": VERSION,
        "id": parcel.message_id,
        "kinds": parcel.kinds,
        "subject": parcel.subject,
        "text": parcel.text,
        "url": parcel.url,
        "sent_at": datetime.fromtimestamp(moment, UTC).isoformat(),
    }


def _sorted_out(answer: requests.Response) -> Trouble:
    """The text of an answer is left out: it may be any page of any server."""
    status = answer.status_code
    if 300 <= status < 400:
        return Trouble(Scope.RECIPIENT, MOVED)
    return Trouble(
        Scope.RECIPIENT,
        f"HTTP {status}",
        permanent=status in (404, 410),
        after=wait_of(answer) if is_passing(status) else 0,
    )

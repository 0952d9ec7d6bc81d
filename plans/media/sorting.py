"""What web services answer, in words that hold no secret, and whose trouble it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.translation import gettext_noop

from . import Scope, Trouble

if TYPE_CHECKING:
    import requests

    from .guard import Session

SHORTEST_SECRET = 6  # letters; what is shorter would be found in ordinary words
LONGEST_WORDS = 120
LONGEST_WAIT = 3600  # seconds

MOVED = gettext_noop("The server answers that it has moved. Enter the address that it moved to.")


def redacted(text: str, to: Any) -> str:
    """The text without anything of what an address is made of: much of it opens somebody's chats."""
    values = [str(value) for value in to.values()] if isinstance(to, dict) else [str(to)]
    for value in sorted({*values, *(quote(value, safe="") for value in values)}, key=len, reverse=True):
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, "…")
    return text


def content_of(answer: requests.Response) -> dict[str, Any]:
    """What a service says in JSON; empty if it says nothing of the kind."""
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def code_of(content: dict[str, Any]) -> Any:
    """The service's own number or name of what happened; they write it in two ways."""
    code = content.get("errcode", content.get("code"))
    return code if isinstance(code, int | str) else None


def words_of(answer: requests.Response, to: Any) -> str:
    """An answer in one short line, as the service put it."""
    content = content_of(answer)
    said = next(
        (content[name] for name in ("error", "errmsg", "message", "msg", "description") if content.get(name)), ""
    )
    code = code_of(content)
    words = f"{'' if code is None else code} {said if isinstance(said, str) else ''}"
    printable = "".join(letter if letter.isprintable() else " " for letter in redacted(words, to))
    line = " ".join(printable.split())[:LONGEST_WORDS]
    if answer.ok and line:
        return line
    return f"HTTP {answer.status_code}: {line}" if line else f"HTTP {answer.status_code}"


def wait_of(answer: requests.Response) -> int:
    """Seconds that the service asks us to wait, as far as we let ourselves be told."""
    said = answer.headers.get("Retry-After", "")
    return min(int(said), LONGEST_WAIT) if said.isascii() and said.isdigit() and len(said) < 8 else 0


def trouble_without_answer(session: Session, scope: Scope) -> Trouble:
    """`scope`: whose trouble it is that a server cannot be reached; a forbidden one is its owner's."""
    if session.is_refused:
        return Trouble(Scope.RECIPIENT, session.reason, permanent=True)
    return Trouble(scope, session.reason)


def is_passing(status: int) -> bool:
    """Whether an HTTP status tells of trouble that goes by."""
    return status in (408, 425, 429) or status >= 500

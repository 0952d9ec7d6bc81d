"""How a message leaves. One module a medium; what went wrong is sorted there, into `Trouble`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Scope(StrEnum):
    RECIPIENT = "recipient"
    MESSAGE = "message"
    SERVER = "server"  # the only one that stops a chunk


class Trouble(Exception):
    """A message did not leave. `permanent` means that trying again cannot help, `after` that it cannot for so many
    seconds; `about_mailbox` that, once this message is given up, no other will arrive there either."""

    def __init__(
        self, scope: Scope, text: str, *, permanent: bool = False, about_mailbox: bool = False, after: int = 0
    ) -> None:
        super().__init__(text)
        self.scope, self.permanent, self.about_mailbox, self.after = scope, permanent, about_mailbox, after


@dataclass(frozen=True)
class Parcel:
    """A message as it goes out now: what it says, at the lengths that media like, and to whom."""

    to: Any  # an e-mail address, or what `Address.to` holds
    message_id: str  # the same at each attempt, so that a receiver can tell a repeat
    subject: str
    text: str
    html: str = ""
    short: str = ""  # for chats and push: what it is about in a few lines
    url: str = ""  # where a tap on it leads
    unsubscribe: str = ""
    kinds: tuple[str, ...] = ()  # what it speaks of, in words for programs

    def brief(self, longest: int, *, with_subject: bool, with_link: bool) -> str:
        """A few lines of at most so many bytes, and the subject and the link where nothing else shows them."""
        text = (self.short or self.text).strip()
        text = text.removeprefix(self.subject).strip() or text
        if with_subject and text != self.subject:
            text = f"{self.subject}\n{text}"
        link = f"\n{self.url}" if with_link and self.url and self.url not in text else ""
        coded, room = text.encode(), longest - len(link.encode())
        return (text if len(coded) <= room else coded[: room - 3].decode(errors="ignore") + "…") + link


class Transport(Protocol):
    """What sends the messages of one medium: opened by the first of a chunk, shared by the rest."""

    def send(self, parcel: Parcel) -> None:
        """Returns once the other side has accepted it. Raises Trouble."""

    def close(self) -> None: ...

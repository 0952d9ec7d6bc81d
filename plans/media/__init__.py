"""How a message leaves. One module a medium; what went wrong is sorted there, into `Trouble`."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    RECIPIENT = "recipient"
    MESSAGE = "message"
    SERVER = "server"  # the only one that stops a chunk


class Trouble(Exception):
    """A message did not leave. `permanent` means that trying again cannot help."""

    def __init__(self, scope: Scope, text: str, *, permanent: bool = False) -> None:
        super().__init__(text)
        self.scope, self.permanent = scope, permanent

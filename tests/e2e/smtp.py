"""An SMTP server that counts: what it accepted, in which order, from whom; it can also misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.ports import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Received:
    """One accepted message."""

    raw: bytes
    sender: str
    recipients: tuple[str, ...]
    peer: tuple[str, int]  # one connection of a client keeps its port
    at: float = field(default_factory=time.monotonic)

    @property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"]).strip()


class CountingServer:
    """Listens on 127.0.0.1; `stop` and `start` keep the port.

    A message counts once its text has arrived, `delay` seconds before the client hears "250": a client
    killed in between has sent it, and does not know. Set at any time:

    `delay`      seconds between the arrival of a text and the answer
    `refusals`   recipient or sender -> answer, such as {"gone@x.example": "550 5.1.1 no such user"}
    `answer`     what every text is answered instead of being accepted, such as "451 4.3.0 later"
    `hanging`    no answer to MAIL any more until it is False again
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self.refusals: dict[str, str] = {}
        self.answer = ""
        self.hanging = False
        self.port = 0
        self._received: list[Received] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[Received]:
        with self._lock:
            return list(self._received)

    def to(self, recipient: str) -> list[Received]:
        return [message for message in self.messages if recipient in message.recipients]

    def copies(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(message.message_id for message in self.messages)

    def forget(self) -> None:
        with self._lock:
            self._received.clear()

    def start(self) -> CountingServer:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port or free_port())
        self.port = self._controller.port
        self._controller.start()
        return self

    def stop(self) -> None:
        """Nobody listens any more, and open connections end."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # What aiosmtpd calls.

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        while self.hanging:
            await asyncio.sleep(0.05)
        if address in self.refusals:
            return self.refusals[address]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        if self.answer:
            return self.answer
        received = Received(envelope.original_content, envelope.mail_from, tuple(envelope.rcpt_tos), session.peer)
        with self._lock:
            self._received.append(received)
        if self.delay:
            await asyncio.sleep(self.delay)
        return "250 OK"

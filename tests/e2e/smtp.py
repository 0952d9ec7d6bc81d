"""An SMTP server that counts: what it accepted, in which order, from whom; it can also misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.ports import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)

HANG, CLOSE = "hang", "close"


@dataclass(frozen=True)
class Received:
    """One accepted message."""

    raw: bytes
    sender: str
    recipients: tuple[str, ...]
    peer: tuple[str, int]  # one connection of a client keeps its port
    at: datetime

    @cached_property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @cached_property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"]).strip()


class CountingServer:
    """Listens on 127.0.0.1; `stop` and `start` keep the port.

    A message counts once its text has arrived, `delay` seconds before the client hears "250": a client
    killed in between has sent it, and does not know. Set at any time:

    `delay`      seconds between the arrival of a text and the answer
    `refusals`   recipient or sender -> answer, such as {"gone@x.example": "550 5.1.1 no such user"}
    `answer`     what every text is answered instead of being accepted, such as "451 4.3.0 later"
    `hanging`    no answer to MAIL any more until it is False again; `held` counts who waits for one
    `trouble`    asked at each step of a conversation (EHLO, MAIL, RCPT, TEXT, END, and DONE once it is accepted):
                 "" to go on, HANG, CLOSE, or an answer to give instead. With trouble at DONE the client does not
                 learn that its message was accepted: `unheard` counts those.
    `now`        the clock by which messages are received, that of the site where a test moves it
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self.refusals: dict[str, str] = {}
        self.answer = ""
        self.hanging = False
        self.held = 0
        self.trouble: Callable[[str], str] = lambda _step: ""
        self.unheard = 0
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
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
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port or free_port())
        self.port = self._controller.port
        self._controller.start()
        return self

    def stop(self) -> None:
        """Nobody listens any more, and open connections end."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def makes_trouble(self, step: str, server: SMTP) -> str:
        """The answer to give at this step instead of the usual one; "" where there is no trouble."""
        return await self._makes(self.trouble(step), server)

    async def _makes(self, trouble: str, server: SMTP) -> str:
        if trouble == HANG:
            await asyncio.sleep(3600)  # until the client has had enough: then aiosmtpd ends this task
        if trouble == CLOSE:
            server.transport.abort()
        return "421 nobody hears this" if trouble == CLOSE else trouble

    # What aiosmtpd calls.

    async def handle_EHLO(self, server: SMTP, session: Any, _envelope: Any, host: str, lines: list[str]) -> list[str]:
        session.host_name = host
        said = await self.makes_trouble("EHLO", server)
        return [said] if said else lines

    async def handle_MAIL(self, server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self.held += 1
        while self.hanging:
            await asyncio.sleep(0.05)
        self.held -= 1
        if said := self.refusals.get(address) or await self.makes_trouble("MAIL", server):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if said := self.refusals.get(address) or await self.makes_trouble("RCPT", server):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if said := self.answer or await self.makes_trouble("END", server):
            return said
        text, to = envelope.original_content, tuple(envelope.rcpt_tos)
        received = Received(text, envelope.mail_from, to, session.peer, self.now())
        with self._lock:
            self._received.append(received)
        if self.delay:
            await asyncio.sleep(self.delay)
        if said := self.trouble("DONE"):
            self.unheard += 1
            await self._makes(said, server)
        return "250 OK"


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class _Smtp(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        """Trouble at TEXT comes while the text is still on its way."""
        handler = self.event_handler
        if handler.trouble("TEXT"):
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)

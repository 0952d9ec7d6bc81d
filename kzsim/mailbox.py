"""The e-mails of a site on one's own machine: kept as files, and shown at /mailbox/ to this machine only.

Used when no `EMAIL_URL` is set. A public site refuses to start without one, and never shows these pages.
"""

from __future__ import annotations

import email
import email.policy
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as ParsedMessage
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kzsim.common.shown_mail import shows_mail

KEPT = 500
NAME = re.compile(r"^[0-9T]+-[0-9a-f]+$")
SHOWN_HEADERS = (
    *("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Content-Language"),
)


class MailboxBackend(BaseEmailBackend):
    """Writes each message to a file of its own; the newest 500 stay."""

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        for message in email_messages:
            keep(message.message().as_bytes())
        return len(email_messages)


def keep(message: bytes) -> Path:
    folder = settings.MAILBOX_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{timezone.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    draft = folder / f".{name}.draft"
    draft.write_bytes(message)
    path = draft.rename(folder / f"{name}.eml")  # in one step: a reader never sees half a message
    for old in _files()[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def _files() -> list[Path]:
    """The kept messages, newest first: their names begin with the moment they were kept."""
    return sorted(settings.MAILBOX_DIR.glob("*.eml"), reverse=True)


@dataclass(frozen=True)
class KeptMail:
    """A kept message as a mail program would show it."""

    name: str
    parsed: ParsedMessage

    @classmethod
    def read(cls, path: Path) -> KeptMail:
        return cls(path.stem, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))

    @property
    def kept_at(self) -> datetime:
        return datetime.strptime(self.name.partition("-")[0] + "+0000", "%Y%m%dT%H%M%S%f%z")

    @property
    def sender(self) -> str:
        return str(self.parsed["From"])

    @property
    def recipient(self) -> str:
        return str(self.parsed["To"])

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name in SHOWN_HEADERS for value in self.parsed.get_all(name, [])]

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def attachments(self) -> list[tuple[str, str]]:
        return [(part.get_filename() or "-", part.get_content_type()) for part in self.parsed.iter_attachments()]

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return part.get_content() if part else ""


def _for_this_machine(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 unless mail is kept here and the visitor sits at this very machine, not behind a proxy on it."""

    @login_not_required
    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponse:
        if settings.MAILBOX_DIR is None or not getattr(request, "from_this_machine", False):
            raise Http404
        return view(request, **kwargs)

    return guarded


def _kept_mail(name: str) -> KeptMail:
    path = settings.MAILBOX_DIR / f"{name}.eml"
    if not NAME.match(name) or not path.is_file():
        raise Http404
    return KeptMail.read(path)


@_for_this_machine
def index(request: HttpRequest) -> HttpResponse:
    mails = [KeptMail.read(path) for path in _files()[:100]]
    return render(request, "mailbox/index.html", {"mails": mails, "kept": KEPT})


@_for_this_machine
def detail(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "mailbox/detail.html", {"mail": _kept_mail(name)})


@_for_this_machine
@shows_mail
def html_part(request: HttpRequest, name: str) -> str:
    """The HTML of a message on a page of its own."""
    mail = _kept_mail(name)
    if not mail.html:
        raise Http404
    return mail.html

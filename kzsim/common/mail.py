"""Assembles e-mail messages the way mail clients and mail servers like them."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives


def new_message_id() -> str:
    """Made once for a message and kept, so that a repeated attempt is recognised as the same. Nobody guesses it: mail
    that comes back is believed where it brings one."""
    return f"<{secrets.token_hex(16)}@{urlsplit(settings.SITE_URL).hostname}>"


def assemble(
    *, to: str, subject: str, text: str, html: str, message_id: str, unsubscribe: str = ""
) -> EmailMultiAlternatives:
    """A message with text and HTML; `unsubscribe` is the address for one click (RFC 8058)."""
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if unsubscribe:
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    mail = EmailMultiAlternatives(subject=" ".join(subject.split()), body=text, to=[to], headers=headers)
    if html:
        mail.attach_alternative(html, "text/html")
    return mail

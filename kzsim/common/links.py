"""Signed links: each purpose its own salt, so that one cannot be used for another."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing


class Purpose(StrEnum):
    UNSUBSCRIBE = "unsubscribe"  # one person's reminders; never expires
    USED = "used"  # what was known of a number's use before somebody said more
    ANSWER = "answer"  # one deadline of one plan or SIM; ends with it


class BadLink(Exception):
    """The link was not made by this site, or not for this purpose."""


def sign(purpose: Purpose, value: Any) -> str:
    """A short text for a URL that carries `value` (JSON) and cannot be forged."""
    return signing.Signer(salt=f"kzsim.link.{purpose}").sign_object(value)


def unsign(purpose: Purpose, token: str) -> Any:
    """The value of `sign`. Raises BadLink."""
    try:
        return signing.Signer(salt=f"kzsim.link.{purpose}").unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error


def absolute(path: str) -> str:
    """The full address of a page of this site."""
    return f"{settings.SITE_URL}{path}"

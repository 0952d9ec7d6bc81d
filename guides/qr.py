"""QR codes, for readers who look at the page on another screen than that of their phone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe

from guides.models import Fact, FactKind
from guides.rendering import tel_address


@dataclass(frozen=True)
class DialCode:
    """A code or number as text, and as a picture that makes a phone offer to dial it."""

    text: str
    picture: SafeString


def dial_codes(facts: Iterable[Fact]) -> list[DialCode]:
    """The codes and numbers among these facts, each once."""
    dialled = {fact.value: fact for fact in facts if fact.kind in (FactKind.CODE, FactKind.NUMBER)}
    return [DialCode(text, picture(tel_address(fact))) for text, fact in dialled.items()]


@lru_cache(maxsize=512)
def picture(content: str) -> SafeString:
    """A QR code of this text: dark on light in every theme, or cameras do not read it."""
    code = segno.make(content, micro=False, error="m")
    svg = code.svg_inline(omitsize=True, light="#fff", border=4, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308  (drawn by us, from dark and light alone)

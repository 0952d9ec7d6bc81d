"""Which guides to offer."""

from __future__ import annotations

from dataclasses import dataclass

from .models import Operator
from .situation import Situation


@dataclass(frozen=True)
class GuideLink:
    """`url` is a path of this site; `reason` says in the reader's language why it is offered."""

    title: str
    url: str
    reason: str
    channel: str


def best_guides(
    operator: Operator | None, situation: Situation, language: str, limit: int | None = 2
) -> list[GuideLink]:
    return []

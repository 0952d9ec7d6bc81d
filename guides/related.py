"""Which guides to read after this one. Pure: topics in, topics out.

The rule, in full: a link from this guide's text to another counts most, then a link back. Then what both speak of:
each fact that both name, the more the fewer guides name it. Then the same kind of thing: one way to renew stands beside
the others, one trouble beside the next. A guide is never its own relative, and a single fact that everybody names
makes no relation. What is equal stays in the editors' order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 4
_LINK_TO, _LINK_BACK, _SAME_TOPIC, _BOTH_RENEW = 10_000.0, 1_000.0, 1.0, 1.0  # no sum of facts outweighs a link
_RAREST_FACT = 3.0  # shared by these two alone
_LEAST = 1.0
_FEW = 6  # a fact that more guides name says nothing of two of them

_LINK = re.compile(r"\]\(\.\./([a-z0-9-]+)/?(?:#[^()]*)?\)")


@dataclass(frozen=True)
class Relative:
    """What is compared of a guide. `facts` are the names that its text gives them."""

    slug: str
    topic: str
    channel: str = ""
    links: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    order: int = 0


def links_in(text: str) -> frozenset[str]:
    """The short names of the guides to which a text leads: `[...](../slug/)`."""
    return frozenset(_LINK.findall(text))


def related(this: Relative, all_of_them: Sequence[Relative]) -> list[Relative]:
    """At most four others, nearest first."""
    others = [other for other in all_of_them if other.slug != this.slug]
    named = {fact: 1 + sum(fact in other.facts for other in others) for fact in this.facts}
    scores = {other.slug: _nearness(this, other, named) for other in others}
    near = [other for other in others if scores[other.slug] >= _LEAST]
    return sorted(near, key=lambda other: (-scores[other.slug], other.order, other.slug))[:MOST]


def _nearness(this: Relative, other: Relative, named: dict[str, int]) -> float:
    """How near another guide is; `named` says of each fact how many guides name it."""
    nearness = _LINK_TO * (other.slug in this.links) + _LINK_BACK * (this.slug in other.links)
    nearness += sum(_RAREST_FACT * 2 / named[fact] for fact in this.facts & other.facts if named[fact] <= _FEW)
    if this.topic == other.topic:
        nearness += _SAME_TOPIC + _BOTH_RENEW * bool(this.channel and other.channel)
    return nearness

"""The renewal assistant: from where a reader is and how they can pay to the channels that can work.

Pure: values in, values out. The rule, in full:

1. A channel that takes no money is never offered.
2. Abroad, a channel that works only in the country is not offered; one of which nobody knows whether it
   works from abroad is offered, and says so.
3. If we know how the reader can pay, a channel that takes none of these ways is not offered; one that may
   take one of them is offered, and says "check first".
4. The surer comes first: nothing to check, then one thing, then two. If the reader's payment is to be
   checked, a channel with a person at it goes before the others: the clerk will say it at once.
5. Then, if we know how the reader pays, what costs nothing and is credited at once comes before the rest.
6. What is still equal stays in the editors' order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from guides.situation import Place, Situation


@dataclass(frozen=True)
class ChannelTraits:
    """What is known of a channel. The words are those of the `Channel` row."""

    slug: str
    kind: str
    works_abroad: str = "unknown"
    payments: frozenset[str] = frozenset()
    payments_to_check: frozenset[str] = frozenset()
    credited: str = "unknown"
    fee: str = "unknown"


class Reason(StrEnum):
    """Why a channel is offered."""

    COMMON = "common"  # nothing is known of the reader
    IN_COUNTRY = "in_country"  # works in Kazakhstan; the payment is unknown
    FROM_ABROAD = "from_abroad"  # works from abroad; the payment is unknown
    TAKES = "takes"  # takes what the reader has
    CHECK_PAYMENT = "check_payment"  # may take what the reader has
    CHECK_ABROAD = "check_abroad"  # takes it, or we do not know the payment; abroad is unproven
    CHECK_BOTH = "check_both"  # may take it, and abroad is unproven


@dataclass(frozen=True)
class Offer:
    """A channel that can work, why, and the ways to pay that the reason speaks of."""

    channel: ChannelTraits
    reason: Reason
    payments: frozenset[str] = frozenset()


def offers_for(situation: Situation, channels: Iterable[ChannelTraits]) -> list[Offer]:
    """The channels that can work in this situation, best first; `channels` come in the editors' order."""
    offers = [offer for channel in channels if (offer := _offer(situation, channel))]
    return sorted(offers, key=lambda offer: _rank(situation, offer))


def _offer(situation: Situation, channel: ChannelTraits) -> Offer | None:
    if not channel.payments and not channel.payments_to_check:
        return None
    abroad = situation.place == Place.ABROAD
    if abroad and channel.works_abroad == "no":
        return None
    unproven_place = abroad and channel.works_abroad != "yes"
    taken = situation.payments & channel.payments
    to_check = situation.payments & channel.payments_to_check
    if situation.payments and not taken and not to_check:
        return None
    if situation.payments and not taken:
        return Offer(channel, Reason.CHECK_BOTH if unproven_place else Reason.CHECK_PAYMENT, to_check)
    if unproven_place:
        return Offer(channel, Reason.CHECK_ABROAD, taken)
    if taken:
        return Offer(channel, Reason.TAKES, taken)
    if abroad:
        return Offer(channel, Reason.FROM_ABROAD)
    return Offer(channel, Reason.IN_COUNTRY if situation.place else Reason.COMMON)


_THINGS_TO_CHECK = {Reason.CHECK_PAYMENT: 1, Reason.CHECK_ABROAD: 1, Reason.CHECK_BOTH: 2}
_FEE = {"none": 0, "unknown": 1, "possible": 1}
_SPEED = {"at_once": 0, "unknown": 1, "later": 2}


def _rank(situation: Situation, offer: Offer) -> tuple[int, bool, int, int]:
    channel = offer.channel
    payment_unproven = offer.reason in (Reason.CHECK_PAYMENT, Reason.CHECK_BOTH)
    known = bool(situation.payments)
    return (
        _THINGS_TO_CHECK.get(offer.reason, 0),
        payment_unproven and channel.kind != "shop",
        _FEE[channel.fee] if known else 0,
        _SPEED[channel.credited] if known else 0,
    )

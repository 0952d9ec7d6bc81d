"""The renewal assistant: from where a reader is and how they can pay to the channels that can work.

Pure: values in, values out. The rule, in full:

1. A channel that takes no money is never offered.
2. Abroad, a channel that works only in the country is not offered; one of which nobody knows whether it
   works from abroad is offered, and says so.
3. If we know how the reader can pay, a channel that takes none of these ways is not offered; one that may
   take one of them is offered, and says "check first".
4. If it is needed today, a channel that is known to credit later goes behind all others, and says so; of one
   whose speed nobody knows, the page says that.
5. The surer comes first: nothing to check, then one thing, then two. If the reader's payment is to be
   checked, a channel with a person at it goes before the others: the clerk will say it at once.
6. Then, if we know how the reader pays, what costs nothing comes before the rest, and then what is credited at
   once before what is credited later; if it is needed today, speed counts before cost.
7. What is still equal stays in the editors' order. So the order of two channels never depends on a third.

Another way to pay can only add channels, never take one away. Where no channel is left, `payments_that_would_help`
tells which ways to pay would open one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from guides.situation import PaymentMethod, Place, Situation


class HowSoon(models.TextChoices):
    """When the money must be there; "" where the reader did not say."""

    TODAY = "today", _("Today")
    DAYS = "days", _("In a few days or later")


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

    @property
    def is_unproven(self) -> bool:
        """Whether the reader must check something before paying."""
        return self.reason in _THINGS_TO_CHECK

    def is_late(self, soon: str) -> bool:
        """Whether it is known to be credited later than it is needed."""
        return soon == HowSoon.TODAY and self.channel.credited == "later"


def offers_for(situation: Situation, channels: Iterable[ChannelTraits], soon: str = "") -> list[Offer]:
    """The channels that can work in this situation, best first; `channels` come in the editors' order, `soon` is a
    `HowSoon` value or "" when unknown."""
    offers = [offer for channel in channels if (offer := _offer(situation, channel))]
    return sorted(offers, key=lambda offer: _rank(situation, offer, soon))


def payments_that_would_help(situation: Situation, channels: Sequence[ChannelTraits]) -> list[str]:
    """The ways to pay, other than the reader's, with which some channel could work where they are."""
    others = [payment for payment in PaymentMethod.values if payment not in situation.payments]
    return [one for one in others if offers_for(Situation(situation.place, frozenset({one})), channels)]


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


def _rank(situation: Situation, offer: Offer, soon: str) -> tuple[bool, int, bool, int, int]:
    channel = offer.channel
    payment_unproven = offer.reason in (Reason.CHECK_PAYMENT, Reason.CHECK_BOTH)
    known = bool(situation.payments)
    cost = _FEE[channel.fee] if known else 0
    speed = _SPEED[channel.credited] if known else 0
    first, second = (speed, cost) if soon == HowSoon.TODAY else (cost, speed)
    return (
        offer.is_late(soon),
        _THINGS_TO_CHECK.get(offer.reason, 0),
        payment_unproven and channel.kind != "shop",
        first,
        second,
    )

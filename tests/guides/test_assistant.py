"""The assistant's rule as a table, over the channels as the files describe them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.assistant import ChannelTraits, Reason, offers_for
from guides.content_files import entries
from guides.situation import PaymentMethod, Place, Situation

CHANNELS = [
    ChannelTraits(
        slug=values["slug"],
        kind=values["kind"],
        works_abroad=values["works_abroad"],
        payments=frozenset(values["payments"]),
        payments_to_check=frozenset(values["payments_to_check"]),
        credited=values["credited"],
        fee=values["fee"],
    )
    for values in sorted(
        (entry.values for entry in entries() if entry.kind == "channel"), key=lambda values: values["order"]
    )
]


def offered(place: str = "", *payments: str) -> list[str]:
    return [offer.channel.slug for offer in offers_for(Situation(place, frozenset(payments)), CHANNELS)]


@pytest.mark.parametrize(
    ("place", "payments", "expected"),
    [
        ("", [], ["shop", "bank-app", "app", "website", "payment-service", "kiosk", "reseller-abroad"]),
        ("kz", ["cash"], ["shop", "kiosk"]),
        ("kz", ["kaspi"], ["bank-app", "app", "website", "shop", "payment-service"]),
        ("kz", ["foreign_card"], ["shop", "app", "website", "payment-service", "reseller-abroad"]),
        ("kz", ["alipay_wechat"], ["shop", "reseller-abroad"]),
        ("abroad", [], ["reseller-abroad", "bank-app", "app", "website", "payment-service"]),
        ("abroad", ["cash"], []),
        ("abroad", ["foreign_card"], ["reseller-abroad", "app", "website", "payment-service"]),
        ("abroad", ["kz_card"], ["bank-app", "app", "website", "payment-service"]),
        ("abroad", ["alipay_wechat"], ["reseller-abroad"]),
    ],
)
def test_the_channels_that_can_work_come_best_first(place, payments, expected):
    assert offered(place, *payments) == expected


@pytest.mark.parametrize(
    ("place", "payments", "channel", "reason"),
    [
        ("", [], "shop", Reason.COMMON),
        ("kz", [], "shop", Reason.IN_COUNTRY),
        ("kz", ["cash"], "shop", Reason.TAKES),
        ("kz", ["mir"], "app", Reason.CHECK_PAYMENT),
        ("abroad", [], "reseller-abroad", Reason.FROM_ABROAD),
        ("abroad", ["kaspi"], "bank-app", Reason.CHECK_ABROAD),
        ("abroad", ["unionpay"], "website", Reason.CHECK_BOTH),
    ],
)
def test_each_offer_says_why(place, payments, channel, reason):
    offers = offers_for(Situation(place, frozenset(payments)), CHANNELS)
    assert {offer.channel.slug: offer.reason for offer in offers}[channel] == reason


traits = st.builds(
    ChannelTraits,
    slug=st.text(),
    kind=st.sampled_from(["shop", "app"]),
    works_abroad=st.sampled_from(["yes", "no", "unknown"]),
    payments=st.frozensets(st.sampled_from(PaymentMethod.values)),
    payments_to_check=st.frozensets(st.sampled_from(PaymentMethod.values)),
    credited=st.sampled_from(["at_once", "later", "unknown"]),
    fee=st.sampled_from(["none", "possible", "unknown"]),
)
situations = st.builds(
    Situation,
    place=st.sampled_from(["", *Place.values]),
    payments=st.frozensets(st.sampled_from(PaymentMethod.values)),
)


@given(situations, st.lists(traits))
def test_nothing_is_offered_that_cannot_work(situation, channels):
    for offer in offers_for(situation, channels):
        takes = offer.channel.payments | offer.channel.payments_to_check
        assert takes
        assert not situation.payments or takes & situation.payments
        assert not (situation.place == "abroad" and offer.channel.works_abroad == "no")
        assert offer.payments <= situation.payments

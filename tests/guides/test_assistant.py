"""The assistant's rule as a table, over the channels as the files describe them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guides.assistant import ChannelTraits, HowSoon, Reason, offers_for, payments_that_would_help
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


# Channels as editors may describe them one day: what needs no check and credits later, and so on.
QUICK_WITH_FEE = ChannelTraits(
    "quick", "app", payments=frozenset({"kaspi"}), credited="at_once", fee="possible", works_abroad="yes"
)
FREE_BUT_LATER = ChannelTraits(
    "free", "website", payments=frozenset({"kaspi"}), credited="later", fee="none", works_abroad="yes"
)
FREE_AND_UNKNOWN = ChannelTraits(
    "slow?", "kiosk", payments=frozenset({"kaspi"}), credited="unknown", fee="none", works_abroad="yes"
)
TO_CHECK = ChannelTraits("check", "app", payments_to_check=frozenset({"kaspi"}), credited="at_once", fee="none")
INVENTED = [FREE_BUT_LATER, TO_CHECK, FREE_AND_UNKNOWN, QUICK_WITH_FEE]


@pytest.mark.parametrize(
    ("soon", "payments", "expected"),
    [
        ("", ["kaspi"], ["slow?", "free", "quick", "check"]),
        ("days", ["kaspi"], ["slow?", "free", "quick", "check"]),
        ("today", ["kaspi"], ["quick", "slow?", "check", "free"]),
        ("", [], ["free", "check", "slow?", "quick"]),
        ("days", [], ["free", "check", "slow?", "quick"]),
        ("today", [], ["check", "slow?", "quick", "free"]),
    ],
)
def test_what_is_needed_today_is_not_paid_where_it_comes_later(soon, payments, expected):
    offers = offers_for(Situation("kz", frozenset(payments)), INVENTED, soon)
    assert [offer.channel.slug for offer in offers] == expected
    late = [offer.channel.slug for offer in offers if offer.is_late(soon)]
    assert late == (["free"] if soon == "today" else [])


def test_of_the_channels_in_the_files_none_is_known_to_be_late():
    for place in ("", *Place.values):
        offers = offers_for(Situation(place), CHANNELS, HowSoon.TODAY)
        assert [offer.channel.slug for offer in offers] == offered(place)
        assert not any(offer.is_late(HowSoon.TODAY) for offer in offers)


@pytest.mark.parametrize(
    ("place", "payments", "expected"),
    [
        ("abroad", ["cash"], ["kaspi", "kz_card", "foreign_card", "unionpay", "mir", "alipay_wechat"]),
        ("kz", ["mir"], ["cash", "kaspi", "kz_card", "foreign_card", "unionpay", "alipay_wechat"]),
    ],
)
def test_other_ways_to_pay_that_would_help_are_named(place, payments, expected):
    assert payments_that_would_help(Situation(place, frozenset(payments)), CHANNELS) == expected


def test_nothing_helps_where_no_channel_takes_money():
    assert payments_that_would_help(Situation("kz"), [ChannelTraits("ussd", "ussd")]) == []


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


soons = st.sampled_from(["", *HowSoon.values])


@given(situations, st.lists(traits), soons)
def test_nothing_is_offered_that_cannot_work(situation, channels, soon):
    for offer in offers_for(situation, channels, soon):
        takes = offer.channel.payments | offer.channel.payments_to_check
        assert takes
        assert not situation.payments or takes & situation.payments
        assert not (situation.place == "abroad" and offer.channel.works_abroad == "no")
        assert offer.payments <= situation.payments


@given(situations, st.lists(traits), soons)
def test_all_that_can_work_is_offered_once_and_how_soon_changes_the_order_only(situation, channels, soon):
    can_work = [
        channel
        for channel in channels
        if channel.payments | channel.payments_to_check
        and (not situation.payments or (channel.payments | channel.payments_to_check) & situation.payments)
        and not (situation.place == "abroad" and channel.works_abroad == "no")
    ]
    offered_now = [offer.channel for offer in offers_for(situation, channels, soon)]
    assert sorted(map(repr, offered_now)) == sorted(map(repr, can_work))


@given(situations, st.lists(traits, unique_by=lambda channel: channel.slug), soons, st.data())
def test_the_order_of_two_never_depends_on_a_third(situation, channels, soon, data):
    whole = [offer.channel for offer in offers_for(situation, channels, soon)]
    some = [channel for channel in channels if data.draw(st.booleans())]
    assert [offer.channel for offer in offers_for(situation, some, soon)] == [one for one in whole if one in some]
    assert [offer.channel for offer in offers_for(situation, whole, soon)] == whole  # sorted once, it stays so


@given(situations, st.frozensets(st.sampled_from(PaymentMethod.values)), st.lists(traits), soons)
def test_another_way_to_pay_never_takes_an_offer_away(situation, more, channels, soon):
    if not situation.payments:  # then nothing was said, and everything was offered
        return
    fewer = [offer.channel for offer in offers_for(situation, channels, soon)]
    richer = Situation(situation.place, situation.payments | more)
    all_of_them = [offer.channel for offer in offers_for(richer, channels, soon)]
    assert [channel for channel in fewer if channel not in all_of_them] == []


@given(situations, st.lists(traits))
def test_what_is_said_to_help_does(situation, channels):
    helpful = payments_that_would_help(situation, channels)
    assert not set(helpful) & situation.payments
    for payment in PaymentMethod.values:
        works = bool(offers_for(Situation(situation.place, frozenset({payment})), channels))
        assert (payment in helpful) == (works and payment not in situation.payments)


@given(situations, st.lists(traits))
def test_needed_today_what_comes_later_stands_last(situation, channels):
    late = [offer.is_late(HowSoon.TODAY) for offer in offers_for(situation, channels, HowSoon.TODAY)]
    assert late == sorted(late)

"""Which operator suits a reader: from what is known to what speaks for and against each.

Pure: values in, values out. The rule, in full:

1. The reader says what matters: how they use the phone, how long they stay, what their phone is. If they say
   nothing, everything matters.
2. A point stands only while what it rests on is known: a fact, an operator's profile, or an offer seen. If an editor
   marks the fact as not known, the point is gone.
3. Each point speaks for, or against, or is a note for the reader to judge: an offer that was seen, or what the
   profile tells such a reader. Nothing is counted and nothing is weighed: two points are not better than one.
4. A brand does not inherit points from its network: what is sold under one name says nothing about another.
5. What holds for every operator alike is said once; it makes no brand better.
6. Where a brand has no point on something that matters, that is not known of it. What is not known of any brand is
   said once, and not again under each.
7. Brands for which something speaks come first, then those with some point, then those of which nothing is known;
   within these, they stay in the editors' order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Use(models.TextChoices):
    """What a reader wants of an operator."""

    DATA = "data", _("Much data")
    CALLS = "calls", _("Many calls")
    PRICE = "price", _("A low price")
    COVERAGE = "coverage", _("Coverage where I am")
    LANGUAGE = "language", _("Service in my language")


class Stay(models.TextChoices):
    LIVE = "live", _("I live in Kazakhstan")
    SHORT = "short", _("A short stay")


class Phone(models.TextChoices):
    ESIM = "esim", _("I want an eSIM")
    DUAL = "dual", _("Two SIMs in one phone")
    BROUGHT = "brought", _("Bought outside Kazakhstan")


MATTERS: tuple[str, ...] = (*Use.values, *Stay.values, *Phone.values)
SAME_EVERYWHERE = frozenset({Phone.BROUGHT.value})  # a matter of law: no operator can differ


class Side(StrEnum):
    FOR = "for"
    AGAINST = "against"
    NOTE = "note"  # neither: for the reader to judge


@dataclass(frozen=True)
class Claim:
    """What a known fact means for somebody who chooses. `fact` is its key; `{brand}` stands for each brand in turn.
    With `value`, the claim holds only where the fact has that value."""

    fact: str
    matter: str
    side: Side
    words: str | Promise
    brand: str = ""
    value: str = ""


def _of(brand: str, what: str, matter: str, side: Side, words: str | Promise) -> Claim:
    return Claim(f"{brand}.{what}", matter, side, words, brand)


_PRICES_ROSE = _("It announced two price rises within a year.")
_NO_MONTHLY_FEE = _("No monthly fee: a bundle renews only when it is used up.")
_WHAT_IS_LEFT_STAYS = _("What you do not use up does not end with the month.")
_CHARGE_SHOWN = _("Your account shows the day and the price of the next charge.")
_NAMED_BY_STATE = _("The state’s advice to foreigners names it as a place to register a SIM.")

# What the facts mean, one line each. Numbers stay in the facts: here they would grow old unseen.
CLAIMS: tuple[Claim, ...] = (
    _of("kcell", "known_for_data", Use.DATA, Side.FOR, _("Known for a fast and steady network, for much data.")),
    _of("kcell", "app_languages", Use.LANGUAGE, Side.FOR, _("Its app speaks several languages.")),
    _of(
        "kcell",
        "voice_message_charge",
        Use.PRICE,
        Side.AGAINST,
        _("Users complained of a charge for voice messages they had not asked for."),
    ),
    _of(
        "activ",
        "four_weeks",
        Use.PRICE,
        Side.AGAINST,
        _("Some plans are charged every four weeks, which is more often than every month."),
    ),
    _of("beeline", "known_for_price", Use.PRICE, Side.FOR, _("Known for affordable prices.")),
    _of(
        "beeline",
        "daily_fallback",
        Use.PRICE,
        Side.AGAINST,
        _("If the balance is too small for the fee, a package by the day starts by itself and costs money."),
    ),
    _of(
        "beeline",
        "swap_paid",
        Use.CALLS,
        Side.AGAINST,
        _("Swapping data into minutes costs money; it was free before."),
    ),
    _of("beeline", "periods", Stay.SHORT, Side.FOR, _("It has had plans by the week.")),
    _of("izi", "bundle_keeps", Use.DATA, Side.FOR, _WHAT_IS_LEFT_STAYS),
    _of("izi", "bundle_keeps", Use.CALLS, Side.FOR, _WHAT_IS_LEFT_STAYS),
    _of("izi", "no_monthly_fee", Use.PRICE, Side.FOR, _NO_MONTHLY_FEE),
    _of("izi", "no_monthly_fee", Stay.SHORT, Side.FOR, _NO_MONTHLY_FEE),
    _of(
        "tele2",
        "known_for_calls",
        Use.CALLS,
        Side.FOR,
        _("Known for many plans, for people who call a lot."),
    ),
    _of("tele2", "known_for_value", Use.PRICE, Side.FOR, _("Known for good value.")),
    _of("tele2", "next_charge_shown", Use.PRICE, Side.FOR, _CHARGE_SHOWN),
    _of("altel", "next_charge_shown", Use.PRICE, Side.FOR, _CHARGE_SHOWN),
    *(
        Claim("country.price_rises", Use.PRICE, Side.AGAINST, _PRICES_ROSE, brand)
        for brand in ("beeline", "tele2", "altel")
    ),
    *(
        Claim("country.sim_places", Stay.SHORT, Side.FOR, _NAMED_BY_STATE, brand)
        for brand in ("activ", "beeline", "tele2", "altel")
    ),
    # What editors learn of any brand one day.
    Claim("{brand}.esim", Phone.ESIM, Side.FOR, _("It sells eSIMs."), value="yes"),
    Claim("{brand}.esim", Phone.ESIM, Side.AGAINST, _("It sells no eSIMs."), value="no"),
    Claim("{brand}.service_languages", Use.LANGUAGE, Side.FOR, _("Its service speaks: {value}")),
)

# What holds for every operator alike.
ALIKE: tuple[Claim, ...] = (
    Claim("country.face_check", Stay.SHORT, Side.NOTE, _("A new SIM works only after a check of your face.")),
    Claim(
        "country.imei_lists", Phone.BROUGHT, Side.NOTE, _("A phone that the networks do not know must be registered.")
    ),
    Claim("country.imei_days", Phone.BROUGHT, Side.NOTE, _("Days to register the phone: {value}")),
    Claim("country.imei_from_first_use", Phone.BROUGHT, Side.NOTE, _("They run from the first use of a Kazakh SIM.")),
    Claim(
        "country.esim_remote",
        Phone.ESIM,
        Side.NOTE,
        _("An operator may give out an eSIM by QR code, where phone and operator allow it."),
    ),
    Claim(
        "country.mnp",
        Stay.LIVE,
        Side.NOTE,
        _("You can change the operator later and keep the number."),
    ),
)

# What is asked of every operator alike, as long as nobody knows it: the fact, what it is about, the open question.
OPEN: tuple[tuple[str, str, Promise], ...] = (
    (
        "country.foreigner_without_iin",
        Stay.SHORT,
        _("Whether a foreign passport without an IIN passes the face check."),
    ),
    ("country.imei_visitors", Phone.BROUGHT, _("Whether a visitor has some days without registering the phone.")),
    ("country.imei_fee", Phone.BROUGHT, _("What registering a phone costs a private person.")),
)


@dataclass(frozen=True)
class OfferSeen:
    """A tariff as it was seen once. `has_data` and `has_minutes` are None where nobody knows."""

    id: int
    brand: str
    days: int | None  # of its period; None if it is bought once
    has_data: bool | None = None
    has_minutes: bool | None = None


@dataclass(frozen=True)
class Known:
    """All that is known: the values of known facts by key, what each brand's profile says (matters), offers seen."""

    facts: Mapping[str, str]
    profiles: Mapping[str, Collection[str]]
    offers: Sequence[OfferSeen] = ()


@dataclass(frozen=True)
class Point:
    """One thing known of a brand, or of all, and what it rests on: a fact's key, the brand's profile, or an offer's id.
    `words` is empty where the profile or the offer speaks for itself."""

    matter: str
    side: Side
    words: str | Promise = ""
    fact: str = ""
    offer: int | None = None

    @property
    def rests_on_profile(self) -> bool:
        return not self.fact and self.offer is None


@dataclass(frozen=True)
class Verdict:
    """What is known of one brand, and on which matters nothing is."""

    brand: str
    points: tuple[Point, ...]
    not_known: tuple[str, ...]

    def on(self, side: Side) -> list[Point]:
        return [point for point in self.points if point.side is side]


@dataclass(frozen=True)
class Comparison:
    """The answer: the brands in their order, what holds for all, what is open for all, what nobody knows of any."""

    verdicts: tuple[Verdict, ...]
    alike: tuple[Point, ...]
    open_questions: tuple[str | Promise, ...]
    not_known_of_any: tuple[str, ...]


def compared(asked: Collection[str], brands: Sequence[str], known: Known) -> Comparison:
    """What is known of these brands on what was asked; `brands` come in the editors' order."""
    matters = [matter for matter in MATTERS if not asked or matter in asked]
    points = {brand: _points_of(brand, matters, known) for brand in brands}
    comparable = [matter for matter in matters if matter not in SAME_EVERYWHERE]
    said = {point.matter for found in points.values() for point in found}
    verdicts = [
        Verdict(brand, found, tuple(one for one in comparable if one in said and one not in {p.matter for p in found}))
        for brand, found in points.items()
    ]
    return Comparison(
        verdicts=tuple(sorted(verdicts, key=_rank)),
        alike=tuple(_points_from(ALIKE, "", matters, known.facts)),
        open_questions=tuple(words for key, matter, words in OPEN if matter in matters and key not in known.facts),
        not_known_of_any=tuple(matter for matter in comparable if matter not in said),
    )


def _points_of(brand: str, matters: Sequence[str], known: Known) -> tuple[Point, ...]:
    found = [
        *_points_from(CLAIMS, brand, matters, known.facts),
        *(Point(matter, Side.NOTE) for matter in matters if matter in known.profiles.get(brand, ())),
        *(point for offer in known.offers if offer.brand == brand for point in _points_of_offer(offer)),
    ]
    return tuple(
        sorted((point for point in found if point.matter in matters), key=lambda point: MATTERS.index(point.matter))
    )


def _points_from(
    claims: Iterable[Claim], brand: str, matters: Sequence[str], facts: Mapping[str, str]
) -> Iterable[Point]:
    for claim in claims:
        key = claim.fact.format(brand=brand)
        about_this_brand = claim.brand == brand or "{brand}" in claim.fact
        if (
            about_this_brand
            and claim.matter in matters
            and key in facts
            and claim.value in ("", facts[key].strip().lower())
        ):
            yield Point(claim.matter, claim.side, claim.words, key)


_WEEK = 7


def _points_of_offer(offer: OfferSeen) -> Iterable[Point]:
    """What an offer tells something about: its price always, the rest where it is in it."""
    yield Point(Use.PRICE, Side.NOTE, offer=offer.id)
    if offer.has_data:
        yield Point(Use.DATA, Side.NOTE, offer=offer.id)
    if offer.has_minutes:
        yield Point(Use.CALLS, Side.NOTE, offer=offer.id)
    if offer.days is not None and offer.days <= _WEEK:
        yield Point(Stay.SHORT, Side.NOTE, offer=offer.id)


def _rank(verdict: Verdict) -> int:
    if verdict.on(Side.FOR):
        return 0
    return 1 if verdict.points else 2

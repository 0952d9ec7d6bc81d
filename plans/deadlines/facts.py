"""What is known of a SIM, and what is said of it: the values that the rules take and return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from kzsim.common.money import Money
from plans import forecast
from plans.periods import Early, Period, cutoff
from plans.usage import Allowance, Use

UNANSWERED_PERIODS = 2
URGENT_DAYS = 1
SOON_DAYS = 7


class Kind(StrEnum):
    PLAN_EXPIRES = "plan_expires"
    CHARGE = "charge"
    NUMBER_AT_RISK = "number_at_risk"
    DATA_OUT = "data_out"
    PRICE = "price"
    CARE = "care"  # back up, and see that the codes of the bank still arrive
    TRIP = "trip"  # a plan or the number does not last until the end of a trip
    PROMOTION = "promotion"  # an offer of the SIM's operator, for who wants to hear of it
    RENEWED = "renewed"  # the question after a deadline that nobody answered
    PAUSED = "paused"  # the last message: we stop reminding of this


class Renews(StrEnum):
    HAND = "hand"
    AUTO = "auto"
    AUTOPAY = "autopay"


class State(StrEnum):
    FINE = "fine"
    SOON = "soon"
    URGENT = "urgent"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    PAUSED = "paused"


@dataclass(frozen=True)
class Offer:
    """The price of a plan's tariff in the catalogue: from which day it holds (None: at once), and where it was seen.

    `confidence` is that of the guides; `changed_at` is the moment from which this price is known there, None where
    there was no other before.
    """

    price: Money
    since: date | None = None
    seen_on: date | None = None
    source: str = ""
    confidence: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class PlanFacts:
    """What is known of a plan.

    `said_at` is the moment its date was last said; `first_said` tells that it is the date the plan was entered with.
    `closed` means that its owner answered "not renewed". `ends_at` is the hour on its last day where hours are counted.
    `fallback_fee` is what the operator takes each day when the charge fails. `offer` is its tariff as it stands in the
    catalogue now, `offer_known` the price of it that its owner has been told, or else pays, since `offer_said_at`. In
    the night after `uncounted_on` it was charged, and nobody told us how much. `whole` are the allowances of a period.
    """

    id: int
    period: Period
    paid_until: date | None
    renews: Renews = Renews.HAND
    price: Money | None = None
    anchor: int | None = None
    ends_at: time | None = None
    early: Early | None = None
    fallback_fee: Money | None = None
    offer: Offer | None = None
    offer_known: Money | None = None
    uncounted_on: date | None = None
    offer_said_at: datetime | None = None
    whole: tuple[tuple[Allowance, int], ...] = ()
    said_at: datetime | None = None
    first_said: bool = True
    closed: bool = False
    muted: bool = False

    @property
    def is_free(self) -> bool:
        """Whether it is known that it takes nothing."""
        return self.price is not None and self.price.amount == 0


@dataclass(frozen=True)
class StayFacts:
    """Where the person is from one day to another; both belong to it, None is an end nobody knows yet.

    `said_at` is the moment its days were last said. `settled`: they said what becomes of their SIMs afterwards.
    """

    id: int
    abroad: bool
    since: date | None
    until: date | None
    said_at: datetime | None = None
    settled: bool = False


@dataclass(frozen=True)
class Care:
    """Every how many months to back up, and the day from which they are counted: that of the last answer, or of
    switching it on."""

    months: int
    last_on: date


@dataclass(frozen=True)
class PromotionFacts:
    """An offer of the SIM's operator for a time, which its owner wants to hear of and can read. `abroad` tells for whom
    it is: people abroad, in Kazakhstan, or (None) wherever they are. `noted_at` is when editors wrote it down."""

    id: int
    title: str
    until: date
    noted_at: datetime
    since: date | None = None
    abroad: bool | None = None
    source: str = ""


class LimitFrom(StrEnum):
    """Whose word it is that a number may be unused for so long."""

    OWN = "own"  # its owner's own figure
    OPERATOR = "operator"
    CAUTION = "caution"  # ours, where nobody knows better


@dataclass(frozen=True)
class InactivityLimit:
    """How many days a number may be without a paid activity; for the operator's limit, how sure it is, and why."""

    days: int
    comes_from: LimitFrom
    confidence: str = ""
    source: str = ""
    seen_on: date | None = None


CAUTION = InactivityLimit(60, LimitFrom.CAUTION)


@dataclass(frozen=True)
class Activity:
    """The last paid activity that is known; `first`: nothing was known of any before."""

    on: date
    said_at: datetime | None = None
    first: bool = True


@dataclass(frozen=True)
class SimFacts:
    """What is known of a SIM. `keep_alive`: the number itself is watched, so that it is not unused beyond `limit`.

    `abroad` is where the SIM itself is, as its owner said (None: where they are); `lives_abroad` where they are when no
    stay tells (None: nobody knows).
    """

    id: int
    zone: ZoneInfo
    plans: tuple[PlanFacts, ...] = ()
    entries: tuple[forecast.Entry, ...] = ()
    uses: tuple[Use, ...] = ()
    stays: tuple[StayFacts, ...] = ()
    abroad: bool | None = None
    lives_abroad: bool | None = None
    promotions: tuple[PromotionFacts, ...] = ()
    care: Care | None = None
    activity: Activity | None = None
    keep_alive: bool = False
    limit: InactivityLimit = CAUTION
    muted: bool = False

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Deadline:
    """A day with whose end something is lost unless the person acts.

    For a question or a last message `asked` counts the unanswered periods (1, 2, ...) and `opens_on`
    is the first day on which it is said, `asked_until` the last one on which it may be asked anew: then the next
    one is. `since` is the moment from which the facts are known. `offer` is the text of a `promotion`, known by its id.
    """

    subject: str
    kind: Kind
    on: date
    zone: ZoneInfo
    since: datetime | None = None
    first: bool = True
    period: Period | None = None
    length: int | None = None  # days of the period, where that decides which leads make sense
    needed: Money | None = None
    missing: Money | None = None
    unknown_balance: bool = False
    is_estimate: bool = False  # another charge falls before, and may be other than expected
    fallback_fee: Money | None = None  # what each day costs when the charge fails
    asked: int = 0
    opens_on: date | None = None
    asked_until: date | None = None
    ends_at: time | None = None
    was: Money | None = None  # the price until now, where it changes
    begins_on: date | None = None  # the day from which the new price holds
    source: str = ""  # where the new price, or the offer, was seen, and when
    seen_on: date | None = None
    until: date | None = None  # what should have lasted longer, to that day: the period, the trip
    ends_on: date | None = None  # the day to which it does last
    daily_mb: int | None = None  # how much data a day lasts to that day
    promotion: int | None = None
    offer: str = ""

    @property
    def known_by(self) -> date:
        """The day that tells its reminders from others. That data runs out is said of a period, for the day moves with
        every reading, and each would be news again; a new price once, whenever it will be paid first."""
        if self.kind is Kind.DATA_OUT and self.until:
            return self.until
        return self.begins_on or self.on

    @property
    def cutoff(self) -> datetime:
        """The moment the day ends, or its hour: what is not done by then is too late."""
        return cutoff(self.on, self.zone, self.ends_at)


@dataclass(frozen=True)
class Outlook:
    """How one plan, or the number itself (`plan` None), stands on a given day."""

    subject: str
    plan: PlanFacts | None
    on: date | None
    days_left: int | None
    state: State
    assumed: bool = False
    needed: Money | None = None
    missing: Money | None = None
    unknown_balance: bool = False
    is_estimate: bool = False
    fallback_fee: Money | None = None


def plan_subject(plan_id: int) -> str:
    return f"plan:{plan_id}"


def sim_subject(sim_id: int) -> str:
    return f"sim:{sim_id}"


def state_of(left: int | None) -> State:
    """How pressing it is with so many days left; None: nobody knows."""
    if left is None:
        return State.UNKNOWN
    if left < 0:
        return State.EXPIRED
    if left <= URGENT_DAYS:
        return State.URGENT
    return State.SOON if left <= SOON_DAYS else State.FINE

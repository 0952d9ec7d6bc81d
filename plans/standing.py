"""How a SIM stands as lists of many show it: what is stored beside it, so that a database sorts, filters and adds up.
Pure.

Days pass without a write. So what is stored names days, not states: whoever reads it compares them with today. Only
where a plan renews by itself, or another day is the next once one has passed, does a passing day change more;
`standing_review_on` tells which day that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kzsim.common.money import Money

from .deadlines import (
    SOON_DAYS,
    Needed,
    Outlook,
    Renews,
    SimFacts,
    State,
    assumed_ends,
    money_needed,
    outlooks,
    price_change,
)


class Tap(StrEnum):
    """The one thing to do next about a plan or number."""

    RENEW = "renew"
    TOP_UP = "top_up"
    CONFIRM = "confirm"  # it renewed itself, we assume
    SAY_DATE = "say_date"
    USE = "use"
    NOTHING = "nothing"


class Ranking(StrEnum):
    """What kind of date a SIM is sorted by."""

    DATED = "dated"
    PAUSED = "paused"  # nobody answered for so long that we stopped asking
    OVER = "over"  # its owner said that it was not renewed
    UNKNOWN = "unknown"
    EMPTY = "empty"  # no plan, and the number is not watched


@dataclass(frozen=True)
class Standing:
    """`on` is the day that comes first, `ahead` the first still to come, `questions` how many things its owner could
    tell us, `needs` the money that it will want, as long as this standing holds and a week beyond."""

    ranking: Ranking
    on: date | None
    ahead: date | None
    questions: int
    needs: tuple[Needed, ...]


def tap_of(outlook: Outlook) -> Tap:
    plan = outlook.plan
    if outlook.on is None:
        return Tap.SAY_DATE
    if plan is None:
        return Tap.USE
    if plan.renews is Renews.HAND or plan.closed or outlook.state is State.EXPIRED:
        return Tap.RENEW
    if outlook.missing or outlook.unknown_balance:
        return Tap.TOP_UP
    return Tap.CONFIRM if outlook.assumed else Tap.NOTHING


def to_pay(outlook: Outlook) -> Money | None:
    """What must be paid by its date: nothing where the balance is known to do, or a card tops it up."""
    if tap_of(outlook) not in (Tap.RENEW, Tap.TOP_UP):
        return None
    return outlook.missing or outlook.needed


def is_over(outlook: Outlook) -> bool:
    """Its owner said that it was not renewed."""
    return outlook.plan is not None and outlook.plan.closed


def in_order(found: Iterable[Outlook]) -> list[Outlook]:
    """The soonest first, as they come; what is over after that."""
    return sorted(found, key=is_over)


def standing(sim: SimFacts, today: date) -> Standing:
    found = in_order(outlooks(sim, today))
    main = found[0] if found else None
    if main is None:
        ranking = Ranking.EMPTY
    elif main.on is None:
        ranking = Ranking.UNKNOWN
    elif is_over(main):
        ranking = Ranking.OVER
    else:
        ranking = Ranking.PAUSED if main.state is State.PAUSED else Ranking.DATED
    questions = sum(_asks(sim, outlook, today) for outlook in found)
    ahead = min(_days_ahead(found, today), default=None)
    return Standing(ranking, main.on if main else None, ahead, questions, tuple(sorted(_needs(sim, found, today))))


def standing_review_on(sim: SimFacts, today: date) -> date | None:
    """The first day after today on which time alone may change the standing; None where it cannot."""
    days = []
    if end := _next_end(sim, today):
        days.append(end if end > today else today + timedelta(days=1))
    ahead = _days_ahead(outlooks(sim, today), today)
    if len(ahead) > 1:
        days.append(min(ahead) + timedelta(days=1))
    return min(days, default=None)


def _days_ahead(found: Iterable[Outlook], today: date) -> set[date]:
    return {one.on for one in found if one.on and one.on >= today}


def _needs(sim: SimFacts, found: list[Outlook], today: date) -> list[Needed]:
    """By hand, the price on its day; of the balance that charges share, what it lacks for each of them."""
    by_hand = [
        Needed(one.on, money)
        for one in found
        if one.on and one.on >= today and not is_over(one) and tap_of(one) is Tap.RENEW and (money := to_pay(one))
    ]
    end = _next_end(sim, today)
    if end is None:
        return by_hand
    paused = frozenset(one.plan.id for one in found if one.plan and one.state is State.PAUSED)
    return [*by_hand, *money_needed(sim, today, end + timedelta(days=SOON_DAYS + 2), paused)]


def _next_end(sim: SimFacts, today: date) -> date | None:
    """The first day from today on with which a period ends that renews itself."""
    going_on = (plan for plan in sim.plans if plan.renews is not Renews.HAND and not plan.closed)
    ends = (next((end for end in assumed_ends(plan) if end >= today), None) for plan in going_on)
    return min((end for end in ends if end), default=None)


def _asks(sim: SimFacts, outlook: Outlook, today: date) -> bool:
    if tap_of(outlook) is Tap.SAY_DATE or outlook.assumed:
        return True
    return outlook.plan is not None and price_change(sim, outlook.plan, today) is not None

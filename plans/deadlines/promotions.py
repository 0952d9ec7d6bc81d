"""Offers of a SIM's operator, for who wants to hear of them. Nobody is pressed, or asked about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from plans.periods import cutoff

from .facts import Deadline, Kind, PromotionFacts, SimFacts, sim_subject
from .trips import is_abroad_on

_DAY = timedelta(days=1)


def promotion_deadlines(sim: SimFacts, now: datetime) -> Iterator[Deadline]:
    """One for each offer that runs, or will, where its owner is then."""
    today = sim.today(now)
    for one in sim.promotions:
        if one.until >= today and _is_meant(sim, one, max(today, one.since or today)):
            yield Deadline(
                sim_subject(sim.id),
                Kind.PROMOTION,
                one.until,
                sim.zone,
                _known_since(sim, one),
                source=one.source,
                promotion=one.id,
                offer=one.title,
            )


def promotion_review_at(sim: SimFacts, now: datetime) -> datetime | None:
    """The moment at which the next offer ends, or its owner is elsewhere."""
    edges = [cutoff(one.until, sim.zone) for one in sim.promotions]
    if any(one.abroad is not None for one in sim.promotions):
        begins = [stay.since - _DAY for stay in sim.stays if stay.since]
        edges += [cutoff(day, sim.zone) for day in (*begins, *(stay.until for stay in sim.stays if stay.until))]
    return min((edge for edge in edges if edge > now), default=None)


def _is_meant(sim: SimFacts, one: PromotionFacts, day: date) -> bool:
    return one.abroad is None or one.abroad == _is_abroad(sim, day)


def _is_abroad(sim: SimFacts, day: date) -> bool | None:
    if sim.abroad is not None:
        return sim.abroad
    told = is_abroad_on(sim.stays, day)
    return sim.lives_abroad if told is None else told


def _known_since(sim: SimFacts, one: PromotionFacts) -> datetime:
    return max(one.noted_at, cutoff(one.since - _DAY, sim.zone)) if one.since else one.noted_at

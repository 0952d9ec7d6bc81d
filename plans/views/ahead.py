"""The next 90 days of SIMs as a page draws and tells them. Asks nothing of the database: all is in the cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from plans.days_ahead import Kind, Lane, Point, Quiet, Trip, Window, in_order, lanes, trips, window_of
from plans.deadlines import State
from plans.forms.trips import stay_in_words
from plans.models import Plan, Sim, Stay
from plans.overview import Card

# In pixels, down the drawing of a row. Across, all is in per cent, so that it fits any width and no shape is stretched.
_TOP, _LANE, _BAR, _LINE = 13, 20, 10, 2
_ROOM_FOR_A_MONTH = 16  # days before the end, under which its name would not fit
ROWS_SHOWN = 12  # the others open with a tap


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    y: int
    look: str


@dataclass(frozen=True)
class Mark:
    x: str
    y: int
    shape: str


@dataclass(frozen=True)
class Event:
    """What happens to a plan, or (`plan` None) to the number; without a point, why nothing does. Whether the money is
    there is said once, and not again of each charge that follows."""

    plan: Plan | None
    lane: Lane
    point: Point | None = None
    says_of_money: bool = True

    @property
    def shape(self) -> str:
        return _shape(self.point) if self.point else ""


@dataclass(frozen=True)
class Row:
    """One SIM: its drawing, and the same in words."""

    sim: Sim
    today: date
    height: int
    bars: list[Bar]
    marks: list[Mark]
    events: list[Event]

    @property
    def first(self) -> Event | None:
        return self.events[0] if self.events else None


@dataclass(frozen=True)
class Away:
    """A trip: its place in the drawing, and its days in words."""

    x: str
    width: str
    words: str


@dataclass(frozen=True)
class DaysAhead:
    today: date
    window: Window
    rows: list[Row]
    trips: list[Away]

    @property
    def is_worth_drawing(self) -> bool:
        """Where nothing is known of any day, an empty sheet would tell nothing."""
        return any(row.bars or row.marks for row in self.rows)

    @property
    def first_rows(self) -> list[Row]:
        return self.rows[:ROWS_SHOWN]

    @property
    def other_rows(self) -> list[Row]:
        return self.rows[ROWS_SHOWN:]

    @property
    def bar_looks(self) -> set[str]:
        return {bar.look for row in self.rows for bar in row.bars}

    @property
    def shapes(self) -> set[str]:
        return {mark.shape for row in self.rows for mark in row.marks}

    @property
    def today_at(self) -> str:
        return _across(self.today, self.window)

    @property
    def months(self) -> list[tuple[str, date | None]]:
        """Where each begins, and its name where there is room for it."""
        return [
            (_across(day, self.window), day if (self.window.last - day).days >= _ROOM_FOR_A_MONTH else None)
            for day in self.window.months
        ]

    @property
    def weeks(self) -> list[str]:
        return [_across(day, self.window) for day in self.window.weeks]


def days_ahead_of(cards: Iterable[Card], today: date) -> DaysAhead:
    """Of cards made from SIMs fetched `with_facts()`, in their order; `today` is the reader's."""
    cards = list(cards)
    window = window_of([today, *(card.today for card in cards)])
    return DaysAhead(today, window, [_row(card, window) for card in cards], list(_away(cards, window, today)))


def _row(card: Card, window: Window) -> Row:
    paused = frozenset(line.plan.pk for line in card.plan_lines if line.plan and line.outlook.state is State.PAUSED)
    found = lanes(card.sim.facts(), card.today, window, paused)
    drawn = [lane for lane in found if lane.spans or lane.points]
    heights = {lane.plan: _TOP + _LANE * n for n, lane in enumerate(drawn)}
    return Row(
        card.sim,
        card.today,
        _TOP * 2 + _LANE * max(len(drawn) - 1, 0),
        [bar for lane in drawn for bar in _bars(lane, heights[lane.plan], window)],
        [_mark(point, heights[lane.plan], window) for lane in drawn for point in lane.points],
        list(_events(card.sim, found)),
    )


def _bars(lane: Lane, y: int, window: Window) -> Iterator[Bar]:
    for span in lane.spans:
        look = "safe" if lane.plan is None else "assumed" if span.assumed else "paid"
        height = _LINE if lane.plan is None else _BAR
        yield Bar(_across(span.first, window), _width(span.first, span.last, window), y - height // 2, look)


def _mark(point: Point, y: int, window: Window) -> Mark:
    """At the end of its day, where the bar ends too."""
    return Mark(_per_cent((point.on - window.first).days + 1, window), y, _shape(point))


def _shape(point: Point) -> str:
    if point.kind is Kind.AT_RISK:
        return "risk"
    if point.kind is Kind.ENDS:
        return "ends"
    return "missing" if point.falls_short else "charge"


def _events(sim: Sim, found: Sequence[Lane]) -> Iterator[Event]:
    """What happens, day by day; then what does not."""
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    said: set[tuple[int | None, bool]] = set()
    for lane, point in in_order(found):
        what = lane.plan, point.missing is not None
        yield Event(plans.get(lane.plan), lane, point, says_of_money=what not in said)
        said.add(what)
    for lane in sorted(found, key=lambda lane: _QUIET.index(lane.quiet) if lane.quiet else 0):
        if lane.quiet:
            yield Event(plans.get(lane.plan), lane)


_QUIET = (Quiet.OVER, Quiet.UNKNOWN, Quiet.PAUSED, Quiet.LASTS)


def _away(cards: Sequence[Card], window: Window, today: date) -> Iterator[Away]:
    stays: dict[int, Stay] = {stay.pk: stay for card in cards for stay in card.sim.person.all_stays}
    found: list[Trip] = trips((stay.facts() for stay in stays.values()), window)
    for trip in found:
        first, last = trip.span.first, trip.span.last
        yield Away(_across(first, window), _width(first, last, window), stay_in_words(stays[trip.stay], today))


def _across(day: date, window: Window) -> str:
    """Where a day begins."""
    return _per_cent((day - window.first).days, window)


def _width(first: date, last: date, window: Window) -> str:
    return _per_cent((last - first).days + 1, window)


def _per_cent(days: int, window: Window) -> str:
    """As SVG reads numbers, and not as the reader's language writes them."""
    return f"{days * 100 / window.days:.2f}%"

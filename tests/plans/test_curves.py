"""Money and data over time, and how they are drawn."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzsim.common.money import Money
from plans.charts import columns, drawing
from plans.curves import Curve, Point, data_curve, money_curve
from plans.deadlines import PlanFacts, Renews, SimFacts, use_outlooks
from plans.forecast import Entry, EntryKind
from plans.periods import Period
from plans.spending import Row, shares
from tests.builders import NOW, TODAY
from tests.plans.test_use import ALMATY, data, facts

READING, TOP_UP, CHARGE = EntryKind.READING, EntryKind.TOP_UP, EntryKind.CHARGE


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def entry(kind: EntryKind, amount: int, offset: int, currency: str = "KZT") -> Entry:
    return Entry(kind, Money(Decimal(amount), currency), day(offset), NOW + timedelta(days=offset))


def sim(*entries: Entry, plans=()) -> SimFacts:
    return SimFacts(7, ALMATY, tuple(plans), entries=entries)


def auto(offset: int, price: int | None = 1000, pk: int = 1, period: Period = Period.DAYS_30) -> PlanFacts:
    return PlanFacts(pk, period, day(offset), Renews.AUTO, None if price is None else Money(Decimal(price)))


def offsets(line) -> list[tuple[int, int]]:
    return [((point.at.date() - TODAY).days, int(point.amount)) for point in line]


def lines(curve: Curve) -> list[list[tuple[int, int]]]:
    return [offsets(line) for line in curve.known]


@pytest.mark.parametrize(
    ("entries", "plans", "known"),
    [
        ([], [], []),
        ([entry(TOP_UP, 500, -5)], [], []),  # nobody said what was there before
        ([entry(READING, 900, 0)], [], [[(0, 900)]]),
        ([entry(READING, 900, -9)], [], [[(-9, 900), (0, 900)]]),  # level until today
        (
            [entry(READING, 900, -9), entry(TOP_UP, 500, -4)],
            [],
            [[(-9, 900), (-4, 900), (-4, 1400), (0, 1400)]],  # a step, not a slope
        ),
        (
            [entry(READING, 900, -9), entry(READING, 300, -2)],
            [auto(-5)],
            [[(-9, 900), (-5, 900)], [(-2, 300), (0, 300)]],  # what was left after the charge nobody said
        ),
        ([entry(READING, 900, -200), entry(READING, 700, -3)], [], [[(-90, 900), (-3, 900), (-3, 700), (0, 700)]]),
        ([entry(READING, 5, -9, "USD"), entry(READING, 900, -3)], [], [[(-3, 900), (0, 900)]]),
    ],
)
def test_a_balance_is_drawn_in_steps_as_far_as_it_was_known(entries, plans, known):
    assert lines(money_curve(sim(*entries, plans=plans), TODAY)) == known


@pytest.mark.parametrize(
    ("entries", "plans", "expected"),
    [
        ([entry(READING, 5000, -1)], [], []),  # nothing is to come
        ([], [auto(3)], []),  # nothing is known
        ([entry(READING, 5000, -1)], [auto(3)], [(0, 5000), (4, 5000), (4, 4000), (34, 4000), (34, 3000)]),
        (
            [entry(READING, 400, -1)],
            [auto(3), auto(5, pk=2)],
            [(0, 400), (4, 400), (4, 0)],
        ),  # ends where it is too little
        ([entry(READING, 5000, -1)], [auto(3, None)], []),  # nobody knows how much is taken
        ([entry(READING, 5000, -9)], [auto(-5), auto(3, pk=2)], []),
        ([entry(READING, 5000, -1)], [auto(60)], []),  # too far ahead
    ],
)
def test_what_is_expected_of_a_balance_goes_as_far_as_it_can_be_worked_out(entries, plans, expected):
    assert offsets(money_curve(sim(*entries, plans=plans), TODAY).expected) == expected


def test_the_table_says_the_same_newest_first_and_what_is_missing():
    found = money_curve(sim(entry(READING, 900, -9), entry(TOP_UP, 500, -4), plans=[auto(3, 5000)]), TODAY)
    assert [(fact.on, fact.money and int(fact.money.amount), fact.expected) for fact in found.table] == [
        (day(4), 0, True),
        (day(-4), 1400, False),
        (day(-9), 900, False),
    ]
    assert found.table[0].missing == Money(Decimal(3600))


def test_data_is_drawn_as_it_was_said_and_to_the_day_it_is_gone():
    said = facts(data((-6, 10_000), (-3, 7000), (0, 4000)))
    found = data_curve(said, said.uses, use_outlooks(said, NOW)[0])
    assert lines(found) == [[(-6, 10_000), (-3, 7000), (0, 4000)]]
    assert offsets(found.expected) == [(0, 4000), (4, 0)]
    assert [(fact.on, fact.left, fact.expected) for fact in found.table][:2] == [
        (day(4), 0, True),
        (TODAY, 4000, False),
    ]


def test_data_that_lasts_is_expected_to_the_end_of_the_period():
    said = facts(data((-5, 19_000), (0, 18_000)), offset=9)
    found = data_curve(said, said.uses, use_outlooks(said, NOW)[0])
    ((first, _), (last, left)) = offsets(found.expected)
    assert (first, last) == (0, 10)  # the moment at which the last day ends
    assert 15_000 < left < 17_000


def test_one_day_alone_is_not_worth_drawing():
    assert not money_curve(sim(entry(READING, 900, 0)), TODAY).is_worth_drawing
    assert not Curve().is_worth_drawing
    assert money_curve(sim(entry(READING, 900, -1)), TODAY).is_worth_drawing


ENTRIES = st.lists(st.tuples(st.sampled_from(EntryKind), st.integers(1, 9000), st.integers(-120, 0)), max_size=8)
PLANS = st.lists(st.tuples(st.integers(-40, 60), st.integers(0, 6000)), max_size=3)


@given(ENTRIES, PLANS)
def test_time_only_goes_forward_and_nothing_expected_is_below_zero(entries, plans):
    found = money_curve(
        sim(*(entry(*one) for one in entries), plans=[auto(on, price, pk) for pk, (on, price) in enumerate(plans)]),
        TODAY,
    )
    for line in (*found.known, found.expected):
        assert [point.at for point in line] == sorted(point.at for point in line)
    assert all(point.amount >= 0 for point in found.expected[1:] if found.expected[0].amount >= 0)
    assert all(point.at.date() <= TODAY for line in found.known for point in line)


# --- the drawing ------------------------------------------------------------------------------------------------

START = datetime(2026, 11, 1, tzinfo=ALMATY)


def a_curve(*amounts: float) -> Curve:
    points = [Point(START + timedelta(days=3 * n), amount) for n, amount in enumerate(amounts)]
    return Curve((tuple(points),), (points[-1], Point(START + timedelta(days=40), 0)))


def test_a_drawing_needs_no_style_and_no_script_and_calls_its_lines_by_name():
    svg = drawing(a_curve(900, 300), lambda amount: f"<{amount:.0f}>")
    root = ElementTree.fromstring(svg)
    elements = list(root.iter())
    assert not [one for one in elements if one.tag.endswith(("style", "script", "foreignObject"))]
    assert not [name for one in elements for name in one.attrib if name == "style" or name.startswith("on")]
    assert root.get("aria-hidden") == "true"
    assert {"chart-known", "chart-expected"} <= {one.get("class") for one in elements}
    words = [one.text for one in elements if one.tag.endswith("text") and one.text]
    assert {"<900>", "<450>", "<0>", "1 Nov", "11 Dec"} <= set(words)
    assert "<900>" not in svg  # what is written is escaped


@given(st.lists(st.decimals(-(10**9), 10**9, places=2).map(float), min_size=2, max_size=5))
def test_any_amounts_can_be_drawn(amounts):
    assert drawing(a_curve(*amounts), str).startswith("<svg")


def test_a_balance_below_zero_is_drawn_below_the_line():
    root = ElementTree.fromstring(drawing(a_curve(-500, 100), lambda amount: f"{amount:.0f}"))
    heights = {one.text: float(one.get("y")) for one in root.iter() if one.tag.endswith("text") and one.text}
    assert heights["100"] < heights["0"] < heights["-500"]


def a_month(year: int, month: int, spent: int, expected: int = 0) -> Row:
    return Row(date(year, month, 1), Decimal(spent), Decimal(expected))


def test_months_side_by_side_are_as_tall_as_their_sums():
    months = shares([a_month(2026, 11, 500), a_month(2026, 12, 1000, 1000), a_month(2027, 1, 0, 2000)])
    root = ElementTree.fromstring(columns(months, lambda amount: f"{amount:.0f}"))
    spent, to_come = (
        [
            float(bar.get("height"))
            for group in root.iter()
            if group.get("class") == name
            for bar in group.iter()
            if bar.tag.endswith("rect")
        ]
        for name in ("chart-spent", "chart-to-come")
    )
    assert [round(height / spent[0]) for height in (*spent, *to_come)] == [1, 2, 2, 4]
    words = [one.text for one in root.iter() if one.tag.endswith("text") and one.text]
    assert {"2000", "1000", "0", "Nov", "Dec", "2027"} <= set(words)
    assert not [name for one in root.iter() for name in one.attrib if name == "style" or name.startswith("on")]


@pytest.mark.parametrize(("count", "named"), [(2, 2), (7, 4), (12, 6), (25, 5)])
def test_of_many_months_a_few_are_named_and_a_year_where_it_begins(count, named):
    months = shares([a_month(2026 + n // 12, n % 12 + 1, 100) for n in range(count)])
    root = ElementTree.fromstring(columns(months, lambda amount: f"{amount:.0f}!"))
    words = [one.text for one in root.iter() if one.tag.endswith("text") and one.text and "!" not in one.text]
    assert len(words) == named
    assert [word for word in words if word.isdigit()] == [str(2026 + n) for n in range((count + 11) // 12)]


@given(st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**8)), min_size=1, max_size=25))
def test_any_sums_can_be_drawn(sums):
    months = shares([a_month(2026 + n // 12, n % 12 + 1, *pair) for n, pair in enumerate(sums)])
    root = ElementTree.fromstring(columns(months, str))
    bars = [one for one in root.iter() if "rect" in one.get("class", "").split()]
    assert all(float(one.get("height")) > 0 for one in bars)

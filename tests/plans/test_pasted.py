"""What is pasted from a list or a spreadsheet, line by line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.pasted import Assumed, Brand, Column, Row, Trouble, read, written
from plans.periods import Period, Wording

TODAY = date(2026, 11, 23)
BRANDS = [
    Brand("kcell", "Kcell", ("701", "702")),
    Brand("activ", "activ", ("701", "702")),
    Brand("beeline", "Beeline", ("705", "777")),
    Brand("izi", "izi"),
    Brand("tele2", "Tele2", ("707", "747")),
]


def rows(text: str, **assumed) -> list[Row]:
    return list(read(text, BRANDS, TODAY, Assumed(**assumed)).rows)


def row(text: str, **assumed) -> Row:
    (only,) = rows(text, **assumed)
    return only


def troubles(one: Row) -> list[Trouble]:
    return [trouble for trouble, _text in one.troubles]


WHOLE = ("+77051234567", "Till 14", Decimal("4990.00"), date(2026, 12, 12))


@pytest.mark.parametrize(
    "line",
    [
        "8 705 123 45 67\tTill 14\t4990\t12.12.2026",
        "8 705 123 45 67; Till 14; 4 990; 2026-12-12",
        "8 705 123 45 67, Till 14, 4990, 12.12.2026",
        "87051234567,Till 14,4990,2026-12-12",
        "8 705 123 45 67   Till 14   4990   12.12.2026",
        "Till 14;12.12.2026;4990,00;+7 (705) 123-45-67",
        "2026-12-12|4,990 ₸|Till 14|7051234567",
        "8 705 123 45 67，Till 14，4990 тг，2026年12月12日",
        "\u202a+7 705 123 45 67\u202c\tTill 14\t4990,00\t12 декабря 2026",
        '"8 705 123 45 67","Till 14","4,990","12.12.2026"',
        "'+77051234567;Till 14;4990;12.12.2026 00:00:00",
        "８７０５１２３４５６７;Till 14;4990.00;12/12/2026",
    ],
)
def test_the_cells_of_a_line_are_found_whatever_parts_them_and_in_any_order(line):
    one = row(line)

    assert (one.number.as_e164, one.label, one.price, one.paid_until) == WHOLE
    assert (one.operator, one.period, one.troubles) == ("beeline", Period.DAYS_30, ())


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("Number;Label;Price;Valid until;Operator;Group;Period", "87051234567;14;4990;12.12.2026;izi;Shop;28 days"),
        ("Группа;Оператор;Номер;Имя;Период;Цена;До", "Shop;изи;87051234567;14;28;4990;12.12.2026"),
        ("Топ;Оператор;Нөмір;Атауы;Кезең;Бағасы;Дейін", "Shop;izi;87051234567;14;28 күн;4990;12.12.2026"),
        ("组;运营商;号码;名称;周期;价格;到期日", "Shop;izi;87051234567;14;28天;4990;2026-12-12"),
        ("群組;營運商;號碼;名稱;週期;價格;有效期至", "Shop;izi;87051234567;14;28天;4990;2026-12-12"),
    ],
)
def test_a_line_of_names_says_what_the_columns_are_in_every_language(header, line):
    one = row(f"{header}\n{line}")

    assert (one.number.as_e164, one.label, one.price, one.paid_until) == ("+77051234567", "14", *WHOLE[2:])
    assert (one.operator, one.group, one.period) == ("izi", "Shop", Period.DAYS_28)
    assert one.troubles == ()


def test_columns_that_say_nothing_we_keep_are_named():
    told = read("Phone\tName\tColour\n87051234567\tMum\tred", BRANDS, TODAY)

    assert told.unused == ("Colour",)
    assert told.rows[0].label == "Mum"
    assert read("87051234567\tMum\tFamily\tred", BRANDS, TODAY).unused == ("red",)


def test_a_number_alone_or_with_a_name_is_a_sim_without_a_plan():
    found = rows("87051234567\nMum 8 705 123 45 68\n+7 705 123 45 69 Dad’s phone\nAlarm: 87051234560")

    assert [one.number.as_e164[-4:] for one in found] == ["4567", "4568", "4569", "4560"]
    assert [one.label for one in found] == ["", "Mum", "Dad’s phone", "Alarm"]
    assert not any(one.has_plan or one.troubles for one in found)


def test_two_columns_of_figures_are_the_label_and_the_price():
    found = rows("87051234567;14;4990\n87051234568;15;2990")

    assert [(one.label, one.price) for one in found] == [("14", 4990), ("15", 2990)]


def test_a_line_may_have_an_order_of_its_own():
    found = rows("87051234567;Till 1;4990\n87051234568;Till 2;4990\nTill 3;4990;87051234569")

    assert [(one.label, one.price, one.number.as_e164[-1]) for one in found][2] == ("Till 3", 4990, "9")


@pytest.mark.parametrize(
    ("line", "trouble", "text"),
    [
        ("Till 14;4990;12.12.2026", Trouble.NO_NUMBER, ""),
        ("870512345;Till 14", Trouble.BAD_NUMBER, "870512345"),
        ("7.7051E+10;Till 14", Trouble.NO_NUMBER, ""),
        ("87991234567;Till 14", Trouble.BAD_NUMBER, "87991234567"),
        ("+7 761 123 45 67;Till 14", Trouble.NO_OPERATOR, ""),
        ("87011234567;Till 14", Trouble.WHICH_OPERATOR, ""),
        ("+86 138 0013 8000;Till 14;Kcell", Trouble.FOREIGN, "Kcell"),
        ("87051234567;Till 14;4990;32.12.2026", Trouble.BAD_DAY, "32.12.2026"),
        ("87051234567;Till 14;4990;12.12.2062", Trouble.FAR_DAY, "12.12.2062"),
        ("87051234567;" + "x" * 61, Trouble.LONG_LABEL, "x" * 61),
        ("87051234567;" + "x" * 500, Trouble.LONG_LINE, ""),
        ("number;label;price\n87051234567;Till 14;much", Trouble.BAD_PRICE, "much"),
        ("number;label;price\n87051234567;Till 14;-5", Trouble.BAD_PRICE, "-5"),
        ("number;label;until\n87051234567;Till 14;soon", Trouble.BAD_DAY, "soon"),
        ("number;label;period\n87051234567;Till 14;29", Trouble.BAD_PERIOD, "29"),
        ("number;operator\n87051234567;Verizon", Trouble.BAD_OPERATOR, "Verizon"),
        ("number;paid on\n87051234567;2026-11-24", Trouble.FUTURE_DAY, "2026-11-24"),
        ("number;paid on;period\n87051234567;2026-11-20;once", Trouble.NO_PERIOD, "2026-11-20"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_what_is_written_there(line, trouble, text):
    assert (trouble, text) in row(line).troubles


def test_one_unreadable_cell_of_a_column_is_a_mistake_and_no_label():
    found = rows("87051234567;Till 1;4990;1.12.2026\n87051234568;Till 2;4990;1.12.2026\n87051234569;Till 3;?;soon")

    assert troubles(found[2]) == [Trouble.BAD_PRICE, Trouble.BAD_DAY]


def test_the_second_of_the_same_number_is_told():
    found = rows("87051234567;Till 1\n+7 705 123 45 67;Till 2")

    assert [troubles(one) for one in found] == [[], [Trouble.TWICE]]


def test_of_several_operators_that_fit_one_is_chosen_for_all_but_what_a_line_says_counts_first():
    text = "87011234567;Till 1\n87021234568;Till 2\n87011234569;Till 3;Kcell"
    told = read(text, BRANDS, TODAY)
    assert told.doubtful == {("kcell", "activ"): 2}

    found = rows(text, brands={("kcell", "activ"): "activ"})
    assert [one.operator for one in found] == ["activ", "activ", "kcell"]


def test_a_foreign_number_belongs_to_another_operator():
    one = row("+86 138 0013 8000;Home")

    assert (one.operator, one.troubles) == ("other", ())


@pytest.mark.parametrize(
    ("wording", "header", "until", "anchor"),
    [
        (Wording.UNTIL, "date", date(2026, 11, 20), None),
        (Wording.CHARGE, "date", date(2026, 11, 19), 20),
        (Wording.PAID, "date", date(2026, 12, 19), 20),
        (Wording.PAID, "valid until", date(2026, 11, 20), None),
        (Wording.UNTIL, "next charge", date(2026, 11, 19), 20),
        (Wording.UNTIL, "last paid", date(2026, 12, 19), 20),
    ],
)
def test_what_a_day_means_is_said_by_its_column_or_for_all(wording, header, until, anchor):
    one = row(f"number;{header};period\n87051234567;20.11.2026;month", wording=wording)

    assert (one.paid_until, one.anchor) == (until, anchor)


def test_days_are_read_as_in_america_only_where_they_can_mean_nothing_else():
    american = rows("87051234567;12/05/2026\n87051234568;12/31/2026")
    assert [one.paid_until for one in american] == [date(2026, 12, 5), date(2026, 12, 31)]

    mixed = rows("87051234567;31/12/2026\n87051234568;12/31/2026\n87051234569;05/12/2026")
    assert [one.paid_until for one in mixed] == [date(2026, 12, 31), None, date(2026, 12, 5)]
    assert troubles(mixed[1]) == [Trouble.BAD_DAY]


def test_further_names_of_columns_and_periods_are_taken():
    one = row(
        "Nummer;Dauer\n87051234567;Vier Wochen",
        names={"nummer": Column.NUMBER, "dauer": Column.PERIOD},
        periods={"vier wochen": Period.DAYS_28},
    )

    assert (one.number.as_e164, one.period) == ("+77051234567", Period.DAYS_28)


def test_of_a_long_list_only_as_many_are_read_as_are_asked_for():
    told = read("Number\n" + "\n".join(f"8705{n:07d}\n" for n in range(5)), BRANDS, TODAY, most=3)

    assert [one.at for one in told.rows] == [1, 3, 5]
    assert told.later == (7, 9)


CELLS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"\+?[78]\d{9,11}", fullmatch=True),
    st.from_regex(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", fullmatch=True),
    st.from_regex(r"[0-9 .,]{1,12}", fullmatch=True),
    st.sampled_from(["Kcell", "number", "date", "30 days", "Цена", "8-800-FLOWERS", "'=1+1", '"', "12.12.2026"]),
)
LINES = st.tuples(st.lists(CELLS, max_size=7), st.sampled_from("\t;,| ")).map(lambda line: line[1].join(line[0]))


@given(st.one_of(st.text(), st.lists(LINES, max_size=6).map("\n".join)))
def test_nothing_pasted_breaks_it_and_no_number_is_invented(text):
    lines = text.splitlines()
    for one in read(text, BRANDS, TODAY).rows:
        assert one.troubles or (one.number is not None and one.operator)
        if one.number is not None:
            national = str(one.number.national_number)
            assert any(_digits(cell).endswith(national) for cell in one.cells)
            assert national in _digits(lines[one.at])


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@given(st.lists(LINES, max_size=4).map("\n".join))
def test_a_line_that_is_to_be_mended_is_read_to_the_same_again(text):
    told = read(text, BRANDS, TODAY)
    for one in told.rows:
        if len(one.cells) > 1 and all(one.cells[:1]):
            again = read(f"{told.names}\n{written(one.cells)}" if told.names else one.written, BRANDS, TODAY)
            assert not again.rows or again.rows[0].cells == one.cells

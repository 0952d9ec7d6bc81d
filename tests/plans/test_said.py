"""Numbers and sums of money in all the ways people write them."""

from decimal import Decimal

import pytest

from plans.said import amount_said, is_kazakh, number_said


@pytest.mark.parametrize(
    "text",
    [
        "8 701 123 45 67",
        "+77011234567",
        "77011234567",
        "7011234567",
        "8 (701) 123-45-67",
        "+7 (701) 123 45 67",
        "８７０１１２３４５６７",
        "＋７ ７０１ １２３ ４５ ６７",
        "8\u00a0701\u00a0123\u00a045\u00a067",
        "+8 701 123 45 67",
        "007 701 123 4567",
        "tel:+77011234567",
        "  8.701.123.45.67 ",
    ],
)
def test_a_kazakh_number_is_taken_however_it_is_written(text):
    number = number_said(text)

    assert number == "+77011234567"
    assert is_kazakh(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("+39 06 698 12345", "+390669812345"),  # its zero belongs to it
        ("8-10-86 138 0013 8000", "+8613800138000"),
        ("+7 916 123 45 67", "+79161234567"),
        ("+998 90 123 45 67", "+998901234567"),
    ],
)
def test_a_foreign_number_is_taken_from_its_plus_sign(text, number):
    assert number_said(text) == number
    assert not is_kazakh(number_said(text))


@pytest.mark.parametrize(
    "text", ["", "abc", "12345", "8 701 123 45 6", "+7 701 123 45 67 89 00", "\x00", "+", "8" * 300]
)
def test_what_is_no_number_is_none(text):
    assert number_said(text) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("4990", "4990"),
        ("4 990", "4990"),
        ("4\u00a0990 ₸", "4990"),
        ("4\u202f990", "4990"),
        ("4990,50", "4990.50"),
        ("4990.5", "4990.5"),
        ("4,990", "4990"),
        ("4,990.50", "4990.50"),
        ("4.990,50", "4990.50"),
        ("1,234,567", "1234567"),
        ("12.345.678,9", "12345678.9"),
        ("4990 тг", "4990"),
        ("4990 тенге", "4990"),
        ("₸4990", "4990"),
        ("KZT 4990", "4990"),
        ("４９９０", "4990"),
        ("4'990", "4990"),
        ("-300", "-300"),
        ("−300", "-300"),
        ("0", "0"),
    ],
)
def test_a_sum_is_taken_however_it_is_written(text, amount):
    assert amount_said(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "4990 $", "1e5", "4990.", "--5", "4990 4990a", "NaN", "Infinity"])
def test_what_is_no_sum_is_none(text):
    assert amount_said(text) is None


@pytest.mark.parametrize(
    "text", ["8" + " " * 100_000 + "x", "1" * 100_000, "8-10" + "\t" * 100_000, "\ufdfa" * 100_000]
)
@pytest.mark.timeout(10)
def test_what_is_too_long_to_mean_anything_is_refused_without_being_read(text):
    assert number_said(text) is None
    assert amount_said(text) is None

"""Dates and numbers as readers of each language write them."""

from datetime import date

import pytest
from django.utils import translation

from kzsim.common.formats import day_in_words, days_in_words, month_in_words

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "this_year", "next_year"),
    [
        ("en", "Thursday 26 November", "Tuesday 26 January 2027"),
        ("zh-hans", "11月26日星期四", "2027年1月26日星期二"),
        ("ru", "26 ноября (четверг)", "26 января 2027 г. (вторник)"),
    ],
)
def test_a_day_is_said_with_its_weekday_and_with_the_year_where_it_is_another(language, this_year, next_year):
    with translation.override(language):
        assert day_in_words(date(2026, 11, 26), TODAY) == this_year
        assert day_in_words(date(2027, 1, 26), TODAY) == next_year


@pytest.mark.parametrize(
    ("language", "words"), [("en", "September 2023"), ("zh-hans", "2023年9月"), ("ru", "сентябрь 2023\u202fг.")]
)
def test_a_month_is_said_as_in_the_middle_of_a_sentence(language, words):
    with translation.override(language):
        assert month_in_words(date(2023, 9, 1)) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "сегодня"), (1, "завтра"), (-1, "вчера"), (3, "через 3 дня"), (21, "через 21 день"), (-5, "5 дней назад")],
)
def test_russian_counts_days_in_its_three_ways(days, words):
    with translation.override("ru"):
        assert days_in_words(days) == words

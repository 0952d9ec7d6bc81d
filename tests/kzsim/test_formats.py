"""Dates and numbers as readers of each language write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime

from kzsim.common.formats import (
    cutoff_in_words,
    date_in_words,
    day_in_numbers,
    day_in_words,
    days_in_words,
    month_in_words,
    month_name,
    short_month,
    titled,
    zone_in_words,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "this_year", "next_year"),
    [
        ("en", "Thursday 26 November", "Tuesday 26 January 2027"),
        ("zh-hans", "11月26日星期四", "2027年1月26日星期二"),
        ("ru", "26 ноября (четверг)", "26 января 2027 г. (вторник)"),
        ("kk", "26 қараша, бейсенбі", "2027 ж. 26 қаңтар, сейсенбі"),
    ],
)
def test_a_day_is_said_with_its_weekday_and_with_the_year_where_it_is_another(language, this_year, next_year):
    with translation.override(language):
        assert day_in_words(date(2026, 11, 26), TODAY) == this_year
        assert day_in_words(date(2027, 1, 26), TODAY) == next_year


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "September 2023"),
        ("zh-hans", "2023年9月"),
        ("ru", "сентябрь 2023\u202fг."),
        ("kk", "2023\u202fж. қыркүйек"),
    ],
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


@pytest.mark.parametrize(
    ("days", "words"),
    [(-2, "2 күн бұрын"), (-1, "кеше"), (0, "бүгін"), (1, "ертең"), (2, "2 күннен кейін"), (21, "21 күннен кейін")],
)
def test_kazakh_leaves_the_noun_as_it_is_behind_a_number(days, words):
    with translation.override("kk"):
        assert days_in_words(days) == words


def test_djangos_own_filters_write_kazakh_dates_and_numbers_as_we_do():
    day, moment = date(2026, 11, 26), datetime(2026, 11, 26, 4, 5, tzinfo=UTC)
    with translation.override("kk"):
        assert date_format(day, "DATE_FORMAT") == date_in_words(day, date(2027, 1, 1)) == "2026\u202fж. 26 қараша"
        assert date_format(localtime(moment), "DATETIME_FORMAT") == "2026\u202fж. 26 қараша, 09:05"
        assert number_format(Decimal("4990.5"), 2, use_l10n=True, force_grouping=True) == "4\xa0990,50"


def test_the_readers_own_clock_is_told_where_it_shows_another_time():
    cutoff = datetime(2026, 11, 26, 19, tzinfo=UTC)
    almaty = ZoneInfo("Asia/Almaty")
    with translation.override("en"):
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Europe/Berlin")) == "Thursday 23:59 in Almaty, 19:59 for you"
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Asia/Tokyo")) == (
            "Thursday 23:59 in Almaty, Friday 03:59 for you"
        )
        assert cutoff_in_words(cutoff, almaty, ZoneInfo("Asia/Tashkent")) == "Thursday 23:59 in Almaty"


@pytest.mark.parametrize(
    ("language", "numbers"),
    [("en", "24/12/2026"), ("zh-hans", "2026/12/24"), ("ru", "24.12.2026"), ("kk", "24.12.2026")],
)
def test_a_day_in_numbers_has_the_order_of_the_readers_language(language, numbers):
    with translation.override(language):
        assert day_in_numbers(date(2026, 12, 24)) == numbers


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("zh-hant", "Asia/Almaty", "阿拉木圖"),
        ("zh-hans", "Asia/Calcutta", "加尔各答"),
        ("zh-hans", "Asia/Kolkata", "加尔各答"),
        ("kk", "Europe/Kyiv", "Киев"),
        ("ru", "America/Argentina/Buenos_Aires", "Буэнос-Айрес"),
        ("en", "America/New_York", "New York"),
        ("ru", "Etc/GMT-5", "GMT-5"),
    ],
)
def test_a_time_zone_is_called_by_its_place_under_whichever_of_its_names(language, zone, words):
    with translation.override(language):
        assert zone_in_words(zone) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Kcell: SIM"), ("zh-hans", "Kcell：SIM"), ("zh-hant", "Kcell：SIM"), ("kk", "Kcell: SIM")],
)
def test_a_name_stands_before_the_colon_of_the_language(language, words):
    with translation.override(language):
        assert titled("Kcell", "SIM") == words


@pytest.mark.parametrize(
    ("language", "whole", "short"),
    [
        ("en", "December", "Dec"),
        ("zh-hans", "12月", "12月"),
        ("zh-hant", "12月", "12月"),
        ("ru", "декабрь", "дек."),
        ("kk", "Желтоқсан", "жел."),
    ],
)
def test_below_a_drawing_a_month_stands_alone(language, whole, short):
    with translation.override(language):
        assert (month_name(date(2026, 12, 1)), short_month(date(2026, 12, 1))) == (whole, short)

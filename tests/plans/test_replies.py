"""Operators' replies: what they say, and what says nothing."""

import io
import json
import sys
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
import yaml
from django.core.management import call_command
from hypothesis import example, given
from hypothesis import strategies as st

from plans.replies import LONGEST, Reply, read_reply
from plans.reply_parts import Kind, parts_of
from tests.builders import NOW, TODAY

_REPLIES = yaml.safe_load((Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8"))
TOLD, NOISE = _REPLIES["told"], _REPLIES["noise"]


def told(reply: Reply) -> dict[str, object]:
    return {name: found.value for name, found in vars(reply).items() if found is not None}


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case[0][:40])
def test_it_reads_what_a_reply_says(case):
    text, balance, data, valid_until, next_charge, number = [*case, None, None, None, None][:6]

    reply = read_reply(text, TODAY)

    amount, _, currency = balance.partition(" ")
    read = reply.balance.value if reply.balance else None
    assert (read.amount, read.currency) == (Decimal(amount), currency) if amount else read is None
    assert (reply.data_left_mb.value if reply.data_left_mb else None) == data
    assert (reply.valid_until.value.isoformat() if reply.valid_until else None) == valid_until
    assert (reply.next_charge.value.isoformat() if reply.next_charge else None) == next_charge
    assert (reply.number.value if reply.number else None) == number
    assert all(found.words and found.words in text for found in vars(reply).values() if found)


@pytest.mark.parametrize("text", NOISE, ids=lambda text: text[:40])
def test_noise_says_nothing(text):
    assert told(read_reply(text, TODAY)) == {}


# --- properties -----------------------------------------------------------------------------------------

WORDS = sorted({word for case in TOLD for word in case[0].split()} | {word for text in NOISE for word in text.split()})
anything = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), st.sampled_from(NOISE)
)


@given(anything)
@example("İ" * 50)
@example("²³ ① 500 тг")
@example("баланс: ٥٠٠ ₸")
@example("Balance: 31.02.2026 0000-00-00 99/99/9999")
def test_it_reads_anything(text):
    reply = read_reply(text, TODAY)

    for found in vars(reply).values():
        assert found is None or found.words in text
    parts = parts_of(text, TODAY)
    assert all(before.end <= after.start for before, after in pairwise(parts))


amounts = st.decimals(min_value=0, max_value=9_999_999, places=2)


def grouped(whole: int, sign: str) -> str:
    return f"{whole:,}".replace(",", sign)


STYLES = [
    lambda whole, cents: f"{grouped(whole, ' ')},{cents:02}",
    lambda whole, cents: f"{grouped(whole, chr(0xA0))},{cents:02}",
    lambda whole, cents: f"{grouped(whole, chr(0x202F))}.{cents:02}",
    lambda whole, cents: f"{grouped(whole, ',')}.{cents:02}",
    lambda whole, cents: f"{grouped(whole, '.')},{cents:02}",
    lambda whole, cents: f"{whole}.{cents:02}",
    lambda whole, cents: f"{whole},{cents:02}",
]
MONEY = ["{} ₸", "₸{}", "{}тг", "{} тг.", "{} тенге", "{} теңге", "{} tg", "{} KZT", "KZT {}", "{}₸"]
SAID = ["Баланс: {}", "Ваш баланс {}", "Сіздің теңгеріміңіз: {}", "Your balance is {}", "您的余额为{}", "На счете {}"]


@given(amounts, st.sampled_from(STYLES), st.sampled_from(MONEY), st.sampled_from(SAID), st.booleans())
def test_an_amount_is_read_however_it_is_written(amount, style, money, said, below_zero):
    whole, cents = divmod(int(amount * 100), 100)
    written = money.format(style(whole, cents))
    if below_zero:
        written, amount = f"-{written}", -amount

    reply = read_reply(said.format(written), TODAY)

    assert told(reply)["balance"].amount == amount
    assert reply.balance.value.currency == "KZT"


@given(st.integers(0, 9_999_999), st.sampled_from(MONEY), st.sampled_from(SAID), st.sampled_from([" ", "\u00a0", ""]))
def test_a_whole_amount_is_read_too(amount, money, said, sign):
    reply = read_reply(said.format(money.format(grouped(amount, sign))), TODAY)

    assert (reply.balance.value.written, reply.balance.value.currency) == (str(amount), "KZT")


def in_lakhs(whole: int) -> str:
    head, tail = (str(whole)[:-3], str(whole)[-3:])
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail])


OTHER_MONEY = [
    (lambda whole, cents: f"Bal: ₹{in_lakhs(whole)}.{cents:02}", "INR"),
    (lambda whole, cents: f"Your balance is £{whole:,}.{cents:02}", "GBP"),
    (lambda whole, cents: f"Balance: {grouped(whole, chr(39))}.{cents:02} CHF", "CHF"),
    (lambda whole, cents: f"Balance: {grouped(whole, '.')},{cents:02} €", "EUR"),
    (lambda whole, cents: f"Баланс: {grouped(whole, ' ')},{cents:02} ₽", "RUB"),
    (lambda whole, cents: f"Баланс: {whole} руб. {cents:02} коп.", "RUB"),
    (lambda whole, cents: f"您的余额为{whole}.{cents:02}元", "CNY"),
    (lambda whole, cents: f"您的餘額為HK${whole:,}.{cents:02}", "HKD"),
    (lambda whole, cents: f"OCTATOK {whole}.{cents:02} p.", "RUB"),
]


@given(amounts, st.sampled_from(OTHER_MONEY))
def test_money_of_other_countries_is_read_as_they_write_it(amount, written_and_currency):
    write, currency = written_and_currency

    balance = read_reply(write(*divmod(int(amount * 100), 100)), TODAY).balance.value

    assert (balance.amount, balance.currency) == (amount, currency)


@given(st.integers(1, 999), st.integers(1, 1023), st.sampled_from(["Осталось {}", "{} left", "剩余流量{}", "{} қалды"]))
def test_a_volume_in_two_units_is_one(gigabytes, megabytes, said):
    for written in (f"{gigabytes} GB {megabytes} MB", f"{gigabytes}ГБ{megabytes}МБ"):
        assert read_reply(said.format(written), TODAY).data_left_mb.value == gigabytes * 1024 + megabytes


@given(
    amounts,
    st.sampled_from(MONEY),
    st.sampled_from(
        ["Баланс: - {}", "Balance: ({})", "Баланс до {}", "Если на балансе {}", "You need a balance of {}"]
    ),
)
def test_a_sum_in_doubt_is_no_balance(amount, money, said):
    assert read_reply(said.format(money.format(amount)), TODAY).balance is None


days = st.dates(date(2026, 11, 25), date(2027, 10, 20))
WRITTEN_DAYS = [
    "%d.%m.%Y",
    "%d-%m-%y",
    "%d-%m-%Y",
    "%Y-%m-%d",
    "%Y-%m-%d 23:59",
    "%Y年%m月%d日",
    "%d %b %Y",
    "%d %B",
    "%d/%m/%Y",
]


@given(days, st.sampled_from(WRITTEN_DAYS), st.sampled_from(["Действует до {}", "Valid until {}", "有效期至{}"]))
def test_a_day_is_read_however_it_is_written(day, pattern, said):
    reply = read_reply(f"Баланс: 500 ₸. {said.format(day.strftime(pattern))}", TODAY)

    assert reply.valid_until.value == day


ADS = [
    "Подключи 10 ГБ за 490 тг! Набери *123#",
    "Get 5GB for 990 tg, dial *255#!",
    "Пополни на 1 000 ₸ и получи 500 ₸ бонусом.",
    "充值100元送50元！",
    "Сыйлық: 1 ГБ тегін!",
    "Скачайте приложение: https://example.kz/app?b=500.00",
    "Звони 3030.",
    "Кредит до 500 000 тг!",
]


@given(
    st.sampled_from([case for case in TOLD if case[1]]),
    st.lists(st.sampled_from(ADS), max_size=3),
    st.lists(st.sampled_from(ADS), max_size=3),
)
def test_advertising_around_a_reply_never_makes_another_balance_of_it(case, before, behind):
    plain = read_reply(case[0], TODAY).balance
    reply = read_reply("\n".join([*before, case[0], *behind]), TODAY).balance

    assert reply is None or reply.value == plain.value


@pytest.mark.parametrize("ad", ADS)
def test_advertising_hides_no_plain_reply(ad):
    for text in (f"Ваш баланс 1 250,50 ₸.\n{ad}", f"{ad}\nВаш баланс 1 250,50 ₸."):
        assert read_reply(text, TODAY).balance.value.amount == Decimal("1250.50")


@given(st.text(alphabet="0123456789 .,:;-+/()*#%\n", max_size=120))
def test_figures_alone_say_nothing(text):
    assert told(read_reply(text, TODAY)) == {}


@given(
    st.sampled_from([case[0] for case in TOLD]),
    st.sampled_from(["Код ошибки 505, услуга недоступна", "Try again later"]),
)
def test_a_service_that_did_not_answer_says_nothing(text, failure):
    assert told(read_reply(f"{failure}. {text}", TODAY)) == {}


# --- what is too much -------------------------------------------------------------------------------------

HOSTILE = [
    "(",
    "1 ",
    "1",
    "баланс ",
    "баланс: ",
    "balance (",
    "1.1.",
    "12.12.",
    "余",
    "余额为",
    "GB ",
    "1 GB ",
    "+7 ",
    "*1",
    "-",
    ".",
    "a@",
    "до 1.",
    "main account balance is ",
    "【余",
    "octatok p ",
    "аa",
    "1 GB, ",
    "balance 1-",
    "「«1 GB» ",
]


def lines_run(text: str) -> int:
    """How many lines of our own code reading this takes: the same on every machine."""
    count = 0

    def tracing(frame, event, _argument):
        nonlocal count
        count += event == "line"
        return tracing if "repl" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(tracing)
    try:
        read_reply(text, TODAY)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_is_at_most_about_twice_the_work(piece):
    half, whole = ((piece * LONGEST)[:size] for size in (LONGEST // 2, LONGEST))
    read_reply(whole, TODAY)  # the words are in memory from here on

    assert lines_run(whole) < 2.6 * lines_run(half) + 2000


def test_what_is_too_long_is_not_read():
    assert told(read_reply("Баланс: 500 ₸." + " " * LONGEST, TODAY)) == {}


# --- parts --------------------------------------------------------------------------------------------------


def test_the_parts_are_what_they_look_like():
    parts = parts_of("Баланс: 1 250,50 ₸, 3 ГБ 512 МБ до 12.12.2026 *100#", TODAY)

    kinds = [part.kind for part in parts if part.kind is not Kind.SIGN]
    assert kinds == [Kind.WORD, Kind.SUM, Kind.VOLUME, Kind.WORD, Kind.DAY, Kind.ASIDE]


@pytest.mark.parametrize("written", ["1.250", "12,345", "0125", "1.2.3.4", "12.345.6"])
def test_a_number_that_can_be_read_in_two_ways_is_no_amount(written):
    assert read_reply(f"Баланс: {written} руб", TODAY).balance is None


# --- the command ----------------------------------------------------------------------------------------------


def asked(monkeypatch, text: str) -> dict:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    out = io.StringIO()
    with time_machine.travel(NOW):
        call_command("read_reply", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_prints_what_a_reply_says(monkeypatch):
    text = "Баланс: 12 345,50 ₸. Осталось 3,5 ГБ до 12.12. Следующее списание 13 декабря. Ваш номер +7 701 123 45 67"

    assert asked(monkeypatch, text) == {
        "balance": {"amount": "12345.50", "currency": "KZT"},
        "data_left_mb": 3584,
        "valid_until": "2026-12-12",
        "next_charge": "2026-12-13",
        "number": "+77011234567",
        "words": {
            "balance": "Баланс: 12 345,50 ₸",
            "data_left_mb": "Осталось 3,5 ГБ",
            "valid_until": "до 12.12",
            "next_charge": "Следующее списание 13 декабря",
            "number": "Ваш номер +7 701 123 45 67",
        },
    }


def test_the_command_names_no_currency_that_the_reply_does_not_name(monkeypatch):
    assert asked(monkeypatch, "Balance: 500.00")["balance"] == {"amount": "500", "currency": None}


@pytest.mark.parametrize("text", ["", "Try again later. Error 505", "x" * 100_000])
def test_the_command_prints_nothing_when_in_doubt(monkeypatch, text):
    assert asked(monkeypatch, text) == {}


def test_the_command_takes_bytes_that_are_no_text(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00 Balance: 5.00 KZT")))
    out = io.StringIO()

    call_command("read_reply", stdout=out)

    assert json.loads(out.getvalue())["balance"]["amount"] == "5"

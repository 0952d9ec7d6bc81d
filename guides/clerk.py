"""What a reader shows to the clerk in a shop: sentences in Russian and Kazakh, with the number and the sum."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel import numbers
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

NO_BREAK = "\u00a0"
BLANK_NUMBER = NO_BREAK.join(["+7", "___", "___", "__", "__"])
BLANK_SUM = "_" * 7
CLERKS_LANGUAGES = frozenset({"ru", "kk"})


@dataclass(frozen=True)
class Sentence:
    """One thing to say; `{number}` and `{sum}` stand for the reader's own."""

    russian: str
    kazakh: str
    meaning: str | Promise
    only_for_foreigners: bool = False


SENTENCES = [
    Sentence(
        "Здравствуйте! Пополните, пожалуйста, баланс номера {number} на сумму {sum} (тенге).",
        "Сәлеметсіз бе! {number} нөмірінің балансын {sum} (теңге) сомасына толтырып беріңізші.",
        _("Hello! Please top up the balance of the number {number} with {sum} (tenge)."),
    ),
    Sentence(
        "Проверьте, пожалуйста, поступили ли деньги на баланс.",
        "Ақша балансқа түсті ме? Тексеріп беріңізші.",
        _("Please check that the money has arrived on the balance."),
    ),
    Sentence(
        "Когда будет следующее списание абонентской платы? Напишите, пожалуйста, дату.",
        "Келесі абоненттік төлем қай күні алынады? Күнін жазып беріңізші.",
        _("On which day is the next charge for the plan? Please write the date down."),
    ),
    Sentence(
        "Дайте, пожалуйста, чек.",
        "Түбіртек (чек) беріңізші.",
        _("Please give me a receipt."),
    ),
    Sentence(
        "Я не говорю ни по‑русски, ни по‑казахски. Напишите, пожалуйста, ответ.",
        "Мен орысша да, қазақша да сөйлей алмаймын. Жауабыңызды жазып беріңізші.",
        _("I speak neither Russian nor Kazakh. Please write your answer down."),
        only_for_foreigners=True,
    ),
    Sentence("Спасибо!", "Рахмет!", _("Thank you!")),
]


def card_context(language: str, number: str = "", amount: Decimal | None = None) -> dict[str, Any]:
    """What the card's template needs; without a number or an amount there are lines to write on."""
    foreign = language not in CLERKS_LANGUAGES
    parts = {
        "number": _part("number", number_for_shops(number) if number else "", BLANK_NUMBER),
        "sum": _part("sum", sum_for_shops(amount) if amount is not None else "", f"{BLANK_SUM}{NO_BREAK}₸"),
    }
    return {
        "sentences": [
            {
                "russian": format_html(sentence.russian, **parts),
                "kazakh": format_html(sentence.kazakh, **parts),
                "meaning": format_html(str(sentence.meaning), **parts) if foreign else "",
            }
            for sentence in SENTENCES
            if foreign or not sentence.only_for_foreigners
        ],
        "clerk_number": number_for_shops(number) if number else "",
        "clerk_sum": _grouped(amount) if amount is not None else "",
    }


def number_for_shops(number: str) -> str:
    """`+77011234567` as people there write it, +7 701 123 45 67, never broken over two lines; others as they are."""
    digits = re.fullmatch(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})", number)
    return NO_BREAK.join(["+7", *digits.groups()]) if digits else number


def sum_for_shops(amount: Decimal) -> str:
    """“4 990 ₸”."""
    return f"{_grouped(amount)}{NO_BREAK}₸"


def _grouped(amount: Decimal) -> str:
    whole = amount == amount.to_integral_value()
    return numbers.format_decimal(amount, "#,##0" if whole else "#,##0.00", locale="ru_KZ").replace(" ", NO_BREAK)


def _part(name: str, value: str, blank: str) -> SafeString:
    """A place that the page's script fills in while the reader types."""
    return format_html('<b class="clerk-part" data-part="{}" data-blank="{}">{}</b>', name, blank, value or blank)

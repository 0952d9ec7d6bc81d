"""An operator's reply (SMS or USSD) -> what it says of the SIM. Pure, and shy: a wrong balance is worse than none.

No operator's wording is known for sure, so nothing here is a fixed pattern. The rule, over the parts of a sentence:

1. A sum is the balance only if nothing but filler stands between it and a word for the balance ("Баланс на 12.12:
   500 ₸", "余额为50元"), or if it is said to be on the account ("500 тг на счёте").
2. A word for topping up, a condition, a bonus, a debt or a charge before it in the same clause takes the sum out, and
   so does a word that nobody knows and that says whose balance it is (“Your escrow balance”). A bank's text, one signed
   by a shop, or one that says that the service did not answer, tells no balance at all.
3. A number without money is a sum only if it looks like one: decimals, or "balance:" before and nothing behind.
4. Two different answers to one question are no answer, unless exactly one is called the main one. What comes behind
   “of which” is a part of what was told, never another answer.
5. Data is what is left, never what was used, sold or given. A day needs a word for its meaning beside it, and something
   of a SIM that it can be the day of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Generic, TypeVar

from plans.reply_parts import UNKNOWN, Kind, Part, amount_of, parts_of, sentences
from plans.said import number_said

T = TypeVar("T")
LONGEST = 2000  # characters: no reply has more
_NEAR, _FAR = 4, 14  # parts: how far words may stand from what they speak of
_FIRST_YEAR, _LAST_YEAR = 2000, 2060


@dataclass(frozen=True)
class Found(Generic[T]):
    """A value and the words of the reply it was taken from."""

    value: T
    words: str


@dataclass(frozen=True)
class Sum:
    """`currency` is an ISO code, or "" where the reply names none that is certain."""

    amount: Decimal
    currency: str

    @property
    def written(self) -> str:
        """“500”, “12345.50”."""
        if self.amount == self.amount.to_integral_value():
            return f"{self.amount:.0f}"
        return f"{self.amount:f}" if self.amount.as_tuple().exponent in (-3, -4) else f"{self.amount:.2f}"


@dataclass(frozen=True)
class Reply:
    """What a reply says; None where it says nothing, or nothing certain."""

    balance: Found[Sum] | None = None
    data_left_mb: Found[int] | None = None
    valid_until: Found[date] | None = None
    next_charge: Found[date] | None = None
    number: Found[str] | None = None


@dataclass(frozen=True)
class _Answer(Generic[T]):
    """A possible answer, from where to where it stands in the text."""

    value: T
    start: int
    end: int
    is_main: bool = False
    is_weak: bool = False  # gives way to others


_Sentence = Sequence[Part]


def read_reply(text: str, today: date) -> Reply:
    """What the reply says. `today` gives a day without a year its year."""
    if len(text) > LONGEST:
        return Reply()
    parts = parts_of(text, today)
    if any(part.means("no_answer") for part in parts):
        return Reply()
    told = list(sentences(parts))
    balance = _balance(text, told)
    data = _data_left(text, told, has_balance=balance is not None)
    is_certain = balance is not None or data is not None
    day_first = _writes_day_first(parts)
    return Reply(
        balance=balance,
        data_left_mb=data,
        valid_until=_sure(text, list(_days(told, "valid", "until_behind", is_certain, day_first))),
        next_charge=_sure(text, list(_days(told, "charge", "charge_behind", is_certain, day_first))),
        number=_sure(text, list(_own_numbers(told))),
    )


def _sure(text: str, answers: Sequence[_Answer[T]]) -> Found[T] | None:
    """The one answer, or none if there are several."""
    if len({answer.value for answer in answers}) != 1:
        return None
    return Found(answers[0].value, text[answers[0].start : answers[0].end].strip())


# --- sentences -------------------------------------------------------------------------------------------


def _is_break(part: Part) -> bool:
    return part.text in (",", "、", "|", "/") or part.means("and")


def _clause_before(sentence: _Sentence, at: int) -> Iterator[Part]:
    """What stands before in the same clause, the nearest first."""
    for part in reversed(sentence[max(0, at - _FAR) : at]):
        if _is_break(part):
            return
        yield part


def _clause_after(sentence: _Sentence, at: int, size: int) -> Iterator[Part]:
    """What stands behind in the same clause, the nearest first."""
    for part in sentence[at + 1 : at + 1 + size]:
        if _is_break(part):
            return
        yield part


def _is_a_share(sentence: _Sentence, at: int) -> bool:
    """Whether this is a part of what was told before: “其中…”, “в том числе …”."""
    return _has(sentence[max(0, at - 3 * _FAR) : at], "of_which")


def _has(sentence: _Sentence, *meanings: str) -> bool:
    return any(part.means(*meanings) for part in sentence)


# --- the balance -----------------------------------------------------------------------------------------

_BALANCES = ("balance", "new_balance", "purse")
_FILLERS = ("filler", "is", "minus", "main", "balance", "new_balance", "purse", "you_have", "located", "as_of", "until")
_FILLING_SIGNS = frozenset(":=\"«»“”()[]'_")
_VETOES = ("topping_up", "asking", "bonus", "debt", "taking", "other_purse", "unit")
# What may stand behind an amount that is said without its money.
_BEHIND = ("valid", "left", "data", "bonus", "charge", "topping_up", "and", "special", "unit", "tax", "offer", "taking")
_FOR = ("за", "for", "@", "по")
_SEVERAL = "several"  # stands for a currency where a sum is one of two, and nobody can tell which


def _balance(text: str, told: Sequence[_Sentence]) -> Found[Sum] | None:
    is_accepted = any(_has(sentence, "accepted") for sentence in told)
    is_topped_up = any(_has(sentence, "topped_up") for sentence in told)
    if not is_topped_up and any(_has(sentence, "transaction") for sentence in told):
        return None
    if _is_signed_by_another(told) or any(_is_bankers(sentence, is_accepted) for sentence in told):
        return None
    answers: list[_Answer[Sum]] = []
    for sentence in told:
        for keyword, part in enumerate(sentence):
            if (part.means(*_BALANCES) and not _is_a_name(sentence, keyword)) or _is_minus_told(sentence, keyword):
                answers += _told_after(sentence, keyword)
            if part.means("on_account"):
                answers += _told_before(sentence, keyword)
    if any(answer.value.currency == _SEVERAL for answer in answers):
        return None
    answers = [one for one in answers if not one.is_weak] or answers
    return _sure(text, _agreeing(answers)) or _sure(text, _agreeing([one for one in answers if one.is_main]))


def _is_bankers(sentence: _Sentence, is_accepted: bool) -> bool:
    """Whether a bank or a shop speaks, not an operator. Who invites to top up names it only as a way to do so; a
    payment is an operator's where its text tells that it was taken, or what for."""
    pays = not is_accepted and _has(sentence, "payment") and any(part.kind is Kind.SUM for part in sentence)
    if pays or _has(sentence, "bank"):
        return True
    if sentence[0].start == 0 and re.fullmatch(r"\*\d{4}", sentence[0].text):
        return True  # a card
    is_masked = any(part.kind is Kind.ASIDE and part.text.startswith("*") and "#" not in part.text for part in sentence)
    return _has(sentence, "wallet") and (is_masked or not _has(sentence, "invitation"))


def _is_signed_by_another(told: Sequence[_Sentence]) -> bool:
    """Whether a Chinese text names its sender, “【滴滴】”, and none who sells airtime."""
    signatures: list[bool] = []
    is_inside = False
    for part in chain.from_iterable(told):
        if part.text in ("【", "】"):
            is_inside = part.text == "【"
            signatures += [False] * is_inside
        elif is_inside and (part.means("signature", "left", "data", *_BALANCES) or "operators" in part.languages):
            signatures[-1] = True
    return bool(signatures) and not any(signatures)


def _agreeing(answers: list[_Answer[Sum]]) -> list[_Answer[Sum]]:
    """The same amount named twice, once without its currency, is one answer: the one with it comes first."""
    with_currency = {answer.value.amount: answer for answer in answers if answer.value.currency}
    return [with_currency.get(answer.value.amount, answer) for answer in answers]


def _told_after(sentence: _Sentence, keyword: int) -> Iterator[_Answer[Sum]]:
    """The sum with nothing but filler between it and the word for the balance before it."""
    if _is_vetoed(sentence, keyword):
        return
    for at in range(keyword + 1, min(keyword + _FAR, len(sentence))):
        part = sentence[at]
        if part.kind is Kind.SUM and not _is_account_number(sentence, at):
            if not (_is_in_doubt(sentence, at) or _is_a_share(sentence, keyword)):
                yield from _answers_at(sentence, keyword, at)
            return
        if part.means("other_purse") or not _is_filler(sentence, at):
            return


def _is_a_name(sentence: _Sentence, at: int) -> bool:
    """Whether a word for the balance names something else: another purse, or a service in quotation marks."""
    behind = sentence[at + 1].text if at + 1 < len(sentence) else ""
    is_quoted = at > 0 and behind in ("»", "”", '"')
    return sentence[at].means("other_purse") or is_quoted or _is_of_something_else(sentence, at)


def _is_of_something_else(sentence: _Sentence, at: int) -> bool:
    """“Your escrow balance”, “накопительный баланс”, “医保账户余额”: what nobody knows says whose balance it is."""
    place = at - 1
    while place >= 0 and at - place < _FAR and sentence[place].text != "your" and sentence[place].means(*_FILLERS):
        place -= 1
    if place < 0 or sentence[place].kind is not Kind.WORD or sentence[place].meanings:
        return False
    if re.match("[a-z]", sentence[place].text):
        return place > 0 and sentence[place - 1].text in ("your", "ur", "the")
    return bool(re.search("[ыио]й$|[\u3400-\u9fff]", sentence[place].text))


def _is_minus_told(sentence: _Sentence, at: int) -> bool:
    """“Минус: 45,05 р” is all that some say of a balance below zero."""
    return at == 0 and sentence[at].means("minus") and len(sentence) > 1 and sentence[1].text == ":"


def _is_filler(sentence: _Sentence, at: int) -> bool:
    part = sentence[at]
    if part.kind is Kind.WORD:
        return part.means(*_FILLERS)
    if part.kind is Kind.SIGN:
        return part.text in _FILLING_SIGNS or (part.text == "-" and _stands_alone(sentence, at)) or part.text == "."
    return part.kind in (Kind.DAY, Kind.SUM) or (part.kind is Kind.ASIDE and part.text[0] in "+0123456789")


def _is_in_doubt(sentence: _Sentence, at: int) -> bool:
    """Whether a sum is a threshold, “Баланс до 500”, or may be below zero, as bookkeepers write it: “Баланс: - 120”,
    “Balance: ($5.20)”."""
    if sentence[at - 1].means("until"):
        return True
    return sentence[at - 1].text in ("-", "(") and sentence[at - 2].text in (":", "=") and at > 1


def _stands_alone(sentence: _Sentence, at: int) -> bool:
    """Whether a dash has room on both sides: it is no minus then."""
    before, after = sentence[at - 1], sentence[at + 1] if at + 1 < len(sentence) else None
    return before.end < sentence[at].start and after is not None and sentence[at].end < after.start


def _is_account_number(sentence: _Sentence, at: int) -> bool:
    number = sentence[at].number
    return not number.currency and bool(re.fullmatch(r"\d{7,}", number.written))


def _answers_at(sentence: _Sentence, keyword: int, at: int) -> Iterator[_Answer[Sum]]:
    number = sentence[at].number
    between = sentence[keyword + 1 : at]
    is_clear = _has([sentence[keyword], *between], "balance")
    is_weak = not is_clear and not sentence[keyword].means("new_balance")
    points = any(part.text in (":", "=") or part.means("is") for part in between) or _is_all_told(sentence, keyword, at)
    if not (is_clear or points):
        return
    if not number.currency and (is_weak or not _looks_like_money(sentence, keyword, at, points)):
        return
    behind = sentence[at + 1 : at + 2]
    if _has(behind, "thousands") or _has(list(_clause_after(sentence, at, _FAR)), "needed"):
        return
    if _is_taken_back(sentence, at) or (is_weak and _is_talked_on(sentence, at)):
        return
    if _is_one_of_several(sentence, at):
        yield _Answer(Sum(Decimal(0), _SEVERAL), 0, 0)
        return
    negative = any(part.means("minus") for part in [sentence[keyword], *between])
    amount = amount_of(number, in_english=_is_english(sentence, keyword))
    if amount is None:
        return
    is_main = any(part.means("main") for part in [*_clause_before(sentence, keyword), sentence[keyword], *between])
    start = min(sentence[keyword].start, sentence[at].start)
    hundredths, end = _hundredths(sentence, at)
    amount = abs(amount) + hundredths
    if negative or number.negative:
        amount = -amount
    yield _Answer(Sum(amount, _currency(sentence[at], sentence)), start, end, is_main, is_weak)


def _is_all_told(sentence: _Sentence, keyword: int, at: int) -> bool:
    """“Остаток 90 р.”: the text begins with a word for the balance, and the sentence ends with the sum."""
    return sentence[keyword].start == 0 and at == len(sentence) - 1 and bool(sentence[at].number.currency)


def _hundredths(sentence: _Sentence, at: int) -> tuple[Decimal, int]:
    """“27 коп.” behind “86 р.”, and where they end."""
    behind = [part for part in sentence[at + 1 : at + 5] if part.text != "." and not part.means("and")]
    if len(behind) > 1 and behind[1].means("hundredth", "tenth") and behind[0].number.written.isdigit():
        share = 100 if behind[1].means("hundredth") else 10
        return Decimal(behind[0].number.written) / share, behind[1].end
    return Decimal(0), sentence[at].end


def _told_before(sentence: _Sentence, keyword: int) -> Iterator[_Answer[Sum]]:
    """The sum that is said to be on the account: “500 тг на счёте”, “You have KES 50 airtime”."""
    near = range(keyword - 1, max(-1, keyword - 2 * _NEAR), -1)
    at = next((at for at in near if sentence[at].kind is Kind.SUM), None)
    if at is None or not _is_placed(sentence, at, keyword) or _is_one_of_several(sentence, at):
        return
    number, behind = sentence[at].number, list(_clause_after(sentence, keyword, _NEAR))
    if not number.currency or number.negative or (behind and behind[0].text in (":", "=")):
        return
    if any(part.kind is Kind.SUM or part.means(*_VETOES, "or_more", "condition", "offer") for part in behind):
        return
    amount = amount_of(number, in_english=_is_english(sentence, keyword))
    if amount is not None:
        value = Sum(amount, _currency(sentence[at], sentence))
        yield _Answer(value, sentence[at].start, sentence[keyword].end, _has(sentence[at:keyword], "main"))


def _is_placed(sentence: _Sentence, at: int, keyword: int) -> bool:
    """Whether the words around a sum say that it is there: English says so of “$5 in your account if you join”, too,
    so there the reader must be said to have it."""
    before, between = list(_clause_before(sentence, at)), sentence[at + 1 : keyword]
    if not all(part.means(*_FILLERS) or part.text == ":" for part in [*before, *between]):
        return False
    is_english = "en" in sentence[keyword].languages
    return _has(before, "you_have") or _has(between[:1], "is") or (_has(between, "located") and not is_english)


def _is_vetoed(sentence: _Sentence, keyword: int) -> bool:
    """Whether a word before says that no balance follows. A value between belongs to that word, but a condition holds
    to the end of its clause."""
    is_reached = True
    for part in _clause_before(sentence, keyword):
        if part.kind in (Kind.SUM, Kind.VOLUME):
            is_reached = False
        if part.means("condition") or (is_reached and part.means(*_VETOES)):
            return True
    return False


def _looks_like_money(sentence: _Sentence, keyword: int, at: int, points: bool) -> bool:
    """A number without money, beside a word for the balance."""
    behind = sentence[at + 1] if at + 1 < len(sentence) else None
    if behind is not None and (behind.means("unit") or behind.kind in (Kind.ASIDE, Kind.DAY) or behind.text == "-"):
        return False
    number = sentence[at].number
    if re.search(r"[.,]\d{1,3}$", number.written):
        return points or not _is_talked_on(sentence, at)
    return points and (behind is None or behind.kind is not Kind.WORD)


def _is_talked_on(sentence: _Sentence, at: int) -> bool:
    """Whether the sentence goes on with a word that no reply has behind its balance: “balance 5.5 cream”."""
    behind = sentence[at + 1] if at + 1 < len(sentence) else None
    return behind is not None and behind.kind is Kind.WORD and not behind.means(*_BEHIND, *_FILLERS)


def _is_taken_back(sentence: _Sentence, at: int) -> bool:
    """Whether the words behind a sum make it a bonus, a debt or no money: “300 тг бонус”; but “Бонус: 30” is the next
    thing told."""
    behind = sentence[at + 1 : at + 4]
    if behind and behind[0].text == "-":  # an ending: “1000 тг-ге толықтырылды”
        behind = sentence[at + 3 : at + 6]
    if not behind or not behind[0].means("bonus", "debt", "unit", "topping_up", "other_purse", "to_come"):
        return False
    return not any(part.text in (":", "=") or part.kind in (Kind.SUM, Kind.VOLUME) for part in behind[1:])


def _is_one_of_several(sentence: _Sentence, at: int) -> bool:
    """Whether a sum is one of two, the price of another, or a threshold: nobody can tell."""
    if any(part.means("or_more") for part in _clause_after(sentence, at, _NEAR)):
        return True
    behind = sentence[at + 1 : at + 3]
    return len(behind) > 1 and behind[0].text in ("+", "/", "~", "-", *_FOR) and behind[1].kind is Kind.SUM


def _is_english(sentence: _Sentence, keyword: int) -> bool:
    """Whether the word for the balance is of a language that divides by a point."""
    return not sentence[keyword].languages.isdisjoint({"en", "zh-hans", "zh-hant", "sw", "ms"})


def _currency(part: Part, sentence: _Sentence) -> str:
    if part.number.currency != UNKNOWN:
        return part.number.currency
    if "$" in part.text:
        return ""
    # A yuan is called like the dollars of Taiwan and Hong Kong; the script tells.
    chinese = {language for word in sentence if word.means(*_BALANCES, "on_account") for language in word.languages}
    return "CNY" if "zh-hans" in chinese and "zh-hant" not in chinese else ""


# --- what is left of the data -----------------------------------------------------------------------------


def _data_left(text: str, told: Sequence[_Sentence], *, has_balance: bool) -> Found[int] | None:
    found: list[_Answer[int]] = []
    total: list[_Answer[int]] = []
    special: list[_Answer[int]] = []
    for sentence in told:
        if _has(sentence, "storage"):
            continue
        for at, part in enumerate(sentence):
            if part.kind is Kind.VOLUME and (answer := _left_at(sentence, at, has_balance)):
                around = [*_clause_before(sentence, at), *_clause_after(sentence, at, _NEAR)]
                if _has(around, "carried"):
                    return None
                (special if _has(around, "special") else found).append(answer)
                if _has(around, "total"):
                    total.append(answer)
    return _sure(text, total) or _sure(text, found) or (None if found else _sure(text, special))


def _left_at(sentence: _Sentence, at: int, has_balance: bool) -> _Answer[int] | None:
    part, before = sentence[at], sentence[at - 1] if at else None
    value = int(part.megabytes)
    behind = list(_clause_after(sentence, at, _NEAR))
    if _is_part_of(sentence, at) or _is_a_share(sentence, at):
        return None
    if _has(list(_clause_before(sentence, at)), "used") or _has(behind[:2], "used") or _is_sold(sentence, at):
        return None
    for start in range(at - 1, max(-1, at - _FAR - 1), -1):
        if sentence[start].means("used"):
            return None
        if sentence[start].kind is Kind.SUM and not sentence[start + 1].means("unit"):
            break
        if sentence[start].means("left"):
            return _Answer(value, sentence[start].start, part.end)
    for word in behind:
        if word.means("left"):
            return _Answer(value, part.start, word.end)
        if word.kind is Kind.SUM or word.text == ":" or (word.kind is Kind.VOLUME and not behind[0].means("part_of")):
            break
    for word in sentence[at + 1 : at + _FAR]:  # “3 GB, 120 min and 50 SMS left”
        if word.means("left"):
            return _Answer(value, part.start, word.end)
        if word.kind is not Kind.SUM and not word.means("unit") and not _is_break(word):
            break
    # A list of what there is: “Airtime: R12.34, Data: 500MB”.
    if has_balance and before is not None and before.text in (":", "=") and at > 1 and sentence[at - 2].means("data"):
        return _Answer(value, sentence[at - 2].start, part.end)
    return None


def _is_part_of(sentence: _Sentence, at: int) -> bool:
    """Whether this is what there was at first: “из 10 ГБ”, “of your 10 GB”, “/10 GB”, “«Интернет 10 ГБ»”."""
    if sentence[at + 1 : at + 2] and sentence[at + 1].text in ("»", "”", '"'):
        return True
    before = next(
        (part for part in reversed(sentence[max(0, at - 2) : at]) if part.means("part_of") or not part.means("filler")),
        None,
    )
    return before is not None and (before.means("part_of", "until") or before.text == "/")


def _is_sold(sentence: _Sentence, at: int) -> bool:
    """“10 ГБ за 300 тг”, “1GB @ Rs 20”."""
    for place in range(at + 1, min(at + 6, len(sentence) - 1)):
        if _is_break(sentence[place]) or sentence[place].kind is Kind.VOLUME:
            return False
        if sentence[place].text in ("=", "-", *_FOR) and sentence[place + 1].kind is Kind.SUM:
            return True
    return False


# --- days -------------------------------------------------------------------------------------------------


def _writes_day_first(parts: Sequence[Part]) -> bool:
    """Whether “04/03/2026” can only be the fourth of March: not where money, or none, may be American.
    Nobody writes Cyrillic with the month first."""
    money = {part.number.currency for part in parts if part.number.currency}
    rupees = any(part.kind is Kind.SUM and re.match("rs|rupee|₨", part.text) for part in parts)
    cyrillic = any(part.kind is Kind.WORD and re.match("[а-я]", part.text) for part in parts)
    return rupees or cyrillic or bool(money - {UNKNOWN, "USD", "PHP", "CAD", "CNY", "TWD", "JPY", "KRW"})


def _days(
    told: Sequence[_Sentence], meaning: str, meaning_behind: str, is_certain: bool, day_first: bool
) -> Iterator[_Answer[date]]:
    """The days that words of this meaning stand beside, nearer than words of the other meaning."""
    for sentence in told:
        if _has(sentence, "offer"):
            continue
        if not is_certain and any(_is_sold(sentence, at) for at, part in enumerate(sentence) if part.megabytes):
            continue
        if not is_certain and (_has(sentence, "foreign", "wallet") or not _has(sentence, "subject", "own_number")):
            continue
        for at, part in enumerate(sentence):
            if part.kind is not Kind.DAY or (len(part.days) > 1 and not day_first):
                continue
            answer = _day_behind(sentence, at, meaning_behind, meaning) or _day_after(sentence, at, meaning, is_certain)
            if answer and _FIRST_YEAR <= answer.value.year <= _LAST_YEAR:
                yield answer


def _day_behind(sentence: _Sentence, at: int, meaning_behind: str, meaning: str) -> _Answer[date] | None:
    """“12.12.2026 дейін жарамды”, “12月12日扣费”."""
    for part in sentence[at + 1 : at + 5]:
        if part.kind is Kind.DAY:
            return None
        if part.means(meaning_behind) and not (meaning == "valid" and _has(sentence, "charge", "charge_behind")):
            return _Answer(sentence[at].days[0], sentence[at].start, part.end)
        if not (part.kind in (Kind.ASIDE, Kind.SIGN) or part.means("filler", "abbreviation")):
            return None
    return None


def _day_after(sentence: _Sentence, at: int, meaning: str, is_certain: bool) -> _Answer[date] | None:
    """“действует до 12.12.2026”: the nearest word of either meaning decides. A bare “until” says so only of something
    that is told before it."""
    behind = "charge_behind" if meaning == "valid" else "until_behind"
    if _day_behind(sentence, at, behind, "charge" if meaning == "valid" else "valid"):
        return None
    for start in range(at - 1, max(-1, at - _FAR - 1), -1):
        part = sentence[start]
        if part.kind is Kind.DAY or part.means("past"):
            return None
        if part.means("valid", "charge"):
            if _has(list(_clause_before(sentence, start)), "debt", "bonus"):
                return None
            return _Answer(sentence[at].days[0], part.start, sentence[at].end) if part.means(meaning) else None
    if meaning != "valid" or not is_certain:
        return None
    is_a_line = at == 2 and sentence[0].means("until") and sentence[1].text == ":"
    if is_a_line or (at and sentence[at - 1].means("until") and _tells_something(sentence[: at - 1])):
        return _Answer(sentence[at].days[0], sentence[at - 1].start, sentence[at].end)
    return None


def _tells_something(sentence: _Sentence) -> bool:
    is_told = any(part.kind in (Kind.SUM, Kind.VOLUME) for part in sentence) and _has(sentence, "left", *_BALANCES)
    return is_told and not _has(sentence, "topping_up", "taking", "debt", "bonus")


# --- the number --------------------------------------------------------------------------------------------


def _own_numbers(told: Sequence[_Sentence]) -> Iterator[_Answer[str]]:
    for sentence in told:
        if _has(sentence, "wallet", "bank"):
            continue
        for at, part in enumerate(sentence):
            if part.means("own_number"):
                for place in range(at + 1, min(at + 1 + _NEAR, len(sentence))):
                    if sentence[place].kind in (Kind.ASIDE, Kind.SUM):
                        if number := _as_e164(sentence[place].text):
                            yield _Answer(number, part.start, sentence[place].end)
                        break
                    if sentence[place].kind is Kind.WORD and not sentence[place].means("filler", "is"):
                        break


def _as_e164(text: str) -> str | None:
    """The number, if it is written as no other country writes its own: ten figures are a number in many of them."""
    figures = re.sub(r"\D", "", text)
    if not text.startswith("+") and len(figures) < 11:
        return None
    number = number_said(text)
    return number.as_e164 if number else None

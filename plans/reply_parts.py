"""An operator's reply -> its parts: sums, volumes of data, days, words with what they mean. Pure, but for its one file
of words.

The text is read once, from left to right. Every sign is first folded to its plainest form, each in its place, so
that a part stands in the text as it was written where it stands in the folded one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, auto
from functools import cache, lru_cache
from pathlib import Path

import yaml
from babel import Locale
from babel.numbers import list_currencies

WORDS_FILE = Path(__file__).parent / "reply_words.yaml"
UNKNOWN = "unknown"  # money, but nobody can tell of which country


class Kind(Enum):
    WORD = auto()
    SUM = auto()
    VOLUME = auto()
    DAY = auto()
    ASIDE = auto()  # looks like an amount, but is none: a code, an hour, a telephone number
    SIGN = auto()
    BREAK = auto()  # ends a sentence


@dataclass(frozen=True)
class Number:
    """A number as it is written, and the money beside it: an ISO code, `UNKNOWN`, or "" for none."""

    written: str
    currency: str = ""
    negative: bool = False


@dataclass(frozen=True)
class Part:
    start: int
    end: int
    text: str  # folded
    kind: Kind
    meanings: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    number: Number = Number("")  # empty for what is no number
    megabytes: Decimal = Decimal(0)
    days: tuple[date, ...] = ()  # two where day and month may be meant either way round

    def means(self, *meanings: str) -> bool:
        return not self.meanings.isdisjoint(meanings)


def parts_of(text: str, today: date) -> list[Part]:
    """What a text consists of. `today` gives a day without a year its year."""
    plain = _undisguised(folded(text))
    parts = _with_volumes(_with_sums(_with_phrases(list(_pieces(plain, today))), plain))
    return [part for part in _with_breaks(parts, text) if part.text.strip() or part.kind is Kind.BREAK]


# --- folding --------------------------------------------------------------------------------------------


def folded(text: str) -> str:
    return "".join(map(_folded_sign, text))


_SAME = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "ʻ": "'",
    "ʼ": "'",
    "−": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "ё": "е",
    "Ё": "е",
    "ı": "i",
    "〒": "₸",
}


@lru_cache(maxsize=5000)
def _folded_sign(sign: str) -> str:
    if sign in _SAME:
        return _SAME[sign]
    if unicodedata.category(sign) in ("Cf", "Mn"):
        return " "
    if sign in "\n\r\v\f\u2028\u2029":
        return "\n"
    plain = unicodedata.normalize("NFKC", sign).casefold()
    if len(plain) != 1:
        return sign
    if plain.isspace():
        return " "
    base = unicodedata.normalize("NFKD", plain)[0]
    return base if base.isascii() and base.isalpha() else plain


_ALIKE = str.maketrans("abcehikmoptxy", "авсенікмортху")
_MIXED = re.compile(r"(?=[^\W\d_]*[а-яіәңғүұқөһ])[abcehikmoptxyа-яіәңғүұқөһ]+")
_LATIN = re.compile(r"(?<![^\W\d_])(?![kmt]b\b)[abcehkmoptxy]+(?![^\W\d_])")
_DISGUISE = "octatok"  # the one word for a balance that can be written wholly so


def _undisguised(plain: str) -> str:
    """The text with Cyrillic letters for the Latin ones that look alike: some operators save letters so, and send
    “OCTATOK 90 p.” or “БAЛAHC”."""
    read = _MIXED.sub(lambda word: word[0].translate(_ALIKE), plain)
    if read == plain and _DISGUISE not in plain:
        return plain
    return _LATIN.sub(lambda word: word[0].translate(_ALIKE), read)


# --- words ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Phrase:
    words: tuple[str, ...]  # an asterisk ends one of which only the beginning counts
    meaning: str
    language: str


@dataclass(frozen=True)
class _Vocabulary:
    """The phrases by their first word, and by the beginning of it."""

    exact: dict[str, list[_Phrase]]
    beginning: dict[str, list[_Phrase]]

    def starting_with(self, word: str) -> Iterator[_Phrase]:
        yield from self.exact.get(word, ())
        for size in range(1, min(len(word), _LONGEST_BEGINNING) + 1):
            yield from self.beginning.get(word[:size], ())


_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_SIGNS_OF_MONEY = "".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) == "Sc")
_WORD = re.compile(rf"[{_HAN}]|[{re.escape(_SIGNS_OF_MONEY)}]|[^\W\d_{_HAN}]+(?:'[^\W\d_{_HAN}]+)*")
_JOINTS = frozenset(" -_./&'")
_LONGEST_BEGINNING, _LONGEST_SHORT = 20, 4
_MONEY = "money"  # what the meaning of a word for a currency begins with


@cache
def _vocabulary() -> _Vocabulary:
    # Everything in it is text, “no” and “on” too.
    data = yaml.load(WORDS_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    money = [
        _Phrase(_words(phrase), f"{_MONEY} {side} {code}", "")
        for side, codes in data["currencies"].items()
        for code, listed in codes.items()
        for phrase in listed
    ]
    named = {phrase.words for phrase in money}
    codes = [(code.lower(),) for code in list_currencies() if code not in _WORDS_TOO]
    phrases = [
        *money,
        *(_Phrase(words, f"{_MONEY} either {words[0].upper()}", "") for words in codes if words not in named),
        *(
            _Phrase(_words(phrase), meaning, language)
            for meaning, languages in data["meanings"].items()
            for language, listed in languages.items()
            for phrase in listed
        ),
    ]
    exact: dict[str, list[_Phrase]] = defaultdict(list)
    beginning: dict[str, list[_Phrase]] = defaultdict(list)
    for phrase in phrases:
        first = phrase.words[0]
        (beginning if first.endswith("*") else exact)[first.rstrip("*")].append(phrase)
    return _Vocabulary(dict(exact), dict(beginning))


_WORDS_TOO = {"ALL", "TOP", "TRY", "CUP", "SOS", "SIT", "BAN", "SUR", "LEK"}  # in English


def _words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase in the file; every character of a Chinese one."""
    plain = folded(phrase)
    return tuple(match[0] for match in re.finditer(rf"(?:{_WORD.pattern})\*?", plain))


def _with_phrases(pieces: list[Part]) -> list[Part]:
    """The pieces, words joined to the longest phrases that mean something."""
    parts: list[Part] = []
    at = 0
    while at < len(pieces):
        size, phrases = _longest_phrases(pieces, at)
        run = pieces[at : at + size]
        parts.append(
            replace(
                run[0],
                end=run[-1].end,
                text=" ".join(piece.text for piece in run) if size > 1 else run[0].text,
                meanings=run[0].meanings | {phrase.meaning for phrase in phrases},
                languages=frozenset(phrase.language for phrase in phrases),
            )
        )
        at += size
    return parts


def _longest_phrases(pieces: list[Part], at: int) -> tuple[int, list[_Phrase]]:
    """How many pieces the longest phrases here take, and these phrases."""
    if pieces[at].kind is not Kind.WORD:
        return 1, []
    fitting: dict[int, list[_Phrase]] = defaultdict(list)
    for phrase in _vocabulary().starting_with(pieces[at].text):
        if size := _pieces_taken(phrase, pieces, at):
            fitting[size].append(phrase)
    size = max(fitting, default=1)
    return size, fitting.get(size, [])


def _pieces_taken(phrase: _Phrase, pieces: list[Part], at: int) -> int:
    """How many pieces from here on the phrase takes; 0 if it does not fit."""
    place = at
    for number, word in enumerate(phrase.words):
        if number and place < len(pieces) and pieces[place].text in _JOINTS:
            # A point ends a sentence as well, unless it ends something short: “бел. руб”.
            is_short = len(pieces[place - 1].text) <= _LONGEST_SHORT
            place += 2 if pieces[place].text == "." and is_short and _is_space(pieces, place + 1) else 1
        if place >= len(pieces) or pieces[place].kind is not Kind.WORD or not _fits(word, pieces[place].text):
            return 0
        place += 1
    return place - at


def _is_space(pieces: list[Part], at: int) -> bool:
    return at < len(pieces) and pieces[at].text == " "


def _fits(word: str, text: str) -> bool:
    return text.startswith(word[:-1]) if word.endswith("*") else text == word


# --- pieces -----------------------------------------------------------------------------------------------

_ASIDE = re.compile(
    r"https?://\S+|www\.\S+"
    r"|[a-z0-9][a-z0-9._+-]{0,40}@[a-z0-9.-]+"
    r"|[*#][\d*#]*\d[\d*#]*"
    r"|\+\d[\d ()-]{6,16}\d"
    r"|(?<!\d)[78][ -]?\(?7\d\d\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d(?!\d)"
    r"|\d{1,3}:\d{1,2}(?::\d{2})?(?!\d)(?:\s?(?:am|pm)\b)?"
    r"|\d[\d.,]{0,12}\s?%"
    r"|№\s?\d[\d-]*"
    r"|\d{9,}(?![\d.,])"
)
# A card with most of its number hidden; with one asterisk, it may as well be the beginning of a code.
_CARD = re.compile(
    r"[*•·xх]{2,}\d{3,6}(?![\d*#])|\d{4,6}[*x]{2,}\d{2,6}|(?:visa|mir|мир|ecmc|maes|mc|счет|шот|карта|card|acct|account)(?:-?|\s?[*.]{1,3}\s?)\d{4}(?![\d.,])"
)
_SPACE = re.compile(" +")
_NUMBER = re.compile(
    r"\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,](?!\d{1,2}[-/.]\d{1,2}[-/.]\d{2})\d+)*"
)


def _pieces(plain: str, today: date) -> Iterator[Part]:
    """The text cut into words, numbers, days and signs."""
    at = 0
    while at < len(plain):
        piece = _piece(plain, at, today)
        yield piece
        at = piece.end


def _piece(plain: str, at: int, today: date) -> Part:
    if match := _CARD.match(plain, at):
        return Part(at, match.end(), match[0], Kind.ASIDE, frozenset({"bank"}))
    if match := _ASIDE.match(plain, at):
        return Part(at, match.end(), match[0], Kind.ASIDE)
    if day := _day_piece(plain, at, today):
        return day
    if match := _NUMBER.match(plain, at):
        return Part(at, match.end(), match[0], Kind.SUM, number=Number(match[0]))
    if match := _WORD.match(plain, at):
        return Part(at, match.end(), match[0], Kind.WORD)
    if match := _SPACE.match(plain, at):
        return Part(at, match.end(), " ", Kind.SIGN)
    return Part(at, at + 1, plain[at], Kind.SIGN)


# --- days -------------------------------------------------------------------------------------------------


@cache
def _months() -> dict[str, int]:
    """Names of the months, long and short, as the languages of the replies write them inside a date."""
    names: dict[str, int] = {}
    for language in ("en", "ru", "kk", "uk", "uz", "az", "ky", "fr", "es", "de", "tr", "id", "pt", "it"):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in Locale.parse(language).months[context][width].items():
                    plain = folded(name).rstrip(".")
                    if len(plain) >= 3 and plain.isalpha():
                        names.setdefault(plain, number)
    return names | {"sept": 9, "сент": 9, "нояб": 11, "мая": 5}


@cache
def _day_pattern() -> re.Pattern[str]:
    names = "|".join(sorted(_months(), key=len, reverse=True))
    # Kazakh puts its endings on the month: “12 желтоқсанға дейін”.
    month = rf"(?:{names})(?:[а-яәіңғүұқөһ]{{0,4}})(?![^\W\d_])"
    return re.compile(
        r"(?:"
        r"(?P<y1>(?:19|20)\d\d)(?P<s1>[-./])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})(?!\d)"
        r"|(?P<d2>\d{1,2})(?P<s2>[-./])(?P<m2>\d{1,2})(?P=s2)(?P<y2>(?:19|20)\d\d|\d\d)(?!\d)"
        r"|(?P<y3>(?:19|20)\d\d)\s?年\s?(?P<m3>\d{1,2})\s?月\s?(?P<d3>\d{1,2})\s?[日号號]"
        r"|(?P<m4>\d{1,2})\s?月\s?(?P<d4>\d{1,2})\s?[日号號]"
        rf"|(?P<y7>(?:19|20)\d\d)\s?(?:ж\.?|жылғы|жылы|ж)\s(?P<d7>\d{{1,2}})[ -](?P<n7>{month})"
        rf"|(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?[ .-]{{0,2}}(?:of\s)?(?P<n5>{month})"
        r"(?:[\s,.'-]{0,2}(?P<y5>(?:19|20)\d\d(?!\d)|(?<=[-'.a-z])\d\d(?![\d:])|\d\d(?=\s*(?:[.,;)\n]|$))))?"
        rf"|(?P<n6>{month})\.?[\s-]?(?P<d6>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:[,\s-]{{0,2}}(?P<y6>(?:19|20)\d\d)(?!\d))?"
        r"|(?P<d8>\d{1,2})\.(?P<m8>[01]\d)(?![.,]?\d)"
        r")"
    )


def _day_piece(plain: str, at: int, today: date) -> Part | None:
    sign = plain[at]
    if not (sign.isdigit() or sign.isalpha()) or (sign.isalpha() and at and plain[at - 1].isalpha()):
        return None
    match = _day_pattern().match(plain, at)
    if match is None:
        return None
    parts = {key[0]: value for key, value in match.groupdict().items() if value}
    month = int(parts["m"]) if "m" in parts else _month(parts["n"])
    number, year = int(parts["d"]), int(parts["y"]) if "y" in parts else None
    orders = [(month, number)]
    if parts.get("s") in ("/", "-") and not match["y1"] and month != number and (parts["s"] == "/" or month > 12):
        orders.append((number, month))
    days = tuple(day for order in orders if (day := _day(year, *order, today)) is not None)
    if not days:
        return None
    piece = Part(at, match.end(), match[0], Kind.DAY, days=days)
    # “12.10” alone is money as well as a day: what stands before it tells.
    return replace(piece, number=Number(match[0])) if match["d8"] else piece


def _month(name: str) -> int:
    months = _months()
    return next(months[name[:size]] for size in range(len(name), 2, -1) if name[:size] in months)


def _day(year: int | None, month: int, number: int, today: date) -> date | None:
    """The day, in the year that brings it nearest to the time ahead where none is named."""
    try:
        if year is not None:
            return date(year + 2000 if year < 100 else year, month, number)
        this_year = date(today.year, month, number)
        return this_year if this_year >= today - timedelta(days=31) else date(today.year + 1, month, number)
    except ValueError:
        return None


# --- sums and volumes ---------------------------------------------------------------------------------------


def _with_sums(parts: list[Part], plain: str) -> list[Part]:
    """Numbers joined with the money before or after them; those that may be days as what they are."""
    joined: list[Part] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        at += 1
        if part.kind is Kind.DAY and part.number.written:
            part = _day_or_number(part, joined, _money_after(parts, at))
        if part.kind is not Kind.SUM:
            joined.append(part)
            continue
        start, end, currency = part.start, part.end, ""
        if taken := _money_before(joined):
            start, currency = joined[-taken].start, _currency(joined[-taken], "before")
            del joined[-taken:]
        if currency in ("", UNKNOWN) and (taken := _money_after(parts, at)):
            at += taken
            end, currency = parts[at - 1].end, _currency(parts[at - 1], "after")
        negative = plain[part.start - 1] == "-" if start < part.start else False  # “$-5.00”
        if _takes_minus(joined, plain, start):
            negative, start = True, joined.pop().start
        number = Number(part.number.written, currency, negative)
        joined.append(replace(part, start=start, end=end, text=plain[start:end], number=number))
    return joined


def _day_or_number(part: Part, before: list[Part], has_money: int) -> Part:
    """“12.10”: a day behind “until”, else a number."""
    word = next((one for one in reversed(before[-6:]) if one.kind is Kind.WORD), None)
    if word is not None and word.means(*_BEFORE_A_DAY) and not has_money:
        return replace(part, number=Number(""))
    return replace(part, kind=Kind.SUM, days=())


_BEFORE_A_DAY = ("until", "valid", "charge", "as_of")


def _currency(part: Part, side: str) -> str:
    found = {
        meaning.split()[2]
        for meaning in part.meanings
        if meaning.startswith(_MONEY) and meaning.split()[1] in (side, "either")
    }
    return next(iter(found)) if len(found) == 1 else UNKNOWN if found else ""


def _money_before(joined: list[Part]) -> int:
    """How many parts before a number are its currency and what stands between them."""
    for taken in (1, 2, 3, 4):
        if len(joined) < taken:
            return 0
        part = joined[-taken]
        if part.kind is Kind.WORD:
            return taken if _currency(part, "before") else 0
        if part.text not in (" ", ".", ":", "=", ")") and (part.text, taken) != ("-", 1):
            return 0
    return 0


def _money_after(parts: list[Part], at: int) -> int:
    """How many parts after a number are its currency and the space before it."""
    taken = 1 if at < len(parts) and parts[at].text != " " else 2
    place = at + taken - 1
    if place >= len(parts) or parts[place].kind is not Kind.WORD or not _currency(parts[place], "after"):
        return 0
    return taken


def _takes_minus(joined: list[Part], plain: str, start: int) -> bool:
    """Whether a minus stands right before, and is no dash between two things."""
    if not start or plain[start - 1] != "-" or not joined or joined[-1].text != "-":
        return False
    return start < 2 or not plain[start - 2].isalnum() or bool(re.match(f"[{_HAN}]", plain[start - 2]))


_UNITS = {
    **dict.fromkeys(("kb", "кб", "kib", "кбайт", "килобайт", "kilobyte", "kbyte", "ko"), Decimal(1) / 1024),
    **dict.fromkeys(
        ("mb", "мб", "mib", "мбайт", "мегабайт", "megabyte", "mbyte", "mo", "兆", "мег", "mbs"), Decimal(1)
    ),
    **dict.fromkeys(("gb", "гб", "gib", "гбайт", "гигабайт", "gigabyte", "gbyte", "go", "гиг", "gbs"), Decimal(1024)),
    **dict.fromkeys(("tb", "тб", "tib", "тбайт", "терабайт", "terabyte"), Decimal(1024 * 1024)),
}
_SHORT_UNITS = {"k": Decimal(1) / 1024, "m": Decimal(1), "g": Decimal(1024), "t": Decimal(1024 * 1024)}
_ENDINGS_OF_UNITS = re.compile(r"(?:s|а|ов|ы|та)$")


def _with_volumes(parts: list[Part]) -> list[Part]:
    """Numbers with a unit of data after them; “3 ГБ 512 МБ” is one volume."""
    is_chinese = any(part.kind is Kind.WORD and re.match(f"[{_HAN}]", part.text) for part in parts)
    joined: list[Part] = []
    at = 0
    while at < len(parts):
        part = parts[at]
        at += 1
        unit, place = _unit_after(parts, at, is_chinese)
        if part.kind is not Kind.SUM or part.number.currency or not unit:
            joined.append(part)
            continue
        amount = decimal_of(part.number.written, dot_is_decimal=True)
        if amount is None:
            joined.append(part)
            continue
        at = place + 1
        volume = replace(part, end=parts[place].end, kind=Kind.VOLUME, number=Number(""), megabytes=amount * unit)
        taken = 2 if joined and joined[-1].text == " " else 1
        before = joined[-taken] if len(joined) >= taken else None
        if before is not None and before.kind is Kind.VOLUME and before.megabytes >= unit * 1024 > volume.megabytes:
            joined[-taken:] = [replace(before, end=volume.end, megabytes=before.megabytes + volume.megabytes)]
        else:
            joined.append(volume)
    return joined


def _unit_after(parts: list[Part], at: int, is_chinese: bool) -> tuple[Decimal, int]:
    """How many megabytes the unit after a number stands for, and where it stands; 0 if there is none."""
    place = at + 1 if at < len(parts) and parts[at].text == " " else at
    if place >= len(parts) or parts[place].kind is not Kind.WORD:
        return Decimal(0), place
    behind = parts[place + 1 : place + 3]
    if behind and behind[0].text == "/" and behind[-1].kind is not Kind.SUM:
        return Decimal(0), place  # a speed
    word = parts[place].text
    unit = (
        _UNITS.get(word)
        or _UNITS.get(_ENDINGS_OF_UNITS.sub("", word))
        or (_SHORT_UNITS.get(word) if is_chinese else None)
    )
    return unit or Decimal(0), place


_NO_THREE_DECIMALS = {"KZT", "UZS", "IDR", "VND", "KRW", "JPY", "MNT", "AMD", "LAK", "KHR", "RWF"}
_DECIMAL_COMMA = {
    "RUB",
    "UAH",
    "BYN",
    "KGS",
    "TJS",
    "AZN",
    "GEL",
    "EUR",
    "PLN",
    "CZK",
    "TRY",
    "BRL",
    "RON",
    "BGN",
    "MDL",
}
_PLAIN_NUMBER = re.compile(r"\d+(?:[.,]\d{1,2})?|\d+[.,]\d{4,6}")
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:,\d{2,3})*,\d{3}\.\d{1,3}|\d{1,3}(?:,\d{2,3})+,\d{3}")
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,3}|\d{1,3}(?:\.\d{3}){2,}")
_LARGEST = Decimal(10) ** 9


def amount_of(number: Number, *, in_english: bool) -> Decimal | None:
    """What a written sum amounts to; None where its signs can be read in two ways."""
    currency, written = number.currency, number.written
    if currency in _NO_THREE_DECIMALS and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", written):
        amount: Decimal | None = Decimal(re.sub("[.,]", "", written))
    else:
        divides_by_comma = (
            currency in _DECIMAL_COMMA
            or currency in _NO_THREE_DECIMALS
            or (currency in ("", UNKNOWN) and not in_english)
        )
        amount = decimal_of(written, dot_is_decimal=not divides_by_comma)
    if amount is None or amount >= _LARGEST:
        return None
    return -amount if number.negative else amount


def decimal_of(written: str, *, dot_is_decimal: bool) -> Decimal | None:
    """The number; None where it is none, or where one sign before three digits may group or divide."""
    plain = re.sub("[ ']", "", written)
    if len(plain) > 1 and plain[0] == "0" and plain[1].isdigit():
        return None  # a code
    if _PLAIN_NUMBER.fullmatch(plain):
        return Decimal(plain.replace(",", "."))
    if _GROUPED_BY_COMMA.fullmatch(plain):
        return Decimal(plain.replace(",", ""))
    if _GROUPED_BY_POINT.fullmatch(plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    whole, point, rest = plain.partition(".") if "." in plain else plain.partition(",")
    if not point or len(rest) != 3 or not rest.isdigit():
        return None
    if whole == "0" or (dot_is_decimal and point == "."):
        return Decimal(f"{whole}.{rest}")
    return Decimal(whole + rest) if dot_is_decimal else None


# --- sentences ------------------------------------------------------------------------------------------------


def _with_breaks(parts: list[Part], text: str) -> Iterator[Part]:
    """The parts, with those signs as breaks that end a sentence."""
    before: Part | None = None
    for part in parts:
        if part.kind is Kind.SIGN and _ends_sentence(part, before, text):
            yield replace(part, kind=Kind.BREAK)
        else:
            yield part
        if part.text.strip():
            before = part


def _ends_sentence(part: Part, before: Part | None, text: str) -> bool:
    if part.text == "\n":
        return before is None or before.text != ":"
    if part.text == ".":
        rest = text[part.end : part.end + 3].lstrip()
        if text[part.end : part.end + 1].islower():
            return False
        short = before is not None and (before.means("abbreviation") or _ends_with_short_money(before))
        return not short or not rest or rest[0].isupper() or "\n" in text[part.end : part.end + 2]
    return part.text in ("!", "?", ";", "。", "！", "？", "；")


def _ends_with_short_money(part: Part) -> bool:
    return part.kind is Kind.SUM and bool(part.number.currency) and part.text[-1].isalpha()


def sentences(parts: Iterable[Part]) -> Iterator[list[Part]]:
    sentence: list[Part] = []
    for part in parts:
        if part.kind is Kind.BREAK:
            if sentence:
                yield sentence
            sentence = []
        else:
            sentence.append(part)
    if sentence:
        yield sentence

"""What people write -> values: numbers and sums of money in all the ways they are written. Pure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException, is_valid_number, parse

HOME_REGION = "KZ"
HOME_CODE = 7
LONGEST = 100  # characters: nobody writes a number or a sum with more, and some would cost minutes to read
_FROM_ABROAD = re.compile(r"^(?:8\s*[-~]?\s*10|00)(?=[\s\d])")  # how one dials out, from Kazakhstan and elsewhere
_SUM = re.compile(r"-?\d+(?:[.,]\d+)*")
_MEGABYTES = {**dict.fromkeys("mм", 1), **dict.fromkeys("gг", 1024), **dict.fromkeys("tт", 1024 * 1024)}
_UNIT = r"(?:[mgt]i?b?|[мгт]б?|гиг|мегабайта?|мегабайт|гигабайта?|мег)"
_ONE_VOLUME = re.compile(rf"(\d+(?:[.,]\d+)*)({_UNIT})")
_VOLUME = re.compile(rf"(?:\d+(?:[.,]\d+)*{_UNIT})+")


def number_said(text: str) -> PhoneNumber | None:
    """The telephone number of `8 701 ...`, `+7 (701) ...`, `７０１...` or a foreign `+...`; None if it is none."""
    if len(text) > LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("tel:")
    for spelling in (plain, "+" + _FROM_ABROAD.sub("", plain).strip(), plain.lstrip("+")):
        try:
            number = parse(spelling, HOME_REGION)
        except NumberParseException:
            continue
        if is_valid_number(number):
            return PhoneNumber(
                number.country_code,
                number.national_number,
                italian_leading_zero=number.italian_leading_zero,
                number_of_leading_zeros=number.number_of_leading_zeros,
            )
    return None


def is_kazakh(number: PhoneNumber) -> bool:
    """Russia shares the country code; Kazakh mobile numbers start with 7."""
    return number.country_code == HOME_CODE and str(number.national_number).startswith("7")


def amount_said(text: str) -> Decimal | None:
    """The amount of `4 990`, `4990,50`, `4,990 ₸` or `4.990,50 тг`; None if it is none."""
    if len(text) > LONGEST:
        return None
    plain = re.sub(r"[\s'’]", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
    plain = re.sub(r"^(?:₸|kzt)|(?:₸|kzt|тг\.?|тенге|теңге|tg|tenge)$", "", plain, flags=re.IGNORECASE)
    if not _SUM.fullmatch(plain):
        return None
    whole, fraction = _parts(plain)
    return Decimal(f"{whole}.{fraction or '0'}")


def data_said(text: str) -> int | None:
    """The megabytes of `3,2 GB`, `512 МБ`, `1 GB 200 MB` or `1.5G`; None if it is none, or names no unit."""
    if len(text) > LONGEST:
        return None
    plain = re.sub(r"[\s'’]", "", unicodedata.normalize("NFKC", text)).lower()
    if not _VOLUME.fullmatch(plain):
        return None
    return round(sum(_megabytes(amount, unit) for amount, unit in _ONE_VOLUME.findall(plain)))


def _megabytes(amount: str, unit: str) -> Decimal:
    is_fraction = unit[0] != "m" and unit[0] != "м" and len(re.findall("[.,]", amount)) == 1
    whole, fraction = re.split("[.,]", amount) if is_fraction else _parts(amount)  # nobody has a thousand gigabytes
    return Decimal(f"{whole}.{fraction or '0'}") * _MEGABYTES[unit[0]]


def _parts(plain: str) -> tuple[str, str]:
    """Digits before and after the decimal sign. A sign that stands before three digits, or more than once, groups."""
    last = max(plain.rfind("."), plain.rfind(","))
    fraction = plain[last + 1 :]
    groups = last < 0 or len(fraction) == 3 or plain.count(plain[last]) > 1
    whole = plain if groups else plain[:last]
    return re.sub(r"[.,]", "", whole), "" if groups else fraction

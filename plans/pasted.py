"""Lines pasted from a list or a spreadsheet -> what each says of a SIM. Pure: no clock, no database.

A line is a SIM; tabs, semicolons, bars, commas or several spaces part its cells. A first line of names says what the
columns are, in any of the site's languages; without one, what stands in them does. A telephone number is taken from
one cell as it stands there, and never put together from several.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest

from phonenumber_field.phonenumber import PhoneNumber

from .listing import OTHER
from .periods import Period, Wording, last_day_said
from .reply_parts import Kind as PartKind
from .reply_parts import folded, parts_of
from .said import amount_said, is_kazakh, number_said

LONGEST_LINE = 400  # characters
LONGEST_LABEL, LONGEST_GROUP, LONGEST_PLAN = 60, 40, 80
DEAREST = Decimal(10) ** 8
YEARS_BACK, YEARS_AHEAD = 10, 5


class Column(StrEnum):
    NUMBER = "number"
    LABEL = "label"
    OPERATOR = "operator"
    GROUP = "group"
    PLAN = "plan"
    PRICE = "price"
    PERIOD = "period"
    DATE = "date"
    UNTIL = "until"
    CHARGE = "charge"
    PAID = "paid"


class Trouble(StrEnum):
    """Why a line cannot be saved as it is."""

    NO_NUMBER = "no_number"
    BAD_NUMBER = "bad_number"
    TWICE = "twice"
    NO_OPERATOR = "no_operator"
    WHICH_OPERATOR = "which_operator"
    BAD_OPERATOR = "bad_operator"
    FOREIGN = "foreign"
    BAD_PRICE = "bad_price"
    BAD_DAY = "bad_day"
    FAR_DAY = "far_day"
    FUTURE_DAY = "future_day"
    NO_PERIOD = "no_period"
    BAD_PERIOD = "bad_period"
    LONG_LABEL = "long_label"
    LONG_GROUP = "long_group"
    LONG_PLAN = "long_plan"
    LONG_LINE = "long_line"


@dataclass(frozen=True)
class Brand:
    """An operator: what it is called, and with which digits its numbers begin."""

    slug: str
    name: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assumed:
    """What holds where a line does not say it. `brands` chooses one of several that a number fits; `names` and
    `periods` are further words for columns and periods, in small letters."""

    period: Period = Period.DAYS_30
    wording: Wording = Wording.UNTIL
    group: str = ""
    brands: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    names: Mapping[str, Column] = field(default_factory=dict)
    periods: Mapping[str, Period] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What one line says. `troubles` come with what was written there; `fits` are the operators its number fits."""

    at: int
    cells: tuple[str, ...]
    number: PhoneNumber | None = None
    operator: str = ""
    fits: tuple[str, ...] = ()
    label: str = ""
    group: str = ""
    plan: str = ""
    price: Decimal | None = None
    period: Period | None = None
    wording: Wording = Wording.UNTIL
    day: date | None = None
    paid_until: date | None = None
    troubles: tuple[tuple[Trouble, str], ...] = ()

    @property
    def has_plan(self) -> bool:
        return bool(self.plan) or self.price is not None or self.period is not None or self.day is not None

    @property
    def anchor(self) -> int | None:
        """The day of the month of the charge, where it was said in so many words."""
        return self.day.day if self.day and self.wording in (Wording.CHARGE, Wording.PAID) else None

    @property
    def written(self) -> str:
        """The line, to be mended in one box."""
        return written(self.cells)


@dataclass(frozen=True)
class Pasted:
    """`names` is the line of names, if there is one; `unused` are the columns that say nothing we keep; `later` are the
    lines that are more than were to be read."""

    rows: tuple[Row, ...]
    names: str = ""
    unused: tuple[str, ...] = ()
    later: tuple[int, ...] = ()

    @property
    def doubtful(self) -> dict[tuple[str, ...], int]:
        """Which operators numbers fit, where that is more than one and none was chosen; and how many do."""
        return dict(Counter(row.fits for row in self.rows if _has(row, Trouble.WHICH_OPERATOR)))


def read(
    text: str, brands: Sequence[Brand], today: date, assumed: Assumed | None = None, most: int | None = None
) -> Pasted:
    """What each line says, empty ones left out; of the first so many."""
    assumed = assumed or Assumed()
    lines = [(at, cells) for at, line in enumerate(text.splitlines()) if any(cells := _cells(line))]
    names = ""
    if lines and (columns := _columns_named(lines[0][1], assumed.names)):
        names, lines = text.splitlines()[lines[0][0]], lines[1:]
    lines, later = lines[:most], [at for at, _rest in lines[len(lines[:most]) :]]
    if names:
        unused = [cell for cell, column in zip(_cells(names), columns, strict=True) if cell and column is None]
    else:
        columns = _columns_found([cells for _at, cells in lines], brands, today, assumed)
        unused = _first_of_unused(columns, [cells for _at, cells in lines])
    month_first = _is_month_first(columns, [cells for _at, cells in lines])
    reader = _Reader(brands, today, assumed, columns, bool(names), month_first)
    rows = _with_those_twice(reader.row(at, cells) for at, cells in lines)
    return Pasted(tuple(rows), names, tuple(unused), tuple(later))


def written(cells: Iterable[str]) -> str:
    """Cells as one line that is read to the same cells again."""
    file = io.StringIO()
    csv.writer(file, delimiter=";", lineterminator="").writerow(cells)
    return file.getvalue().replace(";", "; ") if '"' not in file.getvalue() else file.getvalue()


def _has(row: Row, trouble: Trouble) -> bool:
    return any(one is trouble for one, _text in row.troubles)


# --- lines into cells -------------------------------------------------------------------------------------------------

_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DECIMAL_COMMA = re.compile(r"(?<![\d])(\d{1,7}),(\d{1,2})(?!\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d),(?=\d)")
_KEPT_COMMA = "\ue000"
_NUMBER_FIRST = re.compile(r"([+\d(][\d\s()\-.]{7,}\d)[\s,:–—-]+([^\d\s+(].*)", re.DOTALL)
_NUMBER_LAST = re.compile(r"([^\d+(].*?)[\s,:–—-]+([+\d(][\d\s()\-.]{7,}\d)", re.DOTALL)


def _cells(line: str) -> list[str]:
    plain = _CONTROL.sub(" ", _INVISIBLE.sub("", line)).translate({0xFF0C: ",", 0xFF1B: ";", 0x3000: " "})
    if len(plain) > LONGEST_LINE:
        return [plain.strip()]
    for sign in "\t;|":
        if sign in plain:
            return _parted(plain, sign)
    if "," in plain:
        inside = _BETWEEN_DIGITS if ", " in plain else _DECIMAL_COMMA
        kept = inside.sub(lambda comma: comma[0].replace(",", _KEPT_COMMA), plain)
        cells = [cell.replace(_KEPT_COMMA, ",") for cell in _parted(kept, ",")]
        if len(cells) > 1:
            return cells
    cells = [_bare(cell) for cell in re.split(r"\s{2,}", plain.strip())]
    return cells if len(cells) > 1 else _number_and_words(_bare(plain))


def _parted(plain: str, sign: str) -> list[str]:
    cells = next(csv.reader([plain], delimiter=sign, skipinitialspace=True), [])
    return [_bare(cell) for cell in cells]


def _bare(cell: str) -> str:
    """Without the sign by which spreadsheets are told that a number is a text."""
    cell = " ".join(cell.split())
    return cell[1:] if re.match(r"'[+=\-@\d]", cell) else cell


def _number_and_words(line: str) -> list[str]:
    """A number and its name, with no more than a space between them."""
    for pattern in (_NUMBER_FIRST, _NUMBER_LAST):
        match = pattern.fullmatch(line)
        if match and any(_number(part) is not None for part in match.groups()):
            return [_bare(part) for part in match.groups()]
    return [line]


# --- what a cell may be ----------------------------------------------------------------------------------------------

_PHONE = re.compile(r"(?:tel:)?[+(]?\d[\d\s().~/-]*")
_DAY = re.compile(r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}")
_TIME_BEHIND = re.compile(r"[\sT]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$")
_HAS_YEAR = re.compile(r"(?:19|20)\d\d|[./-]\d\d$")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(?:\d\d)?\d\d")
_LETTERS = re.compile(r"[^\W\d_]")


def _number(cell: str) -> PhoneNumber | None:
    """Letters stand for no digits here, and the digits of two numbers are not one."""
    plain = unicodedata.normalize("NFKC", cell).strip()
    if not _PHONE.fullmatch(plain) or not 9 <= sum(map(str.isdigit, plain)) <= 18:
        return None
    return number_said(plain)


def _like_a_number(cell: str) -> bool:
    plain = unicodedata.normalize("NFKC", cell).strip()
    return bool(_PHONE.fullmatch(plain)) and sum(map(str.isdigit, plain)) >= 9


def _days(cell: str, today: date) -> tuple[date, ...]:
    """The days that are meant; two where day and month may stand either way round. None without its year."""
    plain = _TIME_BEHIND.sub("", unicodedata.normalize("NFKC", cell).strip())
    if len(plain) > 40 or not _HAS_YEAR.search(plain):
        return ()
    parts = [part for part in parts_of(plain, today) if part.kind is not PartKind.BREAK]
    return parts[0].days if len(parts) == 1 and parts[0].kind is PartKind.DAY else ()


def _like_a_day(cell: str) -> bool:
    return bool(_DAY.fullmatch(_TIME_BEHIND.sub("", cell.strip())))


def _price(cell: str) -> Decimal | None:
    amount = amount_said(cell)
    if amount is None or not 0 <= amount < DEAREST - Decimal("0.005"):
        return None
    return amount.quantize(Decimal("0.01"))


_COUNTS = {1: Period.DAY, 7: Period.WEEK, 28: Period.DAYS_28, 30: Period.DAYS_30, 720: Period.HOURS_720}
_UNITS = {
    "d|days?|дн|дня|дней|день|күн|күнге|天|日": 1,
    "h|hours?|hrs?|ч|час|часов|сағат|小时|小時": 720,
    "w|weeks?|нед|недел[яиь]|апта|周|週": 7,
    "m|mo|months?|мес|месяца?|ай|个?月|個月": 0,
}
_PERIODS = {
    **dict.fromkeys(("month", "monthly", "calendar month", "месяц", "ежемесячно", "календарный месяц"), Period.MONTH),
    **dict.fromkeys(("ай", "ай сайын", "күнтізбелік ай", "月", "每月", "自然月", "按月"), Period.MONTH),
    **dict.fromkeys(
        ("week", "weekly", "неделя", "еженедельно", "апта", "апта сайын", "周", "每周", "每週"), Period.WEEK
    ),
    **dict.fromkeys(("day", "daily", "день", "сутки", "ежедневно", "күн", "күн сайын", "天", "每天"), Period.DAY),
    **dict.fromkeys(("once", "one time", "one-time", "разово", "один раз", "бір рет", "一次", "一次性"), Period.ONCE),
    "first": Period.MONTH_FIRST,
}


def _period(cell: str, also: Mapping[str, Period], *, bare: bool) -> Period | None:
    """`bare`: a number without a unit counts days, for it stands in a column of periods."""
    plain = " ".join(folded(cell).split()).strip(".")
    if plain in also or plain in _PERIODS:
        return also.get(plain) or _PERIODS[plain]
    match = re.fullmatch(r"(\d{1,3})\s?[-–]?\s?(\D*)", plain)
    if not match:
        return None
    count, unit = int(match[1]), match[2].strip(" .")
    if not unit:
        return _COUNTS.get(count) if bare and count != 720 else None
    for names, length in _UNITS.items():
        if re.fullmatch(names, unit):
            if length == 720:
                return {720: Period.HOURS_720, 24: Period.DAY}.get(count)
            return _COUNTS.get(count * length) if length else (Period.MONTH if count == 1 else None)
    return None


_ALSO_CALLED = {
    "kcell": ("кселл", "k-cell", "к-селл"),
    "activ": ("актив", "active", "актив (activ)"),
    "beeline": ("билайн", "bee line"),
    "izi": ("изи",),
    "tele2": ("теле2", "теле 2", "tele 2", "t2", "т2"),
    "altel": ("алтел", "алтель", "altel 4g"),
    OTHER: ("другой", "басқа", "其他"),
}


def _operator(cell: str, brands: Iterable[Brand]) -> str:
    plain = " ".join(cell.casefold().split())
    for slug in (brand.slug for brand in brands if plain in (brand.slug, brand.name.casefold())):
        return slug
    known = {OTHER, *(brand.slug for brand in brands)}
    return next((slug for slug, names in _ALSO_CALLED.items() if slug in known and plain in (slug, *names)), "")


# --- which column is which --------------------------------------------------------------------------------------------

# How columns are called, in this order: “paid until” is no day of payment, and “plan price” no plan.
_NAMES: tuple[tuple[Column, str], ...] = (
    (Column.GROUP, "group department отдел групп бөлім топ 组 組 部门 部門 分组"),
    (Column.UNTIL, "until valid expir ends working_to действу работает_до оплачено_до оплачен_до истека окончан срок"),
    (Column.UNTIL, "дейін жарамды мерзім 有效 到期 截止 到何时 用到"),
    (Column.CHARGE, "next_charge charge списан следующ есептен келесі 扣费 扣費 下次"),
    (Column.PAID, "paid last_paid payment оплачен дата_оплаты оплата последн төленген төлем 付款 缴费 繳費 上次"),
    (
        Column.PRICE,
        "price cost sum amount fee цена стоимость сумма абонплата абонент баға құны сома 价 價 费 費",
    ),
    (Column.PRICE, "月租 金额 金額"),
    (Column.OPERATOR, "operator carrier network brand оператор сеть 运营商 運營商 电信商 電信商 營運商 операторы"),
    (Column.PERIOD, "period every период кезең 周期 週期 期限"),
    (Column.PLAN, "plan tariff package тариф пакет план жоспар 套餐 资费 方案"),
    (
        Column.NUMBER,
        "number phone msisdn tel mobile sim номер телефон мобильн нөмір сим 号 號 手机 手機 电话 電話",
    ),
    (Column.LABEL, "label name title owner who note имя название метка подпись владелец кто пометка"),
    (Column.LABEL, "атау белгі аты кім 名 标签 標籤 备注 備註"),
    (Column.DATE, "date day дата день күн 日期 日"),
)
_EXACT = {"до": Column.UNTIL, "№": Column.NUMBER}
_DATES = (Column.UNTIL, Column.CHARGE, Column.PAID, Column.DATE)


def _columns_named(cells: list[str], also: Mapping[str, Column]) -> list[Column | None]:
    """What a line of names says of the columns; nothing if it is none."""
    if any(_like_a_number(cell) or _like_a_day(cell) for cell in cells):
        return []
    columns: list[Column | None] = []
    for cell in cells:
        column = _column_named(cell, also)
        taken = columns if column not in _DATES else [one and Column.DATE for one in columns if one in _DATES]
        columns.append(None if column in taken or (column in _DATES and taken) else column)
    found = [column for column in columns if column]
    return columns if len(found) > 1 or found == [Column.NUMBER] else []


def _column_named(cell: str, also: Mapping[str, Column]) -> Column | None:
    plain = " ".join(cell.casefold().split())
    if plain in also or plain in _EXACT:
        return also.get(plain) or _EXACT[plain]
    for column, words in _NAMES:
        for word in words.replace("_", "\0").split():
            word = word.replace("\0", " ")
            start = "" if ord(word[0]) > 0x2E80 else r"(?<!\w)"
            if re.search(start + re.escape(word), plain):
                return column
    return None


class _Kind(StrEnum):
    NUMBER = "number"
    DAY = "day"
    SUM = "sum"
    OPERATOR = "operator"
    PERIOD = "period"
    TEXT = "text"


def _kind(cell: str, brands: Sequence[Brand], today: date, periods: Mapping[str, Period]) -> _Kind:
    if _days(cell, today) or _like_a_day(cell):
        return _Kind.DAY
    if _like_a_number(cell):
        return _Kind.NUMBER
    if amount_said(cell) is not None:
        return _Kind.SUM
    if _operator(cell, brands):
        return _Kind.OPERATOR
    return _Kind.PERIOD if _period(cell, periods, bare=False) else _Kind.TEXT


def _columns_found(
    lines: list[list[str]], brands: Sequence[Brand], today: date, assumed: Assumed
) -> list[Column | None]:
    """What most cells of each column are tells what it holds."""
    kinds: list[_Kind | None] = []
    for cells in zip_longest(*lines, fillvalue=""):
        votes = Counter(_kind(cell, brands, today, assumed.periods) for cell in cells if cell)
        kinds.append(votes.most_common(1)[0][0] if votes else None)
    return _columns_of(kinds)


_PLAIN = {
    _Kind.NUMBER: Column.NUMBER,
    _Kind.DAY: Column.DATE,
    _Kind.OPERATOR: Column.OPERATOR,
    _Kind.PERIOD: Column.PERIOD,
}


def _columns_of(kinds: Sequence[_Kind | None]) -> list[Column | None]:
    """The first of each kind counts. Words are the label, then the group; of two sums without a word beside them the
    first is what the SIM is called."""
    free = {_Kind.TEXT: [Column.LABEL, Column.GROUP], _Kind.SUM: [Column.PRICE]}
    if _Kind.TEXT not in kinds and kinds.count(_Kind.SUM) > 1:
        free[_Kind.SUM] = [Column.LABEL, Column.PRICE]
    free |= {kind: [column] for kind, column in _PLAIN.items()}
    return [free[kind].pop(0) if kind and free[kind] else None for kind in kinds]


def _first_of_unused(columns: list[Column | None], lines: list[list[str]]) -> list[str]:
    unused = [at for at, column in enumerate(columns) if column is None]
    return [text for at in unused if (text := next((cells[at] for cells in lines if cells[at:] and cells[at]), ""))]


def _is_month_first(columns: Sequence[Column | None], lines: list[list[str]]) -> bool:
    """Whether days are written as in America: one of them can mean nothing else, and none the contrary."""
    found = [
        (int(match[1]), int(match[2]))
        for cells in lines
        for cell, column in zip(cells, columns, strict=False)
        if column in _DATES and (match := _SLASHED.fullmatch(_TIME_BEHIND.sub("", cell)))
    ]
    return any(second > 12 for _first, second in found) and all(first <= 12 for first, _second in found)


# --- a line ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reader:
    brands: Sequence[Brand]
    today: date
    assumed: Assumed
    columns: Sequence[Column | None]
    is_named: bool
    month_first: bool

    def row(self, at: int, cells: list[str]) -> Row:
        row = Row(at, tuple(cells), group=self.assumed.group)
        if len(cells) == 1 and len(cells[0]) > LONGEST_LINE:
            return _troubled(row, Trouble.LONG_LINE)
        said = self._said(cells)
        row = self._with_number(row, said.get(Column.NUMBER, ""), cells)
        row = self._with_operator(row, said.get(Column.OPERATOR, ""))
        row = self._with_words(row, said)
        row = self._with_price(row, said.get(Column.PRICE, ""))
        row = self._with_period(row, said.get(Column.PERIOD, ""))
        return self._with_day(row, said)

    def _said(self, cells: list[str]) -> dict[Column, str]:
        """What stands in each column. A line that has its number elsewhere, or more to say, has an order of its own."""
        columns = list(self.columns)
        at = columns.index(Column.NUMBER) if Column.NUMBER in columns else None
        here = cells[at] if at is not None and at < len(cells) else ""
        said = _paired(columns, cells)
        has_number_elsewhere = not _like_a_number(here) and any(_number(cell) is not None for cell in cells)
        if has_number_elsewhere or (not self.is_named and len(said) < sum(map(bool, cells))):
            kinds = [_kind(cell, self.brands, self.today, self.assumed.periods) if cell else None for cell in cells]
            own = _paired(_columns_of(kinds), cells)
            return own if has_number_elsewhere or len(own) > len(said) else said
        return said

    def _with_number(self, row: Row, cell: str, cells: list[str]) -> Row:
        number = _number(cell)
        if number is None:
            return _troubled(row, *((Trouble.BAD_NUMBER, cell) if cell else (Trouble.NO_NUMBER, "")))
        return replace(row, number=number)

    def _with_operator(self, row: Row, cell: str) -> Row:
        named = _operator(cell, self.brands) if cell else ""
        if cell and not named:
            return _troubled(row, Trouble.BAD_OPERATOR, cell)
        if row.number is None:
            return replace(row, operator=named)
        if not is_kazakh(row.number):
            return _troubled(row, Trouble.FOREIGN, cell) if named not in ("", OTHER) else replace(row, operator=OTHER)
        prefix = str(row.number.national_number)[:3]
        fits = tuple(brand.slug for brand in self.brands if prefix in brand.prefixes)
        chosen = named or (fits[0] if len(fits) == 1 else self.assumed.brands.get(fits, ""))
        row = replace(row, fits=fits, operator=chosen)
        if not chosen:
            return _troubled(row, Trouble.WHICH_OPERATOR if fits else Trouble.NO_OPERATOR)
        return row

    def _with_words(self, row: Row, said: Mapping[Column, str]) -> Row:
        label, plan = said.get(Column.LABEL, ""), said.get(Column.PLAN, "")
        group = said.get(Column.GROUP) or self.assumed.group
        if len(label) > LONGEST_LABEL:
            row = _troubled(row, Trouble.LONG_LABEL, label)
        if len(group) > LONGEST_GROUP:
            row = _troubled(row, Trouble.LONG_GROUP, group)
        if len(plan) > LONGEST_PLAN:
            row = _troubled(row, Trouble.LONG_PLAN, plan)
        return replace(row, label=label, group=group, plan=plan)

    def _with_price(self, row: Row, cell: str) -> Row:
        if not cell:
            return row
        price = _price(cell)
        return _troubled(row, Trouble.BAD_PRICE, cell) if price is None else replace(row, price=price)

    def _with_period(self, row: Row, cell: str) -> Row:
        if not cell:
            return row
        period = _period(cell, self.assumed.periods, bare=True)
        return _troubled(row, Trouble.BAD_PERIOD, cell) if period is None else replace(row, period=period)

    def _with_day(self, row: Row, said: Mapping[Column, str]) -> Row:
        column = next((one for one in _DATES if one in said), None)
        if column is not None:
            row = self._with_said_day(row, column, said[column])
        return replace(row, period=row.period or self.assumed.period) if row.has_plan else row

    def _with_said_day(self, row: Row, column: Column, cell: str) -> Row:
        days = _days(cell, self.today)
        if not days:
            return _troubled(row, Trouble.BAD_DAY, cell)
        day = self._meant(cell, days)
        wording = self.assumed.wording if column is Column.DATE else Wording(column.value)
        row = replace(row, day=day, wording=wording)
        if day is None:
            return _troubled(row, Trouble.BAD_DAY, cell)
        if not self.today.year - YEARS_BACK <= day.year <= self.today.year + YEARS_AHEAD:
            return _troubled(row, Trouble.FAR_DAY, cell)
        if wording is Wording.PAID and day > self.today:
            return _troubled(row, Trouble.FUTURE_DAY, cell)
        period = row.period or self.assumed.period
        if wording is Wording.PAID and period is Period.ONCE:
            return _troubled(row, Trouble.NO_PERIOD, cell)
        return replace(row, paid_until=last_day_said(wording, day, period))

    def _meant(self, cell: str, days: tuple[date, ...]) -> date | None:
        match = _SLASHED.fullmatch(_TIME_BEHIND.sub("", cell.strip()))
        if match is None:
            return days[0]
        number = int(match[2] if self.month_first else match[1])
        return next((day for day in days if day.day == number), None)


def _paired(columns: Sequence[Column | None], cells: list[str]) -> dict[Column, str]:
    return {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}


def _troubled(row: Row, trouble: Trouble, text: str = "") -> Row:
    return replace(row, troubles=(*row.troubles, (trouble, text)))


def _with_those_twice(rows: Iterable[Row]) -> Iterable[Row]:
    """The first of them counts."""
    seen = set()
    for row in rows:
        key = row.number.as_e164 if row.number is not None else None
        yield _troubled(row, Trouble.TWICE) if key in seen else row
        seen |= {key} - {None}

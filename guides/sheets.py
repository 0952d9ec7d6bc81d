"""Facts and tariffs as spreadsheets, out and back in. Nothing is written before an editor has seen what would change.

A value that a spreadsheet would take for a formula is written with an apostrophe before it, and read without:
`+7 727 ...` and `=SUM(A1)` come back as they were, whichever of the two an editor's program has left in the cell.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from operator import itemgetter
from typing import Any

import openpyxl
import tablib
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.widgets import Widget
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from guides.export import Outcome, sentences
from guides.models import Fact, Operator, Tariff
from guides.offers import Change, FieldDifference, in_words
from guides.versions import word_diff

_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MOST_ROWS = 1_000  # nobody else can write while they are looked through
_MOST_CELLS = 100  # in a row
_LARGEST_UNPACKED = 50_000_000  # bytes


class BadSheet(Exception):
    """Why a file cannot be read as such a sheet, in a sentence for the editor."""


# --- cells ----------------------------------------------------------------------------------------------------------


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `as_written` gives it back."""
    return f"'{text}" if _LIKE_A_FORMULA.match(text) else text


def as_written(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _LIKE_A_FORMULA.match(cell) else cell


class TextCell(Widget):
    """A text, but for the control signs that no spreadsheet can hold and no text needs."""

    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return harmless("" if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value)))

    def clean(self, value: Any, row: Any = None, **options: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a spreadsheet knows no other number, and 116 is a telephone number here
        if isinstance(value, datetime | date):
            raise ValueError(_("The spreadsheet made a date of it. Format the cell as text."))
        return as_written("" if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value)).strip())


class NumberCell(Widget):
    """A sum or a count; `whole` refuses a fraction."""

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def render(self, value: Any, obj: Any = None, **options: Any) -> Any:
        return value if options.get("force_native_type") or value is None else str(value)

    def clean(self, value: Any, row: Any = None, **options: Any) -> Decimal | int | None:
        text = re.sub(r"\s", "", "" if value is None else str(value)).replace(",", ".")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not 0 <= number < 10**8 or (self.whole and number != int(number)):
            raise ValueError(_("“%(value)s” is not a number that can stand here.") % {"value": value})
        return int(number) if self.whole else number


class DayCell(Widget):
    def render(self, value: Any, obj: Any = None, **options: Any) -> Any:
        return value if options.get("force_native_type") or value is None else value.isoformat()

    def clean(self, value: Any, row: Any = None, **options: Any) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = "" if value is None else str(value).strip()
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ValueError(_("“%(value)s” is no day; write it like 2026-11-23.") % {"value": text}) from None


class OperatorCell(TextCell):
    def render(self, value: Any, obj: Any = None, **options: Any) -> str:
        return value.slug if value else ""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Operator:
        slug = super().clean(value)
        operator = Operator.objects.filter(slug=slug).first()
        if operator is None:
            raise ValueError(_("There is no operator with the short name “%(slug)s”.") % {"slug": slug})
        return operator


def _column(name: str, cell: Widget) -> Field:
    return Field(attribute=name, column_name=name, widget=cell)


# --- sheets ---------------------------------------------------------------------------------------------------------


class _Sheet(ModelResource):
    """Validates each row as the admin's form would; a row without a change is passed over."""

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        skip_html_diff = True
        store_instance = True


class FactSheet(_Sheet):
    """The operator of a fact stands in its key."""

    key = _column("key", TextCell())
    kind = _column("kind", TextCell())
    value = _column("value", TextCell())
    confidence = _column("confidence", TextCell())
    source = _column("source", TextCell())
    seen_on = _column("seen_on", DayCell())
    note = _column("note", TextCell())

    class Meta(_Sheet.Meta):
        model = Fact
        import_id_fields = ("key",)
        fields = ("key", "kind", "value", "confidence", "source", "seen_on", "note")


class TariffSheet(_Sheet):
    operator = _column("operator", OperatorCell())
    name = _column("name", TextCell())
    period = _column("period", TextCell())
    price = _column("price", NumberCell())
    currency = _column("currency", TextCell())
    price_since = _column("price_since", DayCell())
    data_mb = _column("data_mb", NumberCell(whole=True))
    minutes = _column("minutes", NumberCell(whole=True))
    messages = _column("messages", NumberCell(whole=True))
    fallback_fee = _column("fallback_fee", NumberCell())
    source = _column("source", TextCell())
    seen_on = _column("seen_on", DayCell())
    confidence = _column("confidence", TextCell())

    class Meta(_Sheet.Meta):
        model = Tariff
        import_id_fields = ("operator", "name", "period")
        fields = (
            *("operator", "name", "period", "price", "currency", "price_since", "data_mb", "minutes", "messages"),
            *("fallback_fee", "source", "seen_on", "confidence"),
        )


SHEETS: dict[str, type[_Sheet]] = {"facts": FactSheet, "tariffs": TariffSheet}
FORMATS = {"csv": CSV, "xlsx": XLSX}


def exported(sheet: type[_Sheet], extension: str) -> bytes:
    """All rows as a file; CSV with the mark by which spreadsheets know that it is UTF-8."""
    is_native = extension == "xlsx"
    data = sheet().export(sheet._meta.model.objects.select_related("operator"), force_native_type=is_native)
    content = FORMATS[extension]().export_data(data)
    return content if isinstance(content, bytes) else content.encode("utf-8-sig")


# --- back in --------------------------------------------------------------------------------------------------------


def bring_in(sheet: type[_Sheet], content: bytes) -> Outcome:
    """Writes what the sheet says, each row checked as a form is; what is wrong is told by the row's number. For a
    preview, and where there are errors, roll back the transaction around it."""
    resource = sheet()
    numbers, data = _read(content)
    _refuse_columns(resource, data)
    outcome = Outcome(errors=list(_twice(resource, data, numbers)))
    result = resource.import_data(data, use_transactions=True, rollback_on_validation_errors=False)
    for row in result.invalid_rows:
        outcome.errors.append((numbers[row.number - 1], sentences(sheet._meta.model, row.error)))
    for row in result.error_rows:
        error = row.errors[0].error
        said = str(error) if isinstance(error, ValueError) else _("This row cannot be stored.")
        outcome.errors.append((numbers[row.number - 1], [said]))
    for row in result.rows:
        if row.import_type in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE):
            is_new = row.import_type == RowResult.IMPORT_TYPE_NEW
            found = tuple(_differences(resource, None if is_new else row.original, row.instance))
            outcome.changes.append(Change(row.instance, str(row.instance), is_new, found))
    outcome.errors.sort(key=itemgetter(0))
    return outcome


def _read(content: bytes) -> tuple[list[int], tablib.Dataset]:
    """The rows in which something stands, and their numbers as a spreadsheet counts them."""
    head, *rows = _cells(content) or [[]]
    while head and _is_empty(head[-1]):
        head.pop()
    if not head:
        raise BadSheet(_("This file has no row of names at its head."))
    if len(rows) > _MOST_ROWS:
        raise BadSheet(_("This file is too large."))
    numbers, data = [], tablib.Dataset(headers=["" if name is None else str(name).strip() for name in head])
    for number, row in enumerate(rows, start=2):
        if all(_is_empty(cell) for cell in row):
            continue
        if not all(_is_empty(cell) for cell in row[len(head) :]):
            raise BadSheet(_("Row %(number)s has more cells than the head of the file.") % {"number": number})
        numbers.append(number)
        data.append([*row, *[""] * len(head)][: len(head)])
    return numbers, data


def _cells(content: bytes) -> list[list[Any]]:
    if content.startswith(b"PK"):
        return _cells_of_xlsx(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadSheet(_("This file is no CSV in UTF-8. Save it as “CSV UTF-8” or as XLSX.")) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise BadSheet(_("This file cannot be read as CSV or XLSX.")) from None


def _cells_of_xlsx(content: bytes) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST_UNPACKED:
            raise BadSheet(_("This file is too large."))
        # Values as they were last worked out, never the formulas.
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        # A single cell far out stands for all rows and cells before it: no more of them are made than can be read.
        rows = book.active.iter_rows(max_col=_MOST_CELLS, values_only=True)
        return [list(row) for row in islice(rows, _MOST_ROWS + 2)]
    except BadSheet:
        raise
    except Exception:
        # A damaged file makes the readers raise errors of zip, XML and their own, which have no base in common.
        raise BadSheet(_("This file cannot be read as CSV or XLSX.")) from None


def _is_empty(cell: Any) -> bool:
    return cell is None or not str(cell).strip()


def _refuse_columns(resource: _Sheet, data: tablib.Dataset) -> None:
    names = {column.column_name for column in resource.fields.values()}
    unknown = [str(name) for name in data.headers if name not in names]
    if unknown:
        raise BadSheet(_("Nobody knows a column named “%(name)s”.") % {"name": unknown[0]})
    for name in resource.get_import_id_fields():
        if name not in data.headers:
            raise BadSheet(_("The column “%(name)s” is missing.") % {"name": name})


def _twice(resource: _Sheet, data: tablib.Dataset, numbers: list[int]) -> Iterator[tuple[int, list[str]]]:
    seen: dict[tuple[str, ...], int] = {}
    columns = [data.headers.index(name) for name in resource.get_import_id_fields()]
    for number, row in zip(numbers, data, strict=True):
        key = tuple(str(row[column] or "").strip() for column in columns)
        if key in seen:
            yield number, [_("The same stands in row %(number)s.") % {"number": seen[key]}]
        seen.setdefault(key, number)


def _differences(resource: _Sheet, before: Any, after: Any) -> Iterator[FieldDifference]:
    for column in resource.get_import_fields():
        field = after._meta.get_field(column.attribute)
        words = [in_words(field, getattr(one, field.name) if one is not None else None) for one in (before, after)]
        if words[0] != words[1]:
            yield FieldDifference(field, tuple(word_diff(*words)))

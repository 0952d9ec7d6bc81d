"""How people write a number, a sum of money, and a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from plans.groups import in_known_spelling
from plans.said import amount_said, data_said, number_said

_YEARS_BACK, _YEARS_AHEAD = 10, 5
_MOST = 9_999_999  # of any allowance: ten terabytes
_MOST_DAYS_BEFORE, _MOST_LEADS = 365, 10
_BETWEEN_DAYS = re.compile(r"[\s,;，、.]+")


class Suggesting(forms.TextInput):
    """A box that proposes what was written before, and takes anything."""

    def __init__(self, suggestions: Iterable[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.suggestions = list(suggestions)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        if not self.suggestions:
            return super().render(name, value, attrs, renderer)
        key = f"{(attrs or {}).get('id', name)}_known"
        box = super().render(name, value, {**(attrs or {}), "list": key}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((one,) for one in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', box, key, options)


class GroupField(forms.CharField):
    """The name of a group of SIMs. Known ones are proposed, and meant however they are typed."""

    def __init__(self, **options: Any) -> None:
        options = {
            "label": _("Group"),
            "required": False,
            "help_text": _("SIMs that belong together: Family, Tills, Alarms."),
        } | options
        super().__init__(max_length=40, widget=Suggesting(attrs={"autocomplete": "off"}), **options)

    def propose(self, known: Iterable[str]) -> None:
        self.widget.suggestions = list(known)

    def clean(self, value: Any) -> str:
        return in_known_spelling(super().clean(value), self.widget.suggestions)


class NumberField(forms.CharField):
    """A telephone number in any way people write it."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"})

    def to_python(self, value: Any) -> PhoneNumber | None:
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        number = number_said(text)
        if number is None:
            raise ValidationError(
                _(
                    "This is not a whole telephone number. Write it like 8 701 123 45 67, "
                    "or a foreign number from its plus sign."
                ),
                code="invalid",
            )
        return number

    def prepare_value(self, value: Any) -> Any:
        return value.as_international if isinstance(value, PhoneNumber) else value


class MoneyField(forms.Field):
    """A sum of money: 4 990, 4990,50 or 4 990 ₸."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, *, digits: int, negative: bool = False, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.limit = Decimal(10) ** (digits - 2)
        self.negative = negative

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        text = str(value).strip()
        if not text:
            return None
        amount = amount_said(text)
        if amount is None:
            raise ValidationError(_("Write a sum in figures, for example 4990."), code="invalid")
        if amount < 0 and not self.negative:
            raise ValidationError(_("This cannot be below zero."), code="negative")
        if abs(amount) >= self.limit - Decimal("0.005"):  # which would be rounded up to it
            raise ValidationError(_("This sum is too large. Check the figures."), code="large")
        return amount.quantize(Decimal("0.01"))

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return str(value.quantize(Decimal(1)) if value == value.to_integral_value() else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class AmountField(forms.IntegerField):
    """A number of things, none below zero."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        errors = {
            "invalid": _("Write a whole number, for example 120."),
            "min_value": _("This cannot be below zero."),
            "max_value": _("This number is too large. Check the figures."),
        }
        super().__init__(required=False, min_value=0, max_value=_MOST, error_messages=errors, **options)
        self.widget.attrs.pop("min", None), self.widget.attrs.pop("max", None)

    def to_python(self, value: Any) -> int | None:
        return super().to_python("".join(value.split()) if isinstance(value, str) else value)


class DataField(forms.Field):
    """An amount of data in megabytes, as people write it: 3,2 GB, 512 MB."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, value: Any) -> int | None:
        if value is None or isinstance(value, int):
            return value
        text = str(value).strip()
        if not text:
            return None
        megabytes = data_said(text)
        if megabytes is None:
            raise ValidationError(_("Write it with its unit, for example 3.2 GB or 512 MB."), code="invalid")
        if megabytes > _MOST:
            raise ValidationError(_("This number is too large. Check the figures."), code="max_value")
        return megabytes

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        return f"{value // 1024} GB" if value and value % 1024 == 0 else f"{value} MB"

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class DayField(forms.DateField):
    """A day that can be meant: a year of three or five figures is a slip of the finger."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%d.%m.%Y"],
            error_messages={"invalid": _("Write the day as year-month-day, like 2026-12-31.")},
            **options,
        )


class HourField(forms.TimeField):
    """The hour at which a period of hours ends. The page shows it only where hours are counted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            input_formats=["%H:%M", "%H:%M:%S", "%H.%M"],
            error_messages={"invalid": _("Write the hour like 15:30.")},
            **options,
        )


class DaysField(forms.Field):
    """Some days before a date: 30, 7, 1. Empty for the usual ones."""

    widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, list | tuple):
            return tuple(value)
        pieces = [piece for piece in _BETWEEN_DAYS.split(str(value or "").strip()) if piece]
        if not all(piece.isdecimal() and len(piece) < 5 for piece in pieces):
            raise ValidationError(_("Write days in figures with commas between them, for example 7, 1, 0."), "invalid")
        days = sorted({int(piece) for piece in pieces}, reverse=True)
        if days and days[0] > _MOST_DAYS_BEFORE:
            raise ValidationError(_("That is too early: choose days up to 365."), code="far")
        if len(days) > _MOST_LEADS:
            raise ValidationError(_("These are too many: choose up to 10 days."), code="many")
        return tuple(days)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def check_day(day: date | None, today: date, *, past_only: bool = False) -> None:
    if day is None:
        return
    # Where the reader is, tomorrow may have begun already.
    if past_only and day > today + timedelta(days=1):
        raise ValidationError(_("This day is still to come. Check the date."), code="future")
    if not today.year - _YEARS_BACK <= day.year <= today.year + _YEARS_AHEAD:
        raise ValidationError(
            _("Check the year: %(year)s is too far away.") % {"year": f"{day.year:04}"}, code="far_away"
        )

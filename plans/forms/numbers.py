"""How many numbers a person holds, for who wants them counted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.models import Person

from .layout import PageForm


class NumbersForm(PageForm):
    count = forms.BooleanField(label=_("Count the numbers in my name"), required=False)
    elsewhere = forms.IntegerField(
        label=_("Further numbers in my name, which are not on this site"),
        required=False,
        min_value=0,
        max_value=1000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("At all operators together, tablets and modems too. Empty: none."),
        error_messages={
            "invalid": _("Write a number, for example 2."),
            "min_value": _("This cannot be below zero."),
            "max_value": _("Write a number of at most 1000."),
        },
    )

    def __init__(self, data: Any = None, *, person: Person) -> None:
        counts = person.numbers_elsewhere is not None
        super().__init__(data, initial={"count": counts, "elsewhere": person.numbers_elsewhere})

    def apply_to(self, person: Person) -> None:
        elsewhere = self.cleaned_data["elsewhere"] or 0
        person.numbers_elsewhere = elsewhere if self.cleaned_data["count"] else None

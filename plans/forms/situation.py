"""Where people are, and how they can pay."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guides.situation import PaymentMethod, Place
from plans.models import Person

from .layout import Choices, PageForm


class SituationForm(PageForm):
    """Two taps."""

    place = forms.ChoiceField(
        label=_("Where are you?"), required=False, choices=Place.choices, widget=forms.RadioSelect
    )
    payments = forms.MultipleChoiceField(
        label=_("How can you pay? Choose all that fit."),
        required=False,
        choices=PaymentMethod.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def layout(self) -> list[Any]:
        return [Choices("place"), Choices("payments")]

    def apply_to(self, person: Person) -> None:
        person.place, person.payments = self.cleaned_data["place"], self.cleaned_data["payments"]

"""What readers may add to their report."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from guides.countries import country_choices
from guides.models import FactKind, Report
from guides.reports import TOLD_FOR
from guides.situation import PaymentMethod, Place

# Ways to pay where the country of the card says something new.
_CARDS = {"", PaymentMethod.FOREIGN_CARD, PaymentMethod.UNIONPAY, PaymentMethod.MIR, PaymentMethod.ALIPAY_WECHAT}
_PAID_FOR_NOTHING = {FactKind.CODE, FactKind.NUMBER, FactKind.EMAIL, FactKind.NAME}


class DetailsForm(forms.ModelForm):
    """When it was, how it was paid and from where; all of it optional."""

    card_country = forms.ChoiceField(label=_("Country of the card"), required=False)

    class Meta:
        model = Report
        fields = ("happened_on", "payment", "card_country", "place", "comment")
        labels = {
            "happened_on": _("On which day"),
            "payment": _("Paid with"),
            "place": _("Where you were"),
            "comment": _("What else should we know?"),
        }
        help_texts = {
            "comment": _("Only our editors read this. Please write no phone number and no name."),
        }
        widgets = {
            "happened_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "comment": forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
        }

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag, self.helper.disable_csrf = False, True
        self.today, self.first_day = today, today - TOLD_FOR
        self.fields["happened_on"].widget.attrs |= {"min": self.first_day.isoformat(), "max": today.isoformat()}
        self.fields["payment"].choices = [("", _("I do not say")), *PaymentMethod.choices]
        self.fields["place"].choices = [("", _("I do not say")), *Place.choices]
        self.fields["card_country"].choices = [("", _("I do not say")), *country_choices()]
        if self.instance.fact and self.instance.fact.kind in _PAID_FOR_NOTHING:
            del self.fields["payment"], self.fields["card_country"]

    def clean_happened_on(self) -> date:
        day = self.cleaned_data["happened_on"]
        if day > self.today:
            raise ValidationError(_("This day is still to come. Choose today or an earlier day."))
        if day < self.first_day:
            raise ValidationError(_("That is more than a year ago. What happened lately helps others most."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("payment", "") not in _CARDS:
            data["card_country"] = ""
        return data

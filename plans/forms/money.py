"""What people say of their money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kzsim.common.currencies import currency_choices, currency_of
from kzsim.common.money import Money
from plans.models import Sim
from plans.said import is_kazakh

from .fields import DayField, MoneyField, check_day
from .layout import Details, PageForm


class CurrencyField(forms.ChoiceField):
    """A currency; `proposed` stands first."""

    def __init__(self, proposed: str, **options: Any) -> None:
        choices = currency_choices(proposed)
        super().__init__(label=_("Currency"), required=False, initial=proposed, choices=choices, **options)

    def clean(self, value: Any) -> str:
        return super().clean(value) or self.initial


def currency_for(sim: Sim) -> str:
    """In which currency to ask for a SIM's money. Fetch the SIM through `with_facts()`."""
    return sim.currency or currency_of(sim.number) or Money.currency


def asks_for_currency(sim: Sim, currency: str) -> bool:
    """A Kazakh number is paid for in tenge: nobody need be asked."""
    return currency != Money.currency or not is_kazakh(sim.number)


class SumForm(PageForm):
    """A sum on a day, today unless another is said."""

    amount_field = ""
    empty = _("Write the sum in figures, for example 1000.")

    on = DayField(label=_("Day"))

    def __init__(self, data: Any = None, *, today: date, currency: str, asks: bool, **options: Any) -> None:
        super().__init__(data, **options)
        self.today, self.currency = today, currency
        self.fields["on"].initial = today
        if asks:
            self.fields["currency"] = CurrencyField(currency)
        else:
            self.fields[self.amount_field].help_text = _("In tenge.")

    @classmethod
    def of(cls, sim: Sim, today: date, data: Any = None) -> Self:
        currency = currency_for(sim)
        asks = asks_for_currency(sim, currency)
        return cls(data, today=today, currency=currency, asks=asks, auto_id=f"{cls.amount_field}_%s")

    def as_a_page(self) -> Self:
        """Where it stands alone, perhaps over the page of its SIM, which has the same form: with ids of its own, and
        ready to be written into."""
        self.auto_id = f"alone_{self.amount_field}_%s"
        if not self.is_bound:
            self.fields[self.amount_field].widget.attrs["autofocus"] = True
        return self

    def layout(self) -> list[Any]:
        currency = ["currency"] if "currency" in self.fields else []
        return [self.amount_field, *currency, Details(_("On another day"), "on")]

    def clean_on(self) -> date:
        day = self.cleaned_data["on"] or self.today
        check_day(day, self.today, past_only=True)
        return min(day, self.today)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.amount_field in data and data[self.amount_field] is None:
            self.add_error(self.amount_field, ValidationError(self.empty, code="required"))
        return data

    @property
    def amount(self) -> Decimal:
        return self.cleaned_data[self.amount_field]

    def said(self) -> dict[str, Any]:
        """For the actions."""
        return {"amount": self.amount, "on": self.cleaned_data["on"], "currency": self.said_currency}

    @property
    def said_currency(self) -> str:
        return self.cleaned_data.get("currency") or self.currency


class BalanceForm(SumForm):
    """What is on the SIM."""

    amount_field = "balance"
    empty = _("Write the balance in figures, for example 1250.")

    balance = MoneyField(label=_("Balance now"), digits=12, negative=True)
    field_order = ("balance", "currency", "on")


class TopUpForm(SumForm):
    """What was put on it."""

    amount_field = "amount"
    empty = _("Write how much you topped up, for example 1000.")

    amount = MoneyField(label=_("How much"), digits=12)
    field_order = ("amount", "currency", "on")

    def clean_amount(self) -> Decimal | None:
        if self.cleaned_data["amount"] == 0:
            raise ValidationError(self.empty, code="nothing")
        return self.cleaned_data["amount"]

"""An operator's reply, pasted, and what was recognised in it: nothing counts before it is confirmed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kzsim.common.formats import number_in_words
from kzsim.common.money import Money
from plans.models import Plan, Sim
from plans.periods import Wording, last_day_said
from plans.replies import LONGEST, Found, Reply
from plans.said import number_said

from .fields import DataField, DayField, MoneyField, check_day
from .layout import Choices, PageForm
from .plans import DAY_WORDINGS

_LEAVE = ""


class PasteForm(PageForm):
    """The text as it came."""

    reply = forms.CharField(
        label=_("The operator’s reply"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("An SMS, or what appeared after a code like *100#. We read it now and do not keep it."),
        error_messages={"required": _("Paste the text of the reply here first.")},
    )


class ReplyForm(PageForm):
    """What was recognised, to be ticked, edited and confirmed. What was not recognised has no field."""

    take_balance = forms.BooleanField(label=_("Note this balance"), required=False, initial=True)
    balance = MoneyField(label=_("Balance now"), digits=12, negative=True)
    take_data = forms.BooleanField(label=_("Note this data"), required=False, initial=True)
    data = DataField(label=_("Data left"))
    wording = forms.ChoiceField(
        label=_("What does this day mean?"),
        required=False,
        choices=[*DAY_WORDINGS, (_LEAVE, _("Leave the plan as it is"))],
        widget=forms.RadioSelect,
    )
    paid_until = DayField(label=_("Day"))
    plan = forms.ChoiceField(
        label=_("Of which plan?"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the plans.")},
    )

    def __init__(self, data: Any = None, *, sim: Sim, reply: Reply, today: date) -> None:
        super().__init__(data)
        self.sim, self.reply, self.today = sim, reply, today
        self._offer_balance()
        self._offer_data()
        self._offer_day()

    def _offer_balance(self) -> None:
        if self.money is None or self.other_money:
            del self.fields["take_balance"], self.fields["balance"]
            return
        self.initial["balance"] = self.money.amount
        self.fields["balance"].help_text = _words(self.reply.balance)

    def _offer_data(self) -> None:
        if self.reply.data_left_mb is None:
            del self.fields["take_data"], self.fields["data"]
            return
        self.initial["data"] = self.reply.data_left_mb.value
        self.fields["data"].help_text = _words(self.reply.data_left_mb)

    def _offer_day(self) -> None:
        day = self.reply.next_charge or self.reply.valid_until
        if day is None or not self.plans:
            for name in ("wording", "paid_until", "plan"):
                del self.fields[name]
            return
        self.initial |= {"paid_until": day.value, "wording": self._meaning_of_day()}
        self.fields["paid_until"].help_text = _words(day)
        self.fields["plan"].choices = [(str(plan.pk), plan.title) for plan in self.plans]
        if len(self.plans) == 1:
            self.initial["plan"] = str(self.plans[0].pk)
            self.fields["plan"].widget = forms.HiddenInput()
            self.fields["wording"].label = format_lazy(
                _("What does this day mean for {plan}?"), plan=self.plans[0].title
            )

    def _meaning_of_day(self) -> str:
        """A charge is a plan's; “valid until” may be the number's as well, unless data is valid until then."""
        if self.reply.next_charge:
            return Wording.CHARGE.value
        return Wording.UNTIL.value if self.reply.data_left_mb else _LEAVE

    @cached_property
    def plans(self) -> list[Plan]:
        return self.sim.plans_in_use

    @cached_property
    def money(self) -> Money | None:
        """The balance; money without a name is that of the SIM."""
        if self.reply.balance is None:
            return None
        told = self.reply.balance.value
        return Money(told.amount.quantize(Decimal("0.01")), told.currency or self.sim.currency or Money.currency)

    @property
    def other_money(self) -> Money | None:
        """A balance in another currency than the SIM's: it cannot be this SIM's."""
        return self.money if self.money and self.money.currency != (self.sim.currency or self.money.currency) else None

    @property
    def other_number(self) -> str | None:
        """The number that the reply calls its reader's own, where it is not this SIM's."""
        number = number_said(self.reply.number.value) if self.reply.number else None
        return number_in_words(number) if number and number != self.sim.number else None

    @property
    def lonely_day(self) -> Found[date] | None:
        """A day that no plan can take."""
        return None if self.plans else self.reply.next_charge or self.reply.valid_until

    @property
    def has_something(self) -> bool:
        return bool(self.fields)

    def layout(self) -> list[Any]:
        parts: list[Any] = []
        if "balance" in self.fields:
            parts += ["take_balance", "balance"]
        if "data" in self.fields:
            parts += ["take_data", "data"]
        if "paid_until" in self.fields:
            plan = "plan" if len(self.plans) == 1 else Choices("plan")
            parts.append(Div(Choices("wording"), "paid_until", plan, css_class="said-date"))
        return parts

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        takes_balance, takes_day = data.get("take_balance"), data.get("wording", _LEAVE) != _LEAVE
        takes_data = data.get("take_data")
        if takes_balance and data.get("balance") is None and "balance" not in self.errors:
            self.add_error("balance", _("Write the balance in figures, for example 1250."))
        if takes_data and data.get("data") is None and "data" not in self.errors:
            self.add_error("data", _("Write it with its unit, for example 3.2 GB or 512 MB."))
        if takes_day:
            self._check_day(data)
        if not (takes_balance or takes_data or takes_day or self.errors):
            raise ValidationError(_("Choose what to note, or go back."), code="nothing")
        return data

    def _check_day(self, data: dict[str, Any]) -> None:
        if "paid_until" in data and data["paid_until"] is None:
            self.add_error("paid_until", _("Enter the day."))
        if not data.get("plan") and "plan" not in self.errors:
            self.add_error("plan", _("Choose one of the plans."))

    def clean_paid_until(self) -> date | None:
        check_day(self.cleaned_data["paid_until"], self.today)
        return self.cleaned_data["paid_until"]

    def confirmed(self) -> dict[str, Any]:
        """What to note, as `actions.take_reply` takes it."""
        data = self.cleaned_data
        said: dict[str, Any] = {}
        if data.get("take_balance"):
            said["balance"] = Money(data["balance"], self.money.currency)
        if data.get("take_data"):
            said["data_left"] = data["data"]
        if data.get("wording"):
            plan = next(plan for plan in self.plans if str(plan.pk) == data["plan"])
            meaning = Wording(data["wording"])
            said |= {
                "plan": plan,
                "paid_until": last_day_said(meaning, data["paid_until"], plan.rule),
                "anchor": data["paid_until"].day if meaning is Wording.CHARGE else None,
            }
        return said


def _words(found: Found[Any] | None) -> str | SafeString:
    """What a value was taken from; escaped where it is shown."""
    return format_lazy(_("From the words “{words}”."), words=" ".join(found.words.split())) if found else ""

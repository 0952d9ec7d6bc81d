"""A renewal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from guides.models import Channel
from kzsim.common import formats
from kzsim.common.money import Money
from plans.models import Plan, Renewal
from plans.periods import Early, Period
from plans.renewing import MOST_PERIODS, NextEnds, next_ends

from .fields import DayField, HourField, MoneyField, check_day
from .layout import Choices, Details, price_and_period
from .plans import TariffForm
from .receipts import ReceiptsField

# What moves the date: the page shows the new one at once where scripts run.
_MOVES_DATE = ("period", "periods", "early")
UNKNOWN_DATE = "unknown"


class RenewForm(TariffForm):
    """A renewal: the next date is worked out already; perhaps it is another plan from now on."""

    early = forms.ChoiceField(
        label=_("You renew before the end. What becomes of the date?"), required=False, widget=forms.RadioSelect
    )
    paid_until = DayField(label=_("New date: works until"))
    ends_at = HourField(label=_("At what hour"), help_text=_("Leave it empty if unknown."))
    amount = MoneyField(label=_("Paid"), digits=10)
    periods = forms.IntegerField(
        label=_("How many periods"),
        required=False,
        min_value=1,
        max_value=MOST_PERIODS,
        initial=1,
        error_messages={"invalid": _("Write how many periods in figures, for example 3.")},
    )
    channel = forms.ChoiceField(label=_("How did you pay?"), required=False)
    fee = MoneyField(label=_("Fee on top"), digits=10, help_text=_("What the payment itself cost."))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    receipts = ReceiptsField(
        label=_("Receipts"),
        required=False,
        help_text=_("Photos or PDFs. Only you see them; you can add them later too."),
    )
    date_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    lot = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        plan: Plan,
        today: date,
        asked: QueryDict | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, today=today, plan=plan, files=files, **options)
        self.facts = plan.facts()
        self.initial |= {"early": plan.early or Early.KEEPS.value, "periods": 1}
        self.propose(asked or QueryDict(), *_MOVES_DATE[:2])
        period, periods = Period(self.initial["period"]), self.initial["periods"]
        self.ends = self.ends_after(period, periods)
        self._offer_ends(self.ends)
        if asked and asked.get("early") in list(Early):
            self.initial["early"] = asked["early"]
        price = None if plan.price is None else plan.price * periods
        self.initial |= {"paid_until": self._proposed(self.ends, self.initial["early"]), "amount": price}
        self.initial |= {"date_seen": _written(plan.paid_until), "lot": uuid4(), "ends_at": plan.ends_at}
        self.fields["channel"].choices = [("", "—"), *((one.slug, str(one)) for one in Channel.objects.all())]
        self.fields["amount"].help_text = _("In tenge.") if plan.currency == Money.currency else plan.currency
        self.show_what_was(*(name for name in self.fields if name not in ("receipts", "date_seen", "lot", "early")))
        self._let_date_follow()

    def ends_after(self, period: Period, periods: int) -> NextEnds | None:
        """The next dates; none where the date until now is unknown, for the new period may have begun any day."""
        return next_ends(self.facts, self.today, period=period, periods=periods) if self.plan.paid_until else None

    @property
    def date_helper(self) -> FormHelper:
        hour = Div("ends_at", css_class="said-hour")
        if self.ends and self.ends.differ:
            return self.helper_of(
                Choices("early"),
                Details(_("Another date"), "paid_until", is_open=False),
                hour,
                "amount",
                "date_seen",
                "lot",
            )
        return self.helper_of("paid_until", hour, "amount", "date_seen", "lot")

    @property
    def more_helper(self) -> FormHelper:
        switches = self.is_bound and bool(set(self.changed_data) & set(self.TARIFF_FIELDS))
        return self.helper_of(
            Details(_("How you paid, a receipt, a note"), "channel", "fee", "receipts", "note"),
            Details(_("For several periods at once"), "periods", is_open=self.initial["periods"] != 1 or None),
            Details(
                _("It is another plan from now on"),
                "name",
                price_and_period(),
                "renews",
                is_open=switches,
            ),
        )

    def clean_paid_until(self) -> date | None:
        to, until = self.cleaned_data["paid_until"], self.plan.paid_until
        check_day(to, self.today)
        if to and until and to <= until:
            raise ValidationError(
                _("Choose a day after %(day)s, its date until now. To correct that date, edit the plan.")
                % {"day": formats.day_in_words(until, self.today)},
                code="not_later",
            )
        return to

    def clean_periods(self) -> int:
        return self.cleaned_data["periods"] or 1

    def clean_early(self) -> str:
        return self.cleaned_data["early"] or self.initial["early"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        price, periods = data.get("price"), data.get("periods") or 1
        if "amount" not in self.changed_data and price and price * periods >= self.fields["amount"].limit:
            self.add_error("periods", _("So many periods cost more than we can note. Enter fewer."))
        if self._date_moved():
            self._say_that_it_moved()
        elif {"paid_until", "period", "periods"} <= data.keys():
            self._settle_day(data)
        if self.errors and self.files:
            self.add_error("receipts", _("Choose the receipt once more: browsers do not keep a file for you."))
        return data

    def repeats(self, renewals: QuerySet[Renewal], lately: datetime) -> bool:
        """Whether the same page was sent before, and its renewal stands; of a page that says nothing of itself, whether
        it says what was noted lately."""
        if lot := self.cleaned_data.get("lot"):
            return renewals.filter(lot=lot).exists()
        last = renewals.filter(made_at__gte=lately).first() if self.has_error("paid_until", "not_later") else None
        return last is not None and self["paid_until"].value() == last.to_date.isoformat()

    def said(self) -> dict[str, Any]:
        """For `actions.renew`. The amount is None where it was the price."""
        data = self.cleaned_data
        ends = self.ends_after(Period(data["period"]), data["periods"])
        said = {name: data[name] for name in ("fee", "channel", "note", "periods", "lot")}
        return said | {
            "to": data["paid_until"],
            "amount": data["amount"] if "amount" in self.changed_data else None,
            "early": ends.early_for(data["paid_until"]) if ends else None,
            "ends_at": data["ends_at"] if "ends_at" in self.changed_data else None,
            "switch_to": self.tariff_changes(),
        }

    def _offer_ends(self, ends: NextEnds | None) -> None:
        if ends is None or not ends.differ:
            self.fields["early"].choices = [(early.value, early.value) for early in Early]
            return
        follows, restarts = (formats.day_in_words(day, self.today) for day in (ends.follows, ends.restarts))
        self.fields["early"].choices = [
            (
                Early.KEEPS.value,
                format_html(_("The new period follows: until <strong>{}</strong>"), follows),
            ),
            (
                Early.RESTARTS.value,
                format_html(_("The new period begins today: until <strong>{}</strong>"), restarts),
            ),
        ]

    def _proposed(self, ends: NextEnds | None, early: str) -> date | None:
        return ends.by(Early(early)) if ends else None

    def _let_date_follow(self) -> None:
        for name in _MOVES_DATE:
            self.fields[name].widget.attrs |= {
                "hx-get": reverse("plans:plan_renew", args=[self.plan.pk]),
                "hx-trigger": "change",
                "hx-target": "#new-date",
                "hx-swap": "outerHTML",
                "hx-include": ",".join(f"[name={one}]" for one in _MOVES_DATE),
            }

    def _date_moved(self) -> bool:
        """Whether the plan has another date than the page showed: another tab, or a link in a mail, came first."""
        seen = self.data.get(self.add_prefix("date_seen"))
        return seen is not None and seen != _written(self.plan.paid_until)

    def _say_that_it_moved(self) -> None:
        until = self.plan.paid_until
        self._put_in_place("date_seen", _written(until))
        self.errors.pop("paid_until", None)
        self._ask_about(
            self.initial["paid_until"],
            _(
                "Meanwhile the date of this plan has become another: %(day)s. If it was renewed once more, check the "
                "next date here, then save again."
            )
            % {"day": formats.day_in_words(until, self.today) if until else _("not known")},
        )

    def _settle_day(self, data: dict[str, Any]) -> None:
        """An untouched day follows what was chosen beside it; but a day that nobody has seen is shown first."""
        ends = self.ends_after(Period(data["period"]), data["periods"])
        proposed = self._proposed(ends, data.get("early") or Early.KEEPS)
        if data["paid_until"] is None:
            if proposed is None:
                self.add_error("paid_until", _("Enter the last day on which the plan works now."))
            data["paid_until"] = proposed
        elif "paid_until" not in self.changed_data and data["paid_until"] != proposed:
            if {"period", "periods"} & set(self.changed_data):
                self._offer_ends(ends)
                self._ask_about(
                    proposed,
                    _("The date is another now. Check the day here, then save again."),
                )
            else:
                data["paid_until"] = proposed

    def _ask_about(self, day: date | None, words: str) -> None:
        self._put_in_place("paid_until", _written(day, ""))
        self.add_error("paid_until", ValidationError(words, code="ask"))

    def _put_in_place(self, name: str, value: str) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = value


def _written(day: date | None, otherwise: str = UNKNOWN_DATE) -> str:
    return day.isoformat() if day else otherwise

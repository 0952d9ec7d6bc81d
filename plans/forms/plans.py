"""A plan and its date."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guides.models import Operator
from kzsim.common.money import Money
from plans.models import Plan, Sim
from plans.periods import Period, Wording, last_day_said

from .catalogue import FromCatalogue, every_tariff, tariffs_of
from .fields import DayField, HourField, MoneyField, check_day
from .layout import Choices, Details, PageForm, price_and_period
from .money import CurrencyField, asks_for_currency, currency_for

DAY_WORDINGS = [
    (Wording.UNTIL, _("It works until this day")),
    (Wording.CHARGE, _("The next charge is on this day")),
]
_WORDINGS = [
    *DAY_WORDINGS,
    (Wording.PAID, _("I last paid on this day")),
    (Wording.UNKNOWN, _("I don’t know")),
]
NO_PERIOD = _("A one-time plan has no period to count from. Say until when it works, or choose its period.")


def for_one_period(currency: str) -> str:
    if currency == Money.currency:
        return _("In tenge, for one period.")
    return gettext("In %(currency)s, for one period.") % {"currency": currency}


class TariffForm(PageForm):
    """What a plan is, without its date."""

    name = forms.CharField(
        label=_("Name of the plan"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    price = MoneyField(label=_("Price"), digits=10, help_text=_("For one period."))
    period = forms.ChoiceField(
        label=_("Period"), required=False, choices=Plan.Period.choices, initial=Plan.Period.DAYS_30.value
    )
    renews = forms.ChoiceField(
        label=_("How it renews"),
        required=False,
        choices=Plan.Renews.choices,
        initial=Plan.Renews.HAND.value,
    )

    TARIFF_FIELDS = ("name", "price", "period", "renews")

    def __init__(self, data: Any = None, *, today: date, plan: Plan | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.today, self.plan = today, plan
        if plan:
            self.initial |= {name: getattr(plan, name) for name in self.TARIFF_FIELDS}
            self.fields["price"].help_text = for_one_period(plan.currency)

    def clean_period(self) -> str:
        return self.cleaned_data["period"] or self.get_initial_for_field(self.fields["period"], "period")

    def clean_renews(self) -> str:
        return self.cleaned_data["renews"] or self.get_initial_for_field(self.fields["renews"], "renews")

    def tariff_changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.changed().items() if name in self.TARIFF_FIELDS}


class PlanForm(FromCatalogue, TariffForm):
    """A new or edited plan. Its date is said in any of four ways."""

    wording = forms.ChoiceField(
        label=_("How do you know its date?"),
        required=False,
        choices=_WORDINGS,
        initial=Wording.UNTIL.value,
        widget=forms.RadioSelect,
    )
    paid_until = DayField(label=_("Day"))
    ends_at = HourField(
        label=_("At what hour"),
        help_text=_("Where hours are counted, it ends at the hour at which it was bought. Leave it empty if unknown."),
    )
    fallback_fee = MoneyField(
        label=_("Fee a day when the money is short"),
        digits=10,
        help_text=_("What the operator takes each day until you top up. Leave it empty if you do not know."),
    )

    BROUGHT = ("wording", "paid_until", "period")
    MORE_FIELDS = ("currency", "fallback_fee", *FromCatalogue.ALLOWANCES)

    def __init__(
        self, data: Any = None, *, today: date, plan: Plan | None = None, sim: Sim | None = None, **options: Any
    ) -> None:
        """`sim`: the one a new plan is for, fetched `with_facts()`; None where that is not known yet: any operator's
        tariff will do then."""
        super().__init__(data, today=today, plan=plan, **options)
        self.currency = plan.currency if plan else currency_for(sim) if sim else None
        self._ask_for_currency(plan.sim if plan else sim)
        if plan:
            self.initial |= {"paid_until": plan.paid_until, "ends_at": plan.ends_at}
            self.initial["fallback_fee"] = plan.fallback_fee
            self.show_what_was(*(name for name in self.fields if name != "filled_from"))
        sim = plan.sim if plan else sim
        self.offer(tariffs_of(sim.operator, every_tariff()) if sim else every_tariff(), today, plan)

    def _ask_for_currency(self, sim: Sim | None) -> None:
        if self.currency is None or sim is None:
            self.fields["price"].help_text = _("For one period. In tenge for a Kazakh number.")
        elif asks_for_currency(sim, self.currency):
            self.fields["currency"] = CurrencyField(self.currency)
            self.fields["price"].help_text = _("For one period.")
        else:
            self.fields["price"].help_text = for_one_period(self.currency)

    def layout(self) -> list[Any]:
        return [
            self.in_catalogue(
                "name",
                price_and_period(),
                *(["currency"] if "currency" in self.fields else []),
                Div(Choices("wording"), "paid_until", Div("ends_at", css_class="said-hour"), css_class="said-date"),
                "renews",
                self.allowances(),
                Details(_("If the money is not there in time"), "fallback_fee"),
            )
        ]

    def clean_paid_until(self) -> date | None:
        check_day(self.cleaned_data["paid_until"], self.today)
        return self.cleaned_data["paid_until"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if {"paid_until", "period", "wording", "ends_at"} <= data.keys() and self.meaning is Wording.PAID:
            try:
                check_day(data["paid_until"], self.today, past_only=True)
                self.last_day()
            except ValidationError as error:
                self.add_error("paid_until", error)
            except ValueError:
                self.add_error("paid_until", NO_PERIOD)
        return data

    @property
    def meaning(self) -> Wording:
        """A day without words is the last day; words without a day say nothing."""
        if self.cleaned_data["paid_until"] is None:
            return Wording.UNKNOWN
        return Wording(self.cleaned_data["wording"] or Wording.UNTIL)

    @property
    def is_filled(self) -> bool:
        """Whether anything was said of a plan: the proposals that the page makes by itself say nothing."""
        return any(self[name].data for name in self.changed_data)

    @property
    def date_was_said(self) -> bool:
        return self.plan is None or bool({"paid_until", "wording"} & set(self.changed_data))

    def last_day(self) -> date | None:
        """`paid_until` in the person's own words. Raises ValueError for a payment without a period."""
        if not self.date_was_said:
            return self.plan.paid_until
        day, period = self.cleaned_data["paid_until"], Period(self.cleaned_data["period"])
        return last_day_said(self.meaning, day, period, self.cleaned_data["ends_at"])

    def hour(self) -> time | None:
        """The hour at which it ends on its last day, as far as it was said."""
        if "ends_at" in self.changed_data or self.plan is None:
            return self.cleaned_data["ends_at"]
        return self.plan.ends_at

    def anchor(self) -> int | None:
        """The day of the month of the charge, where it was said in so many words."""
        if not self.date_was_said or self.meaning not in (Wording.CHARGE, Wording.PAID):
            return None
        return self.cleaned_data["paid_until"].day

    def new_plan(self, **of: Any) -> Plan:
        currency = {"currency": self.currency or Money.currency}
        return Plan(**(currency | self._of_plan(self.cleaned_data) | self.said_of_tariff() | of))

    def apply_to(self, plan: Plan) -> None:
        for name, value in (self._of_plan(self.changed()) | self.said_of_tariff()).items():
            setattr(plan, name, value)

    def _of_plan(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in (*self.TARIFF_FIELDS, *self.MORE_FIELDS) if name in values}


_DAYS_AGO = {"today": 0, "yesterday": 1}
_REST_OF_PLAN = ("name", "renews", *FromCatalogue.ALLOWANCES, "fallback_fee")


class FirstPlanForm(PlanForm):
    """The plan of a new SIM, said with a few taps: a tariff or a period, what it costs, the day on which it was paid.
    What `PlanForm` understands can be said here too."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=Plan.Period.choices,
        initial=Plan.Period.DAYS_30.value,
        widget=forms.RadioSelect,
    )
    paid = forms.ChoiceField(
        label=_("When was it paid?"),
        required=False,
        choices=[
            ("today", _("Paid today")),
            ("yesterday", _("Paid yesterday")),
            ("other", _("Another day, or in other words")),
        ],
        widget=forms.RadioSelect,
    )

    field_order = ("paid", "wording")  # the day is understood by them

    def __init__(self, data: Any = None, *, today: date, operator: Operator | None = None, **options: Any) -> None:
        """`operator`: whose tariffs to show; None: every operator's, behind a fold."""
        super().__init__(data, today=today, **options)
        self.are_at_sight = operator is not None
        self.has_tariffs = self.offer_at_sight(operator) if operator else bool(self.tariffs)

    def layout(self) -> list[Any]:
        return [
            Div(
                Div(*self.tariff_part(), css_id="tariff-chips"),
                Choices("period", look="chips"),
                "price",
                Choices("paid", look="chips"),
                self._said_otherwise(),
                Details(_("More about the plan"), *_REST_OF_PLAN, is_open=False),
                css_id="plan-fields",
            )
        ]

    def tariff_part(self) -> list[Any]:
        if not self.has_tariffs:
            return []
        return self.at_sight() if self.are_at_sight else [self._fold()]

    @property
    def tariff_helper(self) -> FormHelper:
        return self.helper_of(*self.tariff_part())

    def _said_otherwise(self) -> Div:
        is_said = self["paid_until"].value() or self.errors.get("paid_until")
        hour = Div("ends_at", css_class="said-hour")
        look = "said-date said-otherwise is-said" if is_said else "said-date said-otherwise"
        return Div(Choices("wording"), "paid_until", hour, css_class=look)

    @property
    def _ago(self) -> int | None:
        return _DAYS_AGO.get(self.cleaned_data.get("paid", ""))

    def clean_paid_until(self) -> date | None:
        day = super().clean_paid_until()
        if self._ago is None:
            return day
        self.cleaned_data["wording"] = Wording.PAID.value
        return self.today - timedelta(days=self._ago)

    @property
    def is_filled(self) -> bool:
        """That it was another day says nothing without the day."""
        said = [name for name in self.changed_data if name != "paid" or self._ago is not None]
        return any(self[name].data for name in said)

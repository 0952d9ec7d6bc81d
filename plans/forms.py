"""What people write into the pages, cleaned. What it means is decided in the rooms below."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, LayoutObject
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from guides.models import Operator
from guides.selection import operators_for_number
from guides.situation import PaymentMethod, Place
from kzsim.common import formats

from . import actions
from .models import Person, Plan, Renewal, Sim
from .periods import Period, Wording, last_day_said
from .said import amount_said, is_kazakh, number_said

OTHER = "other"
PROPOSED_INACTIVITY_DAYS = 60
_YEARS_BACK, _YEARS_AHEAD = 10, 5


# --- fields -----------------------------------------------------------------------------------------


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


def _check_day(day: date | None, today: date, *, past_only: bool = False) -> None:
    if day is None:
        return
    # Where the reader is, tomorrow may have begun already.
    if past_only and day > today + timedelta(days=1):
        raise ValidationError(_("This day is still to come. Check the date."), code="future")
    if not today.year - _YEARS_BACK <= day.year <= today.year + _YEARS_AHEAD:
        raise ValidationError(
            _("Check the year: %(year)s is too far away.") % {"year": f"{day.year:04}"}, code="far_away"
        )


# --- layout -----------------------------------------------------------------------------------------


class Details(LayoutObject):
    """A part of a form that opens on a tap, and by itself where something in it is wrong or `is_open` says so.
    Unless `is_open` says no, it is open where it holds more than proposals."""

    template = "plans/parts/details.html"

    def __init__(self, summary: Any, *fields: Any, is_open: bool | None = None) -> None:
        self.summary, self.fields, self.is_open = summary, list(fields), is_open

    def render(self, form: forms.Form, context: Any, template_pack: str = TEMPLATE_PACK, **kwargs: Any) -> str:
        names = [pointer.name for pointer in self.get_field_names()]
        is_open = self.is_open or any(name in form.errors for name in names)
        if self.is_open is None:
            is_open = is_open or any(_holds_something(form, name) for name in names)
        content = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(self.template, {"summary": self.summary, "content": content, "open": is_open})


class Choices(Field):
    """Things to mark, side by side where there is room, with those that were marked when the page was shown: those
    crispy leaves out."""

    def __init__(self, *names: str, **options: Any) -> None:
        super().__init__(*names, wrapper_class="choices", **options)

    def render(self, form: forms.Form, context: Any, *args: Any, **kwargs: Any) -> str:
        choices = super().render(form, context, *args, **kwargs)
        shown = [form[name] for name in self.fields if form.fields[name].show_hidden_initial]
        marked = format_html_join("", "{}", ((one.as_hidden(only_initial=True),) for one in shown))
        return format_html("{}{}", choices, marked)


def _holds_something(form: forms.Form, name: str) -> bool:
    """Whether the reader, or what is stored, put more than the proposal there."""
    value = form[name].value()
    return bool(value) and str(value) != str(form.fields[name].initial or "")


def _price_and_period() -> Div:
    """Side by side; the period's words are the longer ones."""
    return Div(Div("price", css_class="col-5"), Div("period", css_class="col-7"), css_class="row gx-3")


class PageForm(forms.Form):
    """A part of a page; the page's template writes the form's tags and buttons."""

    def layout(self) -> list[Any]:
        return list(self.fields)

    @property
    def helper(self) -> FormHelper:
        return self.helper_of(*self.layout())

    def helper_of(self, *parts: Any) -> FormHelper:
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf, helper.form_show_errors = False, True, True
        helper.layout = Layout(*parts)
        self._lead_to_error()
        return helper

    def _lead_to_error(self) -> None:
        """The page opens at the first field that is wrong, which may stand far below."""
        wrong = next((name for name in self.fields if self.is_bound and name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True

    def show_what_was(self, *names: str) -> None:
        """Sends the values along that the reader saw, so that only what they changed is changed: meanwhile a link
        in a mail, or another tab, may have changed the rest."""
        for name in names:
            self.fields[name].show_hidden_initial = True

    def changed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


# --- SIMs -------------------------------------------------------------------------------------------


class SimForm(PageForm):
    """What a SIM is. Only the number and the operator are required."""

    number = NumberField(
        label=_("Number"),
        max_length=40,
        error_messages={"required": _("Enter the number of the SIM, for example 8 701 123 45 67.")},
        help_text=_("In any way you write it, with 8 or +7."),
    )
    operator = forms.ChoiceField(
        label=_("Operator"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the operator of this SIM. It stands on the card and in the operator’s app."),
            "invalid_choice": _("Choose an operator from the list."),
        },
    )
    label = forms.CharField(
        label=_("Label"), required=False, max_length=60, help_text=_("A name of your own: Till 14, Mum’s phone.")
    )
    keep_alive = forms.BooleanField(
        label=_("Remind me before this number has been unused for too long"), required=False
    )
    last_activity_on = DayField(
        label=_("Last paid activity"),
        help_text=_("A top-up, or a call, SMS or data that cost money. Leave it empty if you do not know."),
    )
    inactivity_days = forms.IntegerField(
        label=_("Days without activity"),
        required=False,
        min_value=2,
        max_value=1000,
        initial=PROPOSED_INACTIVITY_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": _("Write a number of days."),
            "min_value": _("Choose between 2 and 1000 days."),
            "max_value": _("Choose between 2 and 1000 days."),
        },
        help_text=_("60 days is our caution, not the operator’s rule. If you know the rule, write its days here."),
    )

    def __init__(self, data: Any = None, *, owner: Any, today: date, sim: Sim | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.owner, self.today, self.sim = owner, today, sim
        self.operators = list(Operator.objects.all())
        names = [(operator.slug, operator.name) for operator in self.operators]
        self.fields["operator"].choices = [*names, (OTHER, _("Another operator, not in this list"))]
        self.fields["number"].widget.attrs |= {
            "placeholder": "8 701 123 45 67",
            "hx-get": reverse("plans:sim_operators"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#operators",
            "hx-swap": "outerHTML",
            "hx-include": "#operators",
        }

    @cached_property
    def operator_choices(self) -> OperatorChoices:
        return OperatorChoices(self.operators, str(self["number"].value() or ""), self["operator"].value() or "")

    def clean_number(self) -> PhoneNumber:
        number = self.cleaned_data["number"]
        others = Sim.objects.visible_to(self.owner).filter(number=number)
        if self.sim:
            others = others.exclude(pk=self.sim.pk)
        if twin := others.first():
            raise ValidationError(number_twice(twin), code="twice")
        return number

    def refuse_twin(self) -> None:
        """The same number was saved between our question and our answer."""
        twin = Sim.objects.visible_to(self.owner).filter(number=self.cleaned_data["number"]).first()
        self.add_error("number", number_twice(twin) if twin else _("This number could not be saved. Try again."))

    def clean_last_activity_on(self) -> date | None:
        _check_day(self.cleaned_data["last_activity_on"], self.today, past_only=True)
        return self.cleaned_data["last_activity_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        number, operator = data.get("number"), data.get("operator")
        if number and operator and operator != OTHER and not is_kazakh(number):
            self.add_error(
                "number", _("This is not a Kazakh number. Check it, or choose “Another operator, not in this list”.")
            )
        return data

    def chosen_operator(self) -> Operator | None:
        return next((one for one in self.operators if one.slug == self.cleaned_data["operator"]), None)

    def inactivity_days_chosen(self) -> int | None:
        if not self.keeps_alive():
            return None
        return self.cleaned_data["inactivity_days"] or PROPOSED_INACTIVITY_DAYS

    def keeps_alive(self) -> bool:
        return self.cleaned_data["keep_alive"]

    def operator_field(self) -> Choices:
        return Choices("operator", template="plans/parts/operators_field.html")


class OperatorChoices:
    """The operators in the order in which to offer them for a number, and which is marked.

    A marked one that the page itself had `proposed` follows the number when that changes.
    """

    def __init__(self, operators: list[Operator], typed: str, marked: str = "", proposed: str = "") -> None:
        number = number_said(typed)
        is_foreign = number is not None and not is_kazakh(number)
        given = [] if is_foreign else operators_for_number(number.as_e164 if number else typed)
        self.first = [operator for operator in operators if operator in given]
        self.rest = [operator for operator in operators if operator not in given]
        self.proposed = OTHER if is_foreign else self.first[0].slug if len(self.first) == 1 else ""
        self.marked = marked if marked and marked != proposed else self.proposed
        self.rest_is_open = not self.first or any(operator.slug == self.marked for operator in self.rest)


def number_twice(twin: Sim) -> str:
    return format_html(
        '{} <a href="{}">{}</a>',
        _("You have already added this number."),
        reverse("plans:sim", args=[twin.pk]),
        _("Open it"),
    )


class AddSimForm(SimForm):
    """A new SIM; the plan's part of the page is `PlanForm`."""

    balance = MoneyField(label=_("Balance now"), digits=12, negative=True, help_text=_("In tenge."))

    @property
    def needed_helper(self) -> FormHelper:
        return self.helper_of("number", self.operator_field())

    @property
    def more_helper(self) -> FormHelper:
        return self.helper_of(
            Details(_("Only keep this number alive"), "keep_alive", "last_activity_on", "inactivity_days"),
            Details(_("Balance and label"), "balance", "label"),
        )

    def keeps_alive(self) -> bool:
        """Who says when the number was last used wants it watched."""
        return super().keeps_alive() or self.cleaned_data["last_activity_on"] is not None

    def new_sim(self, person: Person) -> Sim:
        return Sim(
            owner=self.owner,
            person=person,
            number=self.cleaned_data["number"],
            operator=self.chosen_operator(),
            label=self.cleaned_data["label"],
            last_activity_on=self.cleaned_data["last_activity_on"],
            inactivity_days=self.inactivity_days_chosen(),
        )


class EditSimForm(SimForm):
    """A SIM that is there already, with a situation of its own."""

    place = forms.ChoiceField(
        label=_("Where this SIM is"),
        required=False,
        choices=[("", _("Where I am")), *Place.choices],
        widget=forms.RadioSelect,
    )
    payments = forms.MultipleChoiceField(
        label=_("How it can be paid for"),
        required=False,
        choices=PaymentMethod.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing chosen: the same ways as for your other SIMs."),
    )

    def __init__(self, data: Any = None, *, sim: Sim, **options: Any) -> None:
        super().__init__(data, sim=sim, initial=_sim_values(sim), **options)
        self.show_what_was(*self.fields)

    def layout(self) -> list[Any]:
        return [
            "number",
            self.operator_field(),
            "label",
            Details(_("Keep this number alive"), "keep_alive", "last_activity_on", "inactivity_days"),
            Details(_("Where this SIM is, and how it can be paid for"), Choices("place"), Choices("payments")),
        ]

    def apply_to(self, sim: Sim) -> bool:
        """Sets what the reader changed; True if the number's activity is among it."""
        changed = self.changed()
        for name in {"number", "label", "last_activity_on", "place", "payments"} & changed.keys():
            setattr(sim, name, changed[name])
        if "operator" in changed:
            sim.operator = self.chosen_operator()
        if changed.keys() & {"keep_alive", "inactivity_days"}:
            sim.inactivity_days = self.inactivity_days_chosen()
        return bool(changed.keys() & {"keep_alive", "inactivity_days", "last_activity_on"})


def _sim_values(sim: Sim) -> dict[str, Any]:
    return {
        "number": sim.number,
        "operator": sim.operator.slug if sim.operator else OTHER,
        "label": sim.label,
        "keep_alive": sim.inactivity_days is not None,
        "last_activity_on": sim.last_activity_on,
        "inactivity_days": sim.inactivity_days or PROPOSED_INACTIVITY_DAYS,
        "place": sim.place,
        "payments": sim.payments,
    }


class BalanceForm(PageForm):
    balance = MoneyField(label=_("Balance now"), digits=12, negative=True)

    def clean_balance(self) -> Decimal:
        if self.cleaned_data["balance"] is None:
            raise ValidationError(_("Write the balance in figures, for example 1250."), code="required")
        return self.cleaned_data["balance"]


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


# --- plans ------------------------------------------------------------------------------------------

_WORDINGS = [
    (Wording.UNTIL, _("It works until this day")),
    (Wording.CHARGE, _("The next charge is on this day")),
    (Wording.PAID, _("I last paid on this day")),
    (Wording.UNKNOWN, _("I don’t know")),
]


class TariffForm(PageForm):
    """What a plan is, without its date."""

    name = forms.CharField(
        label=_("Name of the plan"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    price = MoneyField(label=_("Price"), digits=10, help_text=_("In tenge, for one period."))
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

    def clean_period(self) -> str:
        return self.cleaned_data["period"] or self.get_initial_for_field(self.fields["period"], "period")

    def clean_renews(self) -> str:
        return self.cleaned_data["renews"] or self.get_initial_for_field(self.fields["renews"], "renews")

    def tariff_changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.changed().items() if name in self.TARIFF_FIELDS}


class PlanForm(TariffForm):
    """A new or edited plan. Its date is said in any of four ways."""

    wording = forms.ChoiceField(
        label=_("How do you know its date?"),
        required=False,
        choices=_WORDINGS,
        initial=Wording.UNTIL.value,
        widget=forms.RadioSelect,
    )
    paid_until = DayField(label=_("Day"))

    def __init__(self, data: Any = None, *, today: date, plan: Plan | None = None, **options: Any) -> None:
        super().__init__(data, today=today, plan=plan, **options)
        if plan:
            self.initial["paid_until"] = plan.paid_until
            self.show_what_was(*self.fields)

    def layout(self) -> list[Any]:
        return [
            "name",
            _price_and_period(),
            Div(Choices("wording"), "paid_until", css_class="said-date"),
            "renews",
        ]

    def clean_paid_until(self) -> date | None:
        _check_day(self.cleaned_data["paid_until"], self.today)
        return self.cleaned_data["paid_until"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if {"paid_until", "period", "wording"} <= data.keys() and self.meaning is Wording.PAID:
            try:
                _check_day(data["paid_until"], self.today, past_only=True)
                self.last_day()
            except ValidationError as error:
                self.add_error("paid_until", error)
            except ValueError:
                self.add_error(
                    "paid_until",
                    _("A one-time plan has no period to count from. Say until when it works, or choose its period."),
                )
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
        return last_day_said(self.meaning, self.cleaned_data["paid_until"], Period(self.cleaned_data["period"]))

    def anchor(self) -> int | None:
        """The day of the month of the charge, where it was said in so many words."""
        if not self.date_was_said or self.meaning not in (Wording.CHARGE, Wording.PAID):
            return None
        return self.cleaned_data["paid_until"].day

    def new_plan(self, **of: Sim) -> Plan:
        return Plan(**{name: self.cleaned_data[name] for name in self.TARIFF_FIELDS}, **of)

    def apply_to(self, plan: Plan) -> None:
        for name, value in self.tariff_changes().items():
            setattr(plan, name, value)


class RenewForm(TariffForm):
    """A renewal: the next date is worked out already; perhaps it is another plan from now on."""

    paid_until = DayField(label=_("New date: works until"))
    amount = MoneyField(label=_("Paid"), digits=10, help_text=_("In tenge."))

    def __init__(
        self, data: Any = None, *, plan: Plan, today: date, period: Period | None = None, **options: Any
    ) -> None:
        super().__init__(data, today=today, plan=plan, **options)
        self.initial |= {"paid_until": self.proposed_end(period or plan.rule), "amount": plan.price}
        self.show_what_was(*self.fields)
        self.fields["period"].widget.attrs |= {
            "hx-get": reverse("plans:plan_renew", args=[plan.pk]),
            "hx-trigger": "change",
            "hx-target": "#new-date",
            "hx-swap": "outerHTML",
        }

    def proposed_end(self, period: Period) -> date | None:
        """The next date; none where the date until now is unknown, for the new period may have begun any day."""
        return actions.proposed_end(self.plan, self.today, period) if self.plan.paid_until else None

    @property
    def date_helper(self) -> FormHelper:
        return self.helper_of("paid_until")

    @property
    def more_helper(self) -> FormHelper:
        switches = self.is_bound and bool(set(self.changed_data) & set(self.TARIFF_FIELDS))
        return self.helper_of(
            "amount",
            Details(
                _("It is another plan from now on"),
                "name",
                _price_and_period(),
                "renews",
                is_open=switches,
            ),
        )

    def clean_paid_until(self) -> date | None:
        to, until = self.cleaned_data["paid_until"], self.plan.paid_until
        _check_day(to, self.today)
        if to and until and to <= until:
            raise ValidationError(
                _("Choose a day after %(day)s, its date until now. To correct that date, edit the plan.")
                % {"day": formats.day_in_words(until, self.today)},
                code="not_later",
            )
        return to

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "paid_until" in data and "period" in data:
            self._settle_day(data)
        return data

    def _settle_day(self, data: dict[str, Any]) -> None:
        proposed = self.proposed_end(Period(data["period"]))
        if data["paid_until"] is None:
            if proposed is None:
                self.add_error("paid_until", _("Enter the last day on which the plan works now."))
            data["paid_until"] = proposed
        elif {"period"} == {"period", "paid_until"} & set(self.changed_data) and data["paid_until"] != proposed:
            # The day still belongs to the old period: nobody has seen the new one yet.
            self._ask_about(proposed)

    def _ask_about(self, day: date | None) -> None:
        self.data = self.data.copy()
        self.data[self.add_prefix("paid_until")] = day.isoformat() if day else ""
        self.add_error(
            "paid_until", _("The period is another now, and so is the date. Check the day here, then save again.")
        )

    def repeats(self, renewals: QuerySet[Renewal]) -> bool:
        """Whether the same renewal was sent before."""
        if not self.has_error("paid_until", "not_later"):
            return False
        last = renewals.first()
        return last is not None and self["paid_until"].value() == last.to_date.isoformat()

    def amount_paid(self) -> Decimal | None:
        """None where it was the price."""
        return self.cleaned_data["amount"] if "amount" in self.changed_data else None

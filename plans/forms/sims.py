"""A new SIM, and one that is there already."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber

from guides.models import Operator
from guides.selection import operators_for_number
from guides.situation import PaymentMethod, Place
from kzsim.common.currencies import currency_choices, currency_of
from kzsim.common.formats import listed
from kzsim.common.money import Money
from plans.deadlines import CAUTION
from plans.listing import OTHER
from plans.models import Person, Sim
from plans.said import is_kazakh, number_said

from .fields import DayField, GroupField, MoneyField, NumberField, check_day
from .layout import Choices, Details, PageForm


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
    group = GroupField()
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
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": CAUTION.days}),
        error_messages={
            "invalid": _("Write a number of days."),
            "min_value": _("Choose between 2 and 1000 days."),
            "max_value": _("Choose between 2 and 1000 days."),
        },
        help_text=format_lazy(
            _(
                "Only if you know the rule. Empty: the operator’s limit where we know it, else {days} days, which is "
                "our caution, not the operator’s rule."
            ),
            days=CAUTION.days,
        ),
    )

    def __init__(self, data: Any = None, *, owner: Any, today: date, sim: Sim | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.owner, self.today, self.sim = owner, today, sim
        self.operators = list(Operator.objects.all())
        names = [(operator.slug, operator.name) for operator in self.operators]
        self.fields["group"].propose(Sim.objects.visible_to(owner).groups())
        self.fields["operator"].choices = [*names, (OTHER, _("Another operator, not in this list"))]
        self.fields["number"].widget.attrs |= {
            "placeholder": "8 701 123 45 67",
            "hx-get": reverse("plans:sim_operators"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#operators",
            "hx-swap": "outerHTML",
            "hx-include": "#operators, #tariff-chips",
            "hx-select": "#operators",
            "hx-select-oob": "#number-operator:innerHTML",
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
        check_day(self.cleaned_data["last_activity_on"], self.today, past_only=True)
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

    def keeps_alive(self) -> bool:
        return self.cleaned_data["keep_alive"]

    def operator_field(self) -> Choices:
        return Choices("operator", template="plans/parts/operators_field.html")


class OperatorChoices:
    """The operators in the order in which to offer them for a number, and which is marked.

    A marked one that the page itself had `proposed` follows the number when that changes; one that was chosen by hand
    stays, whatever is typed.
    """

    def __init__(self, operators: list[Operator], typed: str, marked: str = "", proposed: str = "") -> None:
        number = number_said(typed)
        is_foreign = number is not None and not is_kazakh(number)
        given = [] if is_foreign else operators_for_number(number.as_e164 if number else typed)
        self.first = [operator for operator in operators if operator in given]
        self.rest = [operator for operator in operators if operator not in given]
        fits = OTHER if is_foreign else self.first[0].slug if len(self.first) == 1 else ""
        by_hand = marked if marked != proposed else ""
        self.proposed = "" if by_hand else fits
        self.marked = by_hand or fits
        self.operator = next((operator for operator in operators if operator.slug == self.marked), None)
        self.names = listed([operator.name for operator in self.first])
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

    balance = MoneyField(label=_("Balance now"), digits=12, negative=True)
    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=lambda: [("", _("That of the number’s country")), *currency_choices()],
    )

    # What an address may bring along. No number: addresses are kept in too many places.
    BROUGHT = ("operator", "keep_alive", "last_activity_on", "inactivity_days")

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        number = self.fields["number"].widget.attrs
        number["hx-select-oob"] += ",#tariff-chips:innerHTML"
        if not self.is_bound:
            number["autofocus"] = True

    @property
    def tariffs_url(self) -> str:
        """Where to ask what the operator that is chosen offers."""
        return reverse("plans:sim_operators")

    @property
    def needed_helper(self) -> FormHelper:
        return self.helper_of("number", self.operator_field())

    @property
    def more_helper(self) -> FormHelper:
        return self.helper_of(
            Details(_("Only keep this number alive"), "keep_alive", "last_activity_on", "inactivity_days"),
            Details(_("Balance, label and group"), "balance", "currency", "label", "group"),
        )

    def keeps_alive(self) -> bool:
        """Who says when the number was last used wants it watched."""
        return super().keeps_alive() or self.cleaned_data["last_activity_on"] is not None

    def currency_chosen(self) -> str:
        """Of the balance, and of the plan that comes along."""
        return self.cleaned_data["currency"] or currency_of(self.cleaned_data["number"]) or Money.currency

    def new_sim(self, person: Person) -> Sim:
        return Sim(
            owner=self.owner,
            person=person,
            number=self.cleaned_data["number"],
            operator=self.chosen_operator(),
            label=self.cleaned_data["label"],
            group=self.cleaned_data["group"],
            last_activity_on=self.cleaned_data["last_activity_on"],
            keep_alive=self.keeps_alive(),
            inactivity_days=self.cleaned_data["inactivity_days"],
        )


# What is kept as it is said.
_PLAIN = {
    *("number", "label", "group", "place", "payments", "in_own_name"),
    *("keep_alive", "last_activity_on", "inactivity_days"),
}


class EditSimForm(SimForm):
    """A SIM that is there already, with a situation of its own."""

    in_own_name = forms.BooleanField(label=_("It is registered in my name"), required=False)
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
        if sim.is_sample:  # nobody's number, which no form takes; and one's own does not belong to what is thrown away
            words = _("This is an example. To watch a number of your own, add it as a SIM.")
            self.fields["number"] = forms.Field(label=_("Number"), disabled=True, required=False, help_text=words)
        self.show_what_was(*self.fields)

    def layout(self) -> list[Any]:
        return [
            "number",
            self.operator_field(),
            "label",
            "group",
            Details(_("Keep this number alive"), "keep_alive", "last_activity_on", "inactivity_days"),
            Details(_("Where this SIM is, and how it can be paid for"), Choices("place"), Choices("payments")),
            "in_own_name",
        ]

    def apply_to(self, sim: Sim) -> bool:
        """Sets what the reader changed; True if the number's activity is among it."""
        changed = self.changed()
        for name in _PLAIN & changed.keys():
            setattr(sim, name, changed[name])
        if "operator" in changed:
            sim.operator = self.chosen_operator()
        return bool(changed.keys() & {"keep_alive", "inactivity_days", "last_activity_on"})


def _sim_values(sim: Sim) -> dict[str, Any]:
    return {
        "number": sim.number,
        "operator": sim.operator.slug if sim.operator else OTHER,
        "label": sim.label,
        "group": sim.group,
        "keep_alive": sim.keep_alive,
        "last_activity_on": sim.last_activity_on,
        "inactivity_days": sim.inactivity_days,
        "in_own_name": sim.in_own_name,
        "place": sim.place,
        "payments": sim.payments,
    }

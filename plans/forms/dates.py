"""What a reader without an account enters to learn a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from guides.models import Operator
from plans import deadlines
from plans.dates import Limit, PackageEnds, PackageSaid, Unit, plan_words
from plans.models import Plan
from plans.periods import Period, Wording

from .fields import DayField, check_day
from .layout import Choices, PageForm
from .plans import DAY_WORDINGS, NO_PERIOD
from .sims import OTHER

CAUTION = Limit(deadlines.CAUTION.days, Unit.DAYS)
_LONGEST = {Unit.DAYS: 1000, Unit.MONTHS: 32}  # as many days as a SIM takes
_SHORTEST = {Unit.DAYS: 2, Unit.MONTHS: 1}


class DatesForm(PageForm):
    """Two questions of which each may be left empty: when does my package end, and is my number at risk?"""

    operator = forms.ChoiceField(
        label=_("Operator"),
        required=False,
        error_messages={"invalid_choice": _("Choose an operator from the list.")},
    )
    wording = forms.TypedChoiceField(
        label=_("What do you know?"),
        required=False,
        coerce=Wording,
        choices=[(Wording.PAID, _("I bought or renewed it on this day")), *DAY_WORDINGS],
        initial=Wording.PAID.value,
        widget=forms.RadioSelect,
    )
    paid_until = DayField(label=_("Day"))
    period = forms.TypedChoiceField(
        label=_("Period"),
        required=False,
        coerce=Period,
        choices=Plan.Period.choices,
        initial=Period.DAYS_30.value,
    )
    last_activity_on = DayField(
        label=_("Last paid activity"),
        help_text=_("A top-up, or a call, SMS or data that cost money."),
    )
    limit = forms.IntegerField(
        label=_("Limit, if known"),
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("Write the limit as a whole number.")},
    )
    unit = forms.TypedChoiceField(
        label=_("Counted in"),
        required=False,
        coerce=Unit,
        choices=[(Unit.DAYS, _("days")), (Unit.MONTHS, _("months"))],
        initial=Unit.DAYS.value,
    )

    QUESTIONS = ("paid_until", "last_activity_on")

    def __init__(self, query: QueryDict, *, today: date, operators: Iterable[Operator]) -> None:
        is_asked = any(name in query for name in self.QUESTIONS)
        super().__init__(_with_proposals(query) if is_asked else None)
        self.today = today
        self.operators = {operator.slug: operator for operator in operators}
        self.fields["operator"].choices = [
            ("", _("Not chosen")),
            *((slug, operator.name) for slug, operator in self.operators.items()),
            (OTHER, _("Another operator, not in this list")),
        ]
        if not is_asked:
            self.propose(query, *self.fields)

    @property
    def operator_helper(self) -> Any:
        return self.helper_of("operator")

    @property
    def package_helper(self) -> Any:
        return self.helper_of(Choices("wording"), "paid_until", "period")

    @property
    def number_helper(self) -> Any:
        return self.helper_of("last_activity_on", Div("limit", "unit", css_class="choices-grid"))

    def clean_last_activity_on(self) -> date | None:
        check_day(self.cleaned_data["last_activity_on"], self.today, past_only=True)
        return self.cleaned_data["last_activity_on"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._check_package(data)
        self._check_limit(data)
        if not self.errors and not any(data[name] for name in self.QUESTIONS):
            self.add_error("paid_until", _("Enter a day here, or the day of the last paid activity below."))
        return data

    def _check_package(self, data: dict[str, Any]) -> None:
        if not data.get("paid_until") or not {"wording", "period"} <= data.keys():
            return
        try:
            check_day(data["paid_until"], self.today, past_only=data["wording"] is Wording.PAID)
        except ValidationError as error:
            self.add_error("paid_until", error)
            return
        if not PackageSaid(data["wording"], data["paid_until"], data["period"]).has_answer:
            self.add_error("period", NO_PERIOD)

    def _check_limit(self, data: dict[str, Any]) -> None:
        unit, limit = data.get("unit"), data.get("limit")
        if unit is None or limit is None or _SHORTEST[unit] <= limit <= _LONGEST[unit]:
            return
        message = _("Choose between %(least)s and %(most)s months.")
        if unit is Unit.DAYS:
            message = _("Choose between %(least)s and %(most)s days.")
        self.add_error("limit", message % {"least": _SHORTEST[unit], "most": _LONGEST[unit]})

    # What was said, as far as it could be understood: one question may be answered while the other waits.

    def _said(self, *names: str) -> list[Any] | None:
        """The values of these fields; none where one of them is wrong."""
        if not self.is_bound or not self.errors.keys().isdisjoint(names):
            return None
        return [self.cleaned_data[name] for name in names]

    @property
    def chosen_operator(self) -> Operator | None:
        said = self._said("operator")
        return self.operators.get(said[0] if said else self.initial.get("operator", ""))

    @property
    def package(self) -> PackageSaid | None:
        said = self._said("wording", "paid_until", "period")
        return PackageSaid(*said) if said and said[1] else None

    @property
    def last_activity(self) -> date | None:
        said = self._said("last_activity_on", "limit", "unit")
        return said[0] if said else None

    @property
    def typed_limit(self) -> Limit | None:
        said = self._said("limit", "unit")
        return Limit(*said) if said and said[0] else None

    def query(self) -> dict[str, str]:
        """The address of this answer."""
        return self.package_query() | self.number_query()

    def package_query(self) -> dict[str, str]:
        """What was entered of the package, and of the operator."""
        return self._query("operator", *(["wording", "paid_until", "period"] if self.package else []))

    def number_query(self) -> dict[str, str]:
        """What was entered of the number, and of the operator."""
        limit = ["limit", "unit"] if self.typed_limit else []
        return self._query("operator", *(["last_activity_on", *limit] if self.last_activity else []))

    def _query(self, *names: str) -> dict[str, str]:
        return {name: str(self.cleaned_data[name]) for name in names if self.cleaned_data.get(name)}

    def sim_query(self, ends: PackageEnds | None, own_limit: Limit | None) -> dict[str, str]:
        """The same in the words of the page on which a SIM is added; `own_limit` only where the SIM's own rules would
        not count with the same."""
        query = self._query("operator")
        if self.package and ends:
            wording, day = plan_words(self.package, ends)
            query |= {"wording": str(wording), "paid_until": day.isoformat(), "period": str(self.package.period)}
        if self.last_activity:
            query |= {"keep_alive": "on", "last_activity_on": self.last_activity.isoformat()}
            if own_limit:
                query["inactivity_days"] = str(own_limit.days_from(self.last_activity))
        return query


def _with_proposals(query: QueryDict) -> QueryDict:
    """What an address leaves out is counted as the empty form proposes it, and so it is shown."""
    whole = query.copy()
    for name, field in DatesForm.base_fields.items():
        if field.initial and not whole.get(name):
            whole[name] = field.initial
    return whole

"""How and when a person is reminded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kzsim.common.formats import listed
from plans.deadlines import Kind
from plans.models import Person, Sim
from plans.models.people import SWITCHES, Overview
from plans.periods import Period
from plans.reminders import LED
from plans.timing_words import usual_days

from .fields import DaysField, HourField
from .layout import Details, PageForm, bare_helper

LONGEST_PAUSE = timedelta(days=366)
TIMING = ("hour", "overview", "insists", "quiet_from", "quiet_until", "leads")  # what the form says of a person

_BEFORE = {
    Kind.PLAN_EXPIRES: _("Before a plan ends"),
    Kind.CHARGE: _("Before a charge"),
    Kind.NUMBER_AT_RISK: _("Before a number may be lost"),
    Kind.DATA_OUT: _("Before data runs out"),
    Kind.PRICE: _("Before another price holds"),
    Kind.TRIP: _("Before a trip"),
}

_DAYS_WORDS = _(
    "Days in figures, with commas between them; 0 is the day itself. Leave a field empty for the usual days."
)
_QUIET_WORDS = _(
    "What falls into them waits for their end, or comes shortly before where that would be too late. "
    "E-mail does not ring, and keeps its time."
)


def muted_without(wanted: Iterable[str]) -> list[str]:
    return sorted(set(SWITCHES) - set(wanted))


class TimingForm(PageForm):
    """When reminders come, and of what."""

    hour = HourField(label=_("Time of day"))
    overview = forms.ChoiceField(
        label=_("One mail in their place"), choices=Overview.choices, required=False, widget=forms.RadioSelect
    )
    insists = forms.BooleanField(
        label=_("Remind me every day until I answer"),
        required=False,
        help_text=_("From the first reminder on, and for two weeks after the date."),
    )
    quiet_from = HourField(label=_("From"))
    quiet_until = HourField(label=_("Until"))
    kinds = forms.MultipleChoiceField(
        label=_("Remind me when"), choices=SWITCHES.items(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        given = {name: getattr(person, name) for name in TIMING}
        leads = {_name(kind): tuple(days) for kind, days in person.leads.items()}
        super().__init__(*args, initial=given | leads | {"kinds": list(person.wanted_kinds)}, **kwargs)
        self.fields["hour"].required = True
        for kind in LED:
            self.fields[_name(kind)] = DaysField(label=_BEFORE[kind], help_text=_usual(kind))
        self.order_fields(["hour", "overview", "insists", *map(_name, LED)])  # as they stand on the page

    def layout(self) -> list[Any]:
        days = [Field(_name(kind)) for kind in LED]
        quiet = Div(Div("quiet_from", css_class="col-6"), Div("quiet_until", css_class="col-6"), css_class="row gx-3")
        return [
            Div("hour", css_class="short-field"),
            Field("overview"),
            Field("insists"),
            Details(_("Other days before than usual"), _hint(_DAYS_WORDS), Div(*days, css_class="days-fields")),
            Details(_("Quiet hours for chats and notifications"), _hint(_QUIET_WORDS), quiet),
            Div("kinds", css_class="mt-3"),
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if {"quiet_from", "quiet_until"} <= said.keys():
            self._check_quiet(said["quiet_from"], said["quiet_until"])
        return said

    def _check_quiet(self, first: Any, last: Any) -> None:
        if (first is None) != (last is None):
            missing = "quiet_from" if first is None else "quiet_until"
            self.add_error(missing, _("Say both hours, or leave both empty."))
        elif first is not None and first == last:
            self.add_error("quiet_until", _("They would begin and end at the same time. Choose another hour."))

    @property
    def timing(self) -> dict[str, Any]:
        """What `set_timing` takes."""
        days = {kind.value: self.cleaned_data[_name(kind)] for kind in LED}
        leads = {kind: list(chosen) for kind, chosen in days.items() if chosen}
        return {name: self.cleaned_data.get(name, leads) for name in TIMING}

    @property
    def muted_kinds(self) -> list[str]:
        return muted_without(self.cleaned_data["kinds"])


def _hint(words: Any) -> HTML:
    return HTML(format_lazy('<p class="soft">{}</p>', words))


def _name(kind: str) -> str:
    return f"days_{Kind(kind).value}"


def _usual(kind: Kind) -> str:
    days = listed(map(str, usual_days(kind, Period.DAYS_30)))
    if kind is Kind.PLAN_EXPIRES:
        week = listed(map(str, usual_days(kind, Period.WEEK)))
        return _("Usually %(days)s; for a plan of 7 days %(week)s.") % {"days": days, "week": week}
    if kind is Kind.PRICE:
        return _("Usually %(days)s. Said once.") % {"days": days}
    return _("Usually %(days)s.") % {"days": days}


class SimKindsForm(PageForm):
    """What to be reminded of for one SIM, of what its person hears at all."""

    kinds = forms.MultipleChoiceField(
        label=_("Remind me for this SIM when"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, sim: Sim, **kwargs: Any) -> None:
        self._sim, self._offered = sim, sim.person.wanted_kinds
        super().__init__(
            *args, initial={"kinds": [kind for kind in self._offered if kind not in sim.muted_kinds]}, **kwargs
        )
        self.fields["kinds"].choices = self._offered.items()

    @property
    def muted_kinds(self) -> list[str]:
        """What is not asked stays as it was: the person hears nothing of it anyway."""
        kept = set(self._sim.muted_kinds) - set(self._offered)
        return sorted(kept | set(self._offered) - set(self.cleaned_data["kinds"]))


class PauseForm(forms.Form):
    """Until when to be silent."""

    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self._first, self._last = today + timedelta(days=1), today + LONGEST_PAUSE
        super().__init__(*args, initial={"until": today + timedelta(days=7)}, **kwargs)
        self.fields["until"].widget.attrs |= {"min": self._first.isoformat(), "max": self._last.isoformat()}
        self.helper = bare_helper(Layout("until"))

    def clean_until(self) -> date:
        until = self.cleaned_data["until"]
        if not self._first <= until <= self._last:
            raise forms.ValidationError(_("Choose a day after today, within a year."))
        return until

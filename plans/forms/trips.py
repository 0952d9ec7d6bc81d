"""Where people are, from one day to another."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guides.situation import Place
from kzsim.common.formats import day_in_words
from plans.models import Sim, Stay

from .fields import DayField, check_day
from .layout import Choices, PageForm


class StayForm(PageForm):
    """“I am in Kazakhstan until 20 January”, “away from 1 March to 1 June”."""

    place = forms.ChoiceField(
        label=_("Where will you be?"),
        choices=Place.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose where you will be.")},
    )
    since = DayField(label=_("From"), help_text=_("Leave it empty if you are there already."))
    until = DayField(label=_("Until"), help_text=_("Your last day there. Leave it empty if you do not know yet."))

    def __init__(self, data: Any = None, *, today: date, stay: Stay | None = None, **options: Any) -> None:
        said = {"place": stay.place, "since": stay.since, "until": stay.until} if stay else {}
        super().__init__(data, initial=said, **options)
        self.today = today

    def layout(self) -> list[Any]:
        days = Div(Div("since", css_class="col-sm-6"), Div("until", css_class="col-sm-6"), css_class="row gx-3")
        return [Choices("place"), days]

    def clean_since(self) -> date | None:
        check_day(self.cleaned_data["since"], self.today)
        return self.cleaned_data["since"]

    def clean_until(self) -> date | None:
        check_day(self.cleaned_data["until"], self.today)
        return self.cleaned_data["until"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        since, until = data["since"], data["until"]
        if since is None and until is None:
            self.add_error("until", _("Say at least one of the two days."))
        elif since and until and until < since:
            self.add_error("until", _("This is before the first day. Check the two dates."))
        return data

    def apply_to(self, stay: Stay) -> Stay:
        stay.place, stay.since, stay.until = (self.cleaned_data[name] for name in ("place", "since", "until"))
        return stay

    def refuse_overlap(self, other: Stay) -> None:
        """Which stay has these days already, and what to do."""
        words = {"stay": stay_in_words(other, self.today)}
        self.add_error(
            None,
            gettext(
                "You have said already where you are on some of these days: %(stay)s. "
                "Change the days here, or those first."
            )
            % words,
        )


class DepartureForm(forms.Form):
    """Which SIMs to put away after the departure; none is marked beforehand."""

    # Not a choice of models: there, a number that no database can hold is an error; here it is none of their SIMs.
    sims = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: Any = None, *, owner: Any) -> None:
        super().__init__(data)
        self.mine = Sim.objects.visible_to(owner).in_use()
        self.fields["sims"].choices = [(pk, pk) for pk in self.mine.values_list("pk", flat=True)]

    def clean_sims(self) -> list[Sim]:
        return list(self.mine.filter(pk__in=self.cleaned_data["sims"]))


def stay_in_words(stay: Stay, today: date) -> str:
    """“Abroad, from Sunday 1 March to Monday 1 June”."""
    words = {
        "place": stay.get_place_display(),
        "since": day_in_words(stay.since, today) if stay.since else "",
        "until": day_in_words(stay.until, today) if stay.until else "",
    }
    if stay.since is None:
        return gettext("%(place)s until %(until)s") % words
    if stay.until is None:
        return gettext("%(place)s from %(since)s") % words
    return gettext("%(place)s from %(since)s to %(until)s") % words

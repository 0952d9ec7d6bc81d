"""How the site speaks to a person, where they are, and how they can pay."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guides.situation import PaymentMethod, Place
from kzsim.common.formats import zone_in_words, zone_name
from plans.models import Person

from .layout import bare_helper

_REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}


def time_zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every zone that names a place, by continent, in the reader's language."""
    return _time_zone_choices(get_language() or "en")


@cache
def _time_zone_choices(_language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Zones that are one and are called the same stand there once."""
    by_region: dict[str, dict[tuple[str, str], str]] = {region: {} for region in _REGIONS}
    for zone in sorted(available_timezones(), key=lambda zone: (zone != zone_name(zone), zone)):  # today's names first
        region, _slash, place = zone.partition("/")
        if place and region in by_region:
            by_region[region].setdefault((zone_in_words(zone), zone_name(zone)), zone)
    named = [
        (str(_REGIONS[region]), [(zone, name) for (name, _zone), zone in sorted(zones.items())])
        for region, zones in by_region.items()
    ]
    return [*named, ("UTC", [("UTC", "UTC")])]


class SettingsForm(forms.ModelForm):
    """How the site speaks to a person, where they are, and how they can pay."""

    payments = forms.MultipleChoiceField(
        label=_("How you can pay"),
        choices=PaymentMethod.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose all that you have: guides that cannot work for you are left out."),
    )

    class Meta:
        model = Person
        fields = ("name", "language", "time_zone", "place", "payments", "masks_numbers")
        labels = {"name": _("What shall we call you?"), "masks_numbers": _("Show only the last digits of my numbers")}
        help_texts = {
            "masks_numbers": _("For use where others look on. Forms and the card for the clerk show them whole."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = time_zone_choices()
        if not any(zone == self.instance.time_zone for _region, names in zones for zone, _name in names):
            zones = [("", [(self.instance.time_zone, zone_in_words(self.instance.time_zone))]), *zones]
        self.fields["time_zone"].widget = forms.Select(choices=zones, attrs={"data-propose": "time-zone"})
        words = {"time": f"{self.instance.hour:%H:%M}"}
        self.fields["time_zone"].help_text = _("Reminders come at %(time)s by this clock.") % words
        self.fields["place"].widget = forms.RadioSelect(choices=[("", _("I would rather not say")), *Place.choices])
        self.fields["name"].widget.attrs |= {"autocomplete": "name"}
        self.helper = bare_helper(
            Layout("name", "language", "time_zone", _ZONE_PROPOSAL, "place", "payments", "masks_numbers"),
        )


_ZONE_PROPOSAL = HTML('{% include "plans/parts/zone_proposal.html" %}')

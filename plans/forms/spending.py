"""Of which SIMs the money is to be seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.models import Sim

from .layout import PageForm
from .sims import OTHER


class SpendingFilter(PageForm):
    """Stands in the address; what is none of the reader's SIMs and operators filters nothing."""

    operator = forms.ChoiceField(label=_("Operator"), required=False)
    sim = forms.ChoiceField(label=_("SIM"), required=False)

    def __init__(self, data: Any, *, sims: Iterable[Sim], **options: Any) -> None:
        super().__init__(data, **options)
        self.sims = list(sims)
        names = {slug_of(sim): name_of_operator(sim) for sim in self.sims}
        self.fields["operator"].choices = [("", _("All operators")), *sorted(names.items(), key=lambda one: one[1])]
        titles = sorted(((str(sim.pk), sim.title) for sim in self.sims), key=lambda one: one[1])
        self.fields["sim"].choices = [("", _("All SIMs")), *titles]

    def chosen(self) -> list[Sim]:
        self.is_valid()
        asked = self.cleaned_data
        return [
            sim
            for sim in self.sims
            if asked.get("sim") in (None, "", str(sim.pk)) and asked.get("operator") in (None, "", slug_of(sim))
        ]

    @property
    def query(self) -> str:
        """The same choice for another address."""
        self.is_valid()
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})


def slug_of(sim: Sim) -> str:
    return sim.operator.slug if sim.operator else OTHER


def name_of_operator(sim: Sim) -> str:
    return sim.operator.name if sim.operator else str(_("Another operator"))

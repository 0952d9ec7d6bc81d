"""What is left of an allowance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from plans.usage import Allowance

from .fields import AmountField, DataField
from .layout import Choices, PageForm

FIELDS = {Allowance.DATA: "data", Allowance.MINUTES: "minutes", Allowance.MESSAGES: "messages"}


class UseForm(PageForm):
    """Any of the three, for one of the plans; without a plan, of the SIM."""

    plan = forms.ChoiceField(label=_("Which plan?"), required=False, widget=forms.RadioSelect)
    data = DataField(label=_("Data left"), help_text=_("With its unit, as the operator writes it: 3.2 GB, 512 MB."))
    minutes = AmountField(label=_("Minutes left"))
    messages = AmountField(label=_("SMS left"))

    def __init__(self, data: Any = None, *, plans: Sequence[Plan]) -> None:
        super().__init__(data)
        self.plans = {str(plan.pk): plan for plan in plans}
        self.fields["plan"].choices = [(pk, plan.title) for pk, plan in self.plans.items()]
        if plans:
            self.fields["plan"].initial = str(plans[0].pk)
        if len(self.plans) < 2:
            del self.fields["plan"]

    def layout(self) -> list[Any]:
        both = Div(Div("minutes", css_class="col-6"), Div("messages", css_class="col-6"), css_class="row gx-3")
        return [*([Choices("plan")] if "plan" in self.fields else []), "data", both]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not self.left():
            self.add_error("data", ValidationError(_("Say what is left of at least one of them."), code="required"))
        return data

    def left(self) -> dict[Allowance, int]:
        """What was said, by its kind."""
        said = {kind: self.cleaned_data.get(name) for kind, name in FIELDS.items()}
        return {kind: amount for kind, amount in said.items() if amount is not None}

    def of_plan(self) -> Plan | None:
        """The one that was chosen, the only one, or none."""
        chosen = self.cleaned_data.get("plan") or next(iter(self.plans), "")
        return self.plans.get(chosen)

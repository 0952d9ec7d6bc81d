"""How often to back up."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .layout import PageForm


def _months(value: str) -> int | None:
    return int(value) if value else None


class CareForm(PageForm):
    months = forms.TypedChoiceField(
        label=_("Remind me"),
        required=False,
        coerce=_months,
        empty_value=None,
        choices=[
            ("", _("Never")),
            (1, _("Every month")),
            (3, _("Every 3 months")),
            (6, _("Every 6 months")),
            (12, _("Once a year")),
        ],
    )

    def layout(self) -> list[Any]:
        return ["months"]

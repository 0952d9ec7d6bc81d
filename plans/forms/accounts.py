"""The accounts that depend on a number: their names, one a line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.models import TiedAccount

from .layout import PageForm

LONGEST = TiedAccount._meta.get_field("name").max_length
MOST = 100  # on one list


class AccountsForm(PageForm):
    names = forms.CharField(
        label=_("Add accounts, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "placeholder": _("Kaspi\nWhatsApp\neGov")}),
        help_text=_("Only their names. Never write a password or a code here."),
    )

    def __init__(self, data: Any = None, *, known: int = 0) -> None:
        super().__init__(data)
        self.known = known

    def clean_names(self) -> list[str]:
        """Each name once, however it is written."""
        lines = (" ".join(line.split()) for line in self.cleaned_data["names"].splitlines())
        names = list({line.casefold(): line for line in lines if line}.values())
        if not names:
            raise ValidationError(_("Write the name of at least one account, for example Kaspi."), code="required")
        if long := next((name for name in names if len(name) > LONGEST), None):
            raise ValidationError(
                _("“%(name)s…” is too long: at most %(most)s letters a line."),
                params={"name": long[:30], "most": LONGEST},
                code="long",
            )
        if self.known + len(names) > MOST:
            raise ValidationError(
                _("A list holds at most %(most)s accounts. Remove some first."), params={"most": MOST}, code="many"
            )
        return names

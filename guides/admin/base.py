"""What the editors' pages share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from guides.models import raise_revision
from guides.offers import in_words

# Sentences are written here: the admin's own fields show twenty characters of them.
WIDE_LINES = {models.CharField: {"widget": AdminTextInputWidget(attrs={"class": "vLargeTextField"})}}


class CarefulForm(forms.ModelForm):
    """Does not write over what another editor saved since the page was opened: a row that was left as it was takes
    theirs; one that both changed is shown with theirs beside it, and saved the second time."""

    began_from = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["began_from"] = token_of(self._values_of(self.instance))

    def clean(self) -> None:
        super().clean()
        if self.instance.pk and not self.errors:
            rows = type(self.instance)._default_manager.select_for_update(no_key=True)
            theirs = self._values_of(rows.get(pk=self.instance.pk))
            if token_of(theirs) != self.cleaned_data["began_from"]:
                self._meet(theirs)

    def _values_of(self, row: models.Model) -> dict[str, Any]:
        """What this form writes of a row, as it stands there."""
        return {one.name: getattr(row, one.name) for one in row._meta.fields if one.name in self.base_fields}

    def _meet(self, theirs: dict[str, Any]) -> None:
        mine = {name: self.cleaned_data[name] for name in theirs}
        if token_of(mine) == self.cleaned_data["began_from"]:
            self.cleaned_data.update(theirs)
            self.changed_data = []
            return
        self.data = self.data.copy()
        self.data[self.add_prefix("began_from")] = token_of(theirs)  # the next time both have been seen
        for name, value in theirs.items():
            if token_of({name: value}) != token_of({name: mine[name]}):
                said = _("Somebody else wrote here meanwhile: “%s”. Take over what is missing, and save again.")
                self.add_error(name, said % in_words(self.instance._meta.get_field(name), value))


def token_of(values: Mapping[str, Any]) -> str:
    """Differs as soon as anything of these does but the ends of lines."""
    plain = {name: value.pk if isinstance(value, models.Model) else value for name, value in values.items()}
    tidy = {name: str(value).replace("\r\n", "\n").strip() for name, value in plain.items() if value is not None}
    return hashlib.sha256(json.dumps(tidy, sort_keys=True).encode()).hexdigest()[:16]


class RevisionAdmin(admin.ModelAdmin):
    """Raises the revision with everything that it writes, and writes over nobody."""

    form = CarefulForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        """With the form's hidden field, where there is a form to send."""
        (name, options), *others = super().get_fieldsets(request, obj)
        fields = [field for field in options["fields"] if field != "began_from"]
        if self.has_change_permission(request, obj):
            fields.append("began_from")
        return [(name, options | {"fields": fields}), *others]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        raise_revision()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            super().delete_model(request, obj)
            raise_revision()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            raise_revision()

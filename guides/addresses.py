"""Where in the admin an editor mends a row."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from guides.models import GuideText, OperatorText


def address_of(row: models.Model) -> str:
    """The page of a row; of a guide's text its own, of an operator's profile the operator's."""
    if isinstance(row, GuideText):
        return reverse("admin:guides_guide_write", args=[row.guide_id, row.language])
    page = page_of(row)
    return reverse(f"admin:guides_{page._meta.model_name}_change", args=[page.pk])


def page_of(row: models.Model) -> models.Model:
    """The row that has the page in the admin, and the history of its changes: of a guide's text the guide, of an
    operator's profile the operator."""
    if isinstance(row, GuideText):
        return row.guide
    return row.operator if isinstance(row, OperatorText) else row

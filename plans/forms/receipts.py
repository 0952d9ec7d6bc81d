"""Photos and PDFs that people add."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from plans.receipts import ACCEPTED, HEAD, MOST_A_RENEWAL, kind_of

from .layout import PageForm


class _SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class ReceiptsField(forms.FileField):
    """Any number of photos and PDFs, each of them checked by what is in it."""

    widget = _SeveralFiles(attrs={"accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not files and self.required:
            raise ValidationError(_("Choose a photo or a PDF first."), code="required")
        if len(files) > MOST_A_RENEWAL:
            raise ValidationError(_too_many(), code="many")
        for file in files:
            _check(file)
        return files


class ReceiptsForm(PageForm):
    """Receipts for a renewal that is noted already."""

    receipts = ReceiptsField(label=_("Photos or PDFs"), help_text=_("JPEG, PNG, WebP, HEIC or PDF. Only you see them."))

    def refuse_more(self) -> None:
        self.add_error("receipts", _too_many())


def _too_many() -> str:
    return _("A renewal keeps %(count)s receipts at most. Delete one first, or choose fewer.") % {
        "count": MOST_A_RENEWAL
    }


def _check(file: UploadedFile) -> None:
    words = {"name": file.name, "megabytes": settings.RECEIPT_MAX_MB}
    if file.size is None or file.size > settings.RECEIPT_MAX_MB * 1024 * 1024:
        raise ValidationError(
            _("“%(name)s” is larger than %(megabytes)s MB. Choose a smaller photo, or a screenshot of it."),
            code="large",
            params=words,
        )
    file.seek(0)
    kind = kind_of(file.read(HEAD))
    file.seek(0)
    if kind is None:
        raise ValidationError(
            _("“%(name)s” is neither a photo (JPEG, PNG, WebP, HEIC) nor a PDF. Choose another file."),
            code="kind",
            params=words,
        )

"""The parts of addresses that several rooms share."""

from __future__ import annotations

from django.urls import register_converter

from .languages import CODES


class LanguageConverter:
    """`<language:lang>`: one of the site's languages."""

    regex = "|".join(sorted(CODES))

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value.lower()


register_converter(LanguageConverter, "language")

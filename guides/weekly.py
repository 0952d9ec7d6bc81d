"""The weekly mail to editors: when it is due, and what it says. Who gets it, and how it leaves, is for the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from guides.page_cache import ALMATY
from guides.reads import week_of
from guides.review import Finding, to_verify
from kzsim.common.links import absolute

AT = time(9)  # on Mondays, in Almaty
SHOWN = 10


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


def week_due(now: datetime) -> date:
    """The Monday whose mail is due: the latest that has come to nine o'clock. After days without a clockwork it is
    still this one, and never one for each week missed."""
    return week_of((now.astimezone(ALMATY) - timedelta(hours=AT.hour)).date())


def weekly_letter(today: date, language: str) -> Letter | None:
    """The list's most-read and how many more there are, in this language; none if there is nothing to verify."""
    with translation.override(language):
        findings = to_verify(today)
        return _letter(findings, language) if findings else None


def _letter(findings: Sequence[Finding], language: str) -> Letter:
    shown = [(finding, absolute(finding.url)) for finding in findings[:SHOWN]]
    subject = ngettext("Guides: %(count)s thing to verify", "Guides: %(count)s things to verify", len(findings))
    context = {
        "language": language,
        "findings": shown,
        "more": len(findings) - len(shown),
        "page": absolute(reverse("desk:verify")),
    }
    return Letter(
        subject=subject % {"count": len(findings)},
        text=render_to_string("mail/to_verify.txt", context),
        html=render_to_string("mail/to_verify.html", context),
    )

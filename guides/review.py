"""What in the guides an editor is to look at, and why; the "to verify" list, its mail and `check_content` show it.

What must never reach readers stands in `guides.checks`; here is what grows old, what readers doubt, and what waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guides.addresses import address_of
from guides.facts import READER, names_in
from guides.history import texts_behind
from guides.models import Fact, Guide, GuideText, LoadedItem, OperatorText, TextState
from guides.offers import title_of
from guides.reads import reads_by_guide
from guides.rendering import Page, as_line
from guides.reporting import disputed_facts, verdict_of
from guides.selection import text_for
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGE_NAMES

STALE_AFTER = timedelta(days=90)
EXPECTED_LANGUAGES = ("en", "zh-hans", "zh-hant", "ru", "kk")  # those in which every guide is to be written by now


class FindingKind(models.TextChoices):
    """Why something is on the list; the gravest first."""

    DISPUTED = "disputed", gettext_lazy("Fact that readers dispute")
    BEHIND = "behind", gettext_lazy("Language behind its source")
    OFFERED = "offered", gettext_lazy("Change from the files")
    MISSING = "missing", gettext_lazy("Language missing")
    UNSEEN = "unseen", gettext_lazy("Fact not seen for 90 days")
    UNCHECKED = "unchecked", gettext_lazy("Text not checked for 90 days")


_GRAVITY = {kind: number for number, kind in enumerate(FindingKind)}


@dataclass(frozen=True)
class Finding:
    """One thing to look at: what it is, the page where it is mended, since when it has been so (none: nobody knows),
    how often it was read lately, and the fact's id where a fact is meant."""

    kind: FindingKind
    subject: str
    url: str
    since: date | None = None
    reads: int = 0
    detail: str = ""
    fact: int | None = None

    @property
    def is_undated(self) -> bool:
        """Whether nobody knows when it was last looked at; the others are of today."""
        return self.since is None and self.kind in (FindingKind.UNSEEN, FindingKind.UNCHECKED)


def to_verify(today: date) -> list[Finding]:
    """The whole list in the active language: what is read most first, then the gravest, then the oldest."""
    look = _Look(today)
    found = [
        *look.disputed(),
        *look.behind(),
        *look.offered(),
        *look.missing(),
        *look.unseen(),
        *look.unchecked(),
    ]
    return sorted(found, key=lambda one: (-one.reads, _GRAVITY[one.kind], one.since or date.min))


class _Look:
    """One look through the database: each table is read once."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.guides = {guide.pk: guide for guide in Guide.objects.filter(published=True).select_related("operator")}
        self.texts: dict[int, list[GuideText]] = {pk: [] for pk in self.guides}
        for text in GuideText.objects.filter(state=TextState.PUBLISHED, guide__in=self.guides):
            self.texts[text.guide_id].append(text)
        self.disputed_facts = disputed_facts()
        self.reads = reads_by_guide(today)
        self.reads_of_names = self._reads_of_names()

    def disputed(self) -> Iterator[Finding]:
        for fact in self.disputed_facts:
            yield self._of_fact(FindingKind.DISPUTED, fact, verdict_of(fact).last)

    def unseen(self) -> Iterator[Finding]:
        for fact in Fact.objects.exclude(value="").exclude(pk__in=[fact.pk for fact in self.disputed_facts]):
            if self._is_stale(fact.seen_on):
                yield self._of_fact(FindingKind.UNSEEN, fact, fact.seen_on)

    def behind(self) -> Iterator[Finding]:
        languages = defaultdict(list)
        for text, _source in texts_behind():
            languages[text.guide_id].append(text.language)
        for pk, codes in languages.items():
            yield self._of_guide(FindingKind.BEHIND, pk, codes)

    def missing(self) -> Iterator[Finding]:
        for pk, texts in self.texts.items():
            written = {text.language for text in texts}
            if codes := [code for code in EXPECTED_LANGUAGES if code not in written]:
                yield self._of_guide(FindingKind.MISSING, pk, codes)

    def unchecked(self) -> Iterator[Finding]:
        for pk, texts in self.texts.items():
            if stale := [text for text in texts if self._is_stale(text.checked_on)]:
                yield self._of_guide(FindingKind.UNCHECKED, pk, [text.language for text in stale], _oldest(stale))
        profiles = defaultdict(list)
        for text in OperatorText.objects.select_related("operator"):
            if self._is_stale(text.checked_on):
                profiles[text.operator].append(text)
        for operator, stale in profiles.items():
            yield Finding(
                FindingKind.UNCHECKED,
                _("Profile of %(operator)s") % {"operator": operator},
                address_of(operator),
                _oldest(stale),
                detail=_languages(text.language for text in stale),
            )

    def offered(self) -> Iterator[Finding]:
        for item in LoadedItem.objects.filter(offered__isnull=False):
            url = f"{reverse('desk:offers')}#offer-{item.pk}"
            yield Finding(FindingKind.OFFERED, title_of(item.kind, item.key), url)

    def _of_fact(self, kind: FindingKind, fact: Fact, since: date | None) -> Finding:
        read = self.reads_of_names[fact.key]
        if fact.operator_id:
            read = read | self.reads_of_names[f"{READER}.{fact.key.partition('.')[2]}"]
        return Finding(
            kind,
            fact.key,
            address_of(fact),
            since,
            sum(self.reads.get(pk, 0) for pk in read),
            detail=fact.value,
            fact=fact.pk,
        )

    def _of_guide(self, kind: FindingKind, pk: int, languages: Iterable[str], since: date | None = None) -> Finding:
        guide = self.guides[pk]
        text = text_for(self.texts[pk], get_language() or "en")
        title = f"{as_line(text.title, Page(None, {}), text.language)} ({guide})" if text else str(guide)
        return Finding(kind, title, address_of(guide), since, self.reads.get(pk, 0), detail=_languages(languages))

    def _is_stale(self, seen: date | None) -> bool:
        return seen is None or self.today - seen > STALE_AFTER

    def _reads_of_names(self) -> defaultdict[str, set[int]]:
        """Which guides name a fact, by its key or by what it is of the reader's operator."""
        named: defaultdict[str, set[int]] = defaultdict(set)
        for pk, texts in self.texts.items():
            if pk in self.reads:
                for text in texts:
                    for field in text.TEXT_FIELDS:
                        for name in names_in(getattr(text, field)):
                            named[name.key].add(pk)
        return named


def _oldest(texts: Iterable[Any]) -> date | None:
    """The day of the one checked first; none if one never was."""
    days = [text.checked_on for text in texts]
    return None if None in days else min(days)


def _languages(codes: Iterable[str]) -> str:
    order = list(LANGUAGE_NAMES)
    return listed(str(LANGUAGE_NAMES[code]) for code in sorted(codes, key=order.index))

"""The life of a text: written as a draft, reviewed, published, kept.

Readers get the `GuideText`; what is being written stands in the one open `TextVersion` of its guide and language,
and every wording that was ever published stands behind it as history. Whoever writes says from which standing the
work began (`Standing.token`), and nothing is written over what somebody else did since: the guide's row is locked
while that is looked at, so that of two who save at once one is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from guides import versions
from guides.models import SOURCE_LANGUAGE, Guide, GuideText, TextState, TextVersion, Weight, raise_revision
from kzsim.common.languages import LANGUAGES

Content = dict[str, str]  # the fields of a wording, and where it comes from: `source`, `checked_on` (a day, or nothing)
ABOUT = ("source", "checked_on")
EMPTY: Content = dict.fromkeys((*versions.FIELDS, *ABOUT), "")


class ChangedMeanwhile(Exception):
    """Somebody else saved this text since the work on it began; `standing` is how it stands now."""

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self.standing = standing


@dataclass(frozen=True)
class Standing:
    """Where a guide's text in one language stands: what readers have, and what is being written."""

    guide: Guide
    language: str
    text: GuideText | None
    draft: TextVersion | None
    source: str  # the digest of what is published in the source language; none for that language itself

    @property
    def published(self) -> GuideText | None:
        return self.text if self.text and self.text.state == TextState.PUBLISHED else None

    @property
    def content(self) -> Content:
        """What an editor goes on with."""
        if self.draft:
            return EMPTY | self.draft.content
        return content_of(self.text) if self.text else EMPTY

    @property
    def translated_from(self) -> str:
        row = self.draft or self.text
        return row.translated_from if row else ""

    @property
    def is_behind(self) -> bool:
        """Whether what readers have follows an older wording of the source."""
        return self.published is not None and versions.is_behind(self.published.translated_from, self.source)

    @property
    def state(self) -> str:
        """What is being written, else what readers have; nothing where there is no text at all."""
        return self.draft.state if self.draft else self.text.state if self.text else ""

    @property
    def token(self) -> str:
        """Differs as soon as anybody has saved, published or discarded anything."""
        draft = self.draft and [self.draft.pk, self.draft.changed_at, self.draft.state, self.draft.content]
        text = self.text and [self.text.state, content_of(self.text)]
        return hashlib.sha256(json.dumps([draft, text], sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Writing:
    """What an editor hands in: the text, which wording of the source it follows, and how much the change matters."""

    content: Content
    translated_from: str = ""
    weight: str = Weight.CHANGED
    note: str = ""


def standings_by_guide(guides: Iterable[Guide]) -> dict[int, list[Standing]]:
    """How the texts of these guides stand, by the guide's id, one for each language of the site; in two queries."""
    guides = list(guides)
    texts = {(text.guide_id, text.language): text for text in GuideText.objects.filter(guide__in=guides)}
    open_versions = TextVersion.objects.filter(guide__in=guides).exclude(state=TextState.PUBLISHED)
    drafts = {(draft.guide_id, draft.language): draft for draft in open_versions.select_related("author")}
    standings: dict[int, list[Standing]] = {}
    for guide in guides:
        source = _published_digest(texts.get((guide.pk, SOURCE_LANGUAGE)))
        standings[guide.pk] = [
            Standing(
                guide,
                language,
                texts.get((guide.pk, language)),
                drafts.get((guide.pk, language)),
                "" if language == SOURCE_LANGUAGE else source,
            )
            for language, _name in LANGUAGES
        ]
    return standings


def standing_of(guide: Guide, language: str) -> Standing:
    return next(standing for standing in standings_by_guide([guide])[guide.pk] if standing.language == language)


def content_of(text: GuideText) -> Content:
    """A stored text as a version keeps it."""
    about = {"source": text.source, "checked_on": text.checked_on.isoformat() if text.checked_on else ""}
    return {name: getattr(text, name) for name in versions.FIELDS} | about


def digest_of(text: GuideText) -> str:
    return versions.digest(content_of(text))


def texts_behind() -> list[tuple[GuideText, str]]:
    """The published translations that follow an older wording of their source, each with the digest to follow."""
    texts = GuideText.objects.filter(state=TextState.PUBLISHED, guide__published=True)
    sources = {text.guide_id: digest_of(text) for text in texts.filter(language=SOURCE_LANGUAGE)}
    translations = texts.exclude(language=SOURCE_LANGUAGE).select_related("guide__operator")
    pairs = [(text, sources.get(text.guide_id, "")) for text in translations]
    return [(text, source) for text, source in pairs if versions.is_behind(text.translated_from, source)]


def source_wording(guide: Guide, digest: str) -> Content | None:
    """That wording of the source language as the history has it, if it does."""
    published = TextVersion.objects.filter(guide=guide, language=SOURCE_LANGUAGE, state=TextState.PUBLISHED)
    contents = (EMPTY | content for content in published.order_by("-pk").values_list("content", flat=True))
    return next((content for content in contents if versions.digest(content) == digest), None)


def published_versions(guide: Guide, language: str) -> QuerySet[TextVersion]:
    """All that readers ever had, the latest first."""
    versions_of_text = TextVersion.objects.filter(guide=guide, language=language, state=TextState.PUBLISHED)
    return versions_of_text.select_related("author", "publisher").order_by("-pk")


@transaction.atomic
def save(
    guide: Guide, language: str, writing: Writing, *, began_from: str, user: Any, state: str = TextState.DRAFT
) -> None:
    """Keep what is being written, as a draft or for review. Readers see nothing of it."""
    standing = _locked(guide, language, began_from)
    fields = {
        "content": writing.content,
        "translated_from": writing.translated_from,
        "weight": writing.weight,
        "note": writing.note,
        "state": state,
        "author": user,
        "changed_at": timezone.now(),
    }
    if standing.draft:
        TextVersion.objects.filter(pk=standing.draft.pk).update(**fields)
    else:
        based_on = _published_digest(standing.text)
        TextVersion.objects.create(guide=guide, language=language, based_on=based_on, **fields)


@transaction.atomic
def publish(guide: Guide, language: str, writing: Writing, *, began_from: str, user: Any) -> None:
    """Give it to the readers. What they had before stays in the history; a typo mended in the source language takes
    the translations along that followed it, any other change leaves them behind."""
    standing = _locked(guide, language, began_from)
    keep_wording(standing.text)
    now, content = timezone.now(), EMPTY | writing.content
    day = content["checked_on"]
    GuideText.objects.update_or_create(
        guide=guide,
        language=language,
        defaults={
            **{name: content[name] for name in (*versions.FIELDS, "source")},
            "checked_on": date.fromisoformat(day) if day else None,
            "translated_from": writing.translated_from,
            "state": TextState.PUBLISHED,
        },
    )
    draft = standing.draft
    unchanged = draft is not None and EMPTY | draft.content == content  # who only publishes has not written
    TextVersion.objects.create(
        guide=guide,
        language=language,
        content=content,
        state=TextState.PUBLISHED,
        weight=writing.weight,
        translated_from=writing.translated_from,
        based_on=draft.based_on if draft else _published_digest(standing.text),
        author=draft.author if draft and unchanged else user,
        changed_at=draft.changed_at if draft and unchanged else now,
        publisher=user,
        published_at=now,
        note=writing.note,
    )
    if draft:
        draft.delete()  # a row of its own: the history stands in the order in which it was published
    if language == SOURCE_LANGUAGE and writing.weight == Weight.TYPO:
        _take_translations_along(guide, _published_digest(standing.text), versions.digest(content))
    raise_revision()


@transaction.atomic
def discard(guide: Guide, language: str, *, began_from: str) -> None:
    """Give up what is being written; readers keep what they have."""
    standing = _locked(guide, language, began_from)
    if standing.draft:
        standing.draft.delete()


@transaction.atomic
def withdraw(guide: Guide, language: str, *, began_from: str) -> None:
    """Take a text from the readers, who get the nearest language instead; it stays in the history."""
    standing = _locked(guide, language, began_from)
    keep_wording(standing.text)
    if standing.published:
        GuideText.objects.filter(pk=standing.published.pk).update(state=TextState.DRAFT)
        raise_revision()


@transaction.atomic
def restore(version: TextVersion, *, began_from: str, user: Any) -> None:
    """Make a former wording the draft, in the place of any other."""
    writing = Writing(EMPTY | version.content, version.translated_from)
    save(version.guide, version.language, writing, began_from=began_from, user=user)


def keep_wording(text: GuideText | None, published_at: datetime | None = None) -> None:
    """Make sure that the history holds what readers have of this text, also where no editor published it.
    Without `published_at` nobody knows since when it has stood there."""
    if text is None or text.state != TextState.PUBLISHED:
        return
    latest = published_versions(text.guide, text.language).first()
    if latest and versions.digest(EMPTY | latest.content) == digest_of(text):
        return
    TextVersion.objects.create(
        guide=text.guide,
        language=text.language,
        content=content_of(text),
        state=TextState.PUBLISHED,
        translated_from=text.translated_from,
        changed_at=published_at or timezone.now(),
        published_at=published_at,
    )


def _locked(guide: Guide, language: str, began_from: str) -> Standing:
    """How the text stands, with the guide held until the transaction ends; refuses who began from something else."""
    Guide.objects.select_for_update(no_key=True).get(pk=guide.pk)
    standing = standing_of(guide, language)
    if standing.token != began_from:
        raise ChangedMeanwhile(standing)
    return standing


def _published_digest(text: GuideText | None) -> str:
    return digest_of(text) if text and text.state == TextState.PUBLISHED else ""


def _take_translations_along(guide: Guide, old: str, new: str) -> None:
    """Whatever was a translation of the old wording, published, in work or former, is one of the new."""
    for model in (GuideText, TextVersion):
        followers = model._default_manager.filter(guide=guide, translated_from=old).exclude(language=SOURCE_LANGUAGE)
        if old:
            followers.update(translated_from=new)

"""What the workbench shows: the source beside the text, differences, the languages of a guide, facts to pick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guides import history, versions
from guides.facts import READER, Name, with_names_replaced
from guides.models import SOURCE_LANGUAGE, Fact, FactKind, GuideText, Operator, TextState, TextVersion, Weight
from guides.rendering import mark_text
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGE_NAMES

LABELS: dict[str, str | Promise] = {
    name: GuideText._meta.get_field(name).verbose_name for name in (*versions.FIELDS, *history.ABOUT)
}


@dataclass
class Box:
    """One step as it is edited."""

    number: int
    text: str = ""
    only: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return rows_for(self.text)


def rows_for(text: str) -> int:
    """How high a box is to be, before the browser fits it."""
    return 2 + sum(len(line) // 60 for line in text.split("\n")) + text.count("\n")


def name_of(user: Any) -> str:
    """An editor, for other editors: what stands before the @ of the address, never the address."""
    return user.get_short_name() if user else _("the files, or a former editor")


def who_made(version: TextVersion) -> tuple[str, str]:
    """Who published a wording, and who wrote it where that was another."""
    wrote_another = version.author_id is not None and version.author_id != version.publisher_id
    return name_of(version.publisher), name_of(version.author) if wrote_another else ""


def weight_of(version: TextVersion) -> str:
    """How much a change mattered; only the source language says so."""
    by_hand = version.publisher_id and version.language == SOURCE_LANGUAGE
    return str(_WEIGHTS[version.weight]) if by_hand else ""


_WEIGHTS = {
    Weight.TYPO: gettext_lazy("typo or style"),
    Weight.CHANGED: gettext_lazy("changed"),
    Weight.NEW_FACT: gettext_lazy("new fact"),
}


def title_among(standings: Iterable[history.Standing]) -> str:
    """A guide's title in the editor's language, else in the source's; its short name where it has none yet."""
    standings = list(standings)
    titles = {standing.language: standing.content["title"] for standing in standings}
    return titles.get(get_language() or "") or titles.get(SOURCE_LANGUAGE) or standings[0].guide.slug


def difference_html(pieces: Iterable[versions.Piece]) -> SafeString:
    """A difference to read: what went is struck out, what came is underlined, names of facts stand out."""
    tags = {"same": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}
    return format_html_join("", "{}", ((format_html(tags[piece.kind], with_names(piece.text)),) for piece in pieces))


def with_names(text: str) -> SafeString:
    """A text as it is written, escaped, its names of facts marked so that a tap can take them over."""

    def marked(name: Name) -> str:
        written = _inserted(name.key, name.mark_only)  # of letters, digits, dots and braces only
        return f'<code data-insert="{written}">{written}</code>'

    return mark_safe(with_names_replaced(str(escape(text)), marked))  # noqa: S308  (escaped first)


Difference = tuple[str | Promise, SafeString]  # the name of a field, and how it differs


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[Difference]:
    """Each field that differs."""
    return [
        (LABELS[name], difference_html(versions.word_diff(old.get(name, ""), new.get(name, ""))))
        for name in (*versions.FIELDS, *history.ABOUT)
        if old.get(name, "") != new.get(name, "")
    ]


@dataclass
class SourceStep:
    """A step of the source, and of it what changed; `only` names the operators it is for."""

    html: SafeString
    only: str = ""
    changed: bool = False


@dataclass(frozen=True)
class Source:
    """The published text of the source language, and the wording that this translation was made from, if that is
    another one and known."""

    content: history.Content
    before: history.Content | None

    def field(self, name: str) -> SafeString:
        if self.before is None:
            return with_names(self.content[name])
        return difference_html(versions.word_diff(self.before[name], self.content[name]))

    def has_changed(self, name: str) -> bool:
        return self.before is not None and self.before[name] != self.content[name]

    def steps(self, operators: Iterable[Operator]) -> list[SourceStep]:
        """One by one; a step that was taken out stands struck out with the next, or with the last."""
        new = versions.steps_in(self.content["steps"])
        old = new if self.before is None else versions.steps_in(self.before["steps"])
        if new is None or old is None:
            return [SourceStep(self.field("steps"), changed=self.has_changed("steps"))]
        names = {operator.slug: operator.name for operator in operators}
        steps: list[SourceStep] = []
        gone: list[str] = []
        for before, now in versions.aligned(old, new):
            if now is None:
                gone.append(before.text if before else "")
                continue
            difference = difference_html(versions.word_diff(before.text if before else "", now.text))
            html = format_html("{}{}", _taken_out(gone), difference)
            only = listed(names.get(slug, slug) for slug in now.only)
            steps.append(SourceStep(html, only, changed=before != now or bool(gone)))
            gone = []
        if gone:
            steps = steps or [SourceStep(SafeString())]
            steps[-1].html, steps[-1].changed = format_html("{}{}", steps[-1].html, _taken_out(gone)), True
        return steps


def _taken_out(texts: Iterable[str]) -> SafeString:
    pieces = ([versions.Piece("removed", text)] for text in texts)
    return format_html_join("", '<div class="wb-gone">{}</div>', ((difference_html(piece),) for piece in pieces))


def source_of(standing: history.Standing) -> Source | None:
    """What stands beside the text; nothing for the source language itself or where its text is not published."""
    if not standing.source:
        return None
    text = GuideText.objects.get(guide=standing.guide, language=SOURCE_LANGUAGE)
    before = None
    if standing.state and standing.translated_from != standing.source:
        before = history.source_wording(standing.guide, standing.translated_from)
    return Source(history.content_of(text), before)


@dataclass(frozen=True)
class Row:
    """One line of the sheet: a field or a step, the source's and the one that is being written."""

    name: str
    label: str | Promise = ""
    source: SourceStep | None = None
    target: BoundField | Box | None = None
    number: int = 0

    @property
    def is_step(self) -> bool:
        return self.name == "step"


def sheet(source: Source | None, form: Any) -> list[Row]:
    """The text from top to bottom; steps in boxes are rows of their own."""
    rows = []
    for name in versions.FIELDS:
        if name == "steps" and form.boxes is not None:
            left = source.steps(form.operators) if source else []
            boxes = form.boxes or [Box(number) for number in range(len(left))]
            pairs = enumerate(zip_longest(left, boxes), start=1)
            rows += [Row("step", source=step, target=box, number=number) for number, (step, box) in pairs]
            rows.append(Row("spare", target=Box(len(boxes) + 100), number=9999))  # an empty box, for one step more
        else:
            beside = SourceStep(source.field(name), changed=source.has_changed(name)) if source else None
            rows.append(Row(name, LABELS[name], beside, form[name]))
    return rows


_SHORT = {"zh-hans": "简", "zh-hant": "繁"}


def chips(standings: list[history.Standing]) -> list[dict[str, Any]]:
    """The languages of a guide as a row to choose from, each with its state, who and when."""
    guide = standings[0].guide
    latest: dict[str, TextVersion] = {}
    published = TextVersion.objects.filter(guide=guide, state=TextState.PUBLISHED).defer("content")
    for version in published.select_related("publisher").order_by("pk"):
        latest[version.language] = version
    return [chip(standing, latest.get(standing.language)) for standing in standings]


def chip(standing: history.Standing, latest: TextVersion | None = None) -> dict[str, Any]:
    draft = standing.draft
    return {
        "code": standing.language,
        "name": LANGUAGE_NAMES[standing.language],
        "short": _SHORT.get(standing.language, standing.language),
        "url": reverse("admin:guides_guide_write", args=[standing.guide.pk, standing.language]),
        "past_url": reverse("admin:guides_guide_past", args=[standing.guide.pk, standing.language]),
        "states": states_of(standing),
        "draft": draft and {"who": name_of(draft.author), "at": draft.changed_at},
        "latest": latest and latest.published_at and {"who": name_of(latest.publisher), "at": latest.published_at},
    }


def states_of(standing: history.Standing) -> list[tuple[str, str | Promise]]:
    """The states to show for one language, each with its word."""
    states: list[tuple[str, str | Promise]] = []
    if standing.published:
        states.append(("published", TextState.PUBLISHED.label))
    if standing.is_behind:
        states.append(("behind", _("behind")))
    if standing.draft or (standing.text and not standing.published):
        states.append((standing.state, TextState(standing.state).label))
    return states or [("missing", _("missing"))]


@dataclass(frozen=True)
class Pick:
    """A fact to choose: what is put into the text, and what an editor should know of it."""

    insert: str
    key: str
    value: str
    mark: str = ""


def picks(operators: list[Operator]) -> list[Pick]:
    """All that a text may name: first what depends on the reader's operator."""
    facts = list(Fact.objects.all())
    names = {operator.slug: operator.name for operator in operators}
    of_the_readers: dict[str, list[str]] = {}
    rules = set()
    for fact in facts:
        scope, what = fact.key.split(".", 1)
        if scope in names:
            of_the_readers.setdefault(what, []).append(f"{names[scope]}: {_value(fact)}")
            rules |= {what} if fact.kind == FactKind.RULE else set()
    found = [Pick(_inserted(f"{READER}.name"), f"{READER}.name", _("the name of the reader's operator"))]
    for what, values in sorted(of_the_readers.items()):
        key = f"{READER}.{what}"
        found.append(Pick(_inserted(key, mark_only=what in rules), key, "; ".join(values)))
    for fact in facts:
        insert = _inserted(fact.key, mark_only=fact.kind == FactKind.RULE)
        found.append(Pick(insert, fact.key, _value(fact), mark_text(fact) if fact.is_known else ""))
    return found


def _value(fact: Fact) -> str:
    return fact.value or _("not known yet")


def _inserted(key: str, mark_only: bool = False) -> str:
    """How a text names a fact. A rule is said in words, and named for its mark only."""
    return f"{{{{ source: {key} }}}}" if mark_only else f"{{{{ {key} }}}}"

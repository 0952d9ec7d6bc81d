"""Where a guide's text is written and translated: source and target side by side, step by step; its preview and its
history. What may be written over what is decided in `guides.history`; these pages ask and show."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guides import history, versions
from guides.models import SOURCE_LANGUAGE, Guide, GuideText, Operator, TextState, TextVersion, Weight
from guides.models.texts import KnownNames
from guides.selection import EVERY_OPERATOR, ShownGuide, guide_url
from guides.versions import Step
from guides.views.common import all_operators, in_the_language_of_the_address
from guides.views.pages import guide_page
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGE_NAMES

from .sheet import (
    LABELS,
    Box,
    Difference,
    chips,
    differences,
    name_of,
    picks,
    rows_for,
    sheet,
    source_of,
    title_among,
    weight_of,
    who_made,
)

LONGEST = 20_000  # characters in one field; what is longer is no guide
_BOX = re.compile(r"step-([0-9]{1,4})-text")


def urls(model_admin: admin.ModelAdmin) -> list[URLPattern]:
    """The addresses of the workbench, below those of a guide."""

    def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def only_for_writers(request: HttpRequest, guide_id: int, **parts: Any) -> HttpResponse:
            if not request.user.has_perm("guides.change_guidetext"):
                raise PermissionDenied
            guide = get_object_or_404(Guide.objects.select_related("operator", "channel"), pk=guide_id)
            return view(model_admin, request, guide, **parts)

        return model_admin.admin_site.admin_view(only_for_writers)

    text = "<int:guide_id>/texts/<language:lang>"
    return [
        path(f"{text}/", page(write), name="guides_guide_write"),
        path(f"{text}/history/", page(past), name="guides_guide_past"),
        path(f"{text}/preview/<slug:operator>/", page(preview), name="guides_guide_preview"),
    ]


# --- the form ---------------------------------------------------------------------------------------------------


def boxes_of(markdown: str, operators: list[str]) -> list[Box] | None:
    """A text's steps, each in its box; None where it must be edited as a whole to stay what it is."""
    steps = versions.steps_in(markdown)
    if steps is None or any(step.only != in_order(step.only, operators) for step in steps):
        return None
    return [Box(number, step.text, step.only) for number, step in enumerate(steps)]


def in_order(chosen: Iterable[str], operators: list[str]) -> tuple[str, ...]:
    return tuple(slug for slug in operators if slug in set(chosen))


def boxes_sent(data: QueryDict, operators: list[str]) -> list[Box]:
    """The steps that a form holds, in the order that it says; empty boxes are steps taken out."""
    found = []
    for number in sorted(int(match[1]) for name in data if (match := _BOX.fullmatch(name))):
        place = data.get(f"step-{number}-order", "")
        order = int(place) if re.fullmatch(r"[0-9]{1,4}", place) else number + 1
        only = in_order(data.getlist(f"step-{number}-only"), operators)
        found.append((order, Step(tidy(data[f"step-{number}-text"]), only)))
    steps = [step for _order, step in sorted(found, key=lambda pair: pair[0]) if step.text]
    return [Box(number, step.text, step.only) for number, step in enumerate(steps)]


def tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


class TextForm(forms.Form):
    """One text: its fields, its steps in boxes (or whole, in `steps`), and where the work on it began."""

    title = forms.CharField(required=False, max_length=150)
    summary = forms.CharField(required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    need = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    steps = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    pros = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    cons = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    more = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    source = forms.CharField(label=LABELS["source"], required=False, max_length=200)
    checked_on = forms.DateField(
        label=LABELS["checked_on"],
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    note = forms.CharField(label=gettext_lazy("What changed, for the history"), required=False, max_length=300)
    weight = forms.ChoiceField(
        label=gettext_lazy("How much does the change matter?"),
        required=False,
        choices=Weight.choices,
        widget=forms.RadioSelect,
    )
    follows = forms.BooleanField(label=gettext_lazy("This text now says all that the source says"), required=False)
    began_from = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    beside = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    base = forms.CharField(required=False, max_length=10 * LONGEST, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, language: str, operators: list[Operator], title_needed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.operators, self.title_needed = operators, title_needed
        slugs = [operator.slug for operator in operators]
        if self.is_bound:
            self.boxes = None if "steps" in self.data else boxes_sent(self.data, slugs)
        else:
            self.boxes = boxes_of(self.text_of("steps"), slugs)
        for name in versions.FIELDS:  # where the picker puts a fact
            self.fields[name].widget.attrs |= {"data-facts": "", "lang": language}
            if name not in ("title", "summary"):
                self.fields[name].widget.attrs["rows"] = rows_for(self.text_of(name))

    def text_of(self, name: str) -> str:
        return (self.data if self.is_bound else self.initial).get(name, "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        names = KnownNames()
        for name in versions.FIELDS:
            if name == "steps" and self.boxes is not None:
                for box in self.boxes:
                    box.errors = [message for _line, message in names.problems_in(box.text)]
                if any(box.errors for box in self.boxes):
                    self.add_error("steps", _("See the steps marked below."))
            elif problems := names.problems_in(tidy(self.data.get(name, ""))):
                self.add_error(name, list(dict.fromkeys(message for _line, message in problems)))
        if len(self.content["steps"]) > LONGEST:
            self.add_error("steps", _("Shorten it to %(limit_value)d characters.") % {"limit_value": LONGEST})
        if self.title_needed and not self.content["title"]:
            self.add_error("title", _("A text needs a title before others can read it."))
        return cleaned

    @property
    def content(self) -> history.Content:
        """What the form holds, valid or not."""
        text = {name: tidy(self.data.get(name, "")) for name in (*versions.FIELDS, *history.ABOUT)}
        for name in ("title", "summary", "source"):
            text[name] = " ".join(text[name].split())
        if self.boxes is not None:
            text["steps"] = versions.joined_steps([Step(box.text, box.only) for box in self.boxes])
        try:
            text["checked_on"] = day.isoformat() if (day := parse_date(text["checked_on"])) else ""
        except ValueError:
            text["checked_on"] = ""
        return text


def content_kept(text: str) -> history.Content:
    """A wording as a hidden field holds it; an empty one if somebody tampered with it."""
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        kept = None
    known = kept if isinstance(kept, dict) else {}
    texts = {name: value if isinstance(value := known.get(name), str) else "" for name in history.EMPTY}
    return {name: text.encode(errors="ignore").decode().replace("\0", "") for name, text in texts.items()}


# --- the pages --------------------------------------------------------------------------------------------------


def write(model_admin: admin.ModelAdmin, request: HttpRequest, guide: Guide, lang: str) -> HttpResponse:
    """The workbench for one text."""
    standing = history.standing_of(guide, lang)
    operators = list(Operator.objects.all())
    if request.method != "POST":
        return _page(model_admin, request, standing, opened(standing, standing.content, operators))
    action = request.POST.get("action", "")
    form = TextForm(request.POST, language=lang, operators=operators, title_needed=action in ("review", "publish"))
    if "take" in request.POST:
        conflict = Conflict.sent(form, standing)
        form = opened(standing, conflict.content, operators, request.POST)
        return _page(model_admin, request, standing, form, conflict)
    if action not in _ACTIONS or (action in ("publish", "withdraw") and not _may_publish(request)):
        raise PermissionDenied
    if action not in ("discard", "withdraw") and not form.is_valid():
        messages.error(request, _("Nothing is saved yet: see the marked fields."))
        return _page(model_admin, request, standing, form)
    try:
        _ACTIONS[action](request, standing, form)
    except history.ChangedMeanwhile as changed:
        conflict = Conflict(content_kept(request.POST.get("base", "")), form.content, changed.standing)
        form = opened(changed.standing, conflict.content, operators, request.POST)
        return _page(model_admin, request, changed.standing, form, conflict)
    if action in ("publish", "withdraw"):
        model_admin.log_change(request, guide, f"{lang}: {action}")
    return redirect("admin:guides_guide_write", guide.pk, lang)


def opened(
    standing: history.Standing,
    content: history.Content,
    operators: list[Operator],
    sent: Mapping[str, str] | None = None,
) -> TextForm:
    """The form with this content in it, for work that begins from how the text stands now. What was `sent` along
    with other content is kept."""
    draft, sent = standing.draft, sent or {}
    said = {
        "note": sent.get("note", draft.note if draft else ""),
        "weight": sent.get("weight") or (draft.weight if draft else Weight.CHANGED),
        "follows": bool(sent.get("follows")),
        "began_from": standing.token,
        "beside": sent.get("beside", standing.source),
        "base": json.dumps(standing.content, ensure_ascii=False),
    }
    return TextForm(initial={**content, **said}, language=standing.language, operators=operators)


@dataclass(frozen=True)
class Conflict:
    """Two people wrote at once: what both began from, what this one wrote, how the text stands now, and which of
    mine, theirs and both is in the boxes."""

    base: history.Content
    mine: history.Content
    standing: history.Standing
    taken: str = "mine"

    @classmethod
    def sent(cls, form: TextForm, standing: history.Standing) -> Conflict:
        """From the page that shows it: an editor asks for something else in the boxes."""
        data = form.data
        mine = form.content if data.get("taken") == "mine" else content_kept(data.get("mine", ""))
        return cls(content_kept(data.get("began_content", "")), mine, standing, data["take"])

    @property
    def both(self) -> versions.Merge:
        return versions.merge(self.base, self.mine, self.standing.content)

    @property
    def content(self) -> history.Content:
        return {"theirs": self.standing.content, "both": self.both.content}.get(self.taken, self.mine)

    @property
    def who(self) -> str:
        """Who saved last, as far as that can be known."""
        if self.standing.draft:
            return name_of(self.standing.draft.author)
        latest = history.published_versions(self.standing.guide, self.standing.language).first()
        return name_of(latest.publisher if latest else None)

    @property
    def differences(self) -> list[Difference]:
        """From theirs to mine, field by field."""
        return differences(self.standing.content, self.mine)

    @property
    def by_hand(self) -> str:
        """The fields in which both changed the same place."""
        return listed(str(LABELS[name]) for name in self.both.conflicts)

    @property
    def kept(self) -> dict[str, str]:
        """What the page must send along, so that nothing is lost."""
        began, mine = (json.dumps(content, ensure_ascii=False) for content in (self.base, self.mine))
        return {"began_content": began, "mine": mine, "taken": self.taken}


def _writing(standing: history.Standing, form: TextForm) -> history.Writing:
    is_new = standing.draft is None and standing.text is None
    follows = form.cleaned_data["follows"] or is_new
    return history.Writing(
        content=form.content,
        translated_from=form.cleaned_data["beside"] if follows else standing.translated_from,
        weight=form.cleaned_data["weight"] or Weight.CHANGED,
        note=form.cleaned_data["note"],
    )


def _save(request: HttpRequest, standing: history.Standing, form: TextForm, state: str = TextState.DRAFT) -> None:
    began_from = form.cleaned_data["began_from"]
    writing = _writing(standing, form)
    history.save(standing.guide, standing.language, writing, began_from=began_from, user=request.user, state=state)
    if state == TextState.DRAFT:
        messages.success(request, _("The draft is saved. Readers see nothing of it yet."))
    else:
        messages.success(request, _("Sent to review. Readers see nothing of it until it is published."))


def _send_to_review(request: HttpRequest, standing: history.Standing, form: TextForm) -> None:
    _save(request, standing, form, TextState.IN_REVIEW)


def _publish(request: HttpRequest, standing: history.Standing, form: TextForm) -> None:
    began_from = form.cleaned_data["began_from"]
    writing = _writing(standing, form)
    history.publish(standing.guide, standing.language, writing, began_from=began_from, user=request.user)
    url = guide_url(standing.guide.slug, standing.guide.operator, standing.language)
    messages.success(
        request, format_html('{} <a href="{}">{}</a>', _("Published: readers have it now."), url, _("See the page"))
    )


def _discard(request: HttpRequest, standing: history.Standing, form: TextForm) -> None:
    history.discard(standing.guide, standing.language, began_from=form.data.get("began_from", ""))
    messages.success(request, _("The draft is discarded."))


def _withdraw(request: HttpRequest, standing: history.Standing, form: TextForm) -> None:
    history.withdraw(standing.guide, standing.language, began_from=form.data.get("began_from", ""))
    messages.success(request, _("Readers no longer get this text; they read the nearest language instead."))


_ACTIONS: dict[str, Callable[[HttpRequest, history.Standing, TextForm], None]] = {
    "save": _save,
    "review": _send_to_review,
    "publish": _publish,
    "discard": _discard,
    "withdraw": _withdraw,
}


def preview(
    model_admin: admin.ModelAdmin, request: HttpRequest, guide: Guide, lang: str, operator: str
) -> HttpResponse:
    """The page as readers would get it: with what is in the boxes if they are sent, else with what was saved last."""
    standing = history.standing_of(guide, lang)
    if request.method == "POST":
        content = TextForm(request.POST, language=lang, operators=list(Operator.objects.all())).content
    else:
        content = standing.content
    wording = {name: content[name] for name in (*versions.FIELDS, "source")}
    checked_on = parse_date(content["checked_on"]) if content["checked_on"] else None
    text = GuideText(guide=guide, language=lang, checked_on=checked_on, state=TextState.PUBLISHED, **wording)
    others = guide.texts.filter(state=TextState.PUBLISHED).exclude(language=lang)
    guide.published_texts = [*others, text]

    @in_the_language_of_the_address
    def as_published(request: HttpRequest, lang: str) -> HttpResponse:
        return guide_page(request, lang, operator, ShownGuide(guide, text), all_operators())

    response = as_published(request, lang)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def past(model_admin: admin.ModelAdmin, request: HttpRequest, guide: Guide, lang: str) -> HttpResponse:
    """All that readers ever had in one language, what each change was, and the way back to it."""
    standing = history.standing_of(guide, lang)
    published = list(history.published_versions(guide, lang))
    number = (request.POST if request.method == "POST" else request.GET).get("version", "")
    chosen = next((version for version in published if str(version.pk) == number), None)
    if request.method == "POST":
        return _restored(request, standing, chosen)
    chosen = chosen or (published[0] if published else None)
    before = published[published.index(chosen) + 1 :][:1] if chosen else []
    context = {
        "published": [(version, *who_made(version), weight_of(version)) for version in published],
        "chosen": chosen,
        "is_first": not before,
        "differences": differences(before[0].content if before else {}, chosen.content) if chosen else [],
        "is_past": True,
        "has_draft": standing.draft is not None,
        "token": standing.token,
    }
    return _render(model_admin, request, standing, "past", context)


def _restored(request: HttpRequest, standing: history.Standing, version: TextVersion | None) -> HttpResponse:
    guide, lang = standing.guide, standing.language
    if version is None:
        raise Http404
    if standing.draft:
        messages.error(request, _("There is a draft of this text. Publish or discard it first."))
        return redirect("admin:guides_guide_past", guide.pk, lang)
    try:
        history.restore(version, began_from=request.POST.get("began_from", ""), user=request.user)
    except history.ChangedMeanwhile:
        messages.error(request, _("Somebody changed this text meanwhile. Look at it again first."))
        return redirect("admin:guides_guide_past", guide.pk, lang)
    messages.success(request, _("That wording is a draft now. Look through it, and publish it."))
    return redirect("admin:guides_guide_write", guide.pk, lang)


def _may_publish(request: HttpRequest) -> bool:
    return request.user.has_perm("guides.publish_guidetext")


def _page(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    standing: history.Standing,
    form: TextForm,
    conflict: Conflict | None = None,
) -> HttpResponse:
    published, draft = standing.published, standing.draft
    source = source_of(standing)
    content = form.content if form.is_bound else {name: form.initial.get(name, "") for name in history.EMPTY}
    context = {
        "form": form,
        "rows": sheet(source, form),
        "operators": form.operators,
        "source": source,
        "is_source": standing.language == SOURCE_LANGUAGE,
        "source_name": LANGUAGE_NAMES[SOURCE_LANGUAGE],
        "must_follow": bool(source and standing.state and standing.translated_from != standing.source),
        "conflict": conflict,
        "draft": draft,
        "published": published,
        "published_meanwhile": bool(draft and published and draft.based_on != history.digest_of(published)),
        "changes": differences(history.content_of(published), content) if published else [],
        "asks_weight": standing.language == SOURCE_LANGUAGE and published is not None,
        "may_publish": _may_publish(request),
        "picks": picks(form.operators),
        "previews": _previews(standing, form.operators),
    }
    return _render(model_admin, request, standing, "write", context)


def _previews(standing: history.Standing, operators: list[Operator]) -> list[tuple[str, str]]:
    """For whom the text can be seen as a page: every operator's readers, and each one's that it is shown to."""
    guide = standing.guide
    if guide.operator:
        shown = [guide.operator, *(one for one in operators if one.network_id == guide.operator_id)]
        readers = [(operator.name, operator.slug) for operator in shown]
    else:
        readers = [(capfirst(_("every operator")), EVERY_OPERATOR)]
        readers += [(operator.name, operator.slug) for operator in operators if guide.on_operator_pages]
    address = "admin:guides_guide_preview"
    return [(name, reverse(address, args=[guide.pk, standing.language, slug])) for name, slug in readers]


def _render(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    standing: history.Standing,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    guide = standing.guide
    standings = history.standings_by_guide([guide])[guide.pk]
    frame = {
        **model_admin.admin_site.each_context(request),
        "opts": Guide._meta,
        "guide": guide,
        "lang": standing.language,
        "language_name": LANGUAGE_NAMES[standing.language],
        "title": title_among(standings),
        "chips": chips(standings),
        "page_url": guide_url(guide.slug, guide.operator, standing.language),
    }
    return render(request, f"admin/guides/guide/{template}.html", frame | context)

"""The guides. Their texts are written in the workbench, one language at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from guides import history
from guides.models import Guide, TextState, TextVersion
from guides.selection import guide_url

from . import workbench
from .base import RevisionAdmin
from .sheet import chip, chips, title_among


class GuideList(ChangeList):
    """Reads how the texts of all listed guides stand at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        standings = history.standings_by_guide(self.result_list)
        for guide in self.result_list:
            guide.standings = standings[guide.pk]


class ToDoFilter(admin.SimpleListFilter):
    """Guides with a text in work, or with a language behind."""

    title = _("texts")
    parameter_name = "texts"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [*((state, state.label) for state in _IN_WORK), (_BEHIND, _("behind"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Guide]) -> QuerySet[Guide]:
        if self.value() in _IN_WORK:
            return queryset.filter(pk__in=TextVersion.objects.filter(state=self.value()).values("guide"))
        if self.value() == _BEHIND:
            return queryset.filter(pk__in={text.guide_id for text, _source in history.texts_behind()})
        return queryset


_IN_WORK, _BEHIND = (TextState.DRAFT, TextState.IN_REVIEW), "behind"


@admin.register(Guide)
class GuideAdmin(RevisionAdmin):
    list_display = ("title", "languages", "for_operator", "topic", "published", "page")
    list_select_related = ("operator", "channel")
    list_filter = (ToDoFilter, "topic", "operator", "published")
    search_fields = ("slug", "texts__title", "texts__summary", "texts__steps")

    class Media:
        css = {"all": ("css/workbench.css",)}

    def get_urls(self) -> list[URLPattern]:
        return workbench.urls(self) + super().get_urls()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return GuideList

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        guide = self.get_object(request, object_id)
        shown = chips(history.standings_by_guide([guide])[guide.pk]) if guide else []
        return super().change_view(request, object_id, form_url, {"chips": shown, **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Guide, post_url_continue: str | None = None) -> HttpResponse:
        """A new guide still needs its texts: on to them."""
        response = super().response_add(request, obj, post_url_continue)
        return response if "_addanother" in request.POST else redirect("admin:guides_guide_change", obj.pk)

    @admin.display(description=_("guide"), ordering="slug")
    def title(self, guide: Guide) -> str:
        return format_html("{}<br><small>{}</small>", title_among(guide.standings), guide.slug)

    @admin.display(description=_("languages"))
    def languages(self, guide: Guide) -> str:
        return render_to_string(
            "admin/guides/guide/languages.html", {"chips": [chip(standing) for standing in guide.standings]}
        )

    @admin.display(description=_("operator"), ordering="operator")
    def for_operator(self, guide: Guide) -> str:
        return guide.operator.name if guide.operator else str(_("every operator"))

    @admin.display(description=_("page"))
    def page(self, guide: Guide) -> str:
        return format_html('<a href="{}">{}</a>', self.view_on_site(guide), _("see"))

    def view_on_site(self, guide: Guide) -> str:
        return guide_url(guide.slug, guide.operator, get_language() or "en")

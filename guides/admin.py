"""The editors' desk. Every change made here raises the revision, so that pages and reminders follow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models, transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from guides.models import (
    Channel,
    Fact,
    Guide,
    GuideText,
    Operator,
    OperatorText,
    Promotion,
    Tariff,
    raise_revision,
)
from guides.selection import guide_url
from guides.situation import PaymentMethod
from kzsim.common.languages import written_language

# Sentences are written here: the admin's own fields show twenty characters of them.
_WIDE_LINES = {models.CharField: {"widget": AdminTextInputWidget(attrs={"class": "vLargeTextField"})}}


class RevisionAdmin(admin.ModelAdmin):
    """Raises the revision with everything that it writes."""

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


class OperatorTextInline(admin.StackedInline):
    model = OperatorText
    extra = 0


@admin.register(Operator)
class OperatorAdmin(RevisionAdmin):
    list_display = ("name", "slug", "network", "prefixes", "website", "order")
    list_select_related = ("network",)
    list_filter = ("network",)
    search_fields = ("name", "slug")
    inlines = (OperatorTextInline,)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class ChannelForm(forms.ModelForm):
    """Ways to pay are ticked, not typed."""

    payments = forms.MultipleChoiceField(
        label=_("takes"), choices=PaymentMethod.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    payments_to_check = forms.MultipleChoiceField(
        label=_("may take, nobody has proved it"),
        choices=PaymentMethod.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Channel
        fields = ("slug", "kind", "works_abroad", "payments", "payments_to_check", "credited", "fee", "source", "order")


@admin.register(Channel)
class ChannelAdmin(RevisionAdmin):
    form = ChannelForm
    list_display = ("slug", "kind", "works_abroad", "credited", "fee", "order")
    list_filter = ("works_abroad", "credited", "fee")
    search_fields = ("slug", "source")


@admin.register(Tariff)
class TariffAdmin(RevisionAdmin):
    list_display = ("name", "operator", "price", "currency", "period", "seen_on", "confidence")
    list_select_related = ("operator",)
    list_filter = ("operator", "period", "confidence")
    search_fields = ("name", "source")
    date_hierarchy = "seen_on"


@admin.register(Promotion)
class PromotionAdmin(RevisionAdmin):
    list_display = ("title", "operator", "language", "until")
    list_select_related = ("operator",)
    list_filter = ("operator", "language")
    search_fields = ("title", "source")
    date_hierarchy = "until"


@admin.register(Fact)
class FactAdmin(RevisionAdmin):
    list_display = ("key", "value", "kind", "confidence", "seen_on", "source")
    list_filter = ("confidence", "operator", "kind", "seen_on")
    search_fields = ("key", "value", "source", "note")
    actions = ("mark_as_checked_today",)
    formfield_overrides = _WIDE_LINES
    fields = ("key", "operator", "kind", "value", "confidence", "source", "seen_on", "note")

    @admin.action(description=_("Mark as checked today"), permissions=["change"])
    def mark_as_checked_today(self, request: HttpRequest, queryset: QuerySet[Fact]) -> None:
        """Only what has a value can have been checked."""
        with transaction.atomic():
            count = queryset.exclude(value="").update(seen_on=timezone.localdate())
            if count:
                raise_revision()
        text = ngettext("%d fact is marked as checked today.", "%d facts are marked as checked today.", count)
        self.message_user(request, text % count, messages.SUCCESS if count else messages.WARNING)


class GuideTextInline(admin.StackedInline):
    model = GuideText
    extra = 0
    formfield_overrides = _WIDE_LINES
    fieldsets = (
        (None, {"fields": (("language", "state", "checked_on"), "title", "summary", "steps")}),
        (_("More"), {"classes": ("collapse",), "fields": ("need", "pros", "cons", "more", "source")}),
    )


@admin.register(Guide)
class GuideAdmin(RevisionAdmin):
    list_display = ("slug", "for_operator", "topic", "channel", "texts_written", "published", "order", "page")
    list_select_related = ("operator", "channel")
    list_filter = ("topic", "channel", "operator", "published", "texts__language", "texts__state")
    search_fields = ("slug", "texts__title", "texts__summary", "texts__steps")
    inlines = (GuideTextInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guide]:
        return super().get_queryset(request).annotate(text_count=Count("texts", distinct=True))

    @admin.display(description=_("operator"), ordering="operator")
    def for_operator(self, guide: Guide) -> str:
        return guide.operator.name if guide.operator else str(_("every operator"))

    @admin.display(description=_("languages"), ordering="text_count")
    def texts_written(self, guide: Guide) -> int:
        return guide.text_count

    @admin.display(description=_("page"))
    def page(self, guide: Guide) -> str:
        return format_html('<a href="{}">{}</a>', self.view_on_site(guide), _("see"))

    def view_on_site(self, guide: Guide) -> str:
        return guide_url(guide.slug, guide.operator, written_language(get_language() or "en"))

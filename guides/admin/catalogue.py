"""The catalogue: operators, channels, tariffs, promotions, facts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from guides.models import (
    Channel,
    Fact,
    Operator,
    OperatorText,
    Promotion,
    PromotionState,
    Tariff,
    raise_revision,
)
from guides.page_cache import today_in_almaty
from guides.situation import PaymentMethod

from .base import WIDE_LINES, CarefulForm, RevisionAdmin


class OperatorTextInline(admin.StackedInline):
    """An operator's profile, one language below the other on the operator's page."""

    model = OperatorText
    form = CarefulForm
    extra = 0


@admin.register(Operator)
class OperatorAdmin(RevisionAdmin):
    list_display = ("name", "slug", "network", "prefixes", "website", "order")
    list_select_related = ("network",)
    list_filter = ("network",)
    search_fields = ("name", "slug")
    inlines = (OperatorTextInline,)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class ChannelForm(CarefulForm):
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


class SheetAdmin(RevisionAdmin):
    """A table that can be taken out and brought in as a spreadsheet."""

    change_list_template = "admin/guides/sheet_change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        name = f"{self.opts.model_name}s"
        addresses = {
            "csv": reverse(f"desk:export_{name}_csv"),
            "xlsx": reverse(f"desk:export_{name}_xlsx"),
            "bring_in": reverse(f"desk:import_{name}"),
        }
        may_bring_in = self.has_add_permission(request) and self.has_change_permission(request)
        context = {"sheet": addresses, "may_bring_in": may_bring_in}
        return super().changelist_view(request, (extra_context or {}) | context)


@admin.register(Tariff)
class TariffAdmin(SheetAdmin):
    list_display = (
        "name",
        "operator",
        "price",
        "currency",
        "period",
        "fallback_fee",
        "seen_on",
        "confidence",
        "source",
    )
    list_select_related = ("operator",)
    list_filter = ("operator", "period", "confidence")
    search_fields = ("name", "source")
    date_hierarchy = "seen_on"
    formfield_overrides = WIDE_LINES
    fieldsets = (
        (
            None,
            {
                "fields": ("operator", "name", ("price", "currency"), "price_since", "period", "fallback_fee"),
                "description": _("Whoever chose this tariff for a plan is told of a new price before the next charge."),
            },
        ),
        (_("What it holds"), {"fields": (("data_mb", "minutes", "messages"),)}),
        (_("Where this comes from"), {"fields": ("source", "seen_on", "confidence")}),
    )


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return PromotionState.choices

    def queryset(self, request: HttpRequest, promotions: Any) -> Any:
        return promotions.in_state(self.value(), today_in_almaty()) if self.value() else promotions


@admin.register(Promotion)
class PromotionAdmin(RevisionAdmin):
    list_display = ("title", "operator", "state", "since", "until", "audience", "language")
    list_select_related = ("operator",)
    list_filter = (StateFilter, "operator", "audience", "language")
    search_fields = ("title", "source")
    date_hierarchy = "until"
    formfield_overrides = WIDE_LINES
    fields = ("operator", "title", ("since", "until"), "audience", "language", "source")

    @admin.display(description=_("state"), ordering="until")
    def state(self, promotion: Promotion) -> str:
        return promotion.state_on(today_in_almaty()).label


@admin.register(Fact)
class FactAdmin(SheetAdmin):
    list_display = ("key", "value", "kind", "confidence", "seen_on", "source")
    list_filter = ("confidence", "operator", "kind", "seen_on")
    search_fields = ("key", "value", "source", "note")
    actions = ("mark_as_checked_today",)
    formfield_overrides = WIDE_LINES
    fields = ("key", "kind", "value", "confidence", "source", "seen_on", "note")

    @admin.action(description=_("Mark as checked today"), permissions=["change"])
    def mark_as_checked_today(self, request: HttpRequest, queryset: QuerySet[Fact]) -> None:
        """Only what has a value can have been checked."""
        with transaction.atomic():
            facts = list(queryset.exclude(value="").select_for_update(no_key=True))
            count = Fact.objects.filter(pk__in=[fact.pk for fact in facts]).update(seen_on=today_in_almaty())
            LogEntry.objects.log_actions(request.user.pk, facts, CHANGE, [{"changed": {"fields": ["seen on"]}}])
            if count:
                raise_revision()
        text = ngettext("%d fact is marked as checked today.", "%d facts are marked as checked today.", count)
        self.message_user(request, text % count, messages.SUCCESS if count else messages.WARNING)

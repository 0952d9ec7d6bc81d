"""What readers told us: editors read it and may hide it, and change no word of it. Who wrote it is shown to nobody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from guides.countries import country_name
from guides.models import Report, raise_revision

from .base import RevisionAdmin


@admin.register(Report)
class ReportAdmin(RevisionAdmin):
    list_display = ("about", "worked", "happened_on", "short_comment", "way", "operator", "hidden", "made_at")
    list_select_related = ("fact", "guide__operator", "channel", "operator")
    list_filter = (
        "worked",
        "hidden",
        "happened_on",
        ("comment", admin.EmptyFieldListFilter),
        "operator",
        "channel",
        ("guide", admin.RelatedOnlyFieldListFilter),
        ("fact", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("comment", "fact__key", "guide__slug")
    date_hierarchy = "happened_on"
    actions = ("hide", "show_again")
    fields = (
        *("fact", "value", "guide", "operator", "channel", "worked", "happened_on"),
        *("payment", "card_country", "place", "comment", "made_at", "hidden"),
    )
    readonly_fields = fields

    @admin.display(description=_("about"), ordering="guide")
    def about(self, report: Report) -> str:
        return str(report.fact or report.guide or report.channel)

    @admin.display(description=_("paid with"), ordering="payment")
    def way(self, report: Report) -> str:
        country = country_name(report.card_country) if report.card_country else ""
        parts = (report.get_payment_display(), country, report.get_place_display())
        return ", ".join(str(part) for part in parts if part)

    @admin.display(description=_("comment"), ordering="comment")
    def short_comment(self, report: Report) -> str:
        return Truncator(report.comment).chars(160)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """For the actions of the list only: what a reader said is not rewritten."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editors hide; only an administrator removes, where somebody wrote what must not be kept."""
        return bool(request.user.is_superuser)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Nor can one ask which reports are the same person's, by an address typed into the browser."""
        return not lookup.startswith("who") and super().lookup_allowed(lookup, value, request)

    @admin.action(description=_("Hide: does not count and is not shown"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        count = _set_hidden(queryset, hidden=True)
        text = ngettext("%d report is hidden.", "%d reports are hidden.", count)
        self.message_user(request, text % count, messages.SUCCESS)

    @admin.action(description=_("Show again"), permissions=["change"])
    def show_again(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        count = _set_hidden(queryset, hidden=False)
        text = ngettext("%d report is shown again.", "%d reports are shown again.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@transaction.atomic
def _set_hidden(reports: QuerySet[Report], *, hidden: bool) -> int:
    """How many of them really changed."""
    count = reports.filter(hidden=not hidden).update(hidden=hidden)
    if count:
        raise_revision()
    return count

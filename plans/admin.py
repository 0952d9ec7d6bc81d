"""What users own, in the admin. Changes go through the actions, so that reminders follow them;
reminders and messages are history and may only be read, or sent again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from guides.situation import PaymentMethod
from plans import actions, outbox, schedule
from plans.models import BalanceEntry, Heartbeat, Message, Person, Plan, Reminder, Renewal, Sim
from plans.models.people import SWITCHES

# Lists that the database keeps as JSON, and what they may hold.
_CHOICE_LISTS = {"payments": PaymentMethod.choices, "muted_kinds": SWITCHES.items()}


class WithChoiceLists(admin.ModelAdmin):
    """Shows a list of choices as boxes to tick, instead of as JSON."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if choices := _CHOICE_LISTS.get(db_field.name):
            return forms.MultipleChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class HistoryGoesAlong(admin.ModelAdmin):
    """History that nobody may change must not keep its owner from being deleted."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        history = {model._meta.verbose_name for model in (Reminder, Message, Renewal)}
        return to_delete, counts, perms_needed - history, protected


class ReadOnly(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def save_said_plan(plan: Plan) -> None:
    """Saves what a form says of a plan; the action compares its date with the one that stands."""
    stands = Plan.objects.filter(pk=plan.pk).values("paid_until", "anchor").first() or {}
    said, anchor = plan.paid_until, plan.anchor
    plan.paid_until, plan.anchor = stands.get("paid_until"), stands.get("anchor")
    actions.save_plan(
        plan, paid_until=said, now=timezone.now(), anchor=anchor if anchor != stands.get("anchor") else None
    )


class PlanInline(admin.TabularInline):
    model = Plan
    extra = 0
    fields = ("name", "price", "period", "renews", "paid_until")  # the rest on the plan's own page
    show_change_link = True


class BalanceEntryInline(admin.TabularInline):
    model = BalanceEntry
    extra = 0
    fields = ("kind", "amount", "currency", "on")


@admin.register(Sim)
class SimAdmin(HistoryGoesAlong, WithChoiceLists):
    list_display = ("number", "label", "operator", "owner", "place", "reminders_off", "archived_at", "deleted_at")
    list_select_related = ("operator", "owner")
    list_filter = (
        "operator",
        "place",
        "reminders_off",
        ("inactivity_days", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("number", "label", "owner__email")
    search_help_text = _("Number (+7…), label or e-mail address")
    autocomplete_fields = ("owner", "person")
    readonly_fields = ("activity_said_at", "activity_first_said", "created_at")
    inlines = (PlanInline, BalanceEntryInline)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, sim: Sim, form: Any, change: bool) -> None:
        actions.save_sim(sim, activity_changed="last_activity_on" in form.changed_data, now=timezone.now())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, Plan):
                save_said_plan(row)
            else:
                row.said_at = row.said_at or timezone.now()
                row.save()
        for row in formset.deleted_objects:
            row.delete()
        schedule.reschedule(form.instance)


@admin.register(Plan)
class PlanAdmin(HistoryGoesAlong):
    list_display = ("title", "sim", "price", "period", "renews", "paid_until", "reminders_off", "archived_at")
    list_select_related = ("sim",)
    list_filter = (
        "period",
        "renews",
        "reminders_off",
        "sim__operator",
        ("paid_until", admin.DateFieldListFilter),
        ("closed_at", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "sim__number", "sim__label", "sim__owner__email")
    autocomplete_fields = ("sim",)
    readonly_fields = ("said_at", "first_said", "created_at")
    show_full_result_count = False

    def save_model(self, request: HttpRequest, plan: Plan, form: Any, change: bool) -> None:
        save_said_plan(plan)

    def delete_model(self, request: HttpRequest, plan: Plan) -> None:
        self.delete_queryset(request, Plan.objects.filter(pk=plan.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, plans: QuerySet[Plan]) -> None:
        # What one plan takes from the balance decides what is missing for the SIM's others.
        sims = list(plans.values_list("sim", flat=True))
        plans.delete()
        schedule.reschedule_many(Sim.objects.filter(pk__in=sims))


@admin.register(BalanceEntry)
class BalanceEntryAdmin(admin.ModelAdmin):
    list_display = ("on", "sim", "kind", "amount", "currency", "said_at")
    list_select_related = ("sim",)
    list_filter = ("kind", "currency", ("on", admin.DateFieldListFilter))
    search_fields = ("sim__number", "sim__label", "sim__owner__email")
    autocomplete_fields = ("sim",)
    readonly_fields = ("said_at",)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, entry: BalanceEntry, form: Any, change: bool) -> None:
        entry.said_at = entry.said_at or timezone.now()
        entry.save()
        schedule.reschedule(entry.sim)

    def delete_model(self, request: HttpRequest, entry: BalanceEntry) -> None:
        self.delete_queryset(request, BalanceEntry.objects.filter(pk=entry.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, entries: QuerySet[BalanceEntry]) -> None:
        sims = list(entries.values_list("sim", flat=True))
        entries.delete()
        schedule.reschedule_many(Sim.objects.filter(pk__in=sims))


@admin.register(Person)
class PersonAdmin(HistoryGoesAlong, WithChoiceLists):
    list_display = ("email", "name", "language", "time_zone", "place", "email_verified", "stopped_at", "paused_until")
    list_filter = (
        "language",
        "place",
        "email_verified",
        ("stopped_at", admin.EmptyFieldListFilter),
        ("user", admin.EmptyFieldListFilter),
    )
    search_fields = ("email", "name")
    autocomplete_fields = ("user",)
    ordering = ("email",)
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> tuple[str, ...]:
        """The address of a person with an account is the account's: it is changed at the user."""
        return ("user", "email", "email_verified", "reachable_since") if obj and obj.user_id else ("reachable_since",)

    def save_model(self, request: HttpRequest, person: Person, form: Any, change: bool) -> None:
        actions.save_person(person)


@admin.register(Renewal)
class RenewalAdmin(ReadOnly):
    list_display = ("made_at", "plan", "sim", "from_date", "to_date", "amount", "currency", "channel", "undone_at")
    list_select_related = ("plan__sim",)
    list_filter = ("channel", ("made_at", admin.DateFieldListFilter), ("undone_at", admin.EmptyFieldListFilter))
    search_fields = ("plan__name", "plan__sim__number", "plan__sim__label", "plan__sim__owner__email")
    show_full_result_count = False

    @admin.display(description=_("SIM"))
    def sim(self, renewal: Renewal) -> Sim:
        return renewal.plan.sim


class SendsAgain(ReadOnly):
    """Whoever may change messages may have those that failed sent again."""

    actions = ("send_again",)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("plans.change_message")

    @admin.action(description=_("Send again what failed"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        count = outbox.send_again(self.message_ids(rows), timezone.now())
        if count:
            text = ngettext("%d message goes out again.", "%d messages go out again.", count) % count
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(
                request,
                _("Nothing was sent again: only reminders that failed can be. Account mail must be asked for anew."),
                messages.WARNING,
            )

    def message_ids(self, rows: QuerySet[Any]) -> list[int]:
        raise NotImplementedError


@admin.register(Reminder)
class ReminderAdmin(SendsAgain):
    list_display = ("planned_for", "state", "kind", "person", "sim", "deadline", "reason")
    list_select_related = ("person", "sim")
    list_filter = ("state", "kind", "medium", ("planned_for", admin.DateFieldListFilter))
    search_fields = ("person__email", "sim__number", "sim__label", "reason")
    ordering = ("-planned_for", "-pk")
    show_full_result_count = False

    def message_ids(self, rows: QuerySet[Reminder]) -> list[int]:
        return list(rows.exclude(message=None).values_list("message", flat=True).distinct())


@admin.register(Message)
class MessageAdmin(SendsAgain):
    """The text of account mail holds keys to the account: nobody reads it here, sent or not."""

    list_display = ("posted_at", "state", "to", "subject", "attempts", "next_attempt_at", "sent_at", "error")
    list_filter = ("state", "kind", "medium", ("posted_at", admin.DateFieldListFilter))
    search_fields = ("to", "person__email", "subject", "message_id", "error")
    ordering = ("-posted_at", "-pk")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("text", "html")

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> tuple[str, ...]:
        fields = (
            *("kind", "person", "medium", "to", "subject", "state", "error"),
            *("posted_at", "next_attempt_at", "attempts", "sent_at", "message_id"),
        )
        return (*fields, "text") if obj and obj.kind == Message.Kind.REMINDERS else fields

    def message_ids(self, rows: QuerySet[Message]) -> list[int]:
        return list(rows.values_list("pk", flat=True))


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "at", "note")

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
from plans.models import (
    Address,
    BalanceEntry,
    Heartbeat,
    Lot,
    Message,
    Need,
    Person,
    Plan,
    Quota,
    Receipt,
    Reminder,
    Renewal,
    Sim,
    Snooze,
    Stay,
    TiedAccount,
    UsageReading,
)
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
        history = {
            model._meta.verbose_name for model in (Reminder, Message, Renewal, Receipt, Address, Snooze, Need, Lot)
        }
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
    list_display = (
        "number",
        "label",
        "group",
        "operator",
        "owner",
        "place",
        "reminders_off",
        "archived_at",
        "deleted_at",
    )
    list_select_related = ("operator", "owner")
    list_filter = (
        "operator",
        ("group", admin.EmptyFieldListFilter),
        "place",
        "reminders_off",
        "keep_alive",
        "in_own_name",
        ("archived_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("number", "label", "group", "owner__email")
    search_help_text = _("Number (+7…), label, group or e-mail address")
    autocomplete_fields = ("owner", "person")
    readonly_fields = ("activity_said_at", "activity_first_said", "created_at")
    inlines = (PlanInline, BalanceEntryInline)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, sim: Sim, form: Any, change: bool) -> None:
        if "care_months" in form.changed_data and sim.care_months:
            sim.care_since = sim.today(timezone.now())
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
        schedule.reschedule(form.instance, timezone.now())


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
    readonly_fields = ("said_at", "first_said", "tariff_said_at", "created_at")
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
        schedule.reschedule_many(Sim.objects.filter(pk__in=sims), timezone.now())


class OfASim(admin.ModelAdmin):
    """A fact about a SIM: whatever changes it leaves the SIM's reminders right."""

    search_fields = ("sim__number", "sim__label", "sim__owner__email")
    list_select_related = ("sim",)
    autocomplete_fields = ("sim",)
    show_full_result_count = False

    @transaction.atomic
    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if hasattr(row, "said_at"):
            row.said_at = row.said_at or timezone.now()
        row.save()
        schedule.reschedule(row.sim, timezone.now())

    def delete_model(self, request: HttpRequest, row: Any) -> None:
        self.delete_queryset(request, self.model.objects.filter(pk=row.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        sims = list(rows.values_list("sim", flat=True))
        rows.delete()
        schedule.reschedule_many(Sim.objects.filter(pk__in=sims), timezone.now())


@admin.register(BalanceEntry)
class BalanceEntryAdmin(OfASim):
    list_display = ("on", "sim", "kind", "amount", "currency", "said_at", "deleted_at")
    list_filter = ("kind", "currency", ("on", admin.DateFieldListFilter))
    readonly_fields = ("said_at", "renewal")


@admin.register(UsageReading)
class UsageReadingAdmin(OfASim):
    list_display = ("said_at", "sim", "plan", "kind", "left", "deleted_at")
    list_filter = ("kind", ("said_at", admin.DateFieldListFilter))
    autocomplete_fields = ("sim", "plan")
    readonly_fields = ("said_at",)


@admin.register(TiedAccount)
class TiedAccountAdmin(OfASim):
    list_display = ("name", "sim", "moved_at")
    list_filter = (("moved_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", *OfASim.search_fields)


class StayForm(forms.ModelForm):
    """Refuses days of which the person has said already where they are."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and (data["since"] or data["until"]):
            said = Stay(pk=self.instance.pk, person=data["person"], since=data["since"], until=data["until"])
            if other := actions.overlapping_stay(said, timezone.now()):
                raise forms.ValidationError(_("It shares a day with %(stay)s."), params={"stay": other})
        return data


@admin.register(Stay)
class StayAdmin(admin.ModelAdmin):
    form = StayForm
    fields = ("person", "place", "since", "until")
    list_display = ("person", "place", "since", "until", "settled_at")
    list_select_related = ("person",)
    list_filter = ("place", ("since", admin.DateFieldListFilter))
    search_fields = ("person__email", "person__name", "person__sims__number")
    autocomplete_fields = ("person",)
    show_full_result_count = False

    def save_model(self, request: HttpRequest, stay: Stay, form: Any, change: bool) -> None:
        actions.save_stay(stay, timezone.now())

    def delete_model(self, request: HttpRequest, stay: Stay) -> None:
        self.delete_queryset(request, Stay.objects.filter(pk=stay.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, stays: QuerySet[Stay]) -> None:
        people = list(stays.values_list("person", flat=True))
        stays.delete()
        schedule.reschedule_many(Sim.objects.filter(person__in=people), timezone.now())


@admin.register(Person)
class PersonAdmin(HistoryGoesAlong, WithChoiceLists):
    list_display = ("email", "name", "language", "time_zone", "place", "email_verified", "stopped_at", "paused_until")
    list_filter = (
        "language",
        "place",
        "email_verified",
        ("stopped_at", admin.EmptyFieldListFilter),
        ("bounced_at", admin.EmptyFieldListFilter),
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
        actions.save_person(person, timezone.now())


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


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly):
    """That there is one; what it shows is its owner's."""

    list_display = ("added_at", "renewal", "content_type", "size")
    list_select_related = ("renewal__plan",)
    list_filter = ("content_type", ("added_at", admin.DateFieldListFilter))
    search_fields = ("renewal__plan__sim__number", "renewal__plan__sim__owner__email")
    fields = ("renewal", "content_type", "size", "added_at")
    show_full_result_count = False


@admin.register(Address)
class AddressAdmin(ReadOnly):
    """That there is one, and whether it works. Where it leads opens its owner's chats, and is theirs."""

    list_display = ("person", "medium", "label", "added_at", "worked_at", "failing_since", "stopped_at", "trouble")
    list_select_related = ("person",)
    list_filter = ("medium", ("failing_since", admin.EmptyFieldListFilter), ("stopped_at", admin.EmptyFieldListFilter))
    search_fields = ("person__email", "person__name", "label", "trouble")
    fields = list_display
    show_full_result_count = False


@admin.register(Need)
class NeedAdmin(ReadOnly):
    list_display = ("sim", "on", "amount", "currency")
    list_select_related = ("sim",)
    list_filter = (("on", admin.DateFieldListFilter), "currency")
    search_fields = ("sim__number", "sim__label", "sim__owner__email")
    show_full_result_count = False


@admin.register(Snooze)
class SnoozeAdmin(ReadOnly):
    list_display = ("made_at", "sim", "kind", "deadline", "until")
    list_select_related = ("sim",)
    list_filter = ("kind", ("until", admin.DateFieldListFilter))
    search_fields = ("sim__number", "sim__label", "sim__owner__email")
    show_full_result_count = False


@admin.register(Lot)
class LotAdmin(ReadOnly):
    list_display = ("made_at", "kind", "owner", "group", "undone_at")
    list_select_related = ("owner",)
    list_filter = ("kind", ("made_at", admin.DateFieldListFilter), ("undone_at", admin.EmptyFieldListFilter))
    search_fields = ("owner__email", "group")
    show_full_result_count = False


class SendsAgain(ReadOnly):
    """Whoever may change messages may have those that failed sent again."""

    actions = ("send_again",)
    message = "pk"  # where a row says which message it is

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("plans.change_message")

    @admin.action(description=_("Send again what failed"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        ids = rows.exclude(**{self.message: None}).values_list(self.message, flat=True).distinct()
        count = outbox.send_again(list(ids), timezone.now())
        if count:
            text = ngettext("%d message goes out again.", "%d messages go out again.", count) % count
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(
                request,
                _("Nothing was sent again: only reminders that failed can be. Account mail must be asked for anew."),
                messages.WARNING,
            )


@admin.register(Reminder)
class ReminderAdmin(SendsAgain):
    list_display = ("planned_for", "state", "kind", "person", "sim", "deadline", "reason")
    list_select_related = ("person", "sim")
    list_filter = ("state", "kind", "medium", ("planned_for", admin.DateFieldListFilter))
    search_fields = ("person__email", "sim__number", "sim__label", "reason")
    ordering = ("-planned_for", "-pk")
    show_full_result_count = False
    message = "message"


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
            *("posted_at", "next_attempt_at", "attempts", "sent_at", "failed_at", "message_id"),
        )
        return (*fields, "text") if obj and obj.kind == Message.Kind.REMINDERS else fields


@admin.register(Quota)
class QuotaAdmin(ReadOnly):
    list_display = ("medium", "slots")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "at", "note")

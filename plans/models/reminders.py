"""Reminder rows: one thing to say about one deadline, to one person, on one medium, at one moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from plans import deadlines
from plans.reminders import MEDIUM_EMAIL, Row

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


UNDELIVERED_FOR = timedelta(days=7)  # from the deadline on; then it is of no use to anybody


class Medium(models.TextChoices):
    """How a message leaves. The names are those of the services, which no language translates."""

    EMAIL = MEDIUM_EMAIL, _("E-mail")
    TELEGRAM = "telegram", "Telegram"
    WEB_PUSH = "web_push", _("This site on your devices")
    NTFY = "ntfy", "ntfy"
    BARK = "bark", "Bark"
    DISCORD = "discord", "Discord"
    MATRIX = "matrix", "Matrix"
    WXPUSHER = "wxpusher", "WxPusher"
    SERVERCHAN = "serverchan", "ServerChan (Server酱)"
    WECOM = "wecom", "WeCom (企业微信)"
    FEISHU = "feishu", "Feishu (飞书)"
    DINGTALK = "dingtalk", "DingTalk (钉钉)"
    WEBHOOK = "webhook", _("Your own program (webhook)")


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> ReminderQuerySet:
        """Whoever may see the SIM may see what is said of it; what is said of none, the person it is said to."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(sim__owner=user.pk, sim__deleted_at=None) | Q(sim=None, person__user=user.pk))

    def due(self, now: datetime) -> ReminderQuerySet:
        """Everything up to now that is not finished, from one small index."""
        return self.filter(due_at__lte=now)

    def undelivered(self, today: date) -> ReminderQuerySet:
        """What nobody was told: it failed, no other medium said it or is about to, and it is not over for long."""
        about = {name: models.OuterRef(name) for name in ("person", "subject", "kind", "deadline")}
        same = Reminder.objects.filter(**about)
        said = same.filter(state=Reminder.State.SENT, planned_for__gte=models.OuterRef("planned_for"))
        on_its_way = same.filter(
            state__in=[Reminder.State.SCHEDULED, Reminder.State.ATTACHED], occurrence=models.OuterRef("occurrence")
        )
        failed = self.filter(state=Reminder.State.FAILED, deadline__gte=today - UNDELIVERED_FOR)
        return failed.exclude(models.Exists(said)).exclude(models.Exists(on_its_way))

    def coming(self) -> ReminderQuerySet:
        return self.filter(state__in=[Reminder.State.SCHEDULED, Reminder.State.HELD]).order_by("planned_for", "pk")

    def next_and_last(self, coming: int, sent: int) -> tuple[list[Reminder], list[Reminder]]:
        """So many of those that will be said, the soonest first, and of those that were, the latest first: in one
        question."""
        is_sent = Q(state=Reminder.State.SENT, message__sent_at__isnull=False)
        will_be = Q(state__in=[Reminder.State.SCHEDULED, Reminder.State.HELD])
        moment = models.Case(models.When(is_sent, then=None), default=models.F("planned_for"))
        place = models.Window(
            RowNumber(), partition_by="was_sent", order_by=[moment.asc(), models.F("message__sent_at").desc(), "pk"]
        )
        rows = self.filter(will_be | is_sent).annotate(
            was_sent=models.Case(models.When(is_sent, then=True), default=False), place=place
        )
        rows = rows.filter(Q(was_sent=False, place__lte=coming) | Q(was_sent=True, place__lte=sent))
        found = list(rows.select_related("plan", "message").defer("message__text", "message__html"))
        said = [one for one in found if one.was_sent]
        return (
            sorted((one for one in found if not one.was_sent), key=lambda one: (one.planned_for, one.pk)),
            sorted(said, key=lambda one: (one.message.sent_at, one.pk), reverse=True),
        )


class Reminder(models.Model):
    """Its identity is (person, medium, subject, kind, deadline, occurrence).

    `due_at` is the moment it wants to be sent while it is scheduled, and NULL otherwise, so that the
    index of due rows grows with live rows only. `occurrence` is the lead in days, or, for a question,
    the count of unanswered periods.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        HELD = "held", _("waits for an address that works")
        ATTACHED = "attached", _("in a message")
        SENT = "sent", _("sent")
        FOLDED = "folded", _("said by a later one")
        SKIPPED = "skipped", _("no longer needed")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        PLAN_EXPIRES = deadlines.Kind.PLAN_EXPIRES.value, _("plan ends")
        CHARGE = deadlines.Kind.CHARGE.value, _("charge from the balance")
        NUMBER_AT_RISK = deadlines.Kind.NUMBER_AT_RISK.value, _("number at risk")
        DATA_OUT = deadlines.Kind.DATA_OUT.value, _("data runs out")
        PRICE = deadlines.Kind.PRICE.value, _("price changes")
        CARE = deadlines.Kind.CARE.value, _("backup")
        TRIP = deadlines.Kind.TRIP.value, _("trip not covered")
        PROMOTION = deadlines.Kind.PROMOTION.value, _("offer")
        OVERVIEW = "overview", _("overview")
        RENEWED = deadlines.Kind.RENEWED.value, _("question: renewed?")
        PAUSED = deadlines.Kind.PAUSED.value, _("reminders pause")

    person = models.ForeignKey("plans.Person", models.CASCADE, related_name="reminders", verbose_name=_("person"))
    medium = models.CharField(_("medium"), max_length=12, choices=Medium.choices)
    subject = models.CharField(_("subject"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    deadline = models.DateField(_("deadline"))
    occurrence = models.CharField(_("occurrence"), max_length=20)
    sim = models.ForeignKey("plans.Sim", models.CASCADE, null=True, related_name="reminders", verbose_name=_("SIM"))
    plan = models.ForeignKey("plans.Plan", models.CASCADE, null=True, related_name="reminders", verbose_name=_("plan"))
    message = models.ForeignKey(
        "plans.Message", models.SET_NULL, null=True, related_name="reminders", verbose_name=_("message")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    planned_for = models.DateTimeField(_("planned for"))
    due_at = models.DateTimeField(_("due at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "medium", "subject", "kind", "deadline", "occurrence"], name="reminder_once"
            ),
            models.CheckConstraint(
                condition=Q(state="scheduled", due_at__isnull=False) | (~Q(state="scheduled") & Q(due_at=None)),
                name="reminder_due_while_scheduled",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="reminder_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.deadline}"

    @property
    def stops(self) -> str:
        """What “stop” ends: what is told beside when it ends, for its SIM; else all of the plan, or of the SIM."""
        if self.kind in (self.Kind.PRICE, self.Kind.CARE, self.Kind.DATA_OUT, self.Kind.TRIP, self.Kind.PROMOTION):
            return "kind"
        return "plan" if self.plan_id else "sim"

    @property
    def row(self) -> Row:
        return Row(self.subject, self.kind, self.deadline, self.occurrence, self.planned_for)


class Snooze(models.Model):
    """“Not now, remind me on that day”: until then nothing is said of this deadline, and on that day it is said."""

    sim = models.ForeignKey("plans.Sim", models.CASCADE, related_name="snoozes", verbose_name=_("SIM"))
    subject = models.CharField(_("subject"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=Reminder.Kind.choices)
    deadline = models.DateField(_("deadline"))
    until = models.DateField(_("until"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("snooze")
        verbose_name_plural = _("snoozes")
        constraints = [
            models.UniqueConstraint(fields=["sim", "subject", "kind", "deadline"], name="snooze_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.deadline}: {self.until}"

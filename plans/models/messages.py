"""Messages: what is sent, and the clockwork that sends."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .reminders import Medium

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """What was said to the user's own person, but for the mail of the account."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(person__user=user.pk).exclude(kind=Message.Kind.ACCOUNT)

    def due(self, now: datetime) -> MessageQuerySet:
        return self.filter(next_attempt_at__lte=now)

    def failed(self) -> MessageQuerySet:
        """Those given up, the newest first, from an index of their own."""
        return self.filter(failed_at__isnull=False).order_by("-failed_at", "-pk")


class Message(models.Model):
    """One or more reminders folded into one, or account mail.

    `next_attempt_at` is first attempt, end of the lease and back-off in one, and NULL once finished.
    `token` names the attempt that holds the lease. Account mail carries its text, which is removed
    once it is sent; the text of reminders is written at each attempt and kept as sent.
    """

    class Kind(models.TextChoices):
        REMINDERS = "reminders", _("reminders")
        TEST = "test", _("test")
        NOTICE = "notice", _("notice about reminders")
        ACCOUNT = "account", _("account mail")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        DROPPED = "dropped", _("nothing left to say")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    person = models.ForeignKey(
        "plans.Person", models.CASCADE, null=True, related_name="messages", verbose_name=_("person")
    )
    medium = models.CharField(_("medium"), max_length=12, choices=Medium.choices, default=Medium.EMAIL)
    message_id = models.CharField(_("Message-ID"), max_length=120, unique=True)
    to = models.CharField(_("recipient"), max_length=320)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.QUEUED)
    posted_at = models.DateTimeField(_("posted at"))
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    token = models.CharField(_("lease"), max_length=32, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("what went wrong"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    failed_at = models.DateTimeField(_("failed at"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-posted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="queued", next_attempt_at__isnull=False)
                | (~Q(state="queued") & Q(next_attempt_at=None)),
                name="message_attempt_while_queued",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="message_next_attempt"
            ),
            models.Index(fields=["-failed_at"], condition=Q(failed_at__isnull=False), name="message_failed"),
            models.Index(fields=["person", "kind", "-posted_at"], name="message_of_person"),
        ]

    def __str__(self) -> str:
        return self.subject or self.message_id


class Quota(models.Model):
    """The slots of a medium that are taken, where only so many messages may leave in a minute (see `plans.pace`)."""

    medium = models.CharField(_("medium"), max_length=12, choices=Medium.choices, unique=True)
    slots = models.JSONField(_("slots taken"), default=dict)

    class Meta:
        verbose_name = _("limit a minute")
        verbose_name_plural = _("limits a minute")

    def __str__(self) -> str:
        return self.get_medium_display()


class Heartbeat(models.Model):
    """When a part of the clockwork last finished."""

    name = models.CharField(_("name"), max_length=20, unique=True)
    at = models.DateTimeField(_("at"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"

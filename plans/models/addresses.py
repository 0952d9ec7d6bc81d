"""Where a person is reached beside e-mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .people import Person
from .reminders import Medium

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

FAILING_FOR_LONG = timedelta(hours=1)


class AddressQuerySet(models.QuerySet["Address"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> AddressQuerySet:
        return self.filter(person__user=user.pk) if user.is_authenticated else self.none()

    def working(self) -> AddressQuerySet:
        """Those that messages are sent to."""
        return self.filter(stopped_at=None)


class Address(models.Model):
    """Where a person is reached on one medium beside e-mail.

    `to` holds what the medium needs to find them; some of it opens their chats, so it is shown to nobody but them.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="addresses", verbose_name=_("person"))
    medium = models.CharField(_("medium"), max_length=12, choices=Medium.choices)
    to = models.JSONField(_("address"))
    label = models.CharField(_("label"), max_length=80, blank=True)
    added_at = models.DateTimeField(_("added at"))
    worked_at = models.DateTimeField(_("last worked at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    trouble = models.CharField(_("what went wrong"), max_length=200, blank=True)
    stopped_at = models.DateTimeField(
        _("stopped at"),
        null=True,
        blank=True,
        help_text=_("It does not work any more: nothing is sent to it until its owner says that it does."),
    )

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["medium"]
        constraints = [
            models.UniqueConstraint(fields=["person", "medium"], name="address_once"),
            models.CheckConstraint(condition=~Q(medium=Medium.EMAIL), name="address_is_no_mail"),
        ]

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing has arrived here for so long that another medium should speak."""
        fails = self.failing_since is not None and now - self.failing_since > FAILING_FOR_LONG
        return fails or self.stopped_at is not None

    def __str__(self) -> str:
        return self.label or self.get_medium_display()

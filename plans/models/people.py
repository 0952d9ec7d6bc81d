"""People who are reminded. Every user has one of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from guides.situation import PaymentMethod, Place, Situation
from kzsim.common.languages import LANGUAGES
from plans.deadlines import Kind

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

DEFAULT_TIME_ZONE = "Asia/Almaty"


# What a person can switch off. A question takes the last message about its deadline along.
SWITCHES = {
    Kind.PLAN_EXPIRES.value: _("a plan ends"),
    Kind.CHARGE.value: _("money is needed for a charge"),
    Kind.NUMBER_AT_RISK.value: _("a number may be lost"),
    Kind.RENEWED.value: _("a date has passed without an answer (was it renewed?)"),
}


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("“%(value)s” is not a time zone we know."), params={"value": value})


def validate_payments(value: Any) -> None:
    if not isinstance(value, list) or not set(value) <= set(PaymentMethod.values):
        raise ValidationError(_("Choose from the list of ways to pay."))


class PersonQuerySet(models.QuerySet["Person"]):
    def of_user(self, user: AbstractBaseUser, **defaults: Any) -> Person:
        """The user's own person, made when missing."""
        return self.get_or_create(user=user, defaults={"email": user.email, **defaults})[0]

    def visible_to(self, user: AbstractBaseUser) -> PersonQuerySet:
        return self.filter(user=user)


class Person(models.Model):
    """Someone who is reminded."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="person", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    email_verified = models.BooleanField(_("address verified"), default=False)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default=DEFAULT_TIME_ZONE, validators=[validate_time_zone]
    )
    place = models.CharField(_("where you are"), max_length=10, choices=Place.choices, blank=True)
    payments = models.JSONField(_("how you can pay"), default=list, blank=True, validators=[validate_payments])
    stopped_at = models.DateTimeField(_("all reminders stopped at"), null=True, blank=True)
    paused_until = models.DateField(_("reminders paused until"), null=True, blank=True)
    muted_kinds = models.JSONField(_("kinds switched off"), default=list, blank=True)
    reachable_since = models.DateTimeField(
        _("reachable since"),
        null=True,
        blank=True,
        help_text=_("When the address was verified or reminders were resumed; earlier ones are said from then on."),
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def situation(self) -> Situation:
        return Situation(self.place, frozenset(self.payments))

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def pause_on(self, today: date) -> date | None:
        """The day on which paused reminders go on; None if nothing is paused on that day."""
        return self.paused_until if self.paused_until and self.paused_until > today else None

    @property
    def wanted_kinds(self) -> dict[str, str]:
        """What this person is reminded of, in words."""
        return {kind: label for kind, label in SWITCHES.items() if kind not in self.muted_kinds}

"""People who are reminded. Every user has one of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from guides.situation import PaymentMethod, Place, Situation
from kzsim.common.languages import LANGUAGES
from plans.deadlines import Kind, StayFacts, is_abroad_on
from plans.reminders import HOUR

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

DEFAULT_TIME_ZONE = "Asia/Almaty"


# What a person can switch off. A question takes the last message about its deadline along.
SWITCHES = {
    Kind.PLAN_EXPIRES.value: _("a plan ends"),
    Kind.CHARGE.value: _("money is needed for a charge"),
    Kind.NUMBER_AT_RISK.value: _("a number may be lost"),
    Kind.DATA_OUT.value: _("data will not last to the end of its period"),
    Kind.PRICE.value: _("a plan will cost another price"),
    Kind.CARE.value: _("it is time for a backup"),
    Kind.TRIP.value: _("a plan or a number does not last to the end of a trip"),
    Kind.RENEWED.value: _("a date has passed without an answer (was it renewed?)"),
    Kind.PROMOTION.value: _("my operator has an offer for a time"),
}


def not_asked_for() -> list[str]:
    """What nobody hears of without asking for it."""
    return [Kind.PROMOTION.value]


class Overview(models.TextChoices):
    """How often one mail tells all, in the place of reminders."""

    NONE = "", _("no, a reminder for each date")
    WEEK = "week", _("every Monday")
    MONTH = "month", _("on the 1st of every month")


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

    def of_calendar(self, key: str) -> Person | None:
        """Whose calendar has this key; nobody's where they may not sign in any more."""
        return self.filter(calendar_key=key).exclude(user__is_active=False).first()


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
    numbers_elsewhere = models.PositiveSmallIntegerField(
        _("further numbers in one’s name"),
        null=True,
        blank=True,
        help_text=_("Numbers that are not on this site; empty: the numbers are not counted."),
    )
    muted_kinds = models.JSONField(_("kinds switched off"), default=not_asked_for, blank=True)
    masks_numbers = models.BooleanField(
        _("hide numbers"), default=False, help_text=_("Only the last digits are shown, for use where others look on.")
    )
    hour = models.TimeField(_("time of reminders"), default=HOUR)
    leads = models.JSONField(
        _("days before"),
        default=dict,
        blank=True,
        help_text=_("Days before the date, for each kind whose usual ones are not wanted."),
    )
    overview = models.CharField(_("overview"), max_length=5, choices=Overview.choices, blank=True)
    insists = models.BooleanField(_("every day until there is an answer"), default=False)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    mail_off = models.BooleanField(
        _("no reminders by e-mail"), default=False, help_text=_("As long as another medium works.")
    )
    bounced_at = models.DateTimeField(
        _("address does not work since"),
        null=True,
        blank=True,
        help_text=_("Nothing is sent to it until its owner says that it works."),
    )
    bounce = models.CharField(_("what its server said"), max_length=200, blank=True)
    steps_over_at = models.DateTimeField(
        _("first steps over since"), null=True, blank=True, help_text=_("All were done, or put away.")
    )
    has_samples = models.BooleanField(_("has samples"), default=False)
    calendar_key = models.CharField(
        _("key of the calendar"), max_length=64, null=True, blank=True, unique=True, editable=False
    )
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
        indexes = [models.Index(fields=["email"], name="person_email")]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def place_on(self, day: date, stays: Iterable[Stay]) -> str:
        """Where they are on that day: what they said of it, else where they usually are."""
        abroad = is_abroad_on([stay.facts() for stay in stays], day)
        if abroad is None:
            return self.place
        return Place.ABROAD if abroad else Place.KAZAKHSTAN

    def situation_on(self, day: date) -> Situation:
        """Where they are on that day, and how they can pay. Asks the database for their stays."""
        return Situation(self.place_on(day, self.stays.in_use()), frozenset(self.payments))

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def pause_on(self, today: date) -> date | None:
        """The day on which paused reminders go on; None if nothing is paused on that day."""
        return self.paused_until if self.paused_until and self.paused_until > today else None

    @property
    def wanted_kinds(self) -> dict[str, str]:
        """What this person is reminded of, in words."""
        return {kind: label for kind, label in SWITCHES.items() if kind not in self.muted_kinds}


class StayQuerySet(models.QuerySet["Stay"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> StayQuerySet:
        return self.filter(person__user=user.pk).in_use() if user.is_authenticated else self.none()

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> StayQuerySet:
        if not user.is_authenticated:
            return self.none()
        return self.filter(person__user=user.pk).exclude(deleted_at=None)

    def in_use(self) -> StayQuerySet:
        return self.filter(deleted_at=None).order_by("since", "pk")


class Stay(models.Model):
    """Where a person is, or will be, from one day to another: “in Kazakhstan until 20 January”, “away from 1 March to
    1 June”. Both days belong to it; an open end is not known yet."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="stays", verbose_name=_("person"))
    place = models.CharField(_("place"), max_length=10, choices=Place.choices)
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)
    said_at = models.DateTimeField(_("days said at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    settled_at = models.DateTimeField(
        _("settled at"), null=True, blank=True, help_text=_("When the person said what becomes of the SIMs afterwards.")
    )

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        ordering = ["since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=F("since")),
                name="stay_ends_after_it_begins",
                violation_error_message=_("It would end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=False) | Q(until__isnull=False),
                name="stay_has_a_day",
                violation_error_message=_("Say at least one of the two days."),
            ),
        ]

    def facts(self) -> StayFacts:
        return StayFacts(
            self.pk, self.place == Place.ABROAD, self.since, self.until, self.said_at, self.settled_at is not None
        )

    def __str__(self) -> str:
        return f"{self.get_place_display()} {self.since or '…'} – {self.until or '…'}"

"""SIMs and what is known of their money."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from guides.situation import Place, Situation
from kzsim.common.money import Money
from plans import forecast
from plans.deadlines import SimFacts
from plans.periods import FIRST_DAY, LAST_DAY

from .people import DEFAULT_TIME_ZONE, validate_payments, validate_time_zone

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class SimQuerySet(models.QuerySet["Sim"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> SimQuerySet:
        """The one access rule of everything a SIM carries."""
        return self.filter(owner=user.pk, deleted_at=None) if user.is_authenticated else self.none()

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> SimQuerySet:
        """What its owner deleted, and may bring back."""
        return self.filter(owner=user.pk, deleted_at__isnull=False) if user.is_authenticated else self.none()

    def in_use(self) -> SimQuerySet:
        return self.filter(archived_at=None, deleted_at=None)

    def with_facts(self) -> SimQuerySet:
        """With everything `facts()` reads, in a constant number of queries."""
        from .plans import Plan

        return self.select_related("person", "operator").prefetch_related(
            models.Prefetch("plans", Plan.objects.in_use(), to_attr="plans_in_use"),
            models.Prefetch("balance_entries", BalanceEntry.objects.order_by("on", "said_at"), to_attr="entries"),
        )


class Sim(models.Model):
    """A card, physical or eSIM, with a number; it needs no plan."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sims", verbose_name=_("owner"))
    person = models.ForeignKey(
        "plans.Person", models.CASCADE, related_name="sims", verbose_name=_("person who is reminded")
    )
    number = PhoneNumberField(_("number"))
    operator = models.ForeignKey(
        "guides.Operator",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("operator"),
        help_text=_("Empty for an operator that is not on our list."),
    )
    label = models.CharField(_("label"), max_length=60, blank=True, help_text=_("For example: Till 14, Mum’s phone."))
    time_zone = models.CharField(
        _("time zone"), max_length=50, default=DEFAULT_TIME_ZONE, validators=[validate_time_zone]
    )
    last_activity_on = models.DateField(
        _("last paid activity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )
    inactivity_days = models.PositiveSmallIntegerField(
        _("days without activity"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
        help_text=_("After how many days without a paid action to remind; empty: not watched."),
    )
    activity_said_at = models.DateTimeField(_("activity said at"), null=True, blank=True)
    activity_first_said = models.BooleanField(_("activity as first said"), default=True)
    place = models.CharField(_("where this SIM is"), max_length=10, choices=Place.choices, blank=True)
    payments = models.JSONField(_("how to pay for it"), default=list, blank=True, validators=[validate_payments])
    reminders_off = models.BooleanField(_("reminders off"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = SimQuerySet.as_manager()

    class Meta:
        verbose_name = _("SIM")
        verbose_name_plural = _("SIMs")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "number"],
                condition=Q(deleted_at=None),
                name="sim_number_once",
                violation_error_message=_("You have already added this number."),
            ),
            models.CheckConstraint(
                condition=Q(inactivity_days=None) | Q(inactivity_days__range=(2, 1000)),
                name="sim_inactivity_days_sane",
                violation_error_message=_("Choose between 2 and 1000 days."),
            ),
            models.CheckConstraint(
                condition=Q(last_activity_on=None) | Q(last_activity_on__range=(FIRST_DAY, LAST_DAY)),
                name="sim_last_activity_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The label, or the number as people write it."""
        return self.label or self.number.as_international

    @property
    def last_digits(self) -> str:
        """Enough to tell one SIM from another where others may look."""
        return str(self.number.national_number)[-4:]

    @property
    def short_title(self) -> str:
        """For subjects and lists that others may see: never the full number."""
        return f"{self.label} (…{self.last_digits})" if self.label else f"…{self.last_digits}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def situation(self) -> Situation:
        """This SIM's own situation, or its person's."""
        return Situation(self.place or self.person.place, frozenset(self.payments or self.person.payments))

    @property
    def is_in_use(self) -> bool:
        return self.archived_at is None and self.deleted_at is None

    def today(self, now: datetime):
        return now.astimezone(self.zone).date()

    def facts(self) -> SimFacts:
        """The value that the pure rules work on. Fetch through `with_facts()`."""
        return SimFacts(
            id=self.pk,
            zone=self.zone,
            plans=tuple(plan.facts() for plan in self.plans_in_use),
            readings=tuple(entry.reading for entry in self.entries if entry.kind == BalanceEntry.Kind.READING),
            last_activity_on=self.last_activity_on,
            inactivity_days=self.inactivity_days,
            activity_said_at=self.activity_said_at,
            activity_first_said=self.activity_first_said,
            muted=self.reminders_off,
        )

    @property
    def last_reading(self) -> BalanceEntry | None:
        return next((entry for entry in reversed(self.entries) if entry.kind == BalanceEntry.Kind.READING), None)


class BalanceEntry(models.Model):
    """A dated fact about the SIM's money."""

    class Kind(models.TextChoices):
        READING = "reading", _("reading")
        TOP_UP = "top_up", _("top-up")
        CHARGE = "charge", _("charge")
        CORRECTION = "correction", _("correction")

    sim = models.ForeignKey(Sim, models.CASCADE, related_name="balance_entries", verbose_name=_("SIM"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.READING)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    on = models.DateField(_("day"))
    said_at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("balance entry")
        verbose_name_plural = _("balance entries")
        ordering = ["-on", "-said_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"

    @property
    def reading(self) -> forecast.Reading:
        return forecast.Reading(Money(self.amount, self.currency), self.on, self.said_at)

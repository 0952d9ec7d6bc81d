"""Plans and their renewals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kzsim.common.money import Money
from plans import deadlines, periods

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> PlanQuerySet:
        """Whoever may see the SIM may see its plans."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(sim__owner=user.pk, sim__deleted_at=None, deleted_at=None)

    def deleted_by(self, user: AbstractBaseUser | AnonymousUser) -> PlanQuerySet:
        """What the owner of the SIM deleted from it, and may bring back."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(sim__owner=user.pk, sim__deleted_at=None, deleted_at__isnull=False)

    def in_use(self) -> PlanQuerySet:
        return self.filter(archived_at=None, deleted_at=None).order_by("pk")


class Plan(models.Model):
    """A package running on a SIM."""

    class Period(models.TextChoices):
        DAY = periods.Period.DAY.value, _("One day")
        WEEK = periods.Period.WEEK.value, _("7 days")
        DAYS_28 = periods.Period.DAYS_28.value, _("28 days (4 weeks)")
        DAYS_30 = periods.Period.DAYS_30.value, _("30 days")
        MONTH = periods.Period.MONTH.value, _("Calendar month")
        ONCE = periods.Period.ONCE.value, _("Once, no renewal")

    class Renews(models.TextChoices):
        HAND = deadlines.Renews.HAND.value, _("By hand: I buy it again each time")
        AUTO = deadlines.Renews.AUTO.value, _("By itself, from the balance")
        AUTOPAY = deadlines.Renews.AUTOPAY.value, _("By itself, and my card tops the balance up")

    sim = models.ForeignKey("plans.Sim", models.CASCADE, related_name="plans", verbose_name=_("SIM"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    period = models.CharField(_("period"), max_length=6, choices=Period.choices, default=Period.DAYS_30)
    renews = models.CharField(_("how it renews"), max_length=8, choices=Renews.choices, default=Renews.HAND)
    paid_until = models.DateField(
        _("works until"),
        null=True,
        blank=True,
        validators=[MinValueValidator(periods.FIRST_DAY), MaxValueValidator(periods.LAST_DAY)],
        help_text=_("The last day it works."),
    )
    anchor = models.PositiveSmallIntegerField(
        _("day of the month of the charge"), null=True, blank=True, help_text=_("For a calendar month only.")
    )
    said_at = models.DateTimeField(_("date said at"), null=True, blank=True)
    first_said = models.BooleanField(_("date as first said"), default=True)
    closed_at = models.DateTimeField(_("answered “not renewed” at"), null=True, blank=True)
    reminders_off = models.BooleanField(_("reminders off"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=0),
                name="plan_price_not_negative",
                violation_error_message=_("A price cannot be below zero."),
            ),
            models.CheckConstraint(condition=Q(anchor=None) | Q(anchor__range=(1, 31)), name="plan_anchor_is_a_day"),
            models.CheckConstraint(
                condition=Q(paid_until=None) | Q(paid_until__range=(periods.FIRST_DAY, periods.LAST_DAY)),
                name="plan_paid_until_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.name or str(_("Plan"))

    @property
    def cost(self) -> Money | None:
        return None if self.price is None else Money(self.price, self.currency)

    @property
    def rule(self) -> periods.Period:
        return periods.Period(self.period)

    def facts(self) -> deadlines.PlanFacts:
        return deadlines.PlanFacts(
            id=self.pk,
            period=self.rule,
            paid_until=self.paid_until,
            renews=deadlines.Renews(self.renews),
            price=self.cost,
            anchor=self.anchor,
            said_at=self.said_at,
            first_said=self.first_said,
            closed=self.closed_at is not None,
            muted=self.reminders_off,
        )

    def say_date(self, paid_until, now: datetime, *, first: bool = False) -> None:
        """Sets the date; leads that passed are sent only for the date a plan was entered with."""
        self.paid_until = paid_until
        self.anchor = periods.anchor_of(paid_until) if paid_until and self.rule is periods.Period.MONTH else None
        self.said_at = now
        self.first_said = first
        self.closed_at = None


class Renewal(models.Model):
    """One extension of a plan. What the plan was before is kept, so that it can be undone exactly."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="renewals", verbose_name=_("plan"))
    from_date = models.DateField(_("from"), null=True, blank=True)
    to_date = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    made_at = models.DateTimeField(_("entered at"))
    before = models.JSONField(_("the plan before"), default=dict)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.plan} → {self.to_date}"

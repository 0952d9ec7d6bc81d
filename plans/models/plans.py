"""Plans and their renewals."""

from __future__ import annotations

import secrets
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kzsim.common.money import Money
from plans import deadlines, periods, usage

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


def private_files() -> FileSystemStorage:
    """Files that no address leads to, in the site's own folder."""
    return FileSystemStorage(
        location=settings.PRIVATE_FILES,
        base_url=None,
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


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
        return self.kept().filter(archived_at=None)

    def kept(self) -> PlanQuerySet:
        """Those in use and the archived ones."""
        return self.filter(deleted_at=None).order_by("pk")


class Plan(models.Model):
    """A package running on a SIM."""

    class Period(models.TextChoices):
        DAY = periods.Period.DAY.value, _("One day")
        WEEK = periods.Period.WEEK.value, _("7 days")
        DAYS_28 = periods.Period.DAYS_28.value, _("28 days (4 weeks)")
        DAYS_30 = periods.Period.DAYS_30.value, _("30 days")
        MONTH = periods.Period.MONTH.value, _("Calendar month")
        HOURS_720 = periods.Period.HOURS_720.value, _("720 hours")
        MONTH_FIRST = periods.Period.MONTH_FIRST.value, _("Calendar month, charged on the 1st")
        ONCE = periods.Period.ONCE.value, _("Once, no renewal")

    class Renews(models.TextChoices):
        HAND = deadlines.Renews.HAND.value, _("By hand: I buy it again each time")
        AUTO = deadlines.Renews.AUTO.value, _("By itself, from the balance")
        AUTOPAY = deadlines.Renews.AUTOPAY.value, _("By itself, and my card tops the balance up")

    class Early(models.TextChoices):
        KEEPS = periods.Early.KEEPS.value, _("The date stays: the new period follows the old one")
        RESTARTS = periods.Early.RESTARTS.value, _("A new period begins on the day of renewal")

    sim = models.ForeignKey("plans.Sim", models.CASCADE, related_name="plans", verbose_name=_("SIM"))
    tariff = models.ForeignKey(
        "guides.Tariff", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("tariff")
    )
    tariff_price = models.DecimalField(
        _("price of the tariff as known to its owner"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty where it was not a price of today: what the owner pays then stands for it."),
    )
    tariff_said_at = models.DateTimeField(
        _("tariff said at"), null=True, blank=True, help_text=_("Only what is new since then is told to its owner.")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    period = models.CharField(_("period"), max_length=5, choices=Period.choices, default=Period.DAYS_30)
    renews = models.CharField(_("how it renews"), max_length=8, choices=Renews.choices, default=Renews.HAND)
    paid_until = models.DateField(
        _("works until"),
        null=True,
        blank=True,
        validators=[MinValueValidator(periods.FIRST_DAY), MaxValueValidator(periods.LAST_DAY)],
        help_text=_("The last day it works."),
    )
    ends_at = models.TimeField(
        _("ends at"), null=True, blank=True, help_text=_("The hour on its last day, where hours are counted.")
    )
    anchor = models.PositiveSmallIntegerField(
        _("day of the month of the charge"), null=True, blank=True, help_text=_("For a calendar month only.")
    )
    early = models.CharField(
        _("when renewed early"), max_length=8, choices=Early.choices, blank=True, help_text=_("Empty: not known.")
    )
    fallback_fee = models.DecimalField(
        _("fee a day when the money is short"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    data_mb = models.PositiveIntegerField(_("data, MB"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    messages = models.PositiveIntegerField(_("SMS"), null=True, blank=True)
    uncounted_on = models.DateField(
        _("last day before an unknown charge"),
        null=True,
        blank=True,
        help_text=_("In the night after it, a sum that nobody told us was taken from the balance."),
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
            ends_at=self.ends_at,
            early=periods.Early(self.early) if self.early else None,
            fallback_fee=None if self.fallback_fee is None else Money(self.fallback_fee, self.currency),
            offer=self._offer(),
            offer_known=self.cost if self.tariff_price is None else Money(self.tariff_price, self.currency),
            offer_said_at=self.tariff_said_at,
            uncounted_on=self.uncounted_on,
            whole=self._whole(),
            said_at=self.said_at,
            first_said=self.first_said,
            closed=self.closed_at is not None,
            muted=self.reminders_off,
        )

    def _whole(self) -> tuple[tuple[usage.Allowance, int], ...]:
        known = zip(usage.Allowance, (self.data_mb, self.minutes, self.messages), strict=True)
        return tuple((kind, amount) for kind, amount in known if amount is not None)

    def _offer(self) -> deadlines.Offer | None:
        if self.tariff is None:
            return None
        tariff = self.tariff
        return deadlines.Offer(
            Money(tariff.price, tariff.currency),
            tariff.price_since,
            tariff.seen_on,
            tariff.source,
            tariff.confidence,
            tariff.price_changed_at,
        )

    def say_date(self, paid_until, now: datetime, *, first: bool = False, ends_at: time | None = None) -> None:
        """Sets the date; leads that passed are sent only for the date a plan was entered with. `ends_at` is the hour on
        that day, where hours are counted and it is known."""
        self.paid_until = paid_until
        self.ends_at = ends_at if paid_until and self.rule.counts_hours else None
        self.anchor = periods.anchor_of(paid_until) if paid_until and self.rule is periods.Period.MONTH else None
        self.said_at = now
        self.first_said = first
        self.closed_at = None


class RenewalQuerySet(models.QuerySet["Renewal"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> RenewalQuerySet:
        """Whoever may see the plan may see its renewals."""
        return self.filter(plan__in=Plan.objects.visible_to(user))

    def standing(self) -> RenewalQuerySet:
        """Those that were not taken back."""
        return self.filter(undone_at=None)

    def with_receipts(self) -> RenewalQuerySet:
        return self.select_related("plan").prefetch_related("receipts")


class Renewal(models.Model):
    """One extension of a plan. What the plan was before is kept, so that it can be undone exactly."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="renewals", verbose_name=_("plan"))
    from_date = models.DateField(_("from"), null=True, blank=True)
    to_date = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    fee = models.DecimalField(
        _("fee"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    periods = models.PositiveSmallIntegerField(_("periods"), default=1)
    lot = models.UUIDField(
        _("lot"), null=True, blank=True, db_index=True, help_text=_("What was saved together is taken back together.")
    )
    made_at = models.DateTimeField(_("entered at"))
    before = models.JSONField(_("the plan before"), default=dict)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.plan} → {self.to_date}"

    @property
    def paid(self) -> Money | None:
        return None if self.amount is None else Money(self.amount, self.currency)

    @property
    def fee_paid(self) -> Money | None:
        return None if self.fee is None else Money(self.fee, self.currency)


def receipt_path(_receipt: Receipt, _name: str) -> str:
    """A name that tells nothing and cannot be guessed; the reader's own is kept beside it."""
    return f"{secrets.token_hex(2)[:2]}/{secrets.token_urlsafe(24)}"


class Receipt(models.Model):
    """A photo or a PDF that proves a renewal. Private: handed out only by the page that asks whose it is."""

    renewal = models.ForeignKey(Renewal, models.CASCADE, related_name="receipts", verbose_name=_("renewal"))
    file = models.FileField(_("file"), upload_to=receipt_path, storage=private_files)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("kind of file"), max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["added_at", "pk"]

    def __str__(self) -> str:
        return self.name

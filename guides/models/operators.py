"""Who sells, how one pays, and what is offered: operators, channels, tariffs, promotions."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guides.prices import is_current
from guides.situation import PaymentMethod, Place
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGES

from .facts import Confidence


def prefix_list(value: object) -> None:
    """Number prefixes: a list of three-digit texts."""
    if not isinstance(value, list) or not all(isinstance(p, str) and re.fullmatch(r"\d{3}", p) for p in value):
        raise ValidationError(_('Write a list of three-digit prefixes, like ["701", "702"].'))


def payment_list(value: object) -> None:
    if not isinstance(value, list) or not set(value) <= set(PaymentMethod.values):
        raise ValidationError(_("Choose from the listed ways to pay."))


# These stand in an operator's place in the addresses of the guides.
NOT_OPERATORS = frozenset({"all", "assistant", "choose", "facts", "reports", "search"})


class Operator(models.Model):
    """A mobile brand a SIM belongs to. A brand that runs on another's network names it in `network`."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    network = models.ForeignKey(
        "self",
        verbose_name=_("runs on the network of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="brands",
    )
    prefixes = models.JSONField(
        _("number prefixes"),
        default=list,
        blank=True,
        validators=[prefix_list],
        help_text=_("The three digits after +7, as a list. A ported number keeps its old prefix."),
    )
    website = models.URLField(_("website"), blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("operator")
        verbose_name_plural = _("operators")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.slug in NOT_OPERATORS:
            raise ValidationError({"slug": _("This word has a page of its own. Choose another.")})


class ChannelKind(models.TextChoices):
    SHOP = "shop", _("Shop")
    APP = "app", _("Operator's app")
    WEBSITE = "website", _("Operator's website")
    BANK_APP = "bank_app", _("Bank app")
    PAYMENT_SERVICE = "payment_service", _("Payment service")
    KIOSK = "kiosk", _("Payment kiosk")
    USSD = "ussd", _("Short code (USSD)")
    RESELLER = "reseller_abroad", _("Reseller abroad")


class Abroad(models.TextChoices):
    YES = "yes", _("yes")
    NO = "no", _("no")
    UNKNOWN = "unknown", _("not known")


class Credited(models.TextChoices):
    AT_ONCE = "at_once", _("usually at once")
    LATER = "later", _("later")
    UNKNOWN = "unknown", _("not known")


class Fee(models.TextChoices):
    NONE = "none", _("no fee")
    POSSIBLE = "possible", _("a fee is possible")
    UNKNOWN = "unknown", _("not known")


class Channel(models.Model):
    """A way to pay, with what the assistant must know to tell whether it can work for a reader."""

    slug = models.SlugField(_("short name"), unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=ChannelKind)
    works_abroad = models.CharField(_("works from abroad"), max_length=10, choices=Abroad, default=Abroad.UNKNOWN)
    payments = models.JSONField(_("takes"), default=list, blank=True, validators=[payment_list])
    payments_to_check = models.JSONField(
        _("may take, nobody has proved it"), default=list, blank=True, validators=[payment_list]
    )
    credited = models.CharField(_("credited"), max_length=10, choices=Credited, default=Credited.UNKNOWN)
    fee = models.CharField(_("fee"), max_length=10, choices=Fee, default=Fee.UNKNOWN)
    source = models.CharField(_("source"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return str(self.get_kind_display())

    def clean(self) -> None:
        if both := set(self.payments) & set(self.payments_to_check):
            names = listed(str(PaymentMethod(code).label) for code in sorted(both))
            raise ValidationError({"payments_to_check": _("Already among what it takes: %s.") % names})


class Period(models.TextChoices):
    DAY = "day", _("1 day")
    WEEK = "7d", _("7 days")
    FOUR_WEEKS = "28d", _("28 days")
    THIRTY_DAYS = "30d", _("30 days")
    HOURS_720 = "720h", _("720 hours")
    MONTH = "month", _("calendar month")
    MONTH_FIRST = "first", _("calendar month, charged on the 1st")
    ONCE = "once", _("once")


_PRICE = ("price", "currency", "price_since")


class Tariff(models.Model):
    """An operator's offer as it was seen once. None is shown as current without a date."""

    operator = models.ForeignKey(Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="tariffs")
    name = models.CharField(_("name"), max_length=100)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    period = models.CharField(
        _("period"), max_length=5, choices=Period, blank=True, help_text=_("Empty: the source does not say.")
    )
    price_since = models.DateField(
        _("price holds from"), null=True, blank=True, help_text=_("Where a new price was announced for a day to come.")
    )
    data_mb = models.PositiveIntegerField(_("data, MB"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    messages = models.PositiveIntegerField(_("SMS"), null=True, blank=True)
    fallback_fee = models.DecimalField(
        _("fee a day when the money is short"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(_("source"), max_length=300)
    seen_on = models.DateField(_("seen on"), null=True, blank=True)
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence, default=Confidence.ONE_SOURCE)
    price_changed_at = models.DateTimeField(_("price changed here at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["operator", "price"]
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "name", "period"],
                name="one_tariff_per_name_and_period",
                violation_error_message=_("This operator already has a tariff of this name and period."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Notes the moment from which a new price is known here: whoever pays another is told of it then."""
        before = Tariff.objects.filter(pk=self.pk).values(*_PRICE).first() if self.pk else None
        if before and before != {name: self._meta.get_field(name).to_python(getattr(self, name)) for name in _PRICE}:
            self.price_changed_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "price_changed_at"}
        super().save(*args, **kwargs)

    def is_current_on(self, day: date) -> bool:
        """Whether its price may be called that day's, and not only one that was seen once."""
        return is_current(self.confidence, self.seen_on, day)


class PromotionState(models.TextChoices):
    COMING = "coming", _("coming")
    RUNNING = "running", _("running")
    OVER = "over", _("over")


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def in_state(self, state: str, day: date) -> PromotionQuerySet:
        if state == PromotionState.OVER:
            return self.filter(until__lt=day)
        return self.running_on(day) if state == PromotionState.RUNNING else self.filter(until__gte=day, since__gt=day)

    def running_on(self, day: date) -> PromotionQuerySet:
        return self.filter(Q(since=None) | Q(since__lte=day), until__gte=day)

    def for_readers_of(self, languages: list[str]) -> PromotionQuerySet:
        return self.filter(Q(language="") | Q(language__in=languages))


class Promotion(models.Model):
    """An operator's offer for a time; it appears on its first day and vanishes after its last by itself."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="promotions"
    )
    language = models.CharField(
        _("language"), max_length=10, choices=LANGUAGES, blank=True, help_text=_("Empty: for every reader.")
    )
    audience = models.CharField(
        _("audience"), max_length=10, choices=Place, blank=True, help_text=_("Empty: wherever the reader is.")
    )
    title = models.CharField(_("text"), max_length=200)
    since = models.DateField(_("first day"), null=True, blank=True, help_text=_("Empty: at once."))
    until = models.DateField(_("last day"))
    source = models.CharField(_("source"), max_length=300)
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now, editable=False)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        ordering = ["until"]
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise ValidationError({"until": _("It would end before it begins.")})

    def state_on(self, day: date) -> PromotionState:
        if self.until < day:
            return PromotionState.OVER
        return PromotionState.COMING if self.since and self.since > day else PromotionState.RUNNING

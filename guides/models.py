"""What editors write: operators, tariffs, channels, guides, facts, promotions.

A text is one row per guide and language, and names facts (`{{ beeline.data_left_code }}`), so that one
corrected fact changes every guide and language at once. Every write through the loader or the admin ends
with `raise_revision()`, so that whatever is worked out from the guides can tell whether it is behind.
"""

from __future__ import annotations

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from guides import facts as fact_names
from guides.situation import PaymentMethod
from kzsim.common.formats import listed
from kzsim.common.languages import LANGUAGES


def prefix_list(value: object) -> None:
    """Number prefixes: a list of three-digit texts."""
    if not isinstance(value, list) or not all(isinstance(p, str) and re.fullmatch(r"\d{3}", p) for p in value):
        raise ValidationError(_('Write a list of three-digit prefixes, like ["701", "702"].'))


def payment_list(value: object) -> None:
    if not isinstance(value, list) or not set(value) <= set(PaymentMethod.values):
        raise ValidationError(_("Choose from the listed ways to pay."))


class Confidence(models.TextChoices):
    """How far a fact can be trusted; shown to every reader in these words."""

    CONFIRMED = "confirmed", _("confirmed by several sources")
    ONE_SOURCE = "one_source", _("one source only")
    OLD = "old", _("old information, may have changed")
    REPORTED = "reported", _("reported by users")
    UNKNOWN = "unknown", _("not known yet")


class Period(models.TextChoices):
    DAY = "day", _("1 day")
    WEEK = "7d", _("7 days")
    FOUR_WEEKS = "28d", _("28 days")
    THIRTY_DAYS = "30d", _("30 days")
    MONTH = "month", _("calendar month")
    ONCE = "once", _("once")


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


class OperatorText(models.Model):
    """What an operator is known for, in one language."""

    operator = models.ForeignKey(Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    known_for = models.TextField(_("known for"), help_text=_("Markdown. Facts are named like {{ beeline.website }}."))
    suits_resident = models.TextField(_("for someone who lives in Kazakhstan"), blank=True)
    suits_visitor = models.TextField(_("for a short visitor"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    checked_on = models.DateField(_("last checked on"), null=True, blank=True)

    TEXT_FIELDS = ("known_for", "suits_resident", "suits_visitor")

    class Meta:
        ordering = ["operator", "language"]
        verbose_name = _("operator profile")
        verbose_name_plural = _("operator profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "language"],
                name="one_profile_per_language",
                violation_error_message=_("This operator already has a profile in this language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator} ({self.language})"

    def clean(self) -> None:
        refuse_unknown_names(self)


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


class Tariff(models.Model):
    """An operator's offer as it was seen once. None is shown as current without a date."""

    operator = models.ForeignKey(Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="tariffs")
    name = models.CharField(_("name"), max_length=100)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    period = models.CharField(_("period"), max_length=5, choices=Period)
    data_mb = models.PositiveIntegerField(_("data, MB"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    messages = models.PositiveIntegerField(_("SMS"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    seen_on = models.DateField(_("seen on"), null=True, blank=True)
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence, default=Confidence.ONE_SOURCE)

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


class FactKind(models.TextChoices):
    CODE = "code", _("short code (USSD)")
    NUMBER = "number", _("phone number")
    PRICE = "price", _("price")
    FEE = "fee", _("fee")
    LIMIT = "limit", _("limit")
    RULE = "rule", _("rule")
    SITE = "site", _("website")
    EMAIL = "email", _("e-mail address")
    NAME = "name", _("name")


class Fact(models.Model):
    """One thing we know, or know that we do not know, with where it comes from and how sure it is."""

    key = models.CharField(
        _("name in texts"),
        max_length=80,
        unique=True,
        help_text=_("Like beeline.data_left_code: who it is about, a dot, and what it is."),
    )
    operator = models.ForeignKey(
        Operator,
        verbose_name=_("operator"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="facts",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=FactKind)
    value = models.CharField(
        _("value"),
        max_length=300,
        blank=True,
        help_text=_("The same in every language: a code, a number, an address. Empty if nobody knows it yet."),
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    seen_on = models.DateField(_("seen on"), null=True, blank=True, help_text=_("Empty: the source shows no date."))
    confidence = models.CharField(_("confidence"), max_length=12, choices=Confidence)
    note = models.TextField(_("note for editors"), blank=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        constraints = [
            models.CheckConstraint(
                condition=Q(value="", confidence="unknown") | (~Q(value="") & ~Q(confidence="unknown")),
                name="unknown_facts_have_no_value",
                violation_error_message=_("A fact without a value is “not known yet”, and only such a fact."),
            ),
            models.CheckConstraint(
                condition=Q(value="") | ~Q(source=""),
                name="known_facts_have_a_source",
                violation_error_message=_("Say where this value comes from."),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def clean(self) -> None:
        if not fact_names.is_key(self.key):
            raise ValidationError({"key": _("Write it like beeline.data_left_code, in small letters.")})
        if self.kind == FactKind.CODE and self.value and not re.fullmatch(r"[*#\d]+#", self.value):
            raise ValidationError({"value": _("A short code is made of digits, * and #, and ends with #.")})
        if self.kind == FactKind.SITE and self.value and not self.value.startswith("https://"):
            raise ValidationError({"value": _("Write the whole address, from https://.")})

    @property
    def is_known(self) -> bool:
        return self.confidence != Confidence.UNKNOWN


class Topic(models.TextChoices):
    RENEW = "renew", _("Renew")
    BUY = "buy", _("Buy or change a plan")
    KEEP = "keep", _("Keep the number")
    CHOOSE = "choose", _("Choose an operator")
    TIPS = "tips", _("Tips")
    TROUBLE = "trouble", _("When it goes wrong")
    SUPPORT = "support", _("Get help")


class Guide(models.Model):
    """Instructions about one topic, often through one channel. Without an operator it is for every operator;
    an operator's own guide of the same short name takes its place on that operator's pages."""

    operator = models.ForeignKey(
        Operator,
        verbose_name=_("operator"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="guides",
        help_text=_("Empty: for every operator."),
    )
    slug = models.SlugField(_("short name"), help_text=_("The last part of the page's address."))
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, null=True, blank=True, related_name="guides"
    )
    topic = models.CharField(_("topic"), max_length=10, choices=Topic)
    on_operator_pages = models.BooleanField(
        _("shown with each operator"),
        default=True,
        help_text=_("Off for texts that compare operators: they stand on the general page only."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    published = models.BooleanField(_("published"), default=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "slug"],
                name="one_guide_per_operator_and_slug",
                violation_error_message=_("This operator already has a guide of this short name."),
            ),
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(operator__isnull=True),
                name="one_general_guide_per_slug",
                violation_error_message=_("There is already a guide of this short name for every operator."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator.slug if self.operator else 'all'}/{self.slug}"


class TextState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


class GuideText(models.Model):
    """A guide in one language."""

    guide = models.ForeignKey(Guide, verbose_name=_("guide"), on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    title = models.CharField(_("title"), max_length=150)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    need = models.TextField(_("what you need"), blank=True, help_text=_("Markdown, a short list."))
    steps = models.TextField(
        _("steps"),
        blank=True,
        help_text=_("Markdown, a numbered list, one action each. Facts are named like {{ operator.data_left_code }}."),
    )
    pros = models.TextField(_("good about it"), blank=True)
    cons = models.TextField(_("to watch"), blank=True)
    more = models.TextField(_("good to know"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    checked_on = models.DateField(_("last checked on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TextState, default=TextState.DRAFT)

    TEXT_FIELDS = ("title", "summary", "need", "steps", "pros", "cons", "more")

    class Meta:
        ordering = ["guide", "language"]
        verbose_name = _("guide text")
        verbose_name_plural = _("guide texts")
        constraints = [
            models.UniqueConstraint(
                fields=["guide", "language"],
                name="one_text_per_guide_and_language",
                violation_error_message=_("This guide already has a text in this language."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.guide} ({self.language})"

    def clean(self) -> None:
        refuse_unknown_names(self)


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def running_on(self, day: date) -> PromotionQuerySet:
        return self.filter(until__gte=day)

    def for_readers_of(self, languages: list[str]) -> PromotionQuerySet:
        return self.filter(Q(language="") | Q(language__in=languages))


class Promotion(models.Model):
    """An operator's offer for a time; it vanishes by itself after its last day."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="promotions"
    )
    language = models.CharField(
        _("language"), max_length=10, choices=LANGUAGES, blank=True, help_text=_("Empty: for every reader.")
    )
    title = models.CharField(_("text"), max_length=200)
    until = models.DateField(_("last day"))
    source = models.CharField(_("source"), max_length=300)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        ordering = ["until"]
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")

    def __str__(self) -> str:
        return self.title


class LoadedItem(models.Model):
    """What `load_guides` last wrote for one entry of the files, so that it never writes over an editor."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=160)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_digest_per_loaded_item")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Revision(models.Model):
    """One row with a number that rises whenever something in this app changes."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


def current_revision() -> int:
    """The number of the latest change; 0 before the first."""
    return Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def raise_revision() -> None:
    """Say that something in this app changed; call it inside the transaction that changed it."""
    Revision.objects.get_or_create(pk=1)
    Revision.objects.filter(pk=1).update(number=F("number") + 1)


def refuse_unknown_names(text: OperatorText | GuideText) -> None:
    """Tell the editor, next to the field, which fact names or braces in it cannot be understood."""
    operators = set(Operator.objects.values_list("slug", flat=True))
    keys = set(Fact.objects.values_list("key", flat=True))
    errors: dict[str, list[str]] = {}
    for field in text.TEXT_FIELDS:
        value = getattr(text, field)
        problems = [
            _("Line %(line)d: %(problem)s") % {"line": error.line, "problem": error}
            for error in fact_names.errors_in(value)
        ]
        problems += [
            _("There is no fact named “%s”. Add it under Facts, or correct the name.") % name.key
            for name in fact_names.names_in(value)
            if not fact_names.exists(name, keys, operators)
        ]
        if problems:
            errors[field] = problems
    if errors:
        raise ValidationError(errors)

"""What we know, each thing once, with where it comes from and how sure it is."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guides import facts as fact_names


class Confidence(models.TextChoices):
    """How far a fact can be trusted; shown to every reader in these words."""

    CONFIRMED = "confirmed", _("confirmed by several sources")
    ONE_SOURCE = "one_source", _("one source only")
    OLD = "old", _("old information, may have changed")
    REPORTED = "reported", _("reported by users")
    UNKNOWN = "unknown", _("not known yet")


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
        "guides.Operator",
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
        self.operator = self._meta.get_field("operator").related_model.objects.filter(slug=self.scope).first()

    @property
    def scope(self) -> str:
        """Who it is about: the short name of an operator, or a subject such as `country`."""
        return self.key.partition(".")[0]

    @property
    def is_known(self) -> bool:
        return self.confidence != Confidence.UNKNOWN

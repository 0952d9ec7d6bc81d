"""What readers read: guides and operator profiles, one row per language."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guides import facts as fact_names
from guides import versions
from kzsim.common.languages import LANGUAGES

from .facts import Fact
from .operators import Channel, Operator


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
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")


SOURCE_LANGUAGE = "en"  # every other language is translated from it


class GuideText(models.Model):
    """A guide in one language, as readers get it once it is published.

    What is being written stands in a `TextVersion` until it is published, so that readers never see half a change."""

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
    translated_from = models.CharField(
        _("translated from"),
        max_length=16,
        blank=True,
        help_text=_("Which wording of the source language this is a translation of."),
    )

    TEXT_FIELDS = versions.FIELDS

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
        permissions = [("publish_guidetext", "Can publish guide texts")]

    def __str__(self) -> str:
        return f"{self.guide} ({self.language})"

    def clean(self) -> None:
        refuse_unknown_names(self)


class Weight(models.TextChoices):
    """How much a change matters; all but a typo leave the other languages behind."""

    TYPO = "typo", _("typo or style: the other languages need nothing")
    CHANGED = "changed", _("changed: the other languages must follow")
    NEW_FACT = "new_fact", _("new fact: readers could lose money or service by the old text")


class TextVersion(models.Model):
    """One state of a guide's text in one language: at most one that is being written, and all that were published.

    `content` holds the fields of `GuideText.TEXT_FIELDS`; `translated_from` tells which wording of the source language
    the writer had beside it; `based_on` which published wording of this language the work began from."""

    guide = models.ForeignKey(Guide, verbose_name=_("guide"), on_delete=models.CASCADE, related_name="versions")
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES)
    content = models.JSONField(_("text"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=TextState, default=TextState.DRAFT)
    weight = models.CharField(_("weight"), max_length=10, choices=Weight, default=Weight.CHANGED)
    translated_from = models.CharField(_("translated from"), max_length=16, blank=True)
    based_on = models.CharField(_("based on"), max_length=16, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    changed_at = models.DateTimeField(_("changed"))
    publisher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    note = models.CharField(_("what changed"), max_length=300, blank=True)

    class Meta:
        ordering = ["-changed_at", "-id"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [
            models.UniqueConstraint(
                fields=["guide", "language"],
                condition=~Q(state="published"),
                name="one_open_version_per_text",
                violation_error_message=_("Somebody is already writing this text."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.guide} ({self.language}), {self.state}"


class Reads(models.Model):
    """How often a guide was opened in one week, by whomever; nothing is kept of the readers."""

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="reads")
    week = models.DateField()  # its Monday
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guide", "week"], name="one_count_per_guide_and_week")]

    def __str__(self) -> str:
        return f"{self.guide}, {self.week}: {self.count}"


class KnownNames:
    """Which facts a text may name, read once; says what in a text cannot be understood, with the line."""

    def __init__(self) -> None:
        self._operators = set(Operator.objects.values_list("slug", flat=True))
        self._keys = set(Fact.objects.values_list("key", flat=True))

    def problems_in(self, markdown: str) -> list[tuple[int, str]]:
        problems = [
            (error.line, _("Line %(line)d: %(problem)s") % {"line": error.line, "problem": error})
            for error in fact_names.errors_in(markdown)
        ]
        for number, line in enumerate(markdown.splitlines(), start=1):
            problems += [
                (number, _("There is no fact named “%s”. Add it under Facts, or correct the name.") % name.key)
                for name in fact_names.names_in(line)
                if not fact_names.exists(name, self._keys, self._operators)
            ]
        return problems


def refuse_unknown_names(text: OperatorText | GuideText) -> None:
    """Tell the editor, next to the field, which fact names or braces in it cannot be understood."""
    names = KnownNames()
    errors = {}
    for field in text.TEXT_FIELDS:
        if problems := names.problems_in(getattr(text, field)):
            errors[field] = list(dict.fromkeys(message for _line, message in problems))
    if errors:
        raise ValidationError(errors)

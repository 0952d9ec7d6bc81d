"""What readers tell us: this worked, or it did not."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from guides.reports import Word
from guides.situation import PaymentMethod, Place

from .facts import Fact
from .operators import Channel, Operator
from .texts import Guide


class ReportQuerySet(models.QuerySet["Report"]):
    def that_happened_since(self, day: date) -> ReportQuerySet:
        return self.filter(happened_on__gte=day)

    def of_todays_value(self) -> ReportQuerySet:
        """Those that speak of the value that the fact has now."""
        return self.filter(value=F("fact__value"))


class Report(models.Model):
    """One person's word, for one day, on a fact or on a guide (or only on a channel, after a renewal).

    `who` is a keyed digest of the account or of the browser: it tells two people apart, and names neither."""

    fact = models.ForeignKey(
        Fact, verbose_name=_("fact"), on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    guide = models.ForeignKey(
        Guide, verbose_name=_("guide"), on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    # A fact may be corrected later: what was said of the old value says nothing of the new one.
    value = models.CharField(_("value"), max_length=300, blank=True)
    worked = models.BooleanField(_("it worked"))
    happened_on = models.DateField(_("on"))
    payment = models.CharField(_("paid with"), max_length=20, choices=PaymentMethod, blank=True)
    card_country = models.CharField(_("country of the card"), max_length=2, blank=True)
    place = models.CharField(_("where"), max_length=10, choices=Place, blank=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    who = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("told us"))
    hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Does not count and is not shown."))

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-happened_on", "-id"]
        verbose_name = _("reader's report")
        verbose_name_plural = _("readers' reports")
        indexes = [models.Index(fields=["who", "made_at"], name="reports_by_who")]
        constraints = [
            models.CheckConstraint(
                condition=Q(fact__isnull=False, guide__isnull=True)
                | Q(fact__isnull=True, guide__isnull=False)
                | Q(fact__isnull=True, guide__isnull=True, channel__isnull=False),
                name="a_report_is_about_one_thing",
            ),
            # Nothing is as good as zero here: in an index NULLs would never collide.
            models.UniqueConstraint(
                "who",
                "happened_on",
                *(
                    Coalesce(name, 0, output_field=models.BigIntegerField())
                    for name in ("fact", "guide", "operator", "channel")
                ),
                name="one_report_on_a_thing_per_person_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact or self.guide or self.channel}, {self.happened_on}: {'✓' if self.worked else '✗'}"

    @property
    def word(self) -> Word:
        """What the rule of `guides.reports` wants to know of it."""
        return Word(
            who=self.who,
            worked=self.worked,
            on=self.happened_on,
            number=int(self.made_at.timestamp() * 1_000_000),
            payment=self.payment,
            country=self.card_country,
            place=self.place,
            hidden=self.hidden,
        )

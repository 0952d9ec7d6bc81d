"""What the editors' desk keeps of an editor."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q


class WeeklyMailQuerySet(models.QuerySet["WeeklyMail"]):
    def still_to_get(self, week: date) -> WeeklyMailQuerySet:
        """Those who want the mail of this week (its Monday), and have not had it."""
        return self.filter(Q(last_week=None) | Q(last_week__lt=week), wanted=True)


class WeeklyMail(models.Model):
    """Whether an editor wants the weekly list, and the Monday of the week for which it was last seen to."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    wanted = models.BooleanField(default=True)
    last_week = models.DateField(null=True)

    objects = WeeklyMailQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user}: {self.last_week if self.wanted else 'no'}"

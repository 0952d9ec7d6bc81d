"""What was done to many SIMs at once, so that it can be taken back at once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class LotQuerySet(models.QuerySet["Lot"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> LotQuerySet:
        return self.filter(owner=user.pk) if user.is_authenticated else self.none()


class Lot(models.Model):
    """One change of many SIMs. `sims` names each of them, with the group that it had before."""

    class Kind(models.TextChoices):
        ADDED = "added", _("added")
        ARCHIVED = "archived", _("archived")
        GROUPED = "grouped", _("put into a group")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    sims = models.JSONField(_("SIMs"), default=dict)
    group = models.CharField(_("group"), max_length=40, blank=True)
    made_at = models.DateTimeField(_("made at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of many SIMs")
        verbose_name_plural = _("changes of many SIMs")
        ordering = ["-made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {len(self.sims)}"

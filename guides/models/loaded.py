"""What the files said last, and the number of the latest change."""

from __future__ import annotations

import time

from django.db import models
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _


class LoadedItem(models.Model):
    """What `load_guides` last wrote for one entry of the files, so that it never writes over an editor.

    Where an editor's row and a newer file differ, `offered` holds what the file says until the editor chooses:
    "take theirs" writes it, "keep mine" remembers its digest in `declined`, so that it is not offered again."""

    kind = models.CharField(_("kind"), max_length=20)
    key = models.CharField(_("entry"), max_length=160)
    digest = models.CharField(max_length=64)
    offered = models.JSONField(null=True, blank=True)
    declined = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("entry of the files")
        verbose_name_plural = _("entries of the files")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_digest_per_loaded_item")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Revision(models.Model):
    """One row with a number that rises whenever something in this app changes.

    It never comes back: a change takes at least the clock's milliseconds, so that after a restored backup no number
    means two things to those who keep what they made of one."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)


def current_revision() -> int:
    """The number of the latest change; 0 before the first."""
    return Revision.objects.filter(pk=1).values_list("number", flat=True).first() or 0


def raise_revision() -> None:
    """Say that something in this app changed; call it inside the transaction that changed it."""
    Revision.objects.get_or_create(pk=1)
    Revision.objects.filter(pk=1).update(number=Greatest(F("number") + 1, time.time_ns() // 1_000_000))

"""What editors write."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Operator(models.Model):
    """A mobile brand a SIM belongs to."""

    slug = models.SlugField(_("short name"), unique=True)
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

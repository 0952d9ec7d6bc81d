"""The state of the clockwork and of the media, for the pages of the admin."""

from django import template
from django.utils import timezone

from plans import clockwork

register = template.Library()


@register.simple_tag
def site_health() -> clockwork.Health:
    """What is wrong with the site now, in sentences; nothing when all is well."""
    return clockwork.health(timezone.now())

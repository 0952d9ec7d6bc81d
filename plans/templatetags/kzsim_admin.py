"""What the admin's first page says of the clockwork."""

from __future__ import annotations

from django import template
from django.utils import timezone

from plans import outbox

register = template.Library()


@register.simple_tag
def clockwork_problems() -> list[str]:
    """What keeps reminders from being sent, in sentences; nothing when all is well."""
    return outbox.health(timezone.now()).problems

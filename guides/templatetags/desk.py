"""What the admin's first page says of the editors' desk."""

from django import template

from guides.models import LoadedItem
from guides.page_cache import today_in_almaty
from guides.review import to_verify

register = template.Library()


@register.simple_tag
def desk_counts() -> dict[str, int]:
    """How much waits to be verified, and for a choice about the files."""
    return {
        "to_verify": len(to_verify(today_in_almaty())),
        "offers": LoadedItem.objects.filter(offered__isnull=False).count(),
    }

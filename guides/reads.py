"""How often guides are opened. Nothing is kept of the readers, and no page waits for a count.

A page that was opened raises a number in the shared cache; the hourly task adds the numbers to `Reads`. So a GET
never touches the database, and an outage of the cache is only an hour that nobody counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import wraps

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Sum
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseNotModified

from guides.models import Guide, Operator, Reads
from guides.page_cache import today_in_almaty
from guides.selection import EVERY_OPERATOR

COUNTED_WEEKS = 4  # what “often read” looks back to, beside the week that runs
_KEPT = timedelta(weeks=3)  # so long may the task be down before counts are lost


def counted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Count each opening of a guide's page, also one that the shared cache or the browser's own copy answers."""

    @wraps(view)
    def wrapped(request: HttpRequest, lang: str, operator: str, guide: str) -> HttpResponse:
        response = view(request, lang, operator=operator, guide=guide)
        if request.method == "GET" and response.status_code in (200, HttpResponseNotModified.status_code):
            count_read(operator, guide)
        return response

    return wrapped


def count_read(operator: str, guide: str) -> None:
    """One more opening of this guide on this operator's pages, in this week. Never fails, never waits for a query."""
    key = _key(week_of(today_in_almaty()), operator, guide)
    cache.add(key, 0, _KEPT.total_seconds())
    try:
        cache.incr(key)
    except ValueError:  # it ended in this very moment
        return


def fold() -> int:
    """Add what was counted to the database; returns how many openings that were."""
    this_week = week_of(today_in_almaty())
    weeks = [this_week - timedelta(weeks=back) for back in range(_KEPT.days // 7 + 1)]
    owners = _guides_by_page()
    keys = {_key(week, *page): (week, guide) for week in weeks for page, guide in owners.items()}
    total = 0
    for key, found in cache.get_many(keys).items():
        if taken := _taken(key, found):
            week, guide = keys[key]
            _add(guide, week, taken)
            total += taken
    return total


def _taken(key: str, count: int) -> int:
    """The count, taken out of the cache; nothing if another took it in the same moment."""
    if count <= 0:
        return 0
    try:
        if cache.incr(key, -count) >= 0:
            return count
        cache.incr(key, count)  # what another has taken, given back
    except ValueError:  # it ended in this very moment
        pass
    return 0


@transaction.atomic
def _add(guide: int, week: date, count: int) -> None:
    row, _made = Reads.objects.get_or_create(guide_id=guide, week=week)
    Reads.objects.filter(pk=row.pk).update(count=F("count") + count)


def _guides_by_page() -> dict[tuple[str, str], int]:
    """Which guide a page shows, by the operator and the guide of its address: the operator's own, else its
    network's, else that for every operator."""
    ids = {(guide.operator_id, guide.slug): guide.pk for guide in Guide.objects.all()}
    pages = {(EVERY_OPERATOR, slug): pk for (operator, slug), pk in ids.items() if operator is None}
    for operator in Operator.objects.all():
        for slug in {slug for _operator, slug in ids}:
            nearest = (ids.get((pk, slug)) for pk in (operator.pk, operator.network_id, None))
            if found := next(filter(None, nearest), None):
                pages[operator.slug, slug] = found
    return pages


def reads_by_guide(today: date, guides: Iterable[int] | None = None) -> dict[int, int]:
    """How often each guide was opened in the last weeks, by its id."""
    rows = Reads.objects.filter(week__gte=week_of(today) - timedelta(weeks=COUNTED_WEEKS))
    if guides is not None:
        rows = rows.filter(guide__in=guides)
    return dict(rows.values_list("guide").annotate(total=Sum("count")).values_list("guide", "total"))


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def _key(week: date, operator: str, guide: str) -> str:
    return f"guides.reads.{week}.{operator}.{guide}"

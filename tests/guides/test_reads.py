"""How often guides are opened: counted in the cache, kept by the week, and never in a reader's way."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from redis.exceptions import ConnectionError as NoConnection

from guides import reads
from guides.models import Guide, Operator, Reads
from guides.tasks import fold_reads
from kzsim.cache import ForgivingRedisCache

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

MONDAY = date(2026, 11, 23)
at_noon = partial(time_machine.travel, tick=False)


def page(operator="all", guide="renew-at-a-shop", lang="en"):
    return reverse("guides:guide", kwargs={"lang": lang, "operator": operator, "guide": guide})


def counts():
    return {(row.guide.slug, row.week): row.count for row in Reads.objects.select_related("guide")}


@pytest.mark.parametrize(
    ("day", "monday"), [("2026-11-23", MONDAY), ("2026-11-29", MONDAY), ("2026-11-30", date(2026, 11, 30))]
)
def test_a_week_is_named_by_its_monday(day, monday):
    assert reads.week_of(date.fromisoformat(day)) == monday


@at_noon("2026-11-25T07:00Z")
def test_each_opening_counts_also_from_the_cache_and_with_a_copy_that_still_holds(client):
    etag = client.get(page()).headers["ETag"]
    client.get(page(lang="ru"))
    client.get(page())
    assert client.get(page(), headers={"If-None-Match": etag}).status_code == 304
    fold_reads()
    assert counts() == {("renew-at-a-shop", MONDAY): 4}


def test_what_is_no_page_does_not_count(client):
    client.get(page(guide="no-such-guide"))
    client.head(page())
    assert reads.fold() == 0


def test_opening_a_page_writes_nothing(client, django_assert_num_queries):
    client.get(page())
    with django_assert_num_queries(1) as asked:  # the number of the latest change
        client.get(page())
    assert "SELECT" in asked.captured_queries[0]["sql"]
    assert not Reads.objects.exists()


@at_noon("2026-11-25T07:00Z")
def test_folding_twice_counts_once_and_later_openings_are_added(client):
    client.get(page())
    assert (reads.fold(), reads.fold()) == (1, 0)
    client.get(page())
    client.get(page())
    assert reads.fold() == 2
    assert counts() == {("renew-at-a-shop", MONDAY): 3}


def test_an_opening_before_midnight_on_sunday_counts_for_its_own_week():
    with at_noon("2026-11-29T18:59Z"):  # 23:59 in Almaty
        reads.count_read("all", "get-help")
    with at_noon("2026-11-29T19:01Z"):
        reads.count_read("all", "get-help")
        reads.fold()
    assert counts() == {("get-help", MONDAY): 1, ("get-help", MONDAY + timedelta(weeks=1)): 1}


def test_a_page_counts_for_the_guide_that_it_shows():
    general = Guide.objects.get(slug="get-help")
    own = Guide.objects.create(
        slug="get-help", operator=Operator.objects.get(slug="beeline"), topic=general.topic, order=1
    )
    for operator in ("all", "kcell", "beeline", "izi"):
        reads.count_read(operator, "get-help")
    reads.fold()
    # izi is on the network of Beeline, and reads what Beeline's own guide says
    assert dict(Reads.objects.values_list("guide", "count")) == {general.pk: 2, own.pk: 2}


def test_two_who_fold_at_once_never_count_twice(monkeypatch):
    for _opening in range(5):
        reads.count_read("all", "get-help")
    found = cache.get_many

    def and_another_folds(keys):
        counted = found(keys)
        monkeypatch.undo()
        assert reads.fold() == 5
        reads.count_read("all", "get-help")
        return counted

    monkeypatch.setattr(cache, "get_many", and_another_folds)
    assert reads.fold() == 0
    assert reads.fold() == 1
    assert sum(counts().values()) == 6


def test_without_a_cache_nothing_is_counted_and_nothing_fails(client, monkeypatch):
    gone = ForgivingRedisCache("redis://127.0.0.1:1", {})

    def out_of_reach(*_args, **_kwargs):
        raise NoConnection

    for name in ("get", "set", "add", "incr", "get_many"):
        monkeypatch.setattr(gone._cache, name, out_of_reach)
    monkeypatch.setattr(reads, "cache", gone)
    assert client.get(page()).status_code == 200
    assert reads.fold() == 0


def test_the_last_weeks_count_and_older_ones_do_not():
    guide = Guide.objects.get(slug="get-help")
    for weeks, count in ((0, 1), (4, 10), (5, 100)):
        Reads.objects.create(guide=guide, week=MONDAY - timedelta(weeks=weeks), count=count)
    assert reads.reads_by_guide(MONDAY + timedelta(days=3)) == {guide.pk: 11}
    assert reads.reads_by_guide(MONDAY, guides=[guide.pk + 1]) == {}

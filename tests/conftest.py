"""What every test may take for granted."""

import re
from copy import copy

import hypothesis
import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import translation

from guides.selection import shelf_at
from kzsim.management.commands.compile_translations import compile_stale

pytest_plugins = ["tests.e2e.fixtures"]
# A busy machine is no failure.
hypothesis.settings.register_profile(
    "patient", hypothesis.settings(), deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")
_WHOLE = re.compile("page|admin|desk|workbench|deliveries|commands|answers|content|related|market|search|samples|care")
_DATABASES = frozenset({"db", "transactional_db", "live_server"})
compile_stale()  # before any test asks for a language: a fresh clone has no compiled catalogue


def pytest_collection_modifyitems(config, items):
    """Whole pages and handbooks take most of the time: while one works on the rules, they can wait for `make test`.
    What asks no database is not run a second time on PostgreSQL."""
    for item in items:
        if _WHOLE.search(item.path.stem):
            item.add_marker("broad")
    if connection.vendor != "sqlite":
        without = [item for item in items if not _asks_a_database(item)]
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if _asks_a_database(item)]


def _asks_a_database(item):
    marked = any(item.get_closest_marker(name) for name in ("django_db", "e2e", "chaos", "browser"))
    return marked or not _DATABASES.isdisjoint(item.fixturenames)


@pytest.fixture(autouse=True)
def _fresh_start():
    """No rate limit, no guide and no language is left over from another test."""
    cache.clear()
    shelf_at.cache_clear()
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def content_entries():
    """What the repository's guide files say, read once."""
    from guides.content_files import CONTENT, entries

    return entries(CONTENT)


@pytest.fixture
def guides_loaded(db, content_entries):
    """Operators, channels, facts and guides as the repository's files have them.

    The loader works once in a process; the other tests get the rows that it wrote, which is ten times as fast."""
    from guides.loader import write

    if _LOADED:
        _write_rows_again(_LOADED["rows"])
    else:
        _LOADED["report"] = write(content_entries)
        _LOADED["rows"] = {model: list(model.objects.all()) for model in apps.get_app_config("guides").get_models()}
    return _LOADED["report"]


_LOADED = {}


def _write_rows_again(rows):
    """The same rows with the same ids; parents may come after children, as databases look only when all is done."""
    with transaction.atomic():
        for model, instances in rows.items():
            model.objects.bulk_create(copy(instance) for instance in instances)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(rows)):
            cursor.execute(statement)

"""What every test may take for granted."""

import pytest
from django.core.cache import cache
from django.utils import translation

from kzsim.management.commands.compile_translations import compile_stale

pytest_plugins = ["tests.e2e.fixtures"]
compile_stale()  # before any test asks for a language: a fresh clone has no compiled catalogue


@pytest.fixture(autouse=True)
def _fresh_start():
    """No rate limit and no language is left over from another test."""
    cache.clear()
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def content_entries():
    """What the repository's guide files say, read once."""
    from guides.content_files import CONTENT, entries

    return entries(CONTENT)


@pytest.fixture
def guides_loaded(db, content_entries):
    """Operators, channels, facts and guides as the repository's files have them."""
    from guides.loader import write

    return write(content_entries)

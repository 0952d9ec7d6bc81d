"""What every test may take for granted."""

import pytest
from django.core.cache import cache
from django.utils import translation


@pytest.fixture(autouse=True)
def _fresh_start():
    """No rate limit and no language is left over from another test."""
    cache.clear()
    with translation.override("en"):
        yield

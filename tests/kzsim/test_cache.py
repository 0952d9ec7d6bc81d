"""A cache that is out of reach is a miss, never an error."""

from __future__ import annotations

import pytest
from django.core.cache import caches

from kzsim.cache import ForgivingRedisCache


@pytest.fixture
def unreachable(tmp_path):
    return ForgivingRedisCache(f"unix://{tmp_path}/nobody-listens.sock", {})


def test_an_outage_is_a_miss(unreachable):
    assert unreachable.get("k") is None
    assert unreachable.get("k", "else") == "else"
    assert unreachable.get_many(["a", "b"]) == {}
    assert unreachable.set("k", 1) is None
    assert unreachable.set_many({"a": 1}) == ["a"]
    assert unreachable.add("k", 1) is True
    assert unreachable.touch("k") is False
    assert unreachable.delete("k") is False
    assert unreachable.delete_many(["a"]) is None
    assert unreachable.has_key("k") is False
    assert "k" not in unreachable
    assert unreachable.incr("k") == 1
    assert unreachable.clear() is True
    assert unreachable.get_or_set("k", lambda: 5) == 5


def test_the_site_uses_it():
    from kzsim import settings

    assert settings.CACHES["default"]["BACKEND"] == "kzsim.cache.ForgivingRedisCache"
    assert caches["default"]

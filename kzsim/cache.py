"""The shared cache, wrapped so that an outage is a miss and never an error."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _or_miss(method: str, missed: Callable[..., Any]) -> Callable[..., Any]:
    original = getattr(RedisCache, method)

    @functools.wraps(original)
    def forgiving(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except RedisError as error:
            log.info("cache is out of reach: %s", error)
            return missed(*args, **kwargs)

    return forgiving


class ForgivingRedisCache(RedisCache):
    get = _or_miss("get", lambda key, default=None, **_: default)
    get_many = _or_miss("get_many", lambda keys, **_: {})
    has_key = _or_miss("has_key", lambda key, **_: False)
    set = _or_miss("set", lambda *_, **__: None)
    set_many = _or_miss("set_many", lambda data, **_: list(data))
    add = _or_miss("add", lambda *_, **__: True)
    touch = _or_miss("touch", lambda *_, **__: False)
    delete = _or_miss("delete", lambda *_, **__: False)
    delete_many = _or_miss("delete_many", lambda *_, **__: None)
    incr = _or_miss("incr", lambda key, delta=1, **_: delta)
    clear = _or_miss("clear", lambda *_, **__: True)

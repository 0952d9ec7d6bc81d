"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

_TEXT = re.compile(r"((?:/|%2F)(?:share|reply)(?:/|%2F)(?:\?|%3F))[^\s\"']+", re.IGNORECASE)
_KEY = re.compile(r"(/(?:calendar|a|unsubscribe)/)[^/\s?]+?(?=\.ics|[/\s?]|$)")


class WithoutKeys(logging.Filter):
    """The address of a calendar is the key to it, a link in a message does what it promises for whoever taps it, and
    what is shared with us from a telephone stands in an address; who reads logs is not their owner."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hushed = _TEXT.sub(r"\1…", _KEY.sub(r"\1…", message))
        if hushed != message:
            record.msg, record.args = hushed, ()
        return True

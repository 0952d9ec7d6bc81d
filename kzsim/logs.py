"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

_KEY = re.compile(r"(/(?:calendar|a|unsubscribe)/)[^/\s?]+?(?=\.ics|[/\s?]|$)")


class WithoutKeys(logging.Filter):
    """The address of a calendar is the key to it, and a link in a message does what it promises for whoever taps it;
    who reads logs is not their owner."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if _KEY.search(message):
            record.msg, record.args = _KEY.sub(r"\1…", message), ()
        return True

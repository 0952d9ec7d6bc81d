"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

_KEY = re.compile(r"(/calendar/)[^/\s?]+(\.ics)")


class WithoutKeys(logging.Filter):
    """The address of a calendar is the key to it, and whoever reads logs is not its owner."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/calendar/" in message:
            record.msg, record.args = _KEY.sub(r"\1…\2", message), ()
        return True

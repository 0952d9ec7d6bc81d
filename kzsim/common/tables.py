"""What leaves the site as a table for spreadsheets."""

from __future__ import annotations

import re

_FORMULA = re.compile(r'(?:^|(?<=[;\t\r\n]))[\s"]*[=+\-@＝＋－＠]')  # full width: some spreadsheets take it too)


def harmless(text: str) -> str:
    """A spreadsheet must not take a name for a formula, nor a part of one where it splits lines at semicolons, as those
    set to Russian do."""
    return _FORMULA.sub(r"'\g<0>", text)

"""Where this machine keeps Chromium, if it has it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def executable() -> str | None:
    """A Chromium of this machine, or one that `playwright install chromium` brought."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    brought = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next(map(str, sorted(brought.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)

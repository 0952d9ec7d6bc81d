"""Makes the .mo files that gettext reads from the .po files that people edit; needs no gettext on the machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles the catalogues where they are newer than what was compiled before."

    def handle(self, *args: Any, **options: Any) -> None:
        stale = compile_stale()
        if options["verbosity"]:
            self.stdout.write(f"{len(stale)} catalogues compiled.")


def compile_stale() -> list[Path]:
    """Compiles the catalogues that changed; returns them."""
    sources = sorted(po for folder in settings.LOCALE_PATHS for po in Path(folder).glob("*/LC_MESSAGES/*.po"))
    stale = [po for po in sources if is_stale(po)]
    for po in stale:
        compile_catalogue(po)
    return stale


def is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime <= po.stat().st_mtime


def compile_catalogue(po: Path) -> None:
    """Replaced in one step, for a process may be reading the old one."""
    draft = po.with_suffix(f".{os.getpid()}.mo.draft")
    polib.pofile(str(po)).save_as_mofile(str(draft))
    draft.replace(po.with_suffix(".mo"))

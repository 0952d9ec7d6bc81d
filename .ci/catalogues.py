"""Whether the catalogues hold every string of the sources. Needs xgettext; changes nothing in the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("kk", "ru", "zh_Hans", "zh_Hant")


def main() -> int:
    if not shutil.which("xgettext"):
        print("not checked: no xgettext here (Debian: apt install gettext)")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        copy.mkdir()
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, tracked.stdout.split("\0")):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        wanted = [argument for language in LANGUAGES for argument in ("-l", language)]
        subprocess.run(
            [sys.executable, "manage.py", "makemessages", *wanted, "--no-wrap", "-i", "tests", "--verbosity", "0"],
            cwd=copy,
            env=os.environ | {"KZSIM_DATA_DIR": f"{folder}/var"},
            check=True,
        )
        missing = [
            f"{language}: {entry.msgid!r}"
            for language in LANGUAGES
            for entry in polib.pofile(str(copy / "locale" / language / "LC_MESSAGES" / "django.po"))
            if not entry.obsolete and (not entry.translated() or entry.fuzzy)
        ]
    print("\n".join(missing) or "complete")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

"""What may be kept as a receipt: a photo or a PDF, told from its content and never from its name. Pure but for the
bytes it is given."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

import puremagic

MOST_A_RENEWAL = 10
HEAD = 4096  # bytes: enough to tell what a file is
_LONGEST_NAME = 120


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken. `shows` tells that a browser may show it by itself: a picture runs nothing."""

    content_type: str
    ending: str
    shows: bool = True


_KINDS = {
    "image/jpeg": FileKind("image/jpeg", ".jpg"),
    "image/png": FileKind("image/png", ".png"),
    "image/webp": FileKind("image/webp", ".webp"),
    "image/heif": FileKind("image/heic", ".heic", shows=False),  # as iPhones take them; few browsers show it
    "application/pdf": FileKind("application/pdf", ".pdf", shows=False),
}
SHOWN = frozenset(kind.content_type for kind in _KINDS.values() if kind.shows)
ACCEPTED = ",".join(kind.content_type for kind in _KINDS.values())


def kind_of(head: bytes) -> FileKind | None:
    """What a file is whose first bytes these are; None where it is nothing that we take."""
    try:
        return _KINDS.get(puremagic.from_string(head[:HEAD], mime=True))
    except (puremagic.PureError, ValueError):
        return None


def tidy_name(name: str, kind: FileKind) -> str:
    """The reader's own name for the file, with the ending that is true of it: what is saved from here under the name of
    a page would open as one."""
    last = PurePath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    plain = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    stem = re.sub(r"[\s\"';/]+", " ", PurePath(plain).stem).strip(" .")
    return (stem or "receipt")[: _LONGEST_NAME - len(kind.ending)] + kind.ending

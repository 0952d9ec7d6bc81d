"""How wordings of a text are told apart, compared, cut into steps and put together. Pure: values in, values out.

A wording is what `FIELDS` hold. A translation remembers the digest of the source's wording that it was made from;
where that is no longer the published one, the translation is behind.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, TypeVar

FIELDS = ("title", "summary", "need", "steps", "pros", "cons", "more")

Item = TypeVar("Item", bound=Hashable)


# --- which wording it is ----------------------------------------------------------------------------------------


def digest(content: Mapping[str, str]) -> str:
    """Sixteen letters that tell one wording from another; line ends and spaces before them do not count."""
    wording = {name: tidy for name in FIELDS if (tidy := _without_loose_spaces(content.get(name) or ""))}
    text = json.dumps(wording, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_behind(translated_from: str, source: str) -> bool:
    """Whether a translation was made from another wording than the one now published in the source language;
    without a published source there is nothing to follow."""
    return bool(source) and translated_from != source


def _without_loose_spaces(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


# --- what differs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A stretch of a difference."""

    kind: Literal["same", "removed", "added"]
    text: str


# The name of a fact is one word; Chinese is compared sign by sign, as it sets no spaces between its words.
_SIGNS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"\{{\{{[^{{}}\n]*\}}\}}|[{_SIGNS}]|(?:(?![{_SIGNS}])\w)+|\n|[^\S\n]+|.", re.DOTALL)


def word_diff(old: str, new: str) -> list[Piece]:
    """The difference word by word. What is the same and removed makes the old text, the same and added the new."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    changes: list[tuple[str, str, bool]] = []
    for kind, a, b, c, d in _edits_between(before, after):
        changes.append(("".join(before[a:b]), "".join(after[c:d]), kind == "equal"))
    pieces = []
    for removed, added, same in _joined(changes):
        if same:
            pieces.append(Piece("same", removed))
        else:
            pieces += [Piece("removed", removed)] if removed else []
            pieces += [Piece("added", added)] if added else []
    return pieces


_LONG = 4_000_000  # pairs of words


def _edits_between(old: Sequence[Item], new: Sequence[Item]) -> Sequence[tuple[str, int, int, int, int]]:
    """What made the new list of the old. In long ones, what is everywhere is not sought: it would take minutes."""
    return SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > _LONG).get_opcodes()


def _joined(changes: list[tuple[str, str, bool]]) -> Iterator[tuple[str, str, bool]]:
    """Changes with only a space between them are one: a sentence written anew reads as a sentence."""

    def is_change(number: int) -> bool:
        removed, _added, same = changes[number]
        between = 0 < number < len(changes) - 1 and removed.isspace() and "\n" not in removed
        return not same or between

    for changed, numbers in groupby(range(len(changes)), is_change):
        stretch = [changes[number] for number in numbers]
        yield "".join(one[0] for one in stretch), "".join(one[1] for one in stretch), not changed


def aligned(old: Sequence[Item], new: Sequence[Item]) -> list[tuple[Item | None, Item | None]]:
    """Both lists side by side: what is the same or was changed stands in one pair, None where one side has nothing."""
    pairs: list[tuple[Item | None, Item | None]] = []
    for _kind, a, b, c, d in _edits_between(old, new):
        for number in range(max(b - a, d - c)):
            pairs.append((old[a + number] if a + number < b else None, new[c + number] if c + number < d else None))
    return pairs


# --- steps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of a guide: its Markdown without the number, and the operators it is for (none: every operator)."""

    text: str
    only: tuple[str, ...] = ()


_NUMBERED = re.compile(r"(\d+)\. (.*)")
_ONLY = re.compile(r":::only((?: [a-z0-9-]+)+)")


def steps_in(markdown: str) -> list[Step] | None:
    """The steps of a numbered list, so that `joined_steps` makes the same text of them again; None where it could
    not: such a text is edited as a whole."""
    steps: list[Step] = []
    only: tuple[str, ...] = ()
    lines: list[str] = []
    indent = ""

    def close() -> None:
        if lines:
            steps.append(Step("\n".join(lines), only))
            lines.clear()

    for line in markdown.split("\n") if markdown else []:
        numbered, block = _NUMBERED.fullmatch(line), _ONLY.fullmatch(line)
        if numbered:
            close()
            lines.append(numbered[2])
            indent = " " * (len(numbered[1]) + 2)
        elif block or line == ":::":
            close()
            only = tuple(block[1].split()) if block else ()
        elif lines and (line.startswith(indent) or not line):
            lines.append(line.removeprefix(indent))
        else:
            return None
    close()
    return steps if joined_steps(steps) == markdown else None


def joined_steps(steps: Sequence[Step]) -> str:
    """The numbered list that these steps make. Blocks for different operators that follow each other go on from the
    same number: a reader sees one of them."""
    lines: list[str] = []
    common = longest = 0
    for only, group in groupby(steps, lambda step: step.only):
        if not only:
            common, longest = common + longest, 0
        number = common
        lines += [f":::only {' '.join(only)}"] if only else []
        for number, step in enumerate(group, start=common + 1):
            lines += _numbered(number, step.text)
        if only:
            lines.append(":::")
            longest = max(longest, number - common)
        else:
            common = number
    return "\n".join(lines)


def _numbered(number: int, text: str) -> list[str]:
    mark = f"{number}. "
    first, *rest = text.split("\n")
    return [mark + first, *(" " * len(mark) + line if line else "" for line in rest)]


# --- two who wrote at once --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Merge:
    """Two people's work on one wording put together; in a field in `conflicts` both changed the same place, and it
    holds what `mine` says."""

    content: dict[str, str]
    conflicts: tuple[str, ...]


def merge(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merge:
    """What only one of the two changed is taken from that one: whole fields, else steps or lines of them."""
    content, conflicts = {}, []
    for name in dict.fromkeys([*mine, *theirs]):
        began, own, other = (words.get(name, "") for words in (base, mine, theirs))
        both = _merged_text(name, began, own, other)
        content[name] = own if both is None else both
        if both is None:
            conflicts.append(name)
    return Merge(content, tuple(conflicts))


def _merged_text(name: str, base: str, mine: str, theirs: str) -> str | None:
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    if name == "steps":
        steps = [steps_in(text) for text in (base, mine, theirs)]
        began, own, other = steps
        if began is not None and own is not None and other is not None:
            both = merged_items(began, own, other)
            return None if both is None else joined_steps(both)
    lines = merged_items(base.split("\n"), mine.split("\n"), theirs.split("\n"))
    return None if lines is None else "\n".join(lines)


def merged_items(base: Sequence[Item], mine: Sequence[Item], theirs: Sequence[Item]) -> list[Item] | None:
    """Both changes made to one list, or None where they touch the same items."""
    edits = sorted({*_edits(base, mine), *_edits(base, theirs)}, key=lambda edit: edit[:2])
    result: list[Item] = []
    done = 0
    for number, (start, end, items) in enumerate(edits):
        if number and _touch(edits[number - 1], (start, end, items)):
            return None
        result += [*base[done:start], *items]
        done = end
    return [*result, *base[done:]]


def _edits(base: Sequence[Item], changed: Sequence[Item]) -> set[tuple[int, int, tuple[Item, ...]]]:
    """Which items of the list gave way to which: from, to, and what stands there now."""
    opcodes = _edits_between(base, changed)
    return {(a, b, tuple(changed[c:d])) for kind, a, b, c, d in opcodes if kind != "equal"}


def _touch(first: tuple[int, int, tuple[Item, ...]], second: tuple[int, int, tuple[Item, ...]]) -> bool:
    """Whether two edits, in order, mean the same place; what is put in next to a changed item counts as that too."""
    if first[1] > second[0]:
        return True
    return first[1] == second[0] and (first[0] == first[1] or second[0] == second[1])

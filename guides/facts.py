"""How a text names facts. Pure: text in, text out.

In a text, `{{ beeline.data_left_code }}` stands for the value of that fact and the mark that says how sure
it is; `{{ operator.data_left_code }}` for the same fact of the operator whose page is read;
`{{ operator.name }}` for that operator's name; `{{ source: beeline.charge_time }}` for the mark alone, after
a sentence that says the fact in words. Lines between `:::only kcell beeline` and `:::` are for the pages of
those operators only. Nothing else is understood, and nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

READER = "operator"  # the scope that means "the operator whose page is read"

_NAME = re.compile(r"\{\{\s*(?P<source>source:\s*)?(?P<scope>[a-z0-9]+)\.(?P<what>[a-z0-9_]+)\s*\}\}")
_ONLY = re.compile(r":::only((?: +[a-z0-9-]+)+)\s*")
_KEY = re.compile(r"[a-z0-9]+\.[a-z0-9_]+")


class TextError(ValueError):
    """Something in a text that cannot be understood, and the line where it stands."""

    def __init__(self, line: int, message: str | Promise) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Name:
    """A fact as a text names it."""

    scope: str
    what: str
    mark_only: bool = False

    @property
    def key(self) -> str:
        return f"{self.scope}.{self.what}"

    @property
    def is_operator_name(self) -> bool:
        return self.key == f"{READER}.name"

    def key_for(self, operator_slug: str | None) -> str | None:
        """The fact's key on the page of that operator; none if it needs an operator and there is none."""
        if self.scope != READER:
            return self.key
        return f"{operator_slug}.{self.what}" if operator_slug else None


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def names_in(text: str) -> list[Name]:
    """The facts that a text names, each once, in their order."""
    return list(dict.fromkeys(_name(match) for match in _NAME.finditer(text)))


def exists(name: Name, keys: Collection[str], operators: Collection[str]) -> bool:
    """Whether a name can ever stand for something: for the reader's operator, one with that fact is enough."""
    if name.is_operator_name or name.key in keys:
        return True
    return name.scope == READER and any(f"{slug}.{name.what}" in keys for slug in operators)


def block_of(line: str) -> frozenset[str]:
    """The operators for whose pages alone a block begins on this line; none where no block begins."""
    only = _ONLY.fullmatch(line)
    return frozenset(only[1].split()) if only else frozenset()


def errors_in(text: str) -> list[TextError]:
    """What in a text is neither plain Markdown nor a well-formed name or block."""
    errors = []
    open_since = 0
    for number, line in enumerate(text.splitlines(), start=1):
        rest = _NAME.sub("", line)
        if "{{" in rest or "}}" in rest or "{%" in rest:
            errors.append(TextError(number, _("braces that name no fact; write {{ operator.what }}")))
        if line.startswith(":::"):
            if block_of(line) and not open_since:
                open_since = number
            elif line.rstrip() == ":::" and open_since:
                open_since = 0
            else:
                errors.append(TextError(number, _("a block begins with “:::only kcell” and ends with “:::”")))
    if open_since:
        errors.append(TextError(open_since, _("this block has no “:::” that ends it")))
    return errors


def for_operator(text: str, operator_slug: str | None) -> str:
    """The text without the blocks meant for other operators."""
    kept, shown = [], True
    for line in text.splitlines():
        if only := block_of(line):
            shown = operator_slug in only
        elif line.rstrip() == ":::":
            shown = True
        elif shown:
            kept.append(line)
    return "\n".join(kept)


def differs_by_operator(text: str) -> bool:
    """Whether the reader's operator changes what the text says."""
    return ":::only" in text or any(name.scope == READER for name in names_in(text))


def with_names_replaced(text: str, replacement: Callable[[Name], str]) -> str:
    return _NAME.sub(lambda match: replacement(_name(match)), text)


def _name(match: re.Match[str]) -> Name:
    return Name(match["scope"], match["what"], bool(match["source"]))

"""What a page says to its reader, where it leads, and what can be sent from it.

    shown = read(html)
    shown.language, shown.texts, shown.links, shown.parts, shown.forms

A text carries the language that its element claims, so that a name quoted in English is not taken for a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_UNSAID = {"script", "style", "code", "samp", "textarea", "mark"}  # what is in a box was written by its reader
_SAID_IN = ("title", "alt", "aria-label", "aria-description", "aria-roledescription", "placeholder", "label", "summary")
_SAID_ABOUT_THE_PAGE = {"description", "og:title", "og:description", "og:image:alt", "apple-mobile-web-app-title"}
_BUTTONS = {"submit", "button", "reset"}
_SENTENCE = re.compile(r"^[A-ZА-ЯЁ一-鿿“«]|\S\s\S")  # in an attribute of our own: words, and no key or address


@dataclass(frozen=True)
class Text:
    said: str
    language: str  # what the nearest element with `lang` claims


@dataclass
class Form:
    method: str
    action: str
    by_part: bool = False  # sent by htmx
    fields: dict[str, list[str]] = field(default_factory=dict)  # as they stand there
    hidden: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)
    buttons: set[str] = field(default_factory=set)

    def put(self, name: str, value: str | None) -> None:
        values = self.fields.setdefault(name, [])
        if value is not None:
            values.append(value)


@dataclass
class Shown:
    """A page as its reader meets it."""

    language: str = ""
    texts: list[Text] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)  # fetched by htmx into the page
    forms: list[Form] = field(default_factory=list)
    is_whole: bool = False

    @property
    def switch_leads_to(self) -> str | None:
        """The page on which choosing another language stays; None where there is no choice."""
        values = [one.fields.get("next", [""])[0] for one in self.forms if "language" in one.buttons]
        return values[0] if values else None


def read(html: str) -> Shown:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.shown


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shown = Shown()
        self._open: list[tuple[str, str, bool]] = []  # tag, language, whether its text is said
        self._form: Form | None = None
        self._select = ""
        self._box: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        marks = {name: value or "" for name, value in pairs}
        _tag, language, is_said = self._open[-1] if self._open else ("", "", True)
        language = marks.get("lang", language)
        is_said = is_said and tag not in _UNSAID and marks.get("translate") != "no"
        if tag == "html":
            self.shown.language, self.shown.is_whole = language, True
        if tag not in _EMPTY:
            self._open.append((tag, language, is_said))
        if marks.get("translate") != "no":
            self.shown.texts += [Text(said, language) for said in _said_by(tag, marks)]
        if tag == "a" and "href" in marks:
            self.shown.links.append(marks["href"])
        if "hx-get" in marks:
            self.shown.parts.append(marks["hx-get"])
        self._note_form(tag, marks)

    def handle_endtag(self, tag: str) -> None:
        if any(tag == one for one, *_ in self._open):
            while self._open.pop()[0] != tag:
                pass
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""
        if tag == "textarea" and self._box and self._form:
            self._form.put(self._box[0], "".join(self._box[1]).strip())
            self._box = None

    def handle_data(self, data: str) -> None:
        _tag, language, is_said = self._open[-1] if self._open else ("", "", True)
        if self._box:
            self._box[1].append(data)
        elif is_said and data.strip():
            self.shown.texts.append(Text(" ".join(data.split()), language))

    def _note_form(self, tag: str, marks: dict[str, str]) -> None:
        name = marks.get("name", "")
        if tag == "form":
            self._form = Form(marks.get("method", "get").lower(), marks.get("action", ""))
            if "hx-post" in marks and not marks.get("action"):
                self._form.action, self._form.by_part = marks["hx-post"], True
            self.shown.forms.append(self._form)
        if self._form is None:
            return
        if tag == "option" and self._select and "selected" in marks:
            self._form.put(self._select, marks.get("value", ""))
        if not name or "disabled" in marks:
            return
        if tag == "button":
            self._form.buttons.add(name)
        kind = marks.get("type", "text") if tag == "input" else tag
        if tag == "input" and kind not in _BUTTONS | {"image"}:
            unmarked = kind in ("checkbox", "radio") and "checked" not in marks
            self._form.put(name, None if unmarked or kind == "file" else marks.get("value", ""))
        elif tag == "select":
            self._select = name
            self._form.put(name, None)
        elif tag == "textarea":
            self._box = (name, [])
        if tag in ("input", "select", "textarea"):
            self._form.kinds[name] = kind
            if kind == "hidden":
                self._form.hidden.add(name)


def _said_by(tag: str, marks: dict[str, str]) -> Iterable[str]:
    """The words in an element's attributes."""
    yield from (" ".join(marks[name].split()) for name in _SAID_IN if marks.get(name, "").strip())
    if tag == "meta" and (marks.get("name") or marks.get("property")) in _SAID_ABOUT_THE_PAGE:
        yield marks.get("content", "")
    if tag == "input" and marks.get("type") in _BUTTONS and marks.get("value"):
        yield marks["value"]
    for name, value in marks.items():
        if name.startswith("data-") and _SENTENCE.search(value) and not value.startswith(("{", "[", "/", "http")):
            yield value


def said_in_json(found: Any, language: str) -> list[Text]:
    """What an app's manifest says to people."""
    if isinstance(found, dict):
        named = [Text(found[key], language) for key in ("name", "short_name", "description", "label") if found.get(key)]
        return [*named, *(text for value in found.values() for text in said_in_json(value, language))]
    if isinstance(found, list):
        return [text for value in found for text in said_in_json(value, language)]
    return []

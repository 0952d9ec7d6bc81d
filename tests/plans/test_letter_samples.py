"""Every message in every language as it was last looked at: plain files beside this one.

After a change of words, or of a guide that is named in them, look at the difference and write the files anew:

    REWRITE_LETTERS=all python -m pytest tests/plans/test_letter_samples.py

or name languages in the place of `all`: REWRITE_LETTERS="en ru".
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kzsim.common.languages import CODES
from kzsim.common.links import Purpose, unsign
from plans.media.letter import SHORT, Letter
from plans.media.samples import NOBODY, samples
from plans.models import Reminder
from plans.views.letters import size_of

pytestmark = pytest.mark.django_db

LETTERS = Path(__file__).parent / "letters"
WANTED = os.environ.get("REWRITE_LETTERS", "").split()
REWRITTEN = sorted(CODES) if WANTED == ["all"] else WANTED
COMPARED = sorted({*REWRITTEN, *(folder.name for folder in LETTERS.iterdir())}) if LETTERS.is_dir() else REWRITTEN


def legible(text: str) -> str:
    """The signed links by what they say."""
    for page, purpose in (("a", Purpose.ANSWER), ("unsubscribe", Purpose.UNSUBSCRIBE)):
        for token in re.findall(rf"/{page}/([^/\s\"]+)/", text):
            text = text.replace(token, "[{}]".format(" ".join(map(str, unsign(purpose, token)))))
    return text.replace(str(NOBODY)[:-3], "")


def as_file(letter: Letter) -> str:
    parts = [f"Subject: {letter.subject}", letter.text]
    if letter.short:
        parts += ["=== in a chat ===", letter.short, letter.url]
    return legible("\n".join(parts)).rstrip() + "\n"


def files_of(language: str) -> dict[Path, str]:
    """What should stand in the files of a language: a text for each sample, in English its HTML too."""
    wanted = {}
    for sample in samples():
        letter = sample.write(language)
        wanted[LETTERS / language / f"{sample.name}.txt"] = as_file(letter)
        if language == "en":
            wanted[LETTERS / language / f"{sample.name}.html"] = legible(letter.html)
    return wanted


@pytest.mark.parametrize("language", COMPARED)
def test_every_message_reads_as_it_was_last_looked_at(guides_loaded, language):
    wanted = files_of(language)
    if language in REWRITTEN:
        (LETTERS / language).mkdir(parents=True, exist_ok=True)
        for left_over in set((LETTERS / language).iterdir()) - wanted.keys():
            left_over.unlink()
        for path, content in wanted.items():
            path.write_text(content)
    stored = {path: path.read_text() for path in (LETTERS / language).iterdir()}
    assert stored.keys() == wanted.keys()
    for path, content in wanted.items():
        assert stored[path] == content, f"{path.name} ({language}) reads otherwise: see the head of this file"


def test_the_english_messages_are_among_those_compared():
    assert "en" in COMPARED


def test_every_kind_of_reminder_has_a_sample():
    assert {kind for sample in samples() for kind in sample.kinds} == set(Reminder.Kind.values)


@pytest.mark.parametrize("language", sorted(CODES))
def test_every_message_is_whole_and_small_in_every_language(guides_loaded, language):
    for sample in samples():
        letter = sample.write(language)
        page = BeautifulSoup(letter.html, "html.parser")
        assert page.html["lang"] == language, sample.name
        assert not page.find_all(["img", "script", "link", "iframe", "object"]), sample.name
        assert not re.search(r"url\(|@import|src=", letter.html), sample.name
        assert size_of(letter) < 60_000, sample.name
        for said in (letter.subject, letter.text, letter.short, page.get_text()):
            assert not re.search(r"%\(|\{\{|\{%|None|\{\}", said), sample.name
            assert not re.search(r"7(05|47|01)55[56]", re.sub(r"\s", "", said)), sample.name  # how the numbers begin
        assert "\n" not in letter.subject, sample.name
        words = letter.short.partition("\n\n")[0]
        assert len(words) <= SHORT, sample.name
        links = {link["href"] for link in page.find_all("a") if link["href"].startswith("http")}
        assert all(link in letter.text for link in links), sample.name

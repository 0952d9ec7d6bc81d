"""The pictures in README and docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as site

DOCUMENTS = [site.BASE_DIR / "README.md", *sorted((site.BASE_DIR / "docs").glob("*.md"))]
PICTURES = site.BASE_DIR / "docs" / "pictures"
IN_MARKDOWN = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
IN_HTML = re.compile(r'(?:src|srcset)="([^"]+)"')


def pictures_in(document: Path) -> set[Path]:
    text = document.read_text()
    named = {address for _alt, address in IN_MARKDOWN.findall(text)} | set(IN_HTML.findall(text))
    return {(document.parent / address).resolve() for address in named}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_names_only_pictures_that_are_there_and_says_what_they_show(document):
    assert [picture for picture in pictures_in(document) if not picture.is_file()] == []
    assert all(len(alt) > 20 for alt, _address in IN_MARKDOWN.findall(document.read_text()))
    assert document.read_text().count("<img") == document.read_text().count(' alt="')


def test_every_picture_stands_in_a_document_and_all_are_light():
    shown = set().union(*(pictures_in(document) for document in DOCUMENTS))
    kept = set(PICTURES.iterdir())

    assert kept == {picture for picture in shown if picture.parent == PICTURES}
    assert sum(picture.stat().st_size for picture in kept) < 2_500_000

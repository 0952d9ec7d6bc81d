"""Every catalogue says everything, with the same gaps to fill, and compiles."""

import gettext
import io
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

CATALOGUES = sorted(Path(settings.BASE_DIR, "locale").glob("*/LC_MESSAGES/*.po"))
_GAP = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%[a-zA-Z%]|\{\w*\}")

every_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])


def entries(path):
    return [entry for entry in polib.pofile(str(path)) if not entry.obsolete]


def forms(entry):
    """The source's forms and the translation's."""
    if entry.msgid_plural:
        return [entry.msgid, entry.msgid_plural], list(entry.msgstr_plural.values())
    return [entry.msgid], [entry.msgstr]


def gaps(text):
    """What is filled in: by name as often as one likes, by place as often as it is given."""
    found = _GAP.findall(text)
    return {gap for gap in found if len(gap) > 2}, sorted(gap for gap in found if len(gap) == 2)


def test_there_are_catalogues():
    assert CATALOGUES


@every_catalogue
def test_every_string_is_translated_and_none_is_fuzzy(path):
    unfinished = [entry.msgid for entry in entries(path) if entry.fuzzy or not all(forms(entry)[1])]
    assert unfinished == []


@every_catalogue
def test_every_plural_has_all_forms_of_its_language(path):
    count = int(re.search(r"nplurals=(\d+)", polib.pofile(str(path)).metadata["Plural-Forms"])[1])
    wrong = [entry.msgid for entry in entries(path) if entry.msgid_plural and len(entry.msgstr_plural) != count]
    assert wrong == []


@every_catalogue
def test_translations_have_the_gaps_of_their_source(path):
    wrong = {}
    for entry in entries(path):
        sources, translations = forms(entry)
        # A singular may leave its number out ("one day"), so each form may follow either of the source's.
        allowed = [gaps(source) for source in sources]
        if any(text and gaps(text) not in allowed for text in translations):
            wrong[entry.msgid] = translations
    assert wrong == {}


@every_catalogue
def test_the_catalogue_compiles(path):
    catalogue = polib.pofile(str(path))
    compiled = gettext.GNUTranslations(io.BytesIO(catalogue.to_binary()))
    for entry in entries(path):
        if entry.translated() and not entry.msgid_plural and not entry.msgctxt:
            assert compiled.gettext(entry.msgid) == entry.msgstr

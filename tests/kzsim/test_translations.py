"""Every catalogue says everything, with the same gaps to fill, and compiles."""

import gettext
import io
import re
from pathlib import Path

import allauth
import django
import phonenumber_field
import polib
import pytest
from django.conf import settings
from django.utils.translation import gettext as translated
from django.utils.translation import override

CATALOGUES = sorted(po for folder in settings.LOCALE_PATHS for po in Path(folder).glob("*/LC_MESSAGES/*.po"))
OF_PACKAGES = [po for po in CATALOGUES if po.parts[-4] == "locale_packages"]
_GAP = re.compile(r"%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%[a-zA-Z%]|\{\w*\}")

every_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "/".join(path.parts[-4:-2]))


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


def sentences_of_packages():
    """Every sentence that a package has for its translators: Django's lists, and the Russian of the others."""
    lists = [*Path(django.__file__).parent.glob("**/locale/en/LC_MESSAGES/django.po")]
    for package in (allauth, phonenumber_field):
        lists.append(Path(package.__file__).parent / "locale/ru/LC_MESSAGES/django.po")
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for po in lists for entry in entries(po)}


def test_there_are_catalogues():
    assert CATALOGUES
    assert OF_PACKAGES


def test_what_is_translated_for_packages_is_what_they_say():
    known = sentences_of_packages()
    for path in OF_PACKAGES:
        assert [
            entry.msgid for entry in entries(path) if (entry.msgctxt, entry.msgid, entry.msgid_plural) not in known
        ] == []


def test_packages_speak_kazakh_too():
    with override("kk"):
        assert translated("You have signed out.") == "Шықтыңыз."  # allauth's, which knows no Kazakh
        assert translated("Save and add another") == "Сақтап, тағы қосу"  # the admin's


@every_catalogue
def test_every_string_is_translated_and_none_is_fuzzy(path):
    unfinished = [entry.msgid for entry in entries(path) if entry.fuzzy or not all(forms(entry)[1])]
    assert unfinished == []


def test_words_to_translate_are_called_by_the_names_that_are_looked_for():
    """What is called otherwise never comes into a catalogue, and nothing says so."""
    named = re.compile(r"(?:un)?n?p?gettext(?:_lazy)? as (\w+)")
    sources = [path for part in ("plans", "guides", "kzsim") for path in (settings.BASE_DIR / part).rglob("*.py")]
    assert {name for path in sources for name in named.findall(path.read_text())} == {"_"}


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

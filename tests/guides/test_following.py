"""Translations follow their source: in the files, through the loader, and where an editor has been."""

import re
import shutil

import pytest
from django.core.management import CommandError, call_command

from guides import history
from guides.content_files import CONTENT, ContentError, entries
from guides.history import Writing, content_of, standing_of
from guides.loader import load
from guides.models import SOURCE_LANGUAGE, Guide, GuideText, LoadedItem, Weight
from guides.versions import digest
from kzsim.common.languages import CODES

pytestmark = pytest.mark.slow

TEXTS = {entry.key: entry.values for entry in entries() if entry.kind == "text"}
GUIDE = "renew-at-a-shop"


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy)
    return copy


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def follow(folder, wanted):
    """Write which wording they follow into the translations' files."""
    for path in (folder / "guides" / GUIDE).glob("*.md"):
        if path.stem != SOURCE_LANGUAGE:
            path.write_text(re.sub(r'translated_from: ".*"', f'translated_from: "{wanted}"', path.read_text()))


def text(language):
    return GuideText.objects.get(guide__slug=GUIDE, guide__operator=None, language=language)


def behind():
    return {text.language for text, _source in history.texts_behind()}


@pytest.mark.parametrize("key", [key for key in TEXTS if key[2] != SOURCE_LANGUAGE], ids="/".join)
def test_each_translated_file_follows_todays_source(key):
    source = TEXTS.get((*key[:2], SOURCE_LANGUAGE))
    if source:
        wanted = digest(source)
        assert TEXTS[key]["translated_from"] == wanted, f'{key} is behind: write translated_from: "{wanted}"'


def test_the_source_follows_nothing(folder):
    edit(folder / "guides" / GUIDE / "en.md", "title:", 'translated_from: "0123456789abcdef"\ntitle:')
    with pytest.raises(ContentError, match="translated_from"):
        entries(folder)


@pytest.mark.django_db
class TestLoading:
    def test_a_change_of_the_source_leaves_its_translations_behind(self, folder):
        load(folder)
        assert behind() == set()
        edit(folder / "guides" / GUIDE / "en.md", "title: Renew at a shop", "title: Renew in a shop")
        load(folder)
        assert behind() == CODES - {SOURCE_LANGUAGE}
        with pytest.raises(CommandError):
            call_command("check_content")

    def test_check_content_says_which_wording_to_follow(self, folder, capsys):
        load(folder)
        edit(folder / "guides" / GUIDE / "en.md", "title: Renew at a shop", "title: Renew in a shop")
        load(folder)
        with pytest.raises(CommandError):
            call_command("check_content")
        wanted = history.digest_of(text("en"))
        assert f'translated_from: "{wanted}"' in capsys.readouterr().err

    def test_a_typo_in_the_files_takes_untouched_translations_along(self, folder):
        load(folder)
        edit(folder / "guides" / GUIDE / "en.md", "title: Renew at a shop", "title: Renew in a shop")
        values = next(e.values for e in entries(folder) if e.kind == "text" and e.key == ("", GUIDE, "en"))
        follow(folder, digest(values))
        report = load(folder)
        assert report.changed == 1  # only the source was
        assert report.kept == []
        assert behind() == set()
        edit(folder / "guides" / GUIDE / "ru.md", "title:", "title: Итак,")
        assert not load(folder).kept

    def test_a_typo_mended_by_an_editor_is_not_undone_by_the_next_load(self, folder, django_user_model):
        load(folder)
        editor = django_user_model.objects.create_user("editor@example.com")
        standing = standing_of(Guide.objects.get(slug=GUIDE), "en")
        content = content_of(standing.text) | {"title": "Renew in a shop"}
        writing = Writing(content, weight=Weight.TYPO)
        history.publish(standing.guide, "en", writing, began_from=standing.token, user=editor)
        before = set(LoadedItem.objects.values_list("key", "digest"))
        assert len(load(folder).kept) == 1  # the editor's English
        assert behind() == set()
        assert set(LoadedItem.objects.values_list("key", "digest")) == before

    def test_what_the_files_change_stays_in_the_history(self, folder):
        load(folder)
        assert not history.published_versions(text("en").guide, "en").exists()
        edit(folder / "guides" / GUIDE / "en.md", "title: Renew at a shop", "title: Renew in a shop")
        load(folder)
        titles = [version.content["title"] for version in history.published_versions(text("en").guide, "en")]
        assert titles == ["Renew in a shop", "Renew at a shop"]
        assert history.source_wording(text("ru").guide, text("ru").translated_from)["title"] == "Renew at a shop"


NEAREST = {
    "en": ["en"],
    "zh-hans": ["zh-hans", "zh-hant", "en"],
    "zh-hant": ["zh-hant", "zh-hans", "en"],
    "ru": ["ru", "en"],
    "kk": ["kk", "ru", "en"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("lang", sorted(CODES))
@pytest.mark.parametrize("written", [["ru"], ["en"], ["zh-hans"], ["zh-hant"], ["kk"], ["en", "ru"], ["en", "zh-hant"]])
def test_a_guide_not_written_in_a_language_is_read_in_the_nearest_with_a_notice(guides_loaded, client, lang, written):
    GuideText.objects.filter(guide__slug=GUIDE).exclude(language__in=written).update(state="draft")
    response = client.get(f"/{lang}/guides/kcell/{GUIDE}/")
    assert response.status_code == 200
    expected = next((code for code in NEAREST[lang] if code in written), written[0])
    page = response.content.decode()
    assert f'<h1 lang="{expected}">' in page
    assert (response.context["language_notice"] != "") == (expected != lang)
    if expected != lang:
        assert str(response.context["language_notice"]) in page

"""Files -> database, and never over an editor."""

import shutil
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from guides.content_files import CONTENT, ContentError, entries
from guides.loader import load
from guides.models import Fact, Guide, GuideText, LoadedItem, Operator, Revision, current_revision, raise_revision
from kzsim.common.languages import CODES

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def folder(tmp_path):
    """A copy of the content that a test may change."""
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy)
    return copy


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_everything_is_loaded_and_a_second_load_changes_nothing(guides_loaded, django_assert_max_num_queries):
    assert guides_loaded.added == len(entries()) == LoadedItem.objects.count()
    before = current_revision()
    with django_assert_max_num_queries(18):  # one of them holds off editors on PostgreSQL
        again = load()
    assert not again.wrote
    assert not again.kept
    assert again.unchanged == guides_loaded.added
    assert current_revision() == before


def test_what_changes_in_a_file_changes_in_the_database_and_raises_the_revision(folder):
    load(folder)
    before = current_revision()
    edit(folder / "facts.yaml", "*106#", "*107#")
    edit(folder / "guides/renew-at-a-shop/en.md", "title: Renew at a shop", "title: Renew in a shop")
    assert load(folder).changed == 2
    assert Fact.objects.get(key="beeline.data_left_code").value == "*107#"
    assert GuideText.objects.get(guide__slug="renew-at-a-shop", language="en").title == "Renew in a shop"
    assert current_revision() > before


def test_an_editors_change_stays_and_is_said_so(folder):
    load(folder)
    Fact.objects.filter(key="beeline.data_left_code").update(value="*108#", seen_on=date(2026, 11, 1))
    edit(folder / "facts.yaml", "*106#", "*107#")
    report = load(folder)
    assert Fact.objects.get(key="beeline.data_left_code").value == "*108#"
    assert ["fact beeline.data_left_code" in line for line in report.kept] == [True]
    assert not report.wrote


def test_an_editors_change_that_the_file_then_says_too_is_no_longer_held_back(folder):
    load(folder)
    Fact.objects.filter(key="beeline.data_left_code").update(value="*107#")
    edit(folder / "facts.yaml", "*106#", "*107#")
    assert not load(folder).kept
    edit(folder / "facts.yaml", "*107#", "*109#")
    assert load(folder).changed == 1
    assert Fact.objects.get(key="beeline.data_left_code").value == "*109#"


def test_what_an_editor_deleted_stays_deleted(folder):
    load(folder)
    Guide.objects.get(slug="back-up-your-phone").delete()
    report = load(folder)
    assert not Guide.objects.filter(slug="back-up-your-phone").exists()
    assert len(report.kept) == 1 + len(CODES)  # the guide and its text in each language
    assert not report.wrote


def test_what_an_editor_made_is_not_touched(folder):
    load(folder)
    own = Fact.objects.create(key="kcell.own", kind="code", value="*1#", source="test", confidence="reported")
    assert not load(folder).wrote
    assert Fact.objects.filter(pk=own.pk).exists()


def test_a_row_whose_file_vanished_goes_if_nobody_touched_it(folder):
    load(folder)
    shutil.rmtree(folder / "guides/back-up-your-phone")
    edit(folder / "guides.yaml", "- {slug: back-up-your-phone, topic: tips, order: 130}\n", "")
    assert load(folder).removed == 1 + len(CODES)  # the guide and its text in each language
    assert not Guide.objects.filter(slug="back-up-your-phone").exists()


def test_a_row_whose_file_vanished_stays_if_an_editor_changed_it(folder):
    load(folder)
    GuideText.objects.filter(guide__slug="back-up-your-phone", language="en").update(title="Mine")
    shutil.rmtree(folder / "guides/back-up-your-phone")
    edit(folder / "guides.yaml", "- {slug: back-up-your-phone, topic: tips, order: 130}\n", "")
    report = load(folder)
    assert [text.title for text in GuideText.objects.filter(guide__slug="back-up-your-phone")] == ["Mine"]
    assert len(report.kept) == 2  # the text, and the guide that holds it


def test_an_operator_in_use_is_not_removed(folder):
    load(folder)
    text = (folder / "operators.yaml").read_text()
    (folder / "operators.yaml").write_text(text[: text.index("- slug: altel")])
    tariffs = (folder / "tariffs.yaml").read_text()
    (folder / "tariffs.yaml").write_text(tariffs[: tariffs.index("- operator: altel")])
    for path in (folder / "operators").glob("altel.*.md"):
        path.unlink()
    for path in (folder / "guides").glob("*/*.md"):
        path.write_text(path.read_text().replace("tele2 altel", "tele2").replace("only altel", "only tele2"))
    load(folder)
    assert Operator.objects.filter(slug="altel").exists() == Fact.objects.filter(operator__slug="altel").exists()


def test_an_operators_own_guide_is_loaded_beside_the_general_one(folder):
    general = folder / "guides/renew-at-a-shop/en.md"
    (folder / "guides/renew-at-a-shop/beeline.en.md").write_text(general.read_text())
    load(folder)
    assert Guide.objects.filter(slug="renew-at-a-shop").count() == 2
    assert not load(folder).wrote


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("facts.yaml", "{kind: site, value", "{kind: sight, value", "facts.yaml, line 13: “kind: sight”"),
        ("facts.yaml", "kind: site", "kind: [", "facts.yaml, line 1"),
        ("guides.yaml", "channel: shop", "channel: shopp", "guides.yaml, line 7: “channel: shopp”"),
        ("guides/get-help/en.md", "# steps", "# stepps", "get-help/en.md, line 11: “# stepps” is no section"),
        ("guides/get-help/en.md", "{{ operator.name }}", "{{ operator }}", "get-help/en.md, line 13: braces"),
        ("guides/get-help/en.md", "title: Ask the operator's support\n", "", "line 2: “title” is missing"),
        ("guides/get-help/en.md", "---\n", "", "get-help/en.md, line 1: the file must begin"),
        ("operators.yaml", "network: kcell", "network: kzell", "operators.yaml, line 11: “network: kzell”"),
        ("channels.yaml", "[cash, kz_card, kaspi]", "[cash, gold]", "“gold” in “payments”"),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_with_file_and_line(folder, name, old, new, said):
    edit(folder / name, old, new)
    with pytest.raises(ContentError) as caught:
        load(folder)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Operator.objects.exists()


def test_the_command_says_what_it_did_and_fails_with_the_sentence(folder, capsys):
    call_command("load_guides", folder)
    assert "added" in capsys.readouterr().out
    call_command("load_guides", folder)
    assert "nothing to change" in capsys.readouterr().out
    edit(folder / "guides.yaml", "topic: choose", "topic: chose")
    with pytest.raises(CommandError, match="line"):
        call_command("load_guides", folder)


def test_the_revision_never_comes_back_not_even_from_an_old_backup(time_machine):
    time_machine.move_to("2026-12-01T12:00:00Z")
    raise_revision()
    lost = current_revision()
    Revision.objects.update(number=7)  # a backup from the first days
    time_machine.move_to("2026-12-01T12:05:00Z")
    raise_revision()
    assert current_revision() > lost
    raise_revision()
    raise_revision()
    assert current_revision() > lost + 2

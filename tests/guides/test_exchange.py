"""Guides as files, facts and tariffs as spreadsheets: out, and back in after a look."""

import csv
import io
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import yaml
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from guides import export, sheets
from guides.content_files import entries, escaped, unescaped
from guides.loader import KINDS, load, stored_rows
from guides.models import (
    Channel,
    Fact,
    Guide,
    GuideText,
    LoadedItem,
    Operator,
    OperatorText,
    Tariff,
    TextVersion,
    current_revision,
)
from kzsim.common.languages import LANGUAGES

pytestmark = pytest.mark.slow


def editor(client, *without):
    user = get_user_model().objects.create_user("editor@example.com", is_staff=True)
    group = Group.objects.get_or_create(name="Editors")[0]
    group.permissions.set(Permission.objects.filter(content_type__app_label="guides").exclude(codename__in=without))
    user.groups.add(group)
    client.force_login(user)
    return client


@pytest.fixture
def desk(client):
    return editor(client)


def everything():
    return {kind: {label: row.values for label, row in stored_rows(kind).items()} for kind in KINDS}


def send(client, name, content, file="file"):
    return client.post(reverse(name), {file: SimpleUploadedFile("some.file", content)})


def confirm(client, name, preview):
    values = {"carried": preview.context["carried"], "revision": preview.context["revision"]}
    return client.post(reverse(name), values, follow=True)


# --- guides as files ------------------------------------------------------------------------------------------------

PARTS = ["a", "步", "і", "#", " ", "\\", "-", ":", "\n", "'", '"', "*", "\u2028", "\x85", "1. ", "---"]
LINES = st.lists(st.sampled_from(PARTS), max_size=25).map("".join)


@given(LINES)
def test_no_line_of_a_text_is_taken_for_the_head_of_a_section(text):
    assert unescaped(escaped(text)) == text


@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
def test_what_is_written_out_and_read_into_an_empty_site_is_the_same(tmp_path):
    before = everything()
    call_command("export_guides", tmp_path / "out")
    for model in (Guide, OperatorText, Tariff, Fact, Channel, LoadedItem):
        model.objects.all().delete()
    Operator.objects.exclude(network=None).delete()
    Operator.objects.all().delete()
    load(tmp_path / "out")
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
def test_what_is_written_out_changes_nothing_where_it_came_from(tmp_path):
    call_command("export_guides", tmp_path / "out")
    report = load(tmp_path / "out")
    assert not report.wrote
    assert not report.kept
    assert (tmp_path / "out/facts.yaml").read_text().startswith("# Facts about the operators")


@pytest.fixture
def small(db):
    """A little of everything, as awkward as editors can make it."""
    kcell = Operator.objects.create(slug="kcell", name="Kcell: “the first”", prefixes=["701"], order=2)
    activ = Operator.objects.create(slug="activ", name="activ", network=kcell, order=1)
    shop = Channel.objects.create(slug="shop", kind="shop", works_abroad="no", payments=["cash"], source="- a\n# b")
    Fact.objects.create(
        key="kcell.balance_code",
        operator=kcell,
        kind="code",
        value="*100#",
        source="=me",
        confidence="reported",
        seen_on=date(2026, 11, 1),
        note="one\r\ntwo\n\n---\n",
    )
    Fact.objects.create(key="country.x", kind="name", value="no", source="yes", confidence="old")
    Fact.objects.create(key="activ.x", operator=activ, kind="name", confidence="unknown")
    Tariff.objects.create(
        operator=kcell,
        name="1e3",
        price="12.5",
        period="",
        currency="USD",
        data_mb=0,
        source="x",
        fallback_fee="0.01",
        price_since="2026-12-01",
    )
    for operator, order, published in ((None, 3, True), (kcell, 4, False), (activ, 3, True)):
        guide = Guide.objects.create(
            slug="renew", operator=operator, topic="renew", channel=shop, order=order, published=published
        )
        for language, _name in LANGUAGES[: 5 if operator is None else 1]:
            GuideText.objects.create(
                guide=guide,
                language=language,
                title="yes: 'quoted' {{ operator.name }}",
                summary="# not a section",
                steps="1. Go\r\n# steps\n\\# need\n\n# 步骤\n---\n  - deep\u2028line",
                more="\n\nlast\n",
                source="2026-11-01",
                state="in_review" if language == "kk" else "published",
                translated_from="" if language == "en" else "0123456789abcdef",
            )
    OperatorText.objects.create(operator=activ, language="kk", known_for="Жақсы", checked_on=date(2026, 1, 31))
    OperatorText.objects.create(operator=kcell, language="en", known_for="Good")


@pytest.mark.usefixtures("small")
def test_awkward_texts_survive_the_way_out_and_back(tmp_path):
    before = everything()
    export.write_to(tmp_path)
    found = {(entry.kind, "/".join(part or "all" for part in entry.key)): entry.values for entry in entries(tmp_path)}
    assert found == {(kind, label): row for kind, rows in before.items() for label, row in rows.items()}
    assert before["text"]["all/renew/en"]["steps"].startswith("1. Go\n# steps\n\\# need")


@pytest.mark.usefixtures("small")
def test_the_archive_is_the_same_tree_and_the_same_bytes_each_time(desk):
    first, second = (desk.get(reverse("desk:export_guides")) for _time in range(2))
    assert first.headers["Content-Disposition"].endswith('.zip"')
    assert first.content == second.content
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == export.as_files()


@pytest.mark.usefixtures("small")
def test_files_are_not_written_over_others(tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_guides", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def archive(files=None, root="", packing=zipfile.ZIP_STORED):
    """The exported tree with some files changed."""
    files = export.as_files() if files is None else files
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as made:
        for name, text in files.items():
            made.writestr(root + name, text)
    return target.getvalue()


def damaged():
    """An archive whose directory is whole, but not what is packed."""
    target, name = io.BytesIO(), "operators.yaml"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, "- {slug: kcell}" * 50)
    content = bytearray(target.getvalue())
    content[30 + len(name)] = 0xFF  # where the packed bytes begin
    return bytes(content)


@pytest.mark.usefixtures("small")
def test_files_brought_in_are_shown_first_and_written_once_confirmed(desk):
    files = export.as_files()
    files["guides/renew/ru.md"] = files["guides/renew/ru.md"].replace("1. Go", "1. Иди")
    files["facts.yaml"] += "\nkcell.new:\n  {kind: name, value: New, source: me, confidence: reported}\n"
    before, revision = everything(), current_revision()
    preview = send(desk, "desk:import_guides", archive(files, root="content/"))
    changes = {change.title: change for change in preview.context["outcome"].changes}
    assert set(changes) == {"Guide text: all/renew, Russian", "Fact: kcell.new"}
    assert changes["Fact: kcell.new"].is_new
    assert "<del>Go</del><ins>Иди</ins>" in preview.content.decode()
    assert everything() == before
    assert current_revision() == revision
    confirm(desk, "desk:import_guides", preview)
    assert GuideText.objects.get(language="ru").steps.startswith("1. Иди")
    assert Fact.objects.get(key="kcell.new").operator.slug == "kcell"
    assert current_revision() > revision
    assert TextVersion.objects.filter(language="ru", content__steps__startswith="1. Go").exists()


@pytest.mark.usefixtures("small")
def test_what_files_brought_in_stands_in_the_histories_of_rows_and_texts(desk):
    GuideText.objects.filter(language="kk").delete()
    files = export.as_files()
    files["guides/renew/ru.md"] = files["guides/renew/ru.md"].replace("1. Go", "1. Иди")
    files["guides/renew/kk.md"] = files["guides/renew/ru.md"].replace("1. Иди", "1. Бар")
    files["facts.yaml"] += "\nkcell.new:\n  {kind: name, value: New, source: me, confidence: reported}\n"
    confirm(desk, "desk:import_guides", send(desk, "desk:import_guides", archive(files)))
    guide, fact = Guide.objects.get(slug="renew", operator=None), Fact.objects.get(key="kcell.new")
    page = desk.get(reverse("admin:guides_guide_history", args=[guide.pk])).content.decode()
    assert "editor: Changed steps for guide text “all/renew (ru)”." in page
    assert "editor: Added guide text “all/renew (kk)”." in page
    assert "editor: Added." in desk.get(reverse("admin:guides_fact_history", args=[fact.pk])).content.decode()
    version = TextVersion.objects.get(language="kk")
    assert version.content["steps"].startswith("1. Бар")
    assert version.published_at is not None


@pytest.mark.usefixtures("small")
def test_what_an_archive_does_not_name_stays(desk):
    files = export.as_files()
    facts = yaml.safe_load(files["facts.yaml"])
    files["facts.yaml"] = yaml.safe_dump({key: value for key, value in facts.items() if key != "country.x"})
    preview = send(desk, "desk:import_guides", archive(files))
    assert preview.context["outcome"].changes == []
    assert "nothing to write" in preview.content.decode()
    assert Fact.objects.filter(key="country.x").exists()


@pytest.mark.usefixtures("small")
def test_what_was_changed_after_the_preview_is_shown_again_and_not_written_over(desk):
    files = export.as_files()
    files["guides/renew/ru.md"] = files["guides/renew/ru.md"].replace("1. Go", "1. Иди")
    preview = send(desk, "desk:import_guides", archive(files))
    checked = Fact.objects.get(key="country.x")
    desk.post(reverse("desk:checked_today"), {"fact": checked.pk, "value": checked.value})
    again = confirm(desk, "desk:import_guides", preview)
    assert "changed meanwhile" in again.content.decode()
    assert GuideText.objects.get(language="ru").steps.startswith("1. Go")
    confirm(desk, "desk:import_guides", again)
    assert GuideText.objects.get(language="ru").steps.startswith("1. Иди")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("guides/renew/ru.md", "1. Go", "1. {{ kcell.nobody }}", "kcell.nobody"),
        ("guides/renew/ru.md", "yes: ''quoted''", "y" * 151, "150"),
        ("guides/renew/ru.md", "# steps", "# oops", "guides/renew/ru.md, line"),
        ("facts.yaml", "*100#", "100", "short code"),
        ("facts.yaml", "source: =me", "source: ''", "no source"),
        ("guides.yaml", "\n  topic: renew", "\n  topic: rest", "guides.yaml, line"),
    ],
)
def test_what_is_wrong_with_the_files_is_said_and_nothing_is_written(desk, name, old, new, said):
    files = export.as_files()
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    before = everything()
    page = send(desk, "desk:import_guides", archive(files))
    assert said in page.content.decode()
    assert "Write these changes" not in page.content.decode()
    assert everything() == before


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no archive at all", "not a zip archive"),
        (archive({}), "operators.yaml"),
        (archive({"operators.yaml": "[]"}), "channels.yaml"),
        (archive({"operators.yaml": "- {"}), "operators.yaml, line"),
        (archive({"operators.yaml": b"\xff\xfe"}), "UTF-8"),
        (b"PK" + b"\0" * 2_000_000, "too large"),
        (archive({"operators.yaml": "[]"})[:-80] + b"x" * 80, "not a zip archive"),
        (damaged(), "not a zip archive"),
        (archive({"operators.yaml": "[]"}, packing=zipfile.ZIP_BZIP2), "not a zip archive"),
        (archive({"operators.yaml": '- {slug: "\x07"}'}), "operators.yaml, line"),
        (archive({"operators.yaml": "[" * 5_000}), "operators.yaml, line"),
        (archive({"operators.yaml": "- {[a]: b}"}), "operators.yaml, line"),
        (archive({"operators.yaml": "- &a {slug: a}\n- {<<: *a}"}), "operators.yaml, line 2"),
        (archive({"operators.yaml": "- {slug: a, order: 2026-13-45}"}), "operators.yaml, line 1: month"),
        (
            archive({"operators.yaml": "[]", "channels.yaml": "[]", "facts.yaml": "5.x: {}\n5.5: {}"}),
            "facts.yaml, line",
        ),
        (archive({"operators.yaml": "[]", "operators.yaml/x.md": "x"}), "channels.yaml"),
        (archive({"operators.yaml": "[]", f"{'a' * 300}.md": "x"}), "channels.yaml"),
    ],
    ids=[
        *("no zip", "empty", "a part", "no YAML", "no text", "too large", "cut off", "damaged"),
        *("packed otherwise", "signs", "deep"),
        *("list as key", "merged", "no such day", "number as key", "file as folder", "long name"),
    ],
)
def test_what_is_no_archive_of_guides_is_told_in_a_sentence(desk, content, said):
    page = send(desk, "desk:import_guides", content)
    assert page.status_code == 200
    assert said in page.content.decode()


@pytest.mark.usefixtures("small")
def test_an_archive_cannot_write_outside_its_folder_nor_fill_the_disk(desk, tmp_path, monkeypatch):
    files = export.as_files()
    unpacked_in = tmp_path / "for a while"
    unpacked_in.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(unpacked_in))
    evil = archive(files | {"../../evil.md": "evil", "guides/../../../evil.md": "evil", f"{tmp_path}/evil.md": "evil"})
    assert send(desk, "desk:import_guides", evil).context["outcome"].errors == []
    assert list(tmp_path.rglob("*")) == [unpacked_in]
    monkeypatch.setattr(export, "_LARGEST_TREE", 100)
    assert "too large" in send(desk, "desk:import_guides", archive(files)).content.decode()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "lacking",
    ["publish_guidetext"]
    + [
        f"{may}_{model}"
        for may in ("add", "change")
        for model in ("guide", "guidetext", "fact", "operator", "channel", "tariff")
    ],
)
def test_files_are_brought_in_only_by_whoever_may_write_all_of_it(client, lacking):
    half = editor(client, lacking)
    assert half.get(reverse("desk:import_guides")).status_code == 403
    assert send(half, "desk:import_guides", archive()).status_code == 403


# --- spreadsheets ---------------------------------------------------------------------------------------------------

AWKWARD = ["*106#", "+7 727 000 00 00", "=1+1", "-5", "@here", "'quoted", "'=1", "''+", "\t=1", "116", "0,5", "a;b", ""]


@given(st.text() | st.sampled_from(AWKWARD))
def test_a_value_comes_back_as_it_was_and_is_never_a_formula(value):
    cell = sheets.harmless(value)
    assert sheets.as_written(cell) == value
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def as_csv(*rows, delimiter=","):
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode()


def as_xlsx(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def awkward(db):
    kcell = Operator.objects.create(slug="kcell", name="Kcell")
    for number, value in enumerate(filter(None, map(str.strip, AWKWARD))):
        Fact.objects.create(
            key=f"kcell.x{number}", operator=kcell, kind="name", value=value, source="-", confidence="old", note=value
        )
    Fact.objects.create(key="kcell.unknown", operator=kcell, kind="code", confidence="unknown")
    Fact.objects.filter(key="kcell.x1").update(seen_on=date(2026, 2, 3))
    Tariff.objects.create(operator=kcell, name="=Big", price="4990.50", period="30d", data_mb=0, source="+x")
    Tariff.objects.create(
        operator=kcell,
        name="Small",
        price="12345678",
        period="",
        price_since="2026-12-01",
        source="x",
        fallback_fee="90",
    )


def rows_of(model):
    return list(model.objects.order_by("pk").values())


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "model"), [("facts", Fact), ("tariffs", Tariff)])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_sheet_brought_back_changes_nothing_and_fills_an_empty_table(desk, name, model, extension, language):
    desk.cookies["django_language"] = language
    before = [{key: value for key, value in row.items() if key != "id"} for row in rows_of(model)]
    answer = desk.get(reverse(f"desk:export_{name}_{extension}"))
    assert f"{name}-" in answer.headers["Content-Disposition"]
    assert send(desk, f"desk:import_{name}", answer.content).context["outcome"].changes == []
    model.objects.all().delete()
    preview = send(desk, f"desk:import_{name}", answer.content)
    assert preview.context["outcome"].errors == []
    confirm(desk, f"desk:import_{name}", preview)
    after = [{key: value for key, value in row.items() if key != "id"} for row in rows_of(model)]
    assert sorted(after, key=str) == sorted(before, key=str)


@pytest.mark.usefixtures("awkward")
def test_no_cell_of_an_export_is_a_formula(desk):
    answer = desk.get(reverse("desk:export_facts_csv"))
    cells = [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    for name in ("facts", "tariffs"):
        book = openpyxl.load_workbook(io.BytesIO(desk.get(reverse(f"desk:export_{name}_xlsx")).content))
        assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize(
    "make", [as_csv, as_xlsx, lambda *rows: as_csv(*rows, delimiter=";")], ids=["csv", "xlsx", ";"]
)
def test_a_sheet_is_shown_first_and_written_once_confirmed(desk, make):
    sheet = make(
        ["key", "value", "kind", "confidence", "source"],
        ["kcell.x0", "*107#", "name", "old", "-"],
        ["", "", "", "", ""],
        ["kcell.new", "+7 701 000 00 00", "number", "reported", "a reader"],
    )
    before, revision = rows_of(Fact), current_revision()
    preview = send(desk, "desk:import_facts", sheet)
    told = [(change.title, change.is_new) for change in preview.context["outcome"].changes]
    assert told == [("kcell.x0", False), ("kcell.new", True)]
    assert "<del>106</del><ins>107</ins>" in preview.content.decode()
    assert rows_of(Fact) == before
    assert current_revision() == revision
    done = confirm(desk, "desk:import_facts", preview)
    assert "2 rows were brought in" in done.content.decode()
    assert Fact.objects.get(key="kcell.x0").value == "*107#"
    new = Fact.objects.get(key="kcell.new")
    assert (new.value, new.operator.slug) == ("+7 701 000 00 00", "kcell")
    assert current_revision() > revision
    for row, said in ((Fact.objects.get(key="kcell.x0"), "Changed value"), (new, "Added.")):
        assert said in desk.get(reverse("admin:guides_fact_history", args=[row.pk])).content.decode()


@pytest.mark.usefixtures("awkward")
def test_columns_left_out_stay_as_they_are(desk):
    preview = send(desk, "desk:import_facts", as_csv(["key", "seen_on"], ["kcell.x0", "2026-11-20"]))
    confirm(desk, "desk:import_facts", preview)
    fact = Fact.objects.get(key="kcell.x0")
    assert (fact.value, fact.seen_on) == ("*106#", date(2026, 11, 20))


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["kcell.x0", "*106#", "name", "old", ""], "Say where this value comes from"),
        (["kcell.x0", "*106#", "name", "old", "   "], "Say where this value comes from"),
        (["kcell.new", "*1#", "code", "old", ""], "Say where this value comes from"),
        (["kcell.x0", "", "name", "old", "me"], "not known yet"),
        (["kcell.x0", "1", "sight", "old", "me"], "Kind: Value"),
        (["Kcell x", "1", "name", "old", "me"], "small letters"),
        (["kcell.x0", "106", "code", "old", "me"], "A short code"),
        (["kcell.x0", "x" * 301, "name", "old", "me"], "300"),
    ],
)
def test_a_row_that_makes_no_sense_stops_the_whole_sheet(desk, row, said):
    good = ["kcell.x2", "changed", "name", "old", "me"]
    sheet = as_csv(["key", "value", "kind", "confidence", "source"], good, row)
    before = rows_of(Fact)
    preview = send(desk, "desk:import_facts", sheet)
    page = preview.content.decode()
    assert said in page
    assert "Row 3" in page
    assert "Write these changes" not in page
    confirm(desk, "desk:import_facts", preview)  # whoever sends it all the same
    assert rows_of(Fact) == before
    assert not Fact.objects.exclude(value="").filter(source="").exists()


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("operator", "vodafone", "no operator with the short name “vodafone”"),
        ("price", "cheap", "“cheap” is not a number"),
        ("price", "-1", "“-1” is not a number"),
        ("price", "NaN", "“NaN” is not a number"),
        ("price", "4,990", "2 decimal places"),
        ("price", "", "Price"),
        ("data_mb", "1.5", "“1.5” is not a number"),
        ("period", "year", "Period"),
        ("seen_on", "yesterday", "“yesterday” is no day"),
        ("source", "", "Source"),
    ],
)
def test_a_tariff_that_makes_no_sense_is_told_with_its_field(desk, column, value, said):
    row = {"operator": "kcell", "name": "New", "period": "30d", "price": "10", "source": "me"} | {column: value}
    page = send(desk, "desk:import_tariffs", as_csv(list(row), list(row.values()))).content.decode()
    assert said in page
    assert "Row 2" in page
    assert Tariff.objects.count() == 2


@pytest.mark.usefixtures("awkward")
def test_numbers_and_days_that_a_spreadsheet_made_are_understood(desk):
    head = ["operator", "name", "period", "price", "data_mb", "source", "seen_on"]
    sheet = as_xlsx(head, ["kcell", 2024.0, "30d", 4990.5, 5120.0, "me", datetime(2026, 11, 1)])  # noqa: DTZ001
    confirm(desk, "desk:import_tariffs", send(desk, "desk:import_tariffs", sheet))
    tariff = Tariff.objects.get(name="2024")
    assert (tariff.price, tariff.data_mb, tariff.seen_on) == (Decimal("4990.5"), 5120, date(2026, 11, 1))
    grouped = as_csv(head, ["kcell", "2024", "30d", "5 990,50", "5120", "me", "2026-11-01"], delimiter=";")
    confirm(desk, "desk:import_tariffs", send(desk, "desk:import_tariffs", grouped))
    assert Tariff.objects.get(name="2024").price == Decimal("5990.50")


@pytest.mark.usefixtures("awkward")
def test_a_number_that_became_a_day_is_told(desk):
    sheet = as_xlsx(["key", "value"], ["kcell.x0", datetime(2026, 11, 1)])  # noqa: DTZ001
    assert "Format the cell as text" in send(desk, "desk:import_facts", sheet).content.decode()


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n", "no row of names"),
        ("ключ,value\n".encode("cp1251"), "no CSV in UTF-8"),
        (b"PK broken", "cannot be read"),
        (b"kee,value\nx,y\n", "Nobody knows a column named “kee”"),
        (b"value\ny\n", "The column “key” is missing"),
        (b"key,value\nkcell.x0,1,2\n", "Row 2 has more cells"),
        (b"key,source\nkcell.x0,a\nkcell.x0,b\n", "The same stands in row 2"),
    ],
)
def test_what_is_no_sheet_is_told_in_a_sentence(desk, content, said):
    page = send(desk, "desk:import_facts", content)
    assert page.status_code == 200
    assert said in page.content.decode()


def test_a_sheet_of_few_bytes_cannot_fill_the_memory():
    """A cell far out stands for all rows and cells before it, which weigh nothing in the file."""
    book = openpyxl.Workbook()
    book.active.append(["key", "value"])
    book.active["ZZ9000"] = "x"
    target = io.BytesIO()
    book.save(target)
    cells = sheets._cells(target.getvalue())
    assert (len(cells), len(cells[0])) == (1_002, 100)
    with pytest.raises(sheets.BadSheet, match="too large"):
        sheets._read(target.getvalue())


@pytest.mark.usefixtures("small")
def test_a_sign_that_no_spreadsheet_holds_stops_no_export(desk):
    Fact.objects.create(key="country.awkward_sign", kind="name", value="a\x0bb", source="s", confidence="one_source")
    assert desk.get(reverse("desk:export_facts_xlsx")).status_code == 200


@pytest.mark.usefixtures("awkward")
def test_what_was_changed_after_the_preview_is_looked_at_again(desk):
    preview = send(desk, "desk:import_facts", as_csv(["key", "source"], ["kcell.x0", "me"]))
    checked = Fact.objects.get(key="kcell.x0")
    desk.post(reverse("desk:checked_today"), {"fact": checked.pk, "value": checked.value})
    assert "changed meanwhile" in confirm(desk, "desk:import_facts", preview).content.decode()
    assert Fact.objects.get(key="kcell.x0").source == "-"


@pytest.mark.usefixtures("awkward")
def test_errors_are_told_in_the_editors_language(desk):
    desk.get("/")  # makes the editor's person
    user = get_user_model().objects.get()
    user.person.language = "ru"
    user.person.save()
    page = send(desk, "desk:import_facts", as_csv(["key", "kind"], ["kcell.x0", "sight"]))
    [(_row, [sentence])] = page.context["outcome"].errors
    assert "не является" in sentence or "нет среди" in sentence or "допустим" in sentence


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("lacking", ["add_fact", "change_fact"])
def test_facts_are_brought_in_only_by_whoever_may_write_them(client, lacking):
    half = editor(client, lacking)
    assert half.get(reverse("desk:import_facts")).status_code == 403
    assert send(half, "desk:import_facts", as_csv(["key"], ["kcell.x0"])).status_code == 403
    assert half.get(reverse("desk:export_facts_csv")).status_code == 200
    page = half.get(reverse("admin:guides_fact_changelist")).content.decode()
    assert reverse("desk:import_facts") not in page
    assert reverse("desk:export_facts_csv") in page


@pytest.mark.usefixtures("awkward")
def test_nobody_else_gets_a_sheet(client):
    client.force_login(get_user_model().objects.create_user("staff@example.com", is_staff=True))
    for name in ("facts", "tariffs"):
        for extension in ("csv", "xlsx"):
            assert client.get(reverse(f"desk:export_{name}_{extension}")).status_code == 403
    assert client.get(reverse("desk:export_guides")).status_code == 403


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("name", ["facts", "tariffs"])
def test_the_tables_lead_to_their_sheets(desk, name):
    page = desk.get(reverse(f"admin:guides_{name[:-1]}_changelist")).content.decode()
    for target in (f"import_{name}", f"export_{name}_csv", f"export_{name}_xlsx"):
        assert f'href="{reverse(f"desk:{target}")}"' in page

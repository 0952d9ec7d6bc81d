"""What must never reach readers is found, each kind of it."""

import polib
import pytest
from django.core.management import CommandError, call_command

from guides import checks
from guides.checks import catalogue_errors, errors, links_in, not_known, publishes
from guides.models import Fact, Guide, GuideText, Operator, OperatorText, Promotion, Tariff

ORDINARY = {"kind": "rule", "value": "so", "source": "somebody", "confidence": "one_source"}


@pytest.fixture
def handbook(db, monkeypatch):
    """Two operators, one of them a brand of the other, and two guides without a fault."""
    monkeypatch.setattr(checks, "catalogue_errors", lambda folders: [])
    kcell = Operator.objects.create(slug="kcell", name="Kcell")
    Operator.objects.create(slug="activ", name="activ", network=kcell)
    for slug, fields in (("renew", {}), ("compare", {"on_operator_pages": False})):
        guide = Guide.objects.create(slug=slug, topic="renew", **fields)
        GuideText.objects.create(guide=guide, language="en", title=slug, state="published", steps="1. Go")
    OperatorText.objects.create(operator=kcell, language="en", known_for="Good")


def write(steps, slug="renew", language="en"):
    GuideText.objects.filter(guide__slug=slug, language=language).update(steps=steps)


@pytest.mark.usefixtures("handbook")
def test_a_handbook_without_a_fault_passes(capsys):
    assert errors() == []
    call_command("check_content")
    assert "0 errors" in capsys.readouterr().out


@pytest.mark.usefixtures("handbook")
def test_the_command_fails_on_each_fault_and_says_only_them_if_asked_to_be_brief(capsys):
    write("1. {{ kcell.nobody }}")
    with pytest.raises(CommandError, match="1 errors"):
        call_command("check_content", verbosity=0)
    said = capsys.readouterr()
    assert "no fact named kcell.nobody" in said.err
    assert said.out == ""


@pytest.mark.usefixtures("handbook")
@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("1. {{ oops", "braces that name no fact"),
        ("1. {{ kcell.nobody }}", "no fact named kcell.nobody"),
        ("1. {{ operator.nobody }}", "no fact named kcell.nobody"),
        (":::only kcell\n1. Go", "no “:::” that ends it"),
    ],
)
def test_names_that_mean_nothing(steps, said):
    write(steps)
    assert any(said in line for line in errors())


@pytest.mark.usefixtures("handbook")
def test_a_translation_behind_its_source():
    guide = Guide.objects.get(slug="renew")
    GuideText.objects.create(guide=guide, language="ru", title="x", state="published", translated_from="other")
    assert any("all/renew (ru): behind its source" in line for line in errors())


@pytest.mark.usefixtures("handbook")
def test_anything_without_a_source():
    kcell = Operator.objects.get(slug="kcell")
    Fact.objects.create(key="kcell.x", **ORDINARY | {"source": " "})
    Tariff.objects.create(operator=kcell, name="Big", price=1, source="")
    Promotion.objects.create(operator=kcell, title="Offer", until="2030-01-01", source="")
    lines = [line for line in errors() if "where it comes from" in line]
    assert len(lines) == 3


# --- links ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("handbook")
@pytest.mark.parametrize(
    "link",
    [
        "../renew/",
        "../renew/#steps",
        "#here",
        "../../activ/renew/",
        "/en/guides/all/compare/",
        "/ru/guides/kcell/renew/",
        "/en/guides/kcell/",
        "/en/guides/",
        "/",
        "https://kcell.kz",
        "tel:+77010000000",
        "mailto:a@kcell.kz",
    ],
)
def test_a_link_that_leads_somewhere(link):
    write(f"1. See [this]({link})")
    assert errors() == []


@pytest.mark.usefixtures("handbook")
@pytest.mark.parametrize(
    ("link", "where"),
    [
        ("../no-such/", "all"),
        ("../renew", "all"),
        ("renew/", "all"),
        ("../compare/", "kcell"),  # which stands on the page for every operator only
        ("/en/guides/vodafone/renew/", "all"),
        ("/en/guides/vodafone/", "all"),
        ("/no/such/page/", "all"),
        ("http://kcell.kz", "all"),
        ("//kcell.kz/x", "all"),
        ("javascript:alert(1)", "all"),
    ],
)
def test_a_link_that_leads_nowhere(link, where):
    write(f"1. See [this]({link})")
    found = errors()
    if link.startswith("javascript"):  # which Markdown makes no link of
        assert found == []
    else:
        assert any(f"the link to {link} leads nowhere on the pages of {where}" in line for line in found)


@pytest.mark.usefixtures("handbook")
def test_a_link_in_a_block_counts_for_its_operators_and_one_in_a_profile_from_its_page():
    write(":::only activ\n1. See [this](../no-such/)\n:::")
    OperatorText.objects.update(known_for="See [this](../kcell/renew/) and [that](renew/) but not [so](../renew/)")
    found = errors()
    assert any("no-such/ leads nowhere on the pages of activ" in line for line in found)
    assert not any("no-such/ leads nowhere on the pages of kcell" in line for line in found)
    assert [line for line in found if "Kcell (en)" in line and "leads nowhere" in line] == [
        f"Kcell (en), known_for: the link to ../renew/ leads nowhere on the pages of {slug}"
        for slug in ("kcell", "activ")
    ]


def test_links_are_found_wherever_markdown_makes_them():
    markdown = "a [b](../c/) <https://d.kz>\n\n- [e](f/)\n\n| x |\n| --- |\n| [g](h/) |\n\n`[no](link)`"
    assert links_in(markdown) == ("../c/", "https://d.kz", "f/", "h/")


# --- what is not known ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("Dial *102#", "*102#", True),
        ("Dial *102#, then", "*102#", True),
        ("наберите *102#.", "*102#", True),
        ("拨打*102#查询", "*102#", True),
        ("Dial **102#", "*102#", False),
        ("Dial *102*1#", "*102#", False),
        ("Call 611", "611", True),
        ("Call 6110 or 0611", "611", False),
        ("Dial *611#", "611", False),
        ("Call 6 1 1", "611", False),
        ("Call ６１１", "611", True),
        ("Call +7 727 3500 500", "+7 727 3500 500", True),
        ("Call 8 (727) 350-05-00", "+7 727 3500 500", True),
        ("Call +77273500500", "+7 727 3500 500", True),
        ("Call +7 727 3500 5001", "+7 727 3500 500", False),
        ("the JANYMDA app", "Janymda", True),
        ("my.tele2.ru/x", "my.tele2.ru", True),
    ],
)
def test_a_value_is_found_as_one_of_its_own_however_it_is_written(text, value, found):
    assert publishes(text, value) == found


def test_the_reviewed_list_can_be_read_and_gives_a_reason_for_each():
    listed = not_known()
    assert {"*102#", "3030", "9090", "611", "*160#", "*100#"} <= {one.value for one in listed}
    assert all(one.reason for one in listed)


@pytest.fixture
def forbidden(monkeypatch):
    listed = [
        checks.NotKnown("*102#", frozenset({"kcell"}), "nobody tried it"),
        checks.NotKnown("9090", frozenset(), "from memory"),
    ]
    monkeypatch.setattr(checks, "not_known", lambda: listed)


@pytest.mark.usefixtures("handbook", "forbidden")
@pytest.mark.parametrize(
    ("steps", "is_found"),
    [
        ("1. Dial *102#", True),
        (":::only kcell\n1. Dial *102#\n:::", True),
        (":::only activ\n1. Dial *102#\n:::", False),  # nobody said anything of activ
        (":::only activ\n1. Call 9090\n:::", True),
        ("1. Dial *103#", False),
    ],
)
def test_a_text_that_publishes_what_nobody_knows(steps, is_found):
    write(steps)
    assert any("publishes" in line for line in errors()) == is_found


@pytest.mark.usefixtures("handbook", "forbidden")
@pytest.mark.parametrize(
    ("key", "value", "is_found"),
    [
        ("kcell.balance_code", "*102#", True),
        ("activ.balance_code", "*102#", False),
        ("activ.support_number", "9090", True),
        ("country.some_code", "*102#", True),
    ],
)
def test_a_fact_that_publishes_what_nobody_knows(key, value, is_found):
    operator = Operator.objects.filter(slug=key.partition(".")[0]).first()
    Fact.objects.create(key=key, operator=operator, **ORDINARY | {"value": value})
    assert any(f"fact {key}: publishes {value}" in line for line in errors()) == is_found


@pytest.mark.slow
@pytest.mark.usefixtures("guides_loaded")
def test_the_files_of_the_repository_have_no_fault(monkeypatch):
    monkeypatch.setattr(checks, "catalogue_errors", lambda folders: [])
    assert errors() == []


# --- the interface --------------------------------------------------------------------------------------------------


def test_strings_not_translated_or_only_guessed_and_catalogues_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "CODES", frozenset({"en", "ru", "zh-hans"}))
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="done", msgstr="готово"))
    catalogue.append(polib.POEntry(msgid="lacking", msgstr=""))
    catalogue.append(polib.POEntry(msgid="guessed", msgstr="угадано", flags=["fuzzy"]))
    catalogue.append(polib.POEntry(msgid="gone", msgstr="", obsolete=True))
    catalogue.append(polib.POEntry(msgid="one", msgid_plural="many", msgstr_plural={0: "раз", 1: "", 2: "раз"}))
    (tmp_path / "ru/LC_MESSAGES").mkdir(parents=True)
    catalogue.save(str(tmp_path / "ru/LC_MESSAGES/django.po"))
    said = " ".join(catalogue_errors([tmp_path]))
    for words in ("'lacking' is not translated", "'guessed' is fuzzy", "'one' is not translated", "zh_Hans"):
        assert words in said
    for word in ("done", "gone"):
        assert word not in said

"""The content itself: complete, resolved, and free of what nobody has proved."""

import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from guides.content_files import CONTENT, entries
from guides.models import Fact, Guide, GuideText, Operator, OperatorText
from guides.rendering import Page, as_html, as_line, facts_named_in
from guides.review import review

ENTRIES = entries()
TEXTS = [entry for entry in ENTRIES if entry.kind == "text"]

# What the research lists as not found or from memory only: balance codes, hotlines, credit codes, limits.
UNPROVED = [
    "*102#",
    "*160#",
    "*141",
    "*100#",
    "*355",
    "3030",
    "9090",
    "3500 500",
    "Janymda",
    "611",
    "0611",
    "504",
    "*105#",
]
# Where one of them is rightly stated for something else.
ALLOWED = {"beeline.restore_packages_code": "*355#"}


def test_every_guide_is_written_in_the_languages_expected():
    written = {}
    for entry in TEXTS:
        operator, slug, language = entry.key
        written.setdefault((operator, slug), set()).add(language)
    assert written
    assert all(languages >= {"en", "zh-hans", "zh-hant", "ru", "kk"} for languages in written.values())


def test_the_subjects_that_every_operator_needs_are_there():
    slugs = {entry.key[1] for entry in TEXTS}
    assert slugs >= {
        "choose-an-operator",
        "renew-at-a-shop",
        "renew-in-the-app",
        "renew-on-the-website",
        "renew-with-a-payment-service",
        "buy-or-change-a-plan",
        "set-up-auto-renewal",
        "watch-for-promotions",
        "check-your-data",
        "back-up-your-phone",
        "get-help",
        "register-a-sim",
        "register-your-phone",
        "switch-operator",
        "how-charges-work",
        "credit-when-empty",
        "save-money",
        "paid-not-credited",
        "paid-to-wrong-number",
        "line-still-dead",
        "no-internet",
        "lost-sim",
        "pin-and-puk",
        "codes-do-not-arrive",
    }
    profiles = {entry.key for entry in ENTRIES if entry.kind == "profile"}
    assert profiles >= {
        (slug, language)
        for slug in ("kcell", "beeline", "tele2")
        for language in ("en", "zh-hans", "zh-hant", "ru", "kk")
    }


def test_the_translations_have_the_same_steps_and_name_the_same_facts():
    shape = {}
    for entry in TEXTS:
        whole = "\n".join(entry.values[name] for name in GuideText.TEXT_FIELDS)
        names = sorted(set(re.findall(r"\{\{.*?\}\}", whole)) - {"{{ operator.name }}"})
        steps = len(re.findall(r"^\d+\. ", entry.values["steps"], re.MULTILINE))
        shape.setdefault(entry.key[:2], []).append((steps, names))
    assert [key for key, shapes in shape.items() if any(one != shapes[0] for one in shapes)] == []


def test_a_text_leads_only_to_guides_that_are_there():
    slugs = {entry.key[1] for entry in TEXTS}
    for entry in TEXTS:
        whole = "\n".join(entry.values[name] for name in GuideText.TEXT_FIELDS)
        assert {link.strip("./") for link in re.findall(r"\]\(([^)]*)\)", whole)} <= slugs, entry.key


def test_renewing_at_a_shop_takes_five_steps():
    for entry in TEXTS:
        if entry.key[1] == "renew-at-a-shop":
            assert len(re.findall(r"^\d\. ", entry.values["steps"], re.MULTILINE)) == 5


def test_steps_are_numbered_without_a_gap():
    for entry in TEXTS:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", entry.values["steps"], re.MULTILINE)]
        unique = list(dict.fromkeys(numbers))  # a step may stand once for each of several operators
        assert unique == list(range(1, len(unique) + 1)), entry.key


def test_nothing_unproved_is_published():
    for path in CONTENT.rglob("*.md"):
        for word in UNPROVED:
            assert word not in path.read_text(), (path, word)
    for entry in ENTRIES:
        if entry.kind == "fact" and entry.values["value"] != ALLOWED.get(entry.key[0]):
            for word in UNPROVED:
                assert word not in entry.values["value"], entry.key


def test_what_is_not_known_is_empty():
    facts = {entry.key[0]: entry.values for entry in ENTRIES if entry.kind == "fact"}
    for operator in ("kcell", "activ", "beeline", "izi", "tele2", "altel"):
        assert facts[f"{operator}.inactivity_limit"]["value"] == ""
        assert facts[f"{operator}.foreign_card"]["value"] == ""
    for operator in ("kcell", "activ", "beeline", "tele2"):
        assert facts[f"{operator}.balance_code"]["value"] == ""


@pytest.mark.usefixtures("guides_loaded")
def test_every_text_of_every_language_renders_for_every_operator_with_nothing_unresolved():
    operators = [None, *Operator.objects.all()]
    texts = list(GuideText.objects.select_related("guide")) + list(OperatorText.objects.all())
    facts = {fact.key: fact for fact in Fact.objects.all()}
    for operator in operators:
        for text in texts:
            page = Page(operator, facts)
            for name in text.TEXT_FIELDS:
                shown = as_html(getattr(text, name), page, text.language)
                assert not re.search(r"\{\{|\}\}|:::|[\ue000\ue001]|<script", shown), (text, name)
                assert "{{" not in as_line(getattr(text, name), page, text.language)


@pytest.mark.usefixtures("guides_loaded")
def test_a_brand_gets_no_code_of_its_network():
    izi = Operator.objects.get(slug="izi")
    for text in GuideText.objects.filter(guide__on_operator_pages=True):
        page = Page(izi, facts_named_in([text], izi))
        for name in text.TEXT_FIELDS:
            assert "*106" not in as_html(getattr(text, name), page, text.language)
    facts = {fact.key: fact for fact in Fact.objects.all()}
    assert "not known yet" in as_html("{{ beeline.data_left_code }}", Page(izi, facts), "en")
    assert "*106#" in as_html("{{ beeline.data_left_code }}", Page(None, facts), "en")


@pytest.mark.usefixtures("guides_loaded")
def test_a_corrected_fact_changes_every_language_at_once():
    beeline = Operator.objects.get(slug="beeline")
    Fact.objects.filter(key="beeline.data_left_code").update(value="*999#")
    for text in GuideText.objects.filter(guide__slug="check-your-data"):
        page = Page(beeline, facts_named_in([text], beeline))
        assert "*999#" in as_html(text.steps, page, text.language)


@pytest.mark.usefixtures("guides_loaded")
def test_a_code_is_one_tap_and_carries_its_mark_in_words():
    beeline = Operator.objects.get(slug="beeline")
    page = Page(beeline, {fact.key: fact for fact in Fact.objects.all()})
    shown = as_html("{{ operator.data_left_code }}", page, "en")
    assert 'href="tel:*106%23"' in shown
    assert "one source only; date not visible" in shown
    assert "seen January 2022" in as_html("{{ operator.app_name }}", page, "en")
    assert "old information" in as_html("{{ operator.daily_fallback_fee }}", page, "en")


@pytest.mark.usefixtures("guides_loaded")
def test_neither_a_text_nor_a_fact_can_bring_markup():
    fact = Fact(key="x.y", kind="name", value="<b>v</b>", source="<i>s</i>", confidence="one_source")
    text = "<script>a</script> [j](javascript:alert) <img src=x> {{ x.y }} ![i](https://e.example/p.png)"
    shown = as_html(text, Page(None, {"x.y": fact}), "en")
    assert not re.search(r"<(script|img|b|i)\b", shown)
    assert "javascript:" not in re.sub(r"\[j\].*?\)", "", shown)
    assert "&lt;b&gt;v" in shown


@pytest.mark.usefixtures("guides_loaded")
def test_without_an_operator_chinese_has_no_gap_around_its_own_words():
    with translation.override("zh-hans"):
        words = translation.gettext("your operator")
    shown = as_line("打开 {{ operator.name }} 的官网", Page(None, {}), "zh-hans")
    assert shown == f"打开{words}的官网"
    kcell = Operator.objects.get(slug="kcell")
    assert as_line("打开 {{ operator.name }} 的官网", Page(kcell, {}), "zh-hans") == "打开 Kcell 的官网"


@pytest.mark.usefixtures("guides_loaded")
def test_the_review_finds_no_error_in_the_files_and_lists_what_is_old():
    found = review(date(2026, 11, 23))
    assert found.errors == found.untranslated == []
    assert any("beeline.app_name" in line for line in found.stale)
    assert any("guide all/get-help (en)" in line for line in review(date(2027, 11, 23)).stale)


@pytest.mark.usefixtures("guides_loaded")
def test_check_content_fails_if_a_text_names_a_fact_that_is_not_there(capsys):
    call_command("check_content")
    assert "0 errors" in capsys.readouterr().out
    Fact.objects.get(key="tele2.data_left_code").delete()
    with pytest.raises(CommandError):
        call_command("check_content")
    assert "no fact named tele2.data_left_code" in capsys.readouterr().err


@pytest.mark.usefixtures("guides_loaded")
def test_check_content_lists_a_guide_that_lacks_a_language(capsys):
    GuideText.objects.filter(guide__slug="get-help", language="zh-hans").update(state="draft")
    assert Guide.objects.filter(slug="get-help").exists()
    call_command("check_content")
    assert "Untranslated: guide all/get-help: not published in zh-hans" in capsys.readouterr().out


def test_the_sign_of_a_fact_written_by_hand_stands_for_nothing():
    assert as_html("before &#xe000;7&#xe001; after", Page(None, {}), "en").strip() == "<p>before  after</p>"

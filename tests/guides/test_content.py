"""The content itself: complete, resolved, and free of what nobody has proved."""

import re
from urllib.parse import urljoin

import pytest
from django.urls import resolve
from django.utils import translation
from opencc import OpenCC

from guides.content_files import CONTENT, entries
from guides.facts import names_in
from guides.models import Fact, GuideText, Operator, OperatorText
from guides.rendering import Page, as_html, as_line, facts_named_in

ENTRIES = entries()
TEXTS = [entry for entry in ENTRIES if entry.kind == "text"]

LANGUAGES = {"en", "zh-hans", "zh-hant", "ru", "kk"}
BRANDS = {"kcell", "activ", "beeline", "izi", "tele2", "altel"}
FOR_THE_COMPARISON = {"tele2.known_for_calls"}


def test_every_guide_is_written_in_the_languages_expected():
    written = {}
    for entry in TEXTS:
        operator, slug, language = entry.key
        written.setdefault((operator, slug), set()).add(language)
    assert written
    assert all(languages == LANGUAGES for languages in written.values())


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
        "renew-in-a-bank-app",
        "renew-at-a-kiosk",
        "top-up-from-abroad",
        "keep-your-number",
        "codes-and-contacts",
        "words-on-the-screen",
    }


def test_each_brand_has_a_profile_in_each_language():
    profiles = {entry.key for entry in ENTRIES if entry.kind == "profile"}
    assert profiles == {(slug, language) for slug in BRANDS for language in LANGUAGES}


def test_of_each_brand_the_same_is_known_or_said_to_be_unknown():
    facts = {entry.key[0] for entry in ENTRIES if entry.kind == "fact"}
    wanted = {
        *("website", "company", "prefixes", "app_name", "account_site", "topup_site", "apn", "network_code"),
        *("balance_code", "data_left_code", "own_number_code", "credit_code", "inactivity_limit"),
        *("support_number", "support_abroad", "support_email", "contact_page", "sim_replacement", "esim"),
        *("kaspi_fee", "halyk_fee", "kiosk_fee", "foreign_card"),
    }
    assert {f"{brand}.{what}" for brand in BRANDS for what in wanted} <= facts


def shape(text):
    """What must be the same in every language of a text: its steps, facts, blocks and links, in their order
    where it tells (blocks, and the sections that are there)."""
    sections = {name: text[name] for name in GuideText.TEXT_FIELDS}
    whole = "\n".join(sections.values())
    return {
        "sections": [name for name, value in sections.items() if value],
        "steps": re.findall(r"^(\d+)\. ", sections["steps"], re.MULTILINE),
        "lines": {name: len(re.findall(r"^- ", value, re.MULTILINE)) for name, value in sections.items()},
        "facts": sorted(set(re.findall(r"\{\{.*?\}\}", whole)) - {"{{ operator.name }}"}),
        "blocks": re.findall(r"^:::only .*$", whole, re.MULTILINE),
        "links": sorted(re.findall(r"\]\(([^)]*)\)", whole)),
    }


@pytest.mark.parametrize("slug", sorted({entry.key[1] for entry in TEXTS}))
def test_all_languages_of_a_guide_have_the_same_steps_facts_blocks_and_links(slug):
    texts = {entry.key[2]: entry.values for entry in TEXTS if entry.key[1] == slug}
    source = shape(texts.pop("en"))
    assert {language: shape(values) for language, values in texts.items()} == dict.fromkeys(texts, source)


@pytest.mark.parametrize("brand", sorted(BRANDS))
def test_all_languages_of_a_profile_name_the_same_facts(brand):
    profiles = [entry.values for entry in ENTRIES if entry.kind == "profile" and entry.key[0] == brand]
    named = [
        sorted(name.key for field in OperatorText.TEXT_FIELDS for name in names_in(profile[field]))
        for profile in profiles
    ]
    assert named == [named[0]] * len(LANGUAGES)


def test_what_the_index_shows_of_a_brand_names_no_fact():
    assert not any("{{" in entry.values["known_for"] for entry in ENTRIES if entry.kind == "profile")


def test_a_code_stands_in_no_text_but_comes_from_a_fact():
    for path in CONTENT.rglob("*.md"):
        assert not re.search(r"\*\d[\d*]*#|\*#\d+#", path.read_text()), path


def test_every_fact_that_is_known_is_told_somewhere():
    """Nobody is helped by a fact that no text names; those that only the comparison of operators shows stand apart."""
    told = {
        key
        for entry in ENTRIES
        if entry.kind in ("text", "profile")
        for field in (OperatorText if entry.kind == "profile" else GuideText).TEXT_FIELDS
        for name in names_in(entry.values[field])
        for key in ([f"{brand}.{name.what}" for brand in BRANDS] if name.scope == "operator" else [name.key])
    }
    untold = {entry.key[0] for entry in ENTRIES if entry.kind == "fact" and entry.values["value"]} - told
    assert untold == FOR_THE_COMPARISON


def test_a_text_leads_only_to_pages_that_are_there():
    slugs = {entry.key[1] for entry in TEXTS}
    for entry in TEXTS:
        for link in shape(entry.values)["links"]:
            page = resolve(urljoin(f"/{entry.key[2]}/guides/beeline/{entry.key[1]}/", link))
            assert page.url_name != "guide" or page.kwargs["guide"] in slugs, (entry.key, link)


def test_renewing_at_a_shop_takes_five_steps():
    texts = [entry.values["steps"] for entry in TEXTS if entry.key[1] == "renew-at-a-shop"]
    assert [len(re.findall(r"^\d\. ", steps, re.MULTILINE)) for steps in texts] == [5] * len(LANGUAGES)


def test_steps_are_numbered_without_a_gap():
    for entry in TEXTS:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", entry.values["steps"], re.MULTILINE)]
        unique = list(dict.fromkeys(numbers))  # a step may stand once for each of several operators
        assert unique == list(range(1, len(unique) + 1)), entry.key


def test_what_is_not_known_is_empty():
    facts = {entry.key[0]: entry.values for entry in ENTRIES if entry.kind == "fact"}
    for operator in ("kcell", "activ", "beeline", "izi", "tele2", "altel"):
        assert facts[f"{operator}.inactivity_limit"]["value"] == ""
        assert facts[f"{operator}.foreign_card"]["value"] == ""
    for operator in ("kcell", "activ", "beeline", "tele2"):
        assert facts[f"{operator}.balance_code"]["value"] == ""


# Words in the longest sentence that a reader with one hand on a counter still takes in; Chinese counts signs.
LONGEST_SENTENCE = {"en": 33, "ru": 26, "kk": 24, "zh-hans": 60, "zh-hant": 60}
_SENTENCE_ENDS = re.compile(r"(?<=[.?!。？！])\s*")
_WORD = {"zh": re.compile(r"[一-鿿]|[A-Za-z0-9]+"), "": re.compile(r"\w[\w’'-]*")}


def sentences(text):
    """What is read in one breath: without marks, addresses and the numbers of the steps."""
    text = re.sub(r"\{\{ source:.*?\}\}|\]\([^)]*\)|^(?:\d+\.|-|:::.*)", "", text, flags=re.MULTILINE)
    text = re.sub(r"\{\{.*?\}\}", "X", text)
    return [sentence for line in text.splitlines() for sentence in _SENTENCE_ENDS.split(line.strip()) if sentence]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_texts_are_plain_to_read(language):
    word = _WORD[language[:2] if language.startswith("zh") else ""]
    lengths = {
        sentence: len(word.findall(sentence))
        for entry in TEXTS
        if entry.key[2] == language
        for name in GuideText.TEXT_FIELDS
        for sentence in sentences(entry.values[name])
    }
    too_long = {sentence: length for sentence, length in lengths.items() if length > LONGEST_SENTENCE[language]}
    assert too_long == {}
    assert sum(lengths.values()) / len(lengths) < LONGEST_SENTENCE[language] / 3


@pytest.mark.parametrize(("language", "other_script"), [("zh-hans", "t2s"), ("zh-hant", "s2t")])
def test_each_chinese_script_has_no_signs_of_the_other(language, other_script):
    written = "".join(path.read_text() for path in CONTENT.rglob(f"*{language}.md"))
    converted = OpenCC(other_script)
    strange = {sign for sign in set(written) if "一" <= sign <= "鿿" and converted.convert(sign) != sign}
    assert strange <= {"台"}  # as Taiwan writes 臺 in every-day words


def test_a_guide_is_short_enough_to_follow():
    for entry in TEXTS:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", entry.values["steps"], re.MULTILINE)]
        assert 1 <= max(numbers) <= 14, entry.key
        assert len(entry.values["summary"]) <= 150, entry.key  # what search engines show of it


def test_an_address_is_that_of_an_operator_the_state_or_a_bank_and_of_nobody_who_sells():
    """Neither a text nor a fact sends readers to a reseller."""
    allowed = {"kcell.kz", "activ.kz", "beeline.kz", "izi.me", "tele2.kz", "altel.kz", "kz-imei.kz", "guide.kaspi.kz"}
    told = [(path, path.read_text()) for path in CONTENT.rglob("*.md")]
    told += [(entry.key, entry.values["value"]) for entry in ENTRIES if entry.kind == "fact"]
    for where, text in told:
        for host in re.findall(r"https?://([^/\s\"')]+)", text):
            assert host.removeprefix("www.") in allowed, where
        assert not re.search(r"(?<!\w)@\w|t\.me|wa\.me|utm_|promo ?code", text, re.IGNORECASE), where


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
    for elsewhere in (None, Operator.objects.get(slug="kcell")):  # whoever names Beeline's by its name means it
        assert "*106#" in as_html("{{ beeline.data_left_code }}", Page(elsewhere, facts), "en")


@pytest.mark.usefixtures("guides_loaded")
def test_a_corrected_fact_changes_every_language_at_once():
    beeline = Operator.objects.get(slug="beeline")
    Fact.objects.filter(key="beeline.data_left_code").update(value="*999#")
    told = {
        text.language: "*999#" in as_html(text.steps, Page(beeline, facts_named_in([text], beeline)), text.language)
        for text in GuideText.objects.filter(guide__slug="check-your-data")
    }
    assert told == dict.fromkeys(LANGUAGES, True)


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


def test_the_sign_of_a_fact_written_by_hand_stands_for_nothing():
    assert as_html("before &#xe000;7&#xe001; after", Page(None, {}), "en").strip() == "<p>before  after</p>"

"""The search: what people ask, and what they should find first."""

from __future__ import annotations

import time

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from guides.content_files import ContentError
from guides.finding import library, library_at, lines_of
from guides.models import Fact, Guide, GuideText, Operator, raise_revision
from guides.models.operators import NOT_OPERATORS
from guides.search import LONGEST_QUESTION, Document, Index, Passage, Place, cleaned, marked
from guides.words import folded, pieces_of
from kzsim.common.languages import CODES, reading_order

LANGUAGES = sorted(CODES)
RENEWING = {
    "renew-at-a-shop",
    "renew-in-the-app",
    "renew-on-the-website",
    "renew-in-a-bank-app",
    "renew-with-a-payment-service",
    "renew-at-a-kiosk",
    "top-up-from-abroad",
}


@pytest.fixture(autouse=True)
def _nothing_kept():
    """Revisions repeat from test to test; what was read at one of them does not."""
    library_at.cache_clear()
    yield
    library_at.cache_clear()


@pytest.fixture(scope="module")
def handbook(django_db_setup, django_db_blocker, content_entries):
    """The index of the repository's guides, read once for the table below."""
    from django.db import transaction

    from guides.loader import write

    with django_db_blocker.unblock(), transaction.atomic():
        write(content_entries)
        library_at.cache_clear()
        known = library()
        transaction.set_rollback(True)
    return known


def guides_found(known, question, language):
    found = known.index.search(question, reading_order(language))
    return [known.guides[hit.key[1]].slug for hit in found.of_kind("guide", 30)]


def facts_found(known, question, language):
    found = known.index.search(question, reading_order(language))
    return [hit.key[1] for hit in found.surest("fact", 6, 0.7)]


# --- the table: a question in a reader's language, and the guide expected first -------------------------

FIRST = [
    # English
    ("en", "shop", "renew-at-a-shop"),
    ("en", "Where can I recharge with cash?", "renew-at-a-kiosk"),
    ("en", "top up from abroad", "top-up-from-abroad"),
    ("en", "roaming in China, how to keep topped up", "top-up-from-abroad"),
    ("en", "google pay", "renew-with-a-payment-service"),
    ("en", "apple pay", "renew-with-a-payment-service"),
    ("en", "kaspi fee", "renew-in-a-bank-app"),
    ("en", "I paid but the money has not arrived", "paid-not-credited"),
    ("en", "paid to the wrong number", "paid-to-wrong-number"),
    ("en", "still no signal after paying", "line-still-dead"),
    ("en", "no internet", "no-internet"),
    ("en", "APN", "no-internet"),
    ("en", "lost my SIM", "lost-sim"),
    ("en", "puk", "pin-and-puk"),
    ("en", "bank codes do not arrive", "codes-do-not-arrive"),
    ("en", "what happens if I don't use my sim for a year", "keep-your-number"),
    ("en", "auto renewal", "set-up-auto-renewal"),
    ("en", "imei", "register-your-phone"),
    ("en", "imei registraton", "register-your-phone"),
    ("en", "register a sim as a foreigner", "register-a-sim"),
    ("en", "change operator keep number", "switch-operator"),
    ("en", "how to spend less", "save-money"),
    ("en", "backup contacts", "back-up-your-phone"),
    ("en", "borrow money when balance is empty", "credit-when-empty"),
    ("en", "customer service", "get-help"),
    ("en", "promotions", "watch-for-promotions"),
    ("en", "when does my package end", "how-charges-work"),
    ("en", "how much data is left", "check-your-data"),
    # Simplified Chinese
    ("zh-hans", "营业厅", "renew-at-a-shop"),
    ("zh-hans", "自助缴费机", "renew-at-a-kiosk"),
    ("zh-hans", "在国外怎么充值", "top-up-from-abroad"),
    ("zh-hans", "付了钱没到账", "paid-not-credited"),
    ("zh-hans", "充错号码怎么办", "paid-to-wrong-number"),
    ("zh-hans", "上不了网", "no-internet"),
    ("zh-hans", "卡丢了", "lost-sim"),
    ("zh-hans", "收不到验证码", "codes-do-not-arrive"),
    ("zh-hans", "保号", "keep-your-number"),
    ("zh-hans", "自动续费", "set-up-auto-renewal"),
    ("zh-hans", "手机登记 imei", "register-your-phone"),
    ("zh-hans", "外国人办卡实名", "register-a-sim"),
    ("zh-hans", "携号转网", "switch-operator"),
    ("zh-hans", "省钱", "save-money"),
    ("zh-hans", "什么时候扣费", "how-charges-work"),
    ("zh-hans", "查流量", "check-your-data"),
    ("zh-hans", "客服", "get-help"),
    # Traditional Chinese, and the two scripts mixed
    ("zh-hant", "門市儲值", "renew-at-a-shop"),
    ("zh-hant", "在國外儲值", "top-up-from-abroad"),
    ("zh-hant", "在国外儲值", "top-up-from-abroad"),
    ("zh-hant", "儲錯號碼", "paid-to-wrong-number"),
    ("zh-hant", "充错號碼", "paid-to-wrong-number"),
    ("zh-hant", "無法上網", "no-internet"),
    ("zh-hant", "收不到簡訊驗證碼", "codes-do-not-arrive"),
    ("zh-hant", "攜號轉網", "switch-operator"),
    ("zh-hant", "保住號碼", "keep-your-number"),
    ("zh-hant", "外國人實名登記", "register-a-sim"),
    ("zh-hans", "攜碼", "switch-operator"),
    # Russian
    ("ru", "салон связи", "renew-at-a-shop"),
    ("ru", "терминалы", "renew-at-a-kiosk"),
    ("ru", "пополнить из-за границы", "top-up-from-abroad"),
    ("ru", "пополнение за рубежом", "top-up-from-abroad"),
    ("ru", "деньги не пришли", "paid-not-credited"),
    ("ru", "оплатил чужой номер", "paid-to-wrong-number"),
    ("ru", "нет связи", "line-still-dead"),
    ("ru", "нет интернета", "no-internet"),
    ("ru", "апн билайн", "no-internet"),
    ("ru", "потерял симку", "lost-sim"),
    ("ru", "пук код", "pin-and-puk"),
    ("ru", "не приходят смс от банка", "codes-do-not-arrive"),
    ("ru", "сохранить номер", "keep-your-number"),
    ("ru", "автоплатёж", "set-up-auto-renewal"),
    ("ru", "автоплатеж", "set-up-auto-renewal"),
    ("ru", "регистрация телефона", "register-your-phone"),
    ("ru", "оформить симку иностранцу", "register-a-sim"),
    ("ru", "поменять оператора", "switch-operator"),
    ("ru", "тариф дешевле", "save-money"),
    ("ru", "обещанный платёж", "credit-when-empty"),
    ("ru", "когда списывают абонплату", "how-charges-work"),
    ("ru", "остаток трафика", "check-your-data"),
    # Kazakh, also typed without its own letters
    ("kk", "байланыс салоны", "renew-at-a-shop"),
    ("kk", "шетелден толтыру", "top-up-from-abroad"),
    ("kk", "шетелде жүрмін, қалай толтырамын", "top-up-from-abroad"),
    ("kk", "ақша түспеді", "paid-not-credited"),
    ("kk", "басқа нөмірге төледім", "paid-to-wrong-number"),
    ("kk", "баска номирге толедим", "paid-to-wrong-number"),
    ("kk", "интернет жоқ", "no-internet"),
    ("kk", "сим картамды жоғалттым", "lost-sim"),
    ("kk", "нөмірді сақтап қалу", "keep-your-number"),
    ("kk", "қарызға алу", "credit-when-empty"),
    ("kk", "операторды ауыстыру", "switch-operator"),
    ("kk", "арзан", "save-money"),
    ("kk", "көшірме жасау", "back-up-your-phone"),
]


@pytest.mark.parametrize(("language", "question", "expected"), FIRST)
def test_the_first_guide_is_the_one_that_was_meant(handbook, language, question, expected):
    assert guides_found(handbook, question, language)[:1] == [expected]


GENERAL = [
    ("zh-hans", "哈萨克斯坦手機卡怎麽續費"),
    ("zh-hant", "哈萨克斯坦手機卡怎麽續費"),
    ("en", "top up"),
    ("en", "How do I recharge my Kazakh SIM card?"),
    ("en", "extend"),
    ("en", "rechar"),  # half typed
    ("zh-hans", "充值"),
    ("zh-hans", "缴费"),
    ("zh-hans", "续费"),
    ("zh-hant", "儲值"),
    ("ru", "пополнить"),
    ("ru", "пополнение баланса"),
    ("ru", "как пополнить баланс"),
    ("ru", "продлить симку"),
    ("kk", "толтыру"),
    ("kk", "теңгерімді толтыру"),
    ("kk", "тенгеримди толтыру"),
    # nothing but general words, or an operator
    ("en", "SIM card Kazakhstan"),
    ("zh-hans", "哈萨克斯坦手机卡"),
    ("ru", "казахстан симкарта"),
    ("en", "Kcell"),
    ("kk", "Теле2"),
]


@pytest.mark.parametrize(("language", "question"), GENERAL)
def test_a_general_question_finds_the_ways_to_renew_first(handbook, language, question):
    assert set(guides_found(handbook, question, language)[:4]) <= RENEWING


@pytest.mark.parametrize(
    ("question", "operator"),
    [
        ("Kcell", "kcell"),
        ("Кселл", "kcell"),
        ("кселла", "kcell"),
        ("kcel", "kcell"),
        ("activ", "activ"),
        ("актив", "activ"),
        ("мой актив", "activ"),
        ("Beeline", "beeline"),
        ("Билайн", "beeline"),
        ("билайна пополнить", "beeline"),
        ("билайнды толтыру", "beeline"),
        ("比莱恩 充值", "beeline"),
        ("比萊恩儲值", "beeline"),
        ("belin", "beeline"),
        ("izi", "izi"),
        ("изи", "izi"),
        ("Tele2", "tele2"),
        ("теле 2", "tele2"),
        ("Т2", "tele2"),
        ("T2", "tele2"),
        ("Altel", "altel"),
        ("Алтелге ақша салу", "altel"),
    ],
)
def test_an_operator_is_known_by_its_names_in_every_script(handbook, question, operator):
    assert handbook.index.search(question, reading_order("en")).operators == (operator,)


@pytest.mark.parametrize("question", ["activate a package", "активный тариф", "bee", "altitude", "cellular"])
def test_a_word_that_only_looks_like_an_operator_chooses_none(handbook, question):
    assert handbook.index.search(question, reading_order("en")).operators == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", ["*106#", "*106", "106", "106#", "＊１０６＃", "*106%23"])
def test_a_code_is_found_however_it_is_typed(handbook, language, question):
    assert facts_found(handbook, question, language)[0] == "beeline.data_left_code"
    found = handbook.index.search(question, reading_order(language))
    assert found.is_code
    best = found.of_kind("guide", 1)[0]
    assert handbook.guides[best.key[1]].slug == "check-your-data"
    assert best.operator == "beeline"  # the general page does not show it


def test_the_beginning_of_a_code_finds_the_codes_that_begin_so(handbook):
    assert {"activ.credit_code", "activ.credit_menu_code", "kcell.autopay_code"} <= set(
        facts_found(handbook, "*911", "en")
    )


@pytest.mark.parametrize("question", ["+7 701 123 45 67", "87011234567", "(701) 123-45-67", "701"])
def test_a_number_finds_the_operators_to_which_it_was_given(handbook, question):
    found = handbook.index.search(question, reading_order("en"))
    assert {hit.key[1] for hit in found.of_kind("operator", 5)} == {"kcell", "activ"}


def test_only_known_facts_are_found(handbook):
    found = {
        hit.key[1] for hit in handbook.index.search("beeline balance code", reading_order("en")).of_kind("fact", 99)
    }
    assert "beeline.balance_code" not in found
    assert not any(key[1].endswith("daily_fallback") for key in (document.key for document in handbook.index.documents))


def test_every_fact_that_can_be_found_has_a_guide_that_names_it(handbook):
    facts = {document.key[1] for document in handbook.index.documents if document.key[0] == "fact"}
    assert len(facts) > 30
    assert facts <= handbook.guide_of_fact.keys()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("other", LANGUAGES)
def test_a_reader_may_ask_in_any_language_and_reads_in_their_own(handbook, language, other):
    ask = {
        "en": "no internet",
        "zh-hans": "上不了网",
        "zh-hant": "上不了網",
        "ru": "нет интернета",
        "kk": "интернет жоқ",
    }
    best = handbook.index.search(ask[other], reading_order(language)).of_kind("guide", 1)[0]
    assert handbook.guides[best.key[1]].slug == "no-internet"
    assert best.language == language


# --- the rule, on documents made for it ---------------------------------------------------------------


def a_text(key, *, title="", summary="", steps="", rest="", language="en", only=(), **more):
    passages = (
        Passage(Place.TITLE, title),
        Passage(Place.SUMMARY, summary, summary),
        Passage(Place.STEPS, steps, steps, only=frozenset(only)),
        Passage(Place.REST, rest, rest),
    )
    return Document(("guide", key), language, passages, **more)


def keys_found(documents, question, language="en"):
    return [hit.key[1] for hit in Index(documents).search(question, reading_order(language)).hits]


def test_a_title_counts_more_than_a_summary_than_a_step_than_the_rest():
    texts = [
        a_text("rest", rest="umbrella"),
        a_text("steps", steps="umbrella"),
        a_text("summary", summary="umbrella"),
        a_text("title", title="umbrella"),
    ]
    assert keys_found(texts, "umbrella") == ["title", "summary", "steps"]  # the last is too far behind the first
    assert keys_found(texts[:2], "umbrella") == ["steps", "rest"]


def test_the_very_word_counts_more_than_one_that_means_the_same():
    texts = [a_text("other", title="Recharge"), a_text("word", title="Top up")]
    assert keys_found([*texts, a_text("far", title="Weather")], "top up")[0] in ("other", "word")
    chinese = [a_text("a", title="充值", language="zh-hans"), a_text("b", title="续费", language="zh-hans")]
    assert keys_found(chinese, "续费", "zh-hans") == ["b", "a"]
    assert keys_found(chinese, "充值", "zh-hans") == ["a", "b"]


def test_what_answers_the_whole_question_goes_before_what_answers_half():
    texts = [a_text("half", title="umbrella"), a_text("whole", summary="umbrella", steps="lantern")]
    assert keys_found(texts, "umbrella lantern")[0] == "whole"


def test_the_readers_language_goes_first_and_others_are_found_too():
    texts = [a_text("english", title="Kaspi umbrella"), a_text("russian", title="Kaspi зонт", language="ru")]
    assert keys_found(texts, "kaspi", "ru") == ["russian", "english"]
    assert keys_found(texts, "kaspi", "en") == ["english", "russian"]


def test_a_thing_is_found_once_in_the_readers_own_text():
    texts = [a_text("one", title="Kaspi", language="en"), a_text("one", title="Kaspi", language="kk")]
    hits = Index(texts).search("kaspi", reading_order("kk")).hits
    assert [hit.language for hit in hits] == ["kk"]


def test_words_of_another_language_lead_to_the_text_that_has_them():
    texts = [a_text("one", title="Umbrella"), a_text("one", title="雨伞", language="zh-hans")]
    hits = Index(texts).search("umbrella", reading_order("zh-hans")).hits
    assert [hit.language for hit in hits] == ["en"]


def test_what_stands_for_some_operators_only_is_found_for_these_and_names_them():
    texts = [a_text("one", title="Charges", steps="umbrella", only=["beeline"])]
    assert Index(texts).search("umbrella", ["en"]).hits[0].operator == "beeline"
    assert Index(texts).search("umbrella beeline", ["en"]).hits
    assert not Index(texts).search("umbrella kcell", ["en"]).hits


def test_a_slip_is_forgiven_once_in_a_short_word_and_twice_in_a_long_one():
    texts = [a_text("one", title="lantern"), a_text("two", title="photography"), a_text("three", title="umbrella")]
    assert keys_found(texts, "lantren") == ["one"]
    assert keys_found(texts, "ubmrelal") == ["three"]
    assert keys_found(texts, "phtograhpy") == ["two"]
    assert keys_found(texts, "lnterm") == []


def test_hardly_anything_in_common_is_no_answer():
    texts = [a_text("one", title="lantern"), a_text("two", title="umbrella")]
    assert keys_found(texts, "lantern xqzt ywvk pllm bbbrt") == []


# --- words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("＊１０６＃", "*106#"),
        ("哈薩克手機卡怎麽續費", "哈萨克手机卡怎么续费"),
        ("Ёлка", "елка"),
        ("Теңгерім", "тенгерим"),
        ("CAFÉ", "cafe"),
        ("Мой", "мой"),
    ],
)
def test_every_sign_is_folded_in_its_place(text, plain):
    assert folded(text) == plain


@given(st.text())
def test_folding_keeps_every_place(text):
    assert len(folded(text)) == len(text)


@pytest.mark.parametrize(
    "forms",
    [
        ("пополнить", "пополнение", "пополните", "толтыру", "толтырып", "ұзарту", "renewing", "top up", "续费", "儲值"),
        ("баланс", "баланса", "балансе", "теңгерім", "теңгерімді", "теңгерімнің", "balance", "余额", "餘額"),
        ("SIM card", "симка", "симку", "сим-карта", "手机卡", "手機卡", "нөмір", "нөмірді"),
    ],
)
def test_what_means_the_same_has_one_concept(forms):
    concepts = [{form for piece in pieces_of(text) for form in piece.forms if form.startswith("@")} for text in forms]
    assert set.intersection(*concepts), dict(zip(forms, concepts, strict=True))


def test_a_fee_is_no_renewal():
    assert "续费" not in {form for piece in pieces_of("看清手续费") for form in piece.forms}


def test_found_words_are_marked_and_nothing_is_lost():
    forms = frozenset({"no", "internet"})
    parts = marked("No Internet, no calls: intranet", forms)
    assert [part for part, sought in parts if sought] == ["No", "Internet", "no"]
    assert "".join(part for part, _sought in parts) == "No Internet, no calls: intranet"
    assert marked("请续费充值", frozenset({"续费", "充值"})) == [("请", False), ("续费充值", True)]


@pytest.mark.parametrize("strange", ["[", "[](", "[a](b"])
def test_a_strange_text_is_read_at_once(strange):
    started = time.process_time()
    assert list(lines_of(Guide(), GuideText(language="en", steps=strange * 100_000)))
    assert time.process_time() - started < 2


# --- strange questions --------------------------------------------------------------------------------

STRANGE = {
    "empty": "",
    "spaces": " \t\n　 ",
    "long": "a" * 10_000,
    "long words": "top up " * 2_000,
    "many words": " ".join(f"w{number}" for number in range(3_000)),
    "chinese": "续" * 10_000,
    "emoji": "📱💸🇰🇿👩‍👩‍👧" * 50,
    "punctuation": "?!…—«»()[]{}<>/\\|.,;:'\"`~^$%&",
    "stars": "*" * 5_000 + "#" * 5_000,
    "digits": "7" * 10_000,
    "right to left": "كيف أعيد شحن الرصيد ‮abc‬",
    "nul": "top\x00up\x1b[31m",
    "regex": "(a+)+$ .* [^a] \\d{1,99999} (?P<x>",
    "sql": "'; DROP TABLE guides_guide; -- %_",
    "template": "{{ operator.name }} {% load x %}",
    "script": "<script>alert(1)</script>",
    "surrogate": "\ud800 top up",
    "ligatures": "ﷺ" * 500,
    "combining": "e" + "\u0301" * 5_000,
    "zero width": "to\u200bp u\u200dp",
}


@pytest.mark.parametrize("question", STRANGE.values(), ids=STRANGE)
def test_a_strange_question_is_answered_at_once(handbook, question):
    handbook.index.search("warm up", reading_order("ru"))
    started = time.process_time()
    found = handbook.index.search(question, reading_order("ru"))
    assert time.process_time() - started < 0.5
    assert len(cleaned(question)) <= LONGEST_QUESTION
    marked("Top up at a shop *106# 续费", found.forms)


@given(st.text(max_size=300))
def test_any_question_is_answered(handbook, question):
    found = handbook.index.search(question, reading_order("kk"))
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert len({hit.key for hit in found.hits}) == len(found.hits)


# --- what is in the index -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
class TestIndex:
    def test_a_new_revision_is_read_anew_and_an_old_one_is_kept(self, django_assert_num_queries):
        library()
        with django_assert_num_queries(1):
            library()
        guide = Guide.objects.create(slug="umbrella", topic="tips")
        GuideText.objects.create(guide=guide, language="en", title="Bring an umbrella", state="published")
        assert guides_found(library(), "umbrella", "en") == []
        raise_revision()
        assert guides_found(library(), "umbrella", "en") == ["umbrella"]

    @pytest.mark.parametrize("state", ["draft", "in_review"])
    def test_only_published_texts_are_found(self, state):
        guide = Guide.objects.create(slug="umbrella", topic="tips")
        GuideText.objects.create(guide=guide, language="en", title="Bring an umbrella", state=state)
        unpublished = Guide.objects.create(slug="lantern", topic="tips", published=False)
        GuideText.objects.create(guide=unpublished, language="en", title="Bring a lantern", state="published")
        raise_revision()
        assert guides_found(library(), "umbrella", "en") == []
        assert guides_found(library(), "lantern", "en") == []


# --- the page -----------------------------------------------------------------------------------------


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
class TestPage:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_results_are_links_in_the_readers_language_with_the_words_marked(self, client, lang):
        page = soup(client.get(f"/{lang}/guides/search/", {"q": "哈萨克斯坦手機卡怎麽續費"}))
        links = [link["href"] for link in page.select("#results ol.found h3 a")]
        assert links
        assert all(link.startswith(f"/{lang}/guides/") for link in links)
        assert {link.rstrip("/").rsplit("/", 1)[1] for link in links[:4]} <= RENEWING
        assert page.select("#results mark")
        assert page.select_one("input[name=q]")["value"] == "哈萨克斯坦手機卡怎麽續費"

    def test_the_page_is_not_for_search_engines(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "top up"}))
        assert "noindex" in page.select_one("meta[name=robots]")["content"]
        assert not page.select_one("link[rel=canonical]")

    def test_it_works_without_a_script_and_with_one(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "top up"}))
        form = page.select_one("main form[role=search]")
        assert form["method"] == "get"
        assert form["action"] == form.input["hx-get"] == "/en/guides/search/"
        part = client.get("/en/guides/search/", {"q": "top up"}, headers={"HX-Request": "true"})
        assert b"<html" not in part.content
        assert {"HX-Request", "HX-History-Restore-Request", "Cookie"} <= set(part.headers["Vary"].split(", "))
        assert part.headers["Cache-Control"] == "private"
        assert soup(part).select_one("[hx-swap-oob='innerHTML:#search-status']").get_text(strip=True).startswith("1")
        again = client.get(
            "/en/guides/search/",
            {"q": "top up"},
            headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
        )
        assert b"<html" in again.content

    def test_the_number_of_results_is_said(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "*106#"}))
        shown = page.select("#results .found > li") + page.select(
            "#results section[aria-labelledby=found-operators] .card"
        )
        assert (
            page.select_one("[role=status]#search-status").get_text(strip=True) == f"{len(shown)} results for “*106#”"
        )

    def test_a_fact_shows_its_value_its_mark_and_the_guide_that_names_it(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "*106#"}))
        fact = page.select_one("section[aria-labelledby=found-facts] li")
        assert "Beeline" in fact.get_text()
        assert fact.select_one('a[href="tel:*106%23"]')
        assert "one source only" in fact.select_one(".fact-mark").get_text()
        guide = fact.find("a", href="/en/guides/beeline/check-your-data/")
        assert "*106#" in client.get(guide["href"]).content.decode()

    def test_a_guide_found_by_an_operators_code_is_that_operators(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "106"}))
        assert page.select_one("ol.found h3 a")["href"] == "/en/guides/beeline/check-your-data/"
        assert "*106#" in page.select_one("ol.found li p").get_text()

    def test_an_operator_that_is_named_comes_first_and_leads_the_links(self, client):
        page = soup(client.get("/ru/guides/search/", {"q": "пополнить Кселл"}))
        assert page.select_one("#results h3 a")["href"] == "/ru/guides/kcell/"
        links = [link["href"] for link in page.select("ol.found h3 a")]
        assert links
        assert all(link.startswith("/ru/guides/kcell/") for link in links)
        for link in links:
            assert client.get(link).status_code == 200

    def test_a_guide_that_compares_operators_is_linked_where_it_stands(self, client):
        page = soup(client.get("/en/guides/search/", {"q": "which operator suits me beeline"}))
        links = [link["href"] for link in page.select("ol.found h3 a")]
        assert "/en/guides/all/choose-an-operator/" in links

    def test_an_operators_own_guide_takes_the_place_of_the_general_one(self, client):
        own = Guide.objects.create(operator=Operator.objects.get(slug="izi"), slug="check-your-data", topic="tips")
        GuideText.objects.create(guide=own, language="en", title="Data left at izi", steps="1. Look", state="published")
        raise_revision()
        page = soup(client.get("/en/guides/search/", {"q": "izi data left"}))
        links = [link.get_text() for link in page.select('a[href="/en/guides/izi/check-your-data/"]')]
        assert links == ["Data left at izi"]

    def test_words_found_in_another_language_say_so(self, client):
        guide = Guide.objects.create(slug="umbrella", topic="tips")
        GuideText.objects.create(guide=guide, language="en", title="Umbrella", summary="Bring it", state="published")
        GuideText.objects.create(guide=guide, language="ru", title="Зонт", summary="Возьмите", state="published")
        raise_revision()
        item = soup(client.get("/ru/guides/search/", {"q": "umbrella"})).select_one("ol.found li")
        assert item.h3.a.get_text() == "Зонт"
        assert "lang" not in item.h3.a.attrs
        assert item.select_one(".small")  # in which language the word stands
        item = soup(client.get("/zh-hans/guides/search/", {"q": "umbrella"})).select_one("ol.found li")
        assert item.h3.a["lang"] == "en"
        assert item.select_one(".small")

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_where_nothing_is_found_there_is_help(self, client, lang):
        page = soup(client.get(f"/{lang}/guides/search/", {"q": "xqzzt"}))
        links = {link["href"] for link in page.select("#results a")}
        assert {f"/{lang}/guides/assistant/", f"/{lang}/guides/", f"/{lang}/guides/kcell/get-help/"} <= links
        assert "xqzzt" in page.select_one("[role=status]#search-status").get_text()

    @pytest.mark.parametrize("question", STRANGE.values(), ids=STRANGE)
    def test_a_strange_question_breaks_nothing(self, client, question):
        question = question.encode("utf-8", "surrogatepass")
        response = client.get("/zh-hant/guides/search/", {"q": question})
        assert response.status_code == 200
        assert b"<script>alert" not in response.content
        assert b"\x00" not in response.content

    def test_the_words_of_a_guide_cannot_become_markup(self, client):
        guide = Guide.objects.create(slug="umbrella", topic="tips")
        GuideText.objects.create(
            guide=guide, language="en", title="<b>umbrella</b>", summary="<i>umbrella</i>", state="published"
        )
        raise_revision()
        item = soup(client.get("/en/guides/search/", {"q": "umbrella"})).select_one("ol.found li")
        assert item.h3.get_text() == "<b>umbrella</b>"
        assert not item.select("b, i")

    @pytest.mark.parametrize("path", ["", "kcell/", "all/", "kcell/there-is-none/"])
    def test_there_is_a_search_box_where_people_look_for_something(self, client, path):
        page = soup(client.get(f"/en/guides/{path}"))
        assert page.select_one('main form[role=search][action="/en/guides/search/"] input[name=q]')

    def test_the_search_costs_few_queries(self, client, django_assert_max_num_queries):
        client.get("/en/guides/search/", {"q": "top up"})
        with django_assert_max_num_queries(4):
            client.get("/en/guides/search/", {"q": "kcell top up"})


# --- no operator is called like a page ------------------------------------------------------------------


def test_the_pages_beside_the_operators_are_all_known():
    def literal_parts(resolver, prefix=""):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            yield from literal_parts(entry, route) if hasattr(entry, "url_patterns") else [route]

    routes = [
        route.split("/") for route in literal_parts(get_resolver()) if route.startswith("<language:lang>/guides/")
    ]
    beside = {parts[2] for parts in routes if len(parts) > 3 and not parts[2].startswith("<")}
    assert "search" in beside
    assert beside | {"all"} == NOT_OPERATORS


@pytest.mark.django_db
@pytest.mark.parametrize("slug", sorted(NOT_OPERATORS))
def test_no_operator_takes_the_name_of_a_page(slug):
    with pytest.raises(ValidationError):
        Operator(slug=slug, name="Search").full_clean()


def test_no_file_gives_an_operator_the_name_of_a_page(tmp_path):
    from guides.content_files import entries

    (tmp_path / "operators.yaml").write_text("- {slug: search, name: Search}\n")
    with pytest.raises(ContentError, match="page of its own"):
        entries(tmp_path)


@pytest.mark.django_db
@pytest.mark.usefixtures("guides_loaded")
def test_a_fact_is_found_with_what_readers_say_of_it_now(client):
    """The mark is not that of the index: reports change it without a new revision."""
    client.get("/en/guides/search/", {"q": "*106#"})
    Fact.objects.filter(key="beeline.data_left_code").update(confidence="confirmed")
    page = soup(client.get("/en/guides/search/", {"q": "*106#"}))
    assert (
        "confirmed by several sources" in page.select_one("section[aria-labelledby=found-facts] .fact-mark").get_text()
    )

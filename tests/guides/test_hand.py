"""The handbook in the hand, as the server gives it: the clerk's card, codes, maps, what search engines are told."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guides.clerk import SENTENCES, card_context, number_for_shops, sum_for_shops
from guides.models import Fact, GuideText
from guides.models.loaded import raise_revision
from guides.nearby import ANY_SHOP, app_searches, shop_searches
from guides.qr import dial_codes
from kzsim.common.languages import CODES, code_for_tag

pytestmark = pytest.mark.slow

LANGUAGES = ["en", "zh-hans", "zh-hant", "ru", "kk"]
HTML = "{http://www.w3.org/1999/xhtml}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


# --- languages in addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-SG", "zh-hans"),
        ("zh_Hans_HK", "zh-hans"),
        ("ZH-HANS", "zh-hans"),
        ("zh-TW", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-mo", "zh-hant"),
        ("zh-Hant-CN", "zh-hant"),
        ("en-US", "en"),
        ("EN", "en"),
        ("ru-KZ", "ru"),
        ("ru_RU", "ru"),
        ("kk-KZ", "kk"),
        ("kk-Cyrl-KZ", "kk"),
        ("kz", "kk"),
        ("de", None),
        ("api", None),
    ],
)
def test_every_way_of_writing_a_language_leads_to_ours(tag, code):
    assert code_for_tag(tag) == code


@given(st.text())
def test_whatever_is_asked_for_is_one_of_our_languages_or_none(tag):
    assert code_for_tag(tag) in {*CODES, None}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("/zh-CN/guides/", "/zh-hans/guides/"),
        ("/zh-HK/guides/kcell/", "/zh-hant/guides/kcell/"),
        ("/EN/guides/kcell/renew-at-a-shop/?from=mail&x=%2F", "/en/guides/kcell/renew-at-a-shop/?from=mail&x=%2F"),
        ("/zh-CN/guides/kcell", "/zh-hans/guides/kcell/"),
        ("/kk-KZ/clerk/kcell/", "/kk/clerk/kcell/"),
        ("/ru-KZ/dates/", "/ru/dates/"),
        ("/zh/", "/zh-hans/guides/"),
        ("/zh-TW/", "/zh-hant/guides/"),
        ("/en/", "/en/guides/"),
    ],
)
def test_an_address_with_another_tag_moves_for_good_to_the_right_language(client, asked, answer):
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (301, answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/zh-CN/dashboard/",
        "/zh-CN/en/guides/",
        "/zh-CN/zh-TW/guides/",
        "/de/guides/",
        "/zh-CN//evil.example/",
        "/en//evil.example/",
        "/zh-CN/https://evil.example/",
        "/zh-CN/admin/",
    ],
)
def test_no_address_leads_elsewhere_or_to_what_has_no_language(client, path):
    assert client.get(path).status_code == 404


def test_nothing_is_sent_to_an_address_in_another_way_of_writing(client):
    assert client.post("/zh-CN/guides/").status_code == 405


# --- what search engines and messengers are told -------------------------------------------------------


@pytest.mark.usefixtures("guides_loaded")
@pytest.mark.parametrize(
    "path",
    [
        *("guides/", "guides/kcell/", "guides/all/", "guides/kcell/renew-at-a-shop/"),
        *("guides/assistant/", "guides/choose/", "clerk/", "dates/"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_tells_what_it_is_and_in_which_other_languages(client, lang, path):
    head = soup(client.get(f"/{lang}/{path}")).head

    def said(name):
        return [tag["content"] for tag in head.select(f'meta[property="{name}"], meta[name="{name}"]')]

    address = f"{settings.SITE_URL}/{lang}/{path}"
    assert [link["href"] for link in head.select("link[rel=canonical]")] == [address] == said("og:url")
    alternates = {link["hreflang"]: urlsplit(link["href"]).path for link in head.select("link[rel=alternate]")}
    assert alternates == {
        "x-default": f"/en/{path}",
        "en": f"/en/{path}",
        "zh-Hans": f"/zh-hans/{path}",
        "zh-Hant": f"/zh-hant/{path}",
        "ru": f"/ru/{path}",
        "kk": f"/kk/{path}",
    }
    assert len(said("description")) == len(said("og:description")) == 1
    assert len(said("description")[0]) > 15
    assert head.title.get_text() == f"{said('og:title')[0]} · KZSIM"
    locale = {"en": "en_US", "zh-hans": "zh_CN", "zh-hant": "zh_TW", "ru": "ru_RU", "kk": "kk_KZ"}
    assert said("og:locale") == [locale.pop(lang)]
    assert sorted(said("og:locale:alternate")) == sorted(locale.values())
    assert said("og:image")[0].startswith(f"{settings.SITE_URL}/static/img/card")
    assert said("twitter:card") == ["summary_large_image"]


def test_the_picture_for_messengers_is_a_small_png_of_the_size_we_say():
    picture = (Path(settings.BASE_DIR) / "static/img/card.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 630)
    assert len(picture) < 30_000


@pytest.mark.usefixtures("guides_loaded")
def test_a_guide_read_in_another_language_counts_as_that_one(client):
    GuideText.objects.filter(guide__slug="renew-at-a-shop", language="kk").update(state="draft")
    page = soup(client.get("/kk/guides/kcell/renew-at-a-shop/"))
    assert page.select_one("link[rel=canonical]")["href"].endswith("/ru/guides/kcell/renew-at-a-shop/")


@pytest.mark.usefixtures("guides_loaded")
def test_the_sitemap_names_every_guide_once_in_every_language_that_is_written(client):
    GuideText.objects.filter(guide__slug="renew-at-a-shop", language="kk").update(state="draft")
    entries = {
        entry.findtext(f"{MAP}loc").removeprefix(settings.SITE_URL): entry
        for entry in ElementTree.fromstring(client.get("/sitemap.xml").content)
    }
    assert {"/en/guides/", "/kk/guides/izi/", "/ru/clerk/", "/kk/dates/"} <= set(entries)
    assert "/zh-hant/guides/all/choose-an-operator/" in entries
    assert "/zh-hans/guides/tele2/check-your-data/" in entries
    assert "/kk/guides/kcell/renew-at-a-shop/" not in entries
    # The same for all operators: at one address only.
    assert "/en/guides/all/back-up-your-phone/" in entries
    assert "/en/guides/kcell/back-up-your-phone/" not in entries
    guide = entries["/ru/guides/kcell/renew-at-a-shop/"]
    assert guide.findtext(f"{MAP}lastmod")[:3] == "202"
    alternates = {link.get("hreflang"): link.get("href") for link in guide.findall(f"{HTML}link")}
    assert set(alternates) == {"en", "zh-Hans", "zh-Hant", "ru", "x-default"}
    assert alternates["x-default"] == f"{settings.SITE_URL}/en/guides/kcell/renew-at-a-shop/"


@pytest.mark.usefixtures("guides_loaded")
def test_what_the_sitemap_names_is_there_and_calls_itself_by_that_address(client):
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    paths = [entry.findtext(f"{MAP}loc").removeprefix(settings.SITE_URL) for entry in tree]
    assert len(paths) == len(set(paths))
    for path in paths[:: len(paths) // 40]:
        response = client.get(path)
        assert response.status_code == 200, path
        assert soup(response).select_one("link[rel=canonical]")["href"] == settings.SITE_URL + path


@pytest.mark.usefixtures("guides_loaded")
def test_the_sitemap_asks_no_more_of_the_database_as_guides_are_added(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        client.get("/sitemap.xml")


def test_robots_are_kept_from_what_asks_who_is_there(client):
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in lines
    assert {"Disallow: /admin/", "Disallow: /sims/", "Disallow: /a/"} <= set(lines)
    assert not [line for line in lines if "guides" in line]


# --- the card for the clerk ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+77011234567", "+7 701 123 45 67"), ("+74951234567", "+7 495 123 45 67"), ("+491701234567", "+491701234567")],
)
def test_numbers_are_grouped_as_shops_write_them(number, shown):
    assert number_for_shops(number).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("4990", "4 990 ₸"), ("990.00", "990 ₸"), ("12990.50", "12 990,50 ₸"), ("1234567", "1 234 567 ₸")],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_sums_are_written_as_in_the_country_whatever_the_reader_reads(language, amount, shown):
    with translation.override(language):
        assert sum_for_shops(Decimal(amount)) == shown.replace(" ", "\u00a0")


def test_every_sentence_is_said_in_both_languages_with_the_same_parts():
    for sentence in SENTENCES:
        parts = [
            ("{number}" in text, "{sum}" in text) for text in (sentence.russian, sentence.kazakh, sentence.meaning)
        ]
        assert len(set(parts)) == 1, sentence.russian
        assert not set("әғқңөұүһі") & set(sentence.russian.lower())


def test_the_card_says_number_and_sum_in_both_languages():
    first = card_context("en", "+77011234567", Decimal(4990))["sentences"][0]
    texts = {name: BeautifulSoup(html, "html.parser").get_text().replace("\u00a0", " ") for name, html in first.items()}
    assert texts == {
        "russian": "Здравствуйте! Пополните, пожалуйста, баланс номера +7 701 123 45 67 на сумму 4 990 ₸ (тенге).",
        "kazakh": "Сәлеметсіз бе! +7 701 123 45 67 нөмірінің балансын 4 990 ₸ (теңге) сомасына толтырып беріңізші.",
        "meaning": "Hello! Please top up the balance of the number +7 701 123 45 67 with 4 990 ₸ (tenge).",
    }


def test_a_number_cannot_carry_markup_into_the_card():
    card = card_context("en", '+7<img src="x">')
    assert "<img" not in json.dumps(card["sentences"])


@pytest.mark.usefixtures("guides_loaded")
def test_anybody_opens_the_card_with_lines_to_write_on_and_no_form_that_sends(client):
    response = client.get("/zh-hans/clerk/kcell/")
    page = soup(response)
    first = page.select_one(".clerk-first")
    assert "+7\u00a0___" in first.select_one("[lang=ru]").get_text()
    assert "+7\u00a0___" in first.select_one("[lang=kk]").get_text()
    assert page.select_one(".clerk-fill").has_attr("hidden")  # the script shows it
    assert not page.select("[name=number], [name=sum], form[action], form[method], nav, footer")
    assert page.select_one(".clerk-close")["href"] == "/zh-hans/guides/kcell/"
    assert page.select_one(".clerk-operator").get_text() == "Kcell"
    assert "Kcell" in page.title.get_text()  # told apart from the others in the list of what is kept
    assert "public" in response.headers["Cache-Control"]
    assert "csrf" not in response.content.decode()


@pytest.mark.usefixtures("guides_loaded")
@pytest.mark.parametrize(("lang", "meanings"), [("en", 6), ("zh-hant", 6), ("ru", 0), ("kk", 0)])
def test_its_meaning_stands_below_for_those_who_cannot_read_it(client, lang, meanings):
    page = soup(client.get(f"/{lang}/clerk/"))
    assert len(page.select(".clerk-meaning")) == meanings
    assert ("сөйлей алмаймын" in page.get_text()) == bool(meanings)  # who reads it, speaks it


@pytest.mark.usefixtures("guides_loaded")
def test_a_card_of_an_operator_nobody_knows_is_not_there(client):
    assert client.get("/en/clerk/nobody/").status_code == 404


@pytest.mark.usefixtures("guides_loaded")
@pytest.mark.parametrize("path", ["kcell/renew-at-a-shop/", "kcell/", "all/renew-at-a-shop/"])
def test_the_shop_leads_to_the_card_and_to_maps(client, path):
    page = soup(client.get(f"/en/guides/{path}"))
    card = "/en/clerk/kcell/" if path.startswith("kcell") else "/en/clerk/"
    assert page.main.select_one(f'a[href="{card}"]')
    maps = page.main.select('a[href^="https://2gis.kz/search/"]')
    assert len(maps) == 1
    assert "2gis.kz" in maps[0].get_text()


# --- links that lead elsewhere ---------------------------------------------------------------------------


@pytest.mark.usefixtures("guides_loaded")
@pytest.mark.parametrize("path", ["kcell/", "beeline/", "kcell/renew-at-a-shop/", "kcell/codes-and-contacts/"])
def test_other_sites_learn_nothing_and_get_no_hold_of_the_page(client, path):
    links = soup(client.get(f"/en/guides/{path}")).select('a[href^="http"]')
    assert links
    for link in links:
        assert {"noopener", "noreferrer"} <= set(link["rel"]), link
        assert not link.has_attr("target")


@given(st.text(min_size=1, max_size=40))
def test_no_name_of_a_brand_breaks_out_of_an_address(name):
    for search in [*shop_searches(name), *app_searches(name)]:
        parts = urlsplit(search.url)
        assert parts.scheme == "https"
        assert parts.hostname.removeprefix("www.") == search.host
        assert not set("<>\"' ") & set(search.url)


def test_a_brand_is_looked_for_with_its_network_and_nobodys_shops_by_their_kind():
    assert unquote(shop_searches("izi", "Beeline")[0].url).endswith("/izi Beeline")
    assert unquote(shop_searches()[0].url).endswith(ANY_SHOP)


@pytest.mark.usefixtures("guides_loaded")
def test_an_operators_page_links_what_is_known_of_its_sites_and_app(client):
    places = soup(client.get("/en/guides/altel/")).select_one("#profile").parent
    assert places.select_one('a[href="https://altel.kz/me"]')
    assert places.select_one('a[href^="https://play.google.com/store/search?c=apps&q=ALTEL"]')
    assert "check that its maker is the operator" in places.get_text()


# --- codes -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("guides_loaded")
def test_a_code_is_one_tap_and_a_picture_to_scan(client):
    page = soup(client.get("/en/guides/beeline/check-your-data/"))
    assert page.main.select_one('a[href="tel:*106%23"]').get_text() == "*106#"
    picture = page.select_one('[role=img][aria-label="QR code to dial *106#"] svg')
    assert not picture.select("[style]")
    assert not picture.has_attr("style")
    assert "type it yourself" in page.main.get_text()


@pytest.mark.usefixtures("guides_loaded")
def test_a_page_without_codes_says_nothing_of_dialling(client):
    assert "QR codes" not in client.get("/en/guides/all/back-up-your-phone/").content.decode()


def test_a_code_named_twice_is_drawn_once():
    code = Fact(key="a.x", kind="code", value="*100#")
    twin = Fact(key="a.y", kind="code", value="*100#")
    number = Fact(key="a.z", kind="number", value="+7 727 000 00 00")
    price = Fact(key="a.p", kind="price", value="100 ₸")
    assert [one.text for one in dial_codes([code, twin, number, price])] == ["*100#", "+7 727 000 00 00"]


# --- ticks ---------------------------------------------------------------------------------------------------


def wording(client, lang="en", operator="kcell"):
    page = soup(client.get(f"/{lang}/guides/{operator}/renew-at-a-shop/"))
    return page.select_one("[data-guide]")["data-guide"], page.select_one("[data-wording]")["data-wording"]


@pytest.mark.usefixtures("guides_loaded")
def test_ticks_hold_in_every_language_until_the_steps_change(client):
    before = wording(client)
    assert before[0] == "kcell/renew-at-a-shop"
    assert wording(client, "zh-hans") == wording(client, "kk") == before
    texts = GuideText.objects.filter(guide__slug="renew-at-a-shop")
    texts.filter(language="en").update(more="Something else")
    raise_revision()
    assert wording(client) == before
    texts.filter(language="en").update(steps="1. Go there")
    raise_revision()
    assert wording(client)[1] != before[1]
    assert wording(client, "zh-hans") == wording(client)


# --- the worker ------------------------------------------------------------------------------------------------


def test_the_worker_stands_at_the_root_and_is_asked_for_again(client):
    response = client.get("/sw.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert "no-cache" in response.headers["Cache-Control"]
    assert b'addEventListener("fetch"' in response.content
    assert client.get("/sw.js", headers={"if-none-match": response.headers["ETag"]}).status_code == 304
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_page_without_a_network_is_not_for_search_engines(client):
    page = soup(client.get("/ru/offline/"))
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert page.select_one("[data-kept]").has_attr("hidden")


@pytest.mark.usefixtures("guides_loaded")
def test_a_page_keeps_its_own_card_and_the_page_without_a_network(client):
    script = soup(client.get("/zh-hant/guides/kcell/")).select_one("script[data-worker]")
    assert script["data-worker"] == "/sw.js"
    assert set(script["data-keep"].split()) == {"/zh-hant/offline/", "/zh-hant/clerk/"}

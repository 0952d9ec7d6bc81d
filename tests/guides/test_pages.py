"""The public pages."""

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from guides.models import Fact, Guide, GuideText, Operator, Promotion, raise_revision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

OPERATORS = ["kcell", "activ", "beeline", "izi", "tele2", "altel", "all"]


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


@pytest.mark.parametrize("lang", ["en", "zh-hans", "zh-hant", "ru", "kk"])
def test_every_page_opens_for_anybody_in_every_language(client, lang):
    assert client.get(f"/{lang}/guides/").status_code == 200
    for operator in OPERATORS:
        assert client.get(f"/{lang}/guides/{operator}/").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_guide_of_every_operator_opens(client, lang, operator):
    page = soup(client.get(f"/{lang}/guides/{operator}/"))
    links = [link["href"] for link in page.select("main a") if link["href"].startswith(f"/{lang}/guides/{operator}/")]
    assert len(links) >= 14
    for link in links:
        response = client.get(link)
        assert response.status_code == 200, link
        assert response.headers["Content-Language"] == lang
        assert soup(response).html["lang"] == lang


def test_the_language_of_the_address_counts_more_than_that_of_the_browser(client):
    page = client.get("/zh-hans/guides/kcell/renew-at-a-shop/", headers={"accept-language": "en"})
    assert "到营业厅续费" in page.content.decode()
    assert page.headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(("lang", "sign_in"), [("zh-hant", "登入"), ("kk", "Кіру")])
def test_around_the_texts_too_the_language_of_the_address_is_spoken(client, lang, sign_in):
    response = client.get(f"/{lang}/guides/kcell/renew-at-a-shop/")
    page = soup(response)
    assert sign_in in page.header.get_text()
    assert page.html["lang"] == response.headers["Content-Language"] == lang
    assert page.select_one(f'a[href^="/{lang}/guides/"]')  # and the reader stays where they are


def test_a_guide_has_numbered_steps_its_source_and_the_day_it_was_checked(client):
    page = soup(client.get("/en/guides/kcell/renew-at-a-shop/"))
    assert len(page.select("ol.steps > li")) == 5
    assert "founding article, May 2025, one source" in page.main.get_text()
    assert "23 November 2026" in page.main.get_text()


def test_a_text_in_another_language_is_announced_and_marked(client):
    GuideText.objects.filter(guide__slug="renew-at-a-shop", language__in=["zh-hant", "kk"]).update(state="draft")
    page = soup(client.get("/zh-hant/guides/kcell/renew-at-a-shop/"))
    assert page.select_one("article .notice-warning")
    assert page.h1["lang"] == "zh-hans"
    page = soup(client.get("/kk/guides/kcell/renew-at-a-shop/"))
    assert page.h1["lang"] == "ru"
    GuideText.objects.filter(guide__slug="renew-at-a-shop", language="ru").update(state="draft")
    raise_revision()
    page = soup(client.get("/kk/guides/kcell/renew-at-a-shop/"))
    assert page.h1["lang"] == "en"
    assert not soup(client.get("/en/guides/kcell/renew-at-a-shop/")).select_one("article .notice-warning")


def test_a_text_of_its_own_is_read_without_a_notice(client):
    page = soup(client.get("/zh-hant/guides/kcell/renew-at-a-shop/"))
    assert page.h1.get_text() == "到門市續費"
    assert page.h1["lang"] == "zh-hant"
    assert not page.select_one("article .notice-warning")
    data = soup(client.get("/zh-hant/guides/kcell/check-your-data/"))
    assert "not known yet" not in " ".join(part.get_text() for part in data.select("div[lang=zh-hant]"))


def test_a_kazakh_text_is_read_without_a_notice_in_a_page_that_speaks_kazakh(client):
    page = soup(client.get("/kk/guides/kcell/renew-at-a-shop/"))
    assert page.h1.get_text() == "Байланыс салонында ұзарту"
    assert page.h1["lang"] == page.html["lang"] == "kk"
    assert not page.select_one("article .notice-warning")


def test_only_languages_that_are_written_are_alternates(client):
    GuideText.objects.filter(guide__slug="renew-at-a-shop", language="zh-hant").update(state="draft")
    page = soup(client.get("/en/guides/kcell/renew-at-a-shop/"))
    alternates = {link["hreflang"]: link["href"] for link in page.select("link[rel=alternate]")}
    assert set(alternates) == {"x-default", "en", "ru", "zh-Hans", "kk"}
    assert alternates["zh-Hans"].endswith("/zh-hans/guides/kcell/renew-at-a-shop/")


def test_a_text_that_is_the_same_for_all_has_one_canonical_address(client):
    page = soup(client.get("/en/guides/kcell/back-up-your-phone/"))
    assert page.select_one("link[rel=canonical]")["href"].endswith("/en/guides/all/back-up-your-phone/")
    page = soup(client.get("/en/guides/kcell/check-your-data/"))
    assert page.select_one("link[rel=canonical]")["href"].endswith("/en/guides/kcell/check-your-data/")


def test_a_brand_reads_its_networks_guide_with_a_notice(client):
    page = soup(client.get("/en/guides/izi/check-your-data/")).main.get_text(" ", strip=True)
    assert "izi has no guide of its own yet" in page
    assert "*106#" not in page


def test_a_brand_with_a_guide_of_its_own_reads_that(client):
    own = Guide.objects.create(operator=Operator.objects.get(slug="izi"), slug="check-your-data", topic="tips")
    GuideText.objects.create(guide=own, language="en", title="Only for izi", steps="1. Look", state="published")
    page = soup(client.get("/en/guides/izi/check-your-data/")).main.get_text(" ", strip=True)
    assert "Only for izi" in page
    assert "no guide of its own" not in page
    assert "Only for izi" not in client.get("/en/guides/beeline/check-your-data/").content.decode()


def test_a_networks_own_guide_serves_its_brands(client):
    own = Guide.objects.create(operator=Operator.objects.get(slug="beeline"), slug="check-your-data", topic="tips")
    steps = "1. Dial {{ beeline.data_left_code }}"
    GuideText.objects.create(guide=own, language="en", title="Beeline only", steps=steps, state="published")
    page = soup(client.get("/en/guides/izi/check-your-data/")).main.get_text(" ", strip=True)
    assert "Beeline only" in page
    assert "no guide of its own" in page
    assert "*106#" not in page


@pytest.mark.parametrize("path", ["nobody/", "kcell/no-such-guide/", "kcell/choose-an-operator/"])
def test_what_is_not_there_is_answered_kindly_in_the_language(client, path):
    response = client.get(f"/zh-hans/guides/{path}")
    assert response.status_code == 404
    assert soup(response).main.select_one('a[href="/zh-hans/guides/"]')


def test_a_draft_is_not_shown(client):
    GuideText.objects.filter(guide__slug="get-help").update(state="draft")
    assert client.get("/en/guides/kcell/get-help/").status_code == 404
    Guide.objects.filter(slug="renew-at-a-shop").update(published=False)
    assert client.get("/en/guides/kcell/renew-at-a-shop/").status_code == 404


def test_a_promotion_appears_and_vanishes_by_itself(client):
    today = timezone.localdate()
    beeline = Operator.objects.get(slug="beeline")
    Promotion.objects.create(operator=beeline, title="Twice the data", until=today, source="test")
    Promotion.objects.create(
        operator=beeline, title="Long gone", until=today - timezone.timedelta(days=1), source="test"
    )
    page = client.get("/en/guides/beeline/").content.decode()
    assert "Twice the data" in page
    assert "Long gone" not in page


@pytest.mark.parametrize(("path", "queries"), [("", 7), ("kcell/", 9), ("all/", 7), ("beeline/check-your-data/", 10)])
def test_the_number_of_queries_stays_the_same_as_content_grows(client, path, queries, django_assert_max_num_queries):
    for number in range(20):
        guide = Guide.objects.create(slug=f"more-{number}", topic="tips")
        GuideText.objects.create(guide=guide, language="en", title="{{ operator.name }}", state="published")
        Fact.objects.create(key=f"kcell.more{number}", kind="name", value="x", source="y", confidence="reported")
    with django_assert_max_num_queries(queries):
        client.get(f"/en/guides/{path}")


def test_the_matrix_names_each_operator_and_way(client):
    page = soup(client.get("/en/guides/"))
    assert len(page.select("table thead th")) == 7
    assert page.select_one('table a[href="/en/guides/tele2/renew-at-a-shop/"]')
    assert len(page.select("table tbody tr")) == 7

"""Writing and translating in the admin."""

import re

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from guides import history
from guides.history import Writing, content_of, standing_of
from guides.models import (
    SOURCE_LANGUAGE,
    Guide,
    GuideText,
    TextState,
    TextVersion,
    current_revision,
)
from kzsim.common.languages import CODES

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

OTHERS = sorted(CODES - {SOURCE_LANGUAGE})


def an_editor(email="anna@example.com", *, may_publish=True):
    user = get_user_model().objects.create_user(email, "a long password 7", is_staff=True)
    editors = Group.objects.get_or_create(name="Editors")[0]
    if may_publish:
        user.groups.add(editors)
    else:
        user.user_permissions.set(editors.permissions.exclude(codename="publish_guidetext"))
    return user


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def anna(client):
    client.force_login(an_editor())
    return client


@pytest.fixture
def guide():
    return Guide.objects.get(slug="renew-at-a-shop", operator=None)


def address(guide, language, name="write", **parts):
    return reverse(f"admin:guides_guide_{name}", kwargs={"guide_id": guide.pk, "lang": language, **parts})


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def sheet(page):
    """What the form on the page would send, without its buttons."""
    sent = {}
    for field in soup(page).select_one("#wb-form").select("[name]:not(button)"):
        kind = field.get("type", "")
        if kind in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        value = field.text.removeprefix("\n") if field.name == "textarea" else field.get("value", "")
        sent.setdefault(field["name"], []).append(value)
    return sent


def write(client, guide, language, action="save", **changes):
    """Open the workbench, change some fields, press a button."""
    url = address(guide, language)
    return client.post(url, sheet(client.get(url)) | {"action": action, **changes}, follow=True)


def text(guide, language):
    return GuideText.objects.get(guide=guide, language=language)


def open_version(guide, language):
    return TextVersion.objects.exclude(state=TextState.PUBLISHED).filter(guide=guide, language=language).first()


def said(response):
    return " ".join(message.text for message in soup(response).select(".messagelist li"))


# --- what is loaded ---------------------------------------------------------------------------------------------


def test_nothing_that_is_loaded_is_behind():
    assert history.texts_behind() == []


# --- drafts, review, publishing -----------------------------------------------------------------------------------


def test_a_sheet_sent_back_untouched_changes_no_word_of_any_guide(anna):
    for number, guide in enumerate(Guide.objects.all()):
        language = sorted(CODES)[number % len(CODES)]
        before, url = content_of(text(guide, language)), address(guide, language)
        anna.post(url, sheet(anna.get(url)) | {"action": "save"})
        assert history.EMPTY | open_version(guide, language).content == before, (guide, language)


def test_a_draft_is_seen_by_editors_only_until_it_is_published(anna, guide):
    before = current_revision()
    write(anna, guide, "ru", title="Новый заголовок")
    assert text(guide, "ru").title == "Продлить в салоне связи"
    assert current_revision() == before
    assert soup(anna.get(address(guide, "ru"))).select_one("[name=title]")["value"] == "Новый заголовок"
    draft = open_version(guide, "ru")
    assert (draft.state, draft.author.email) == ("draft", "anna@example.com")

    response = write(anna, guide, "ru", "publish")
    assert "readers have it now" in said(response)
    assert text(guide, "ru").title == "Новый заголовок"
    assert current_revision() > before
    assert open_version(guide, "ru") is None
    assert "Новый заголовок" in Client().get("/ru/guides/all/renew-at-a-shop/").content.decode()


def test_a_text_goes_through_review_by_another(guide):
    writer, chief = an_editor("w@example.com", may_publish=False), an_editor("chief@example.com")
    write(signed_in(writer), guide, "kk", "review", title="Жаңа")
    assert open_version(guide, "kk").state == TextState.IN_REVIEW
    write(signed_in(chief), guide, "kk", "publish")
    version = history.published_versions(guide, "kk").first()
    assert (version.author, version.publisher) == (writer, chief)
    assert "chief (written by w)" in soup(signed_in(chief).get(address(guide, "kk", "past"))).get_text()
    assert text(guide, "kk").title == "Жаңа"


def test_who_may_not_publish_finds_no_button_and_is_refused(guide):
    writer = signed_in(an_editor("w@example.com", may_publish=False))
    page = writer.get(address(guide, "ru"))
    assert {button.get("value") for button in soup(page).select("#wb-form button[name=action]")} == {"save", "review"}
    for action in ("publish", "withdraw"):
        assert write(writer, guide, "ru", action, title="Mine").status_code == 403
    assert text(guide, "ru").title == "Продлить в салоне связи"


def test_a_draft_is_discarded_and_readers_keep_what_they_have(anna, guide):
    write(anna, guide, "ru", title="Новый")
    write(anna, guide, "ru", "discard")
    assert open_version(guide, "ru") is None
    assert text(guide, "ru").title == "Продлить в салоне связи"


def test_a_text_taken_from_the_readers_gives_way_to_the_nearest_language(anna, guide):
    def language_read():
        return soup(Client().get("/kk/guides/all/renew-at-a-shop/")).h1["lang"]

    assert language_read() == "kk"
    write(anna, guide, "kk", "withdraw")
    assert language_read() == "ru"
    write(anna, guide, "kk", "publish")
    assert language_read() == "kk"


def test_a_new_guide_is_written_from_nothing(anna):
    guide = Guide.objects.create(slug="brand-new", topic="tips")
    page = anna.get(address(guide, "ru"))
    assert "no published text in English" in soup(page).get_text()
    write(anna, guide, "en", "publish", title="New", **{"step-100-text": "Do it."})
    assert text(guide, "en").steps == "1. Do it."
    assert "step-0-text" in sheet(anna.get(address(guide, "ru")))  # a box for each step of the source
    write(anna, guide, "ru", "publish", title="Новое", **{"step-0-text": "Сделайте."})
    assert text(guide, "ru").translated_from == history.digest_of(text(guide, "en"))


def test_a_text_without_a_title_is_kept_as_a_draft_but_not_published(anna, guide):
    response = write(anna, guide, "ru", "publish", title=" ")
    assert "needs a title" in soup(response).get_text()
    assert text(guide, "ru").title == "Продлить в салоне связи"
    write(anna, guide, "ru", title=" ")
    assert open_version(guide, "ru").content["title"] == ""


# --- steps ------------------------------------------------------------------------------------------------------


def test_steps_are_put_in_order_added_and_taken_out_without_any_script(anna, guide):
    GuideText.objects.filter(guide=guide, language="en").update(steps="1. a\n2. b\n3. c")
    changes = {"step-0-order": "3", "step-2-order": "1", "step-1-text": "", "step-103-text": "last"}
    assert "step-103-text" in sheet(anna.get(address(guide, "en")))
    write(anna, guide, "en", **changes)
    assert open_version(guide, "en").content["steps"] == "1. c\n2. a\n3. last"


def test_a_step_can_be_for_some_operators_only(anna, guide):
    GuideText.objects.filter(guide=guide, language="en").update(steps="1. a\n2. b")
    write(anna, guide, "en", **{"step-1-only": ["tele2", "altel"]})
    assert open_version(guide, "en").content["steps"] == "1. a\n:::only tele2 altel\n2. b\n:::"


def test_steps_that_are_no_plain_list_are_edited_as_a_whole(anna, guide):
    GuideText.objects.filter(guide=guide, language="en").update(steps="First:\n\n- a\n- b")
    sent = sheet(anna.get(address(guide, "en")))
    assert sent["steps"] == ["First:\n\n- a\n- b"]
    write(anna, guide, "en", steps="1. a")
    assert open_version(guide, "en").content["steps"] == "1. a"


# --- facts ------------------------------------------------------------------------------------------------------


def test_an_unknown_name_is_refused_beside_its_step_and_nothing_typed_is_lost(anna, guide):
    response = write(
        anna, guide, "ru", need="{{ kcell.nothing }}", **{"step-1-text": "Наберите {{ operator.no_such }}"}
    )
    page = soup(response)
    step = page.select_one("[name=step-1-text]")
    assert step.text.strip() == "Наберите {{ operator.no_such }}"
    assert "operator.no_such" in step.find_parent(class_="wb-step").select_one(".errorlist").text
    assert (
        "kcell.nothing" in page.select_one("[name=need]").find_parent(class_="wb-target").select_one(".errorlist").text
    )
    assert open_version(guide, "ru") is None


def test_the_picker_offers_every_fact_with_its_value_and_its_mark(anna, guide):
    picks = {
        one.code["data-insert"]: one.get_text(" ", strip=True)
        for one in soup(anna.get(address(guide, "ru"))).select("[data-fact]")
    }
    assert "*106#" in picks["{{ beeline.data_left_code }}"]
    assert "(" in picks["{{ beeline.data_left_code }}"]
    assert "Beeline: *106#" in picks["{{ operator.data_left_code }}"]
    assert "{{ source: kcell.autopay }}" in picks  # a rule is said in words
    assert "{{ operator.name }}" in picks


# --- translations that are behind -----------------------------------------------------------------------------------


def publish_english(anna, guide, weight, **changes):
    return write(anna, guide, "en", "publish", weight=weight, **changes)


def behind(guide):
    return {text.language for text, _source in history.texts_behind() if text.guide_id == guide.pk}


@pytest.mark.parametrize(("weight", "are_behind"), [("typo", []), ("changed", OTHERS), ("new_fact", OTHERS)])
def test_only_a_heavier_change_leaves_the_other_languages_behind(anna, guide, weight, are_behind):
    publish_english(anna, guide, weight, title="Renew in a shop")
    assert sorted(behind(guide)) == are_behind


def test_a_typo_does_not_hide_that_a_language_was_behind_before(anna, guide):
    publish_english(anna, guide, "changed", title="Renew in a shop")
    write(anna, guide, "ru", "publish", follows="on")
    publish_english(anna, guide, "typo", title="Renew in a shop!")
    assert behind(guide) == set(OTHERS) - {"ru"}


def test_a_typo_takes_drafts_and_former_wordings_along(anna, guide):
    write(anna, guide, "ru", title="Черновик")
    publish_english(anna, guide, "typo", title="Renew in a shop")
    draft = open_version(guide, "ru")
    assert draft.translated_from == history.digest_of(text(guide, "en"))


def test_a_translator_sees_what_changed_since_the_last_translation(anna, guide):
    old = text(guide, "en").steps
    publish_english(anna, guide, "changed", **{"step-3-text": "Pay by card only."})
    page = soup(anna.get(address(guide, "ru")))
    marked = page.select(".wb-changed .wb-source")
    assert len(marked) == 1
    assert marked[0].ins.text in "Pay by card only."
    assert marked[0].find("del").text in old
    states = page.select_one(".wb-nav [aria-current]").get_text()
    assert "behind" in states
    assert (
        "behind"
        in soup(anna.get(reverse("admin:guides_guide_change", args=[guide.pk]))).select_one(".wb-texts").get_text()
    )


def test_a_translation_is_up_to_date_again_once_its_editor_says_so(anna, guide):
    publish_english(anna, guide, "changed", title="Renew in a shop")
    write(anna, guide, "ru", "publish", title="Продлите в салоне")
    assert "ru" in behind(guide)
    write(anna, guide, "ru", "publish", follows="on")
    assert "ru" not in behind(guide)


def test_a_wording_that_is_not_in_the_history_is_said_to_be_unknown(anna, guide):
    GuideText.objects.filter(guide=guide, language="ru").update(translated_from="0123456789abcdef")
    page = soup(anna.get(address(guide, "ru")))
    assert "the history does not have" in page.get_text()
    assert not page.select("ins, del")


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def boris():
    return signed_in(an_editor("boris@example.com"))


def conflict_of(anna, boris, guide, mine, theirs, action="save"):
    """Both open the page, Boris saves first; what Anna gets when she saves."""
    url = address(guide, "ru")
    hers, his = sheet(anna.get(url)), sheet(boris.get(url))
    boris.post(url, his | {"action": action, **theirs})
    return anna.post(url, hers | {"action": "save", **mine})


def test_the_second_to_save_is_told_and_nothing_is_written_over(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"title": "Её"}, {"title": "Его"})
    panel = soup(response).select_one(".wb-conflict")
    assert "boris saved this text" in panel.get_text()
    assert "boris@" not in response.content.decode()
    assert "Его" in panel.find("del").text
    assert "Её" in panel.ins.text
    assert sheet(response)["title"] == ["Её"]
    assert open_version(guide, "ru").content["title"] == "Его"


def test_mine_is_saved_over_theirs_only_after_it_was_shown(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"title": "Её"}, {"title": "Его"})
    anna.post(address(guide, "ru"), sheet(response) | {"action": "save"})
    assert open_version(guide, "ru").content["title"] == "Её"


def take(client, guide, response, which, **changes):
    return client.post(address(guide, "ru"), sheet(response) | {"take": which, **changes})


def test_theirs_can_be_taken_and_mine_put_back(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"title": "Её"}, {"title": "Его"})
    theirs = take(anna, guide, response, "theirs")
    assert sheet(theirs)["title"] == ["Его"]
    mine = take(anna, guide, theirs, "mine")
    assert sheet(mine)["title"] == ["Её"]
    assert open_version(guide, "ru").content["title"] == "Его"


def test_both_are_put_together_where_they_changed_different_places(anna, boris, guide):
    response = conflict_of(
        anna, boris, guide, {"title": "Её", "step-0-text": "Её шаг"}, {"summary": "Его", "step-3-text": "Его шаг"}
    )
    both = take(anna, guide, response, "both")
    sent = sheet(both)
    assert (sent["title"], sent["summary"]) == (["Её"], ["Его"])
    assert (sent["step-0-text"], sent["step-3-text"]) == (["Её шаг"], ["Его шаг"])
    anna.post(address(guide, "ru"), sent | {"action": "save"})
    assert open_version(guide, "ru").content["summary"] == "Его"


def test_where_both_changed_one_place_the_page_says_so(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"need": "- А"}, {"need": "- Б"})
    both = take(anna, guide, response, "both")
    assert "same place" in soup(both).select_one(".wb-conflict").get_text()
    assert sheet(both)["need"] == ["- А"]


def test_a_text_published_meanwhile_is_a_conflict_too(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"title": "Её"}, {"title": "Его"}, action="publish")
    assert "boris saved this text" in soup(response).get_text()
    assert text(guide, "ru").title == "Его"
    assert open_version(guide, "ru") is None


@pytest.mark.parametrize("action", ["discard", "withdraw", "publish", "review"])
def test_no_button_passes_over_what_another_saved(anna, boris, guide, action):
    url = address(guide, "ru")
    hers = sheet(anna.get(url))
    write(boris, guide, "ru", title="Его")
    assert "saved this text" in soup(anna.post(url, hers | {"action": action})).get_text()
    assert open_version(guide, "ru").content["title"] == "Его"
    assert text(guide, "ru").state == TextState.PUBLISHED


def test_a_tampered_memory_of_the_page_breaks_nothing(anna, boris, guide):
    response = conflict_of(anna, boris, guide, {"title": "Её"}, {"title": "Его"})
    for junk in ("", "[", "[1]", '{"title": 7}', "[" * 100_000, '{"title": "\\ud800\\u0000"}'):
        assert take(anna, guide, response, "both", began_content=junk, base=junk, mine=junk).status_code == 200


# --- history --------------------------------------------------------------------------------------------------------


def test_the_first_change_keeps_what_stood_there_before(anna, guide):
    write(anna, guide, "ru", "publish", title="Новый", note="shorter")
    versions = list(history.published_versions(guide, "ru"))
    assert [version.content["title"] for version in versions] == ["Новый", "Продлить в салоне связи"]
    assert versions[1].published_at is None
    page = soup(anna.get(address(guide, "ru", "past")))
    assert [len(page.select(".wb-versions li")), "shorter" in page.get_text()] == [2, True]
    assert page.select_one("ins").text == "Новый"
    assert "anna" in page.get_text()
    assert "anna@" not in page.select_one("#content").get_text()


def test_a_former_wording_is_brought_back_as_a_draft_and_published(anna, guide):
    write(anna, guide, "ru", "publish", title="Новый")
    url = address(guide, "ru", "past")
    first = history.published_versions(guide, "ru").last()
    form = soup(anna.get(url, {"version": first.pk})).select_one("#content form")
    sent = {field["name"]: field["value"] for field in form.select("input")}
    assert "is a draft now" in said(anna.post(url, sent, follow=True))
    assert text(guide, "ru").title == "Новый"
    write(anna, guide, "ru", "publish")
    assert text(guide, "ru").title == "Продлить в салоне связи"
    assert history.published_versions(guide, "ru").count() == 3
    assert "ru" not in behind(guide)


def test_nothing_is_brought_back_over_a_draft(anna, guide):
    write(anna, guide, "ru", "publish", title="Новый")
    first = history.published_versions(guide, "ru").last()
    write(anna, guide, "ru", title="Черновик")
    url = address(guide, "ru", "past")
    assert not soup(anna.get(url)).select("#content form")
    sent = {"version": first.pk, "began_from": standing_of(guide, "ru").token}
    assert "There is a draft" in said(anna.post(url, sent, follow=True))
    assert open_version(guide, "ru").content["title"] == "Черновик"


def test_a_version_of_another_text_is_not_brought_back(anna, guide):
    write(anna, guide, "kk", "publish", title="Жаңа")
    other = history.published_versions(guide, "kk").first()
    sent = {"version": other.pk, "began_from": standing_of(guide, "ru").token}
    assert anna.post(address(guide, "ru", "past"), sent).status_code == 404
    assert open_version(guide, "ru") is None


# --- preview --------------------------------------------------------------------------------------------------------


def main_of(response):
    main = soup(response).main
    for hidden in main.select("[name=csrfmiddlewaretoken]"):
        hidden["value"] = ""
    return re.sub(r"\s+", " ", str(main))


def test_a_preview_is_the_page_that_readers_will_get(anna, guide):
    write(anna, guide, "ru", title="Новый заголовок", **{"step-0-text": "Код: {{ operator.data_left_code }}"})
    url = address(guide, "ru", "preview", operator="beeline")
    shown = anna.get(url)
    assert shown["X-Robots-Tag"] == "noindex, nofollow"
    assert "private" in shown["Cache-Control"]
    assert "*106#" in shown.content.decode()
    write(anna, guide, "ru", "publish")
    assert main_of(shown) == main_of(anna.get("/ru/guides/beeline/renew-at-a-shop/"))


def test_a_preview_shows_what_is_in_the_boxes_and_saves_nothing(anna, guide):
    sent = sheet(anna.get(address(guide, "ru"))) | {"title": "Ещё не сохранён", "checked_on": "2026-13-45"}
    shown = anna.post(address(guide, "ru", "preview", operator="all"), sent)
    assert soup(shown).h1.text == "Ещё не сохранён"
    assert not TextVersion.objects.exists()


def test_a_preview_of_no_operator_is_not_found(anna, guide):
    assert anna.get(address(guide, "ru", "preview", operator="nobody")).status_code == 404


# --- who may see what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["write", "past", "preview"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_editors_get_in(guide, client, name, method):
    parts = {"operator": "all"} if name == "preview" else {}
    url = address(guide, "ru", name, **parts)
    assert getattr(client, method)(url).status_code == 302
    client.force_login(get_user_model().objects.create_user("reader@example.com", "a long password 7"))
    assert getattr(client, method)(url).status_code in (302, 403)
    staff = get_user_model().objects.create_user("staff@example.com", "a long password 7", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_guide"))
    client.force_login(staff)
    assert getattr(client, method)(url).status_code == 403
    assert not TextVersion.objects.exists()


def test_the_list_of_guides_reads_all_its_languages_at_once(anna, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        page = anna.get(reverse("admin:guides_guide_changelist"))
    assert len(soup(page).select(".wb-chip")) == Guide.objects.count() * len(CODES)


def test_the_list_of_guides_is_narrowed_to_what_needs_work(anna, guide):
    write(anna, guide, "ru", title="Черновик")
    write(anna, Guide.objects.get(slug="get-help"), "ru", "review")
    publish_english(anna, Guide.objects.get(slug="save-money"), "changed", title="Spend less")
    for state, slug in (("draft", "renew-at-a-shop"), ("in_review", "get-help"), ("behind", "save-money")):
        page = soup(anna.get(reverse("admin:guides_guide_changelist"), {"texts": state}))
        assert [cell.small.text for cell in page.select(".field-title")] == [slug]


# --- attacks ----------------------------------------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[tap](javascript:alert(1))",
    "[tap](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://evil.example/x.png)",
    '"><script>alert(1)</script>',
    "</textarea><script>alert(1)</script>",
    "<a href='//evil.example' onclick=alert(1)>x</a>",
    "<style>@import 'https://evil.example'</style>",
    "<iframe src=https://evil.example></iframe>",
    "{{ kcell.website|safe }}<script>alert(1)</script>",
    "{% include 'x' %}<script>",
    "\ue0000\ue001<script>alert(1)</script>",
    "<form action=https://evil.example><input name=q>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr<script>ipt>alert(1)</script>",
    "--><script>alert(1)</script>",
]


def dangers_in(response):
    page = soup(response)
    for own in page.select("script[src^='/static/'], script[src$='jsi18n/'], img[src^='/static/']"):
        own.decompose()
    main = page.select_one("#content, main") or page
    found = [tag.name for tag in main.select("script, iframe, style, object, embed, base, meta, img")]
    for tag in page.find_all(True):
        found += [name for name in tag.attrs if name.startswith("on") or name == "style"]
        link = str(tag.get("href") or tag.get("src") or tag.get("action") or tag.get("formaction") or "")
        found += [link] if re.match(r"\s*(javascript|data|vbscript):|//|https?://evil", link) else []
    return found


@pytest.mark.parametrize("start", [0, 6, 12])
def test_no_text_brings_script_into_any_page(anna, boris, guide, start):
    line, body = ATTACKS[start][:140], "\n\n".join(ATTACKS)
    lists = "\n".join(f"- {attack}" for attack in ATTACKS)
    fields = {"title": line, "summary": ATTACKS[start + 1], "source": ATTACKS[start + 2], "note": ATTACKS[start + 3]}
    fields |= {"need": lists, "pros": body, "cons": " ".join(ATTACKS), "more": body}
    url = address(guide, "en")
    steps = {f"step-{number}-text": attack for number, attack in enumerate(ATTACKS)}
    evil = sheet(anna.get(url)) | fields | steps
    pages = [
        anna.post(address(guide, "en", "preview", operator="all"), evil),
        anna.post(url, evil | {"action": "save"}, follow=True),  # refused for its braces, and shown again
    ]
    # Whatever might pass the checks in other ways is shown, compared and published.
    content = history.EMPTY | fields | {"steps": "\n".join(f"{n}. {attack}" for n, attack in enumerate(ATTACKS, 1))}
    user = get_user_model().objects.get(email="anna@example.com")
    writing = Writing(content, note=content.pop("note"))
    history.publish(guide, "en", writing, began_from=standing_of(guide, "en").token, user=user)
    for language in ("en", "ru"):
        pages += [anna.get(address(guide, language)), anna.get(address(guide, language, "past"))]
        pages += [anna.get(address(guide, language, "preview", operator="kcell"))]
    pages += [
        conflict_of(anna, boris, guide, {"title": line}, {"need": "- <script>"}),
        anna.get(reverse("admin:guides_guide_change", args=[guide.pk])),
        anna.get(reverse("admin:guides_guide_changelist")),
        Client().get("/en/guides/all/renew-at-a-shop/"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert dangers_in(page) == []


def test_the_check_for_dangers_would_notice():
    class Page:
        content = b"<main><script>1</script><a href='javascript:x' onclick=y style=z>t</a><img src=x></main>"

    assert set(dangers_in(Page)) == {"script", "img", "onclick", "style", "javascript:x"}

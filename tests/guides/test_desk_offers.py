"""Changes from the files: shown beside an editor's own, and taken or declined."""

import shutil
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from guides import offers
from guides.content_files import CONTENT
from guides.loader import load
from guides.models import Fact, Guide, GuideText, LoadedItem, Operator, Tariff, TextVersion, current_revision
from kzsim.common.languages import CODES

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

GUIDE_LINE = "- {slug: back-up-your-phone, topic: tips, order: 130}\n"


@pytest.fixture
def folder(tmp_path):
    """A copy of a part of the content that a test may change: few guides load quickly."""
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy)
    kept = {"back-up-your-phone", "pin-and-puk"}
    for guide in (copy / "guides").iterdir():
        if guide.name not in kept:
            shutil.rmtree(guide)
    lines = (copy / "guides.yaml").read_text().splitlines(keepends=True)
    (copy / "guides.yaml").write_text("".join(line for line in lines if any(slug in line for slug in kept)))
    return copy


@pytest.fixture
def desk(client):
    """An editor, who may do what the group may."""
    user = get_user_model().objects.create_user("editor@example.com", is_staff=True)
    group = Group.objects.get_or_create(name="Editors")[0]
    group.permissions.set(Permission.objects.filter(content_type__app_label="guides"))
    user.groups.add(group)
    client.force_login(user)
    return client


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def the_offer():
    [offer] = offers.open_offers()
    return offer


def choose(client, what, offer):
    data = {"offer": offer.item.pk, "token": offer.token, what: "1"}
    return client.post(reverse("desk:offers"), data, follow=True)


@pytest.fixture
def changed_on_both_sides(folder):
    load(folder)
    Fact.objects.filter(key="beeline.data_left_code").update(value="*108#", seen_on=date(2026, 11, 1))
    edit(folder / "facts.yaml", "*106#", "*107#")
    assert load(folder).offered == 1
    return folder


@pytest.mark.usefixtures("changed_on_both_sides")
def test_an_offer_shows_each_field_that_differs_mine_and_theirs(desk):
    offer = the_offer()
    assert offer.title == "Fact: beeline.data_left_code"
    told = {one.label: [(piece.kind, piece.text) for piece in one.pieces] for one in offer.differences}
    assert told["Value"] == [("same", "*"), ("removed", "108"), ("added", "107"), ("same", "#")]
    assert told["Seen on"] == [("removed", "2026-11-01")]
    page = desk.get(reverse("desk:offers")).content.decode()
    assert "<del>108</del><ins>107</ins>" in page
    assert reverse("admin:guides_fact_change", args=[Fact.objects.get(key="beeline.data_left_code").pk]) in page
    assert "Keep mine" in page
    assert "Take theirs" in page


def test_taking_theirs_writes_it_and_the_row_is_untouched_again(desk, changed_on_both_sides):
    before = current_revision()
    choose(desk, "take", the_offer())
    fact = Fact.objects.get(key="beeline.data_left_code")
    assert fact.value == "*107#"
    past = desk.get(reverse("admin:guides_fact_history", args=[fact.pk])).content.decode()
    assert "editor: Changed value and seen on." in past
    assert offers.open_offers() == []
    assert current_revision() > before
    assert not load(changed_on_both_sides).kept
    edit(changed_on_both_sides / "facts.yaml", "*107#", "*109#")
    assert load(changed_on_both_sides).changed == 1


def test_keeping_mine_is_asked_again_only_when_the_file_changes_once_more(desk, changed_on_both_sides):
    before = current_revision()
    choose(desk, "keep", the_offer())
    assert current_revision() > before
    assert Fact.objects.get(key="beeline.data_left_code").value == "*108#"
    report = load(changed_on_both_sides)
    assert report.offered == 0
    assert "keeps it" in report.kept[0]
    assert offers.open_offers() == []
    edit(changed_on_both_sides / "facts.yaml", "*107#", "*109#")
    assert load(changed_on_both_sides).offered == 1
    assert the_offer().item.offered["value"] == "*109#"
    edit(changed_on_both_sides / "facts.yaml", "*109#", "*107#")  # back to what was declined
    assert load(changed_on_both_sides).offered == 0
    assert offers.open_offers() == []


def test_an_offer_goes_when_the_file_says_again_what_was_loaded_or_what_the_editor_says(changed_on_both_sides):
    edit(changed_on_both_sides / "facts.yaml", "*107#", "*106#")
    load(changed_on_both_sides)
    assert offers.open_offers() == []
    edit(changed_on_both_sides / "facts.yaml", "*106#", "*108#")
    load(changed_on_both_sides)
    Fact.objects.filter(key="beeline.data_left_code").update(seen_on=None)
    assert not load(changed_on_both_sides).kept
    assert offers.open_offers() == []


@pytest.mark.usefixtures("changed_on_both_sides")
@pytest.mark.parametrize("what", ["take", "keep"])
def test_what_changed_after_the_editor_looked_is_not_chosen_blindly(desk, what):
    offer = the_offer()
    Fact.objects.filter(key="beeline.data_left_code").update(value="*110#")
    page = choose(desk, what, offer).content.decode()
    assert "changed meanwhile" in page
    assert Fact.objects.get(key="beeline.data_left_code").value == "*110#"
    assert the_offer().token != offer.token


@pytest.mark.usefixtures("changed_on_both_sides")
def test_of_two_editors_who_choose_the_second_is_told(desk):
    offer = the_offer()
    choose(desk, "keep", offer)
    assert "already chosen" in choose(desk, "take", offer).content.decode()
    assert Fact.objects.get(key="beeline.data_left_code").value == "*108#"


def test_a_text_taken_from_the_files_leaves_the_editors_wording_in_its_history(desk, folder):
    load(folder)
    mine = GuideText.objects.filter(guide__slug="pin-and-puk", language="en")
    mine.update(title="Mine")
    edit(folder / "guides/pin-and-puk/en.md", "title: PIN and PUK", "title: Theirs")
    load(folder)
    assert the_offer().title == "Guide text: all/pin-and-puk, English"
    choose(desk, "take", the_offer())
    assert mine.get().title == "Theirs"
    titles = TextVersion.objects.filter(guide__slug="pin-and-puk", language="en").values_list("content__title")
    assert {"Mine", "Theirs"} <= {title for (title,) in titles}
    assert not load(folder).kept


def test_a_deleted_guide_is_offered_with_its_texts_once_the_files_say_something_new(desk, folder):
    load(folder)
    Guide.objects.get(slug="back-up-your-phone").delete()
    load(folder)
    assert offers.open_offers() == []
    edit(folder / "guides/back-up-your-phone/kk.md", "title: ", "title: A ")
    load(folder)
    offer = the_offer()
    assert offer.is_deleted
    assert offer.texts == len(CODES)
    choose(desk, "take", offer)
    assert GuideText.objects.filter(guide__slug="back-up-your-phone").count() == len(CODES)
    assert TextVersion.objects.filter(guide__slug="back-up-your-phone").exclude(published_at=None).count() == len(CODES)
    assert GuideText.objects.get(guide__slug="back-up-your-phone", language="kk").title.startswith("A ")
    report = load(folder)
    assert (report.kept, report.wrote) == ([], False)


def test_a_guide_that_stays_deleted_is_offered_again_only_for_another_change(desk, folder):
    load(folder)
    Guide.objects.get(slug="back-up-your-phone").delete()
    edit(folder / "guides/back-up-your-phone/kk.md", "title: ", "title: A ")
    load(folder)
    choose(desk, "keep", the_offer())
    assert load(folder).offered == 0
    edit(folder / "guides/back-up-your-phone/ru.md", "title: ", "title: B ")
    assert load(folder).offered == 1


def test_a_deleted_fact_comes_back_if_the_editor_takes_the_new_entry(desk, folder):
    load(folder)
    Fact.objects.get(key="beeline.data_left_code").delete()
    load(folder)
    assert offers.open_offers() == []
    edit(folder / "facts.yaml", "*106#", "*107#")
    load(folder)
    assert the_offer().is_deleted
    choose(desk, "take", the_offer())
    fact = Fact.objects.get(key="beeline.data_left_code")
    assert (fact.value, fact.operator.slug) == ("*107#", "beeline")
    assert not load(folder).kept


@pytest.fixture
def vanished(folder):
    """An editor changed a text, then its file was taken out."""
    load(folder)
    GuideText.objects.filter(guide__slug="pin-and-puk", language="en").update(title="Mine")
    (folder / "guides/pin-and-puk/en.md").unlink()
    assert load(folder).offered == 1
    return folder


def test_what_vanished_from_the_files_goes_if_the_editor_lets_it(desk, vanished):
    offer = the_offer()
    assert offer.is_vanished
    assert "the files no longer have it" in desk.get(reverse("desk:offers")).content.decode()
    choose(desk, "take", offer)
    assert not GuideText.objects.filter(guide__slug="pin-and-puk", language="en").exists()
    assert TextVersion.objects.filter(guide__slug="pin-and-puk", language="en").exists()
    assert not load(vanished).kept


def test_what_vanished_from_the_files_and_is_kept_is_the_editors_own(desk, vanished):
    choose(desk, "keep", the_offer())
    assert GuideText.objects.get(guide__slug="pin-and-puk", language="en").title == "Mine"
    assert not LoadedItem.objects.filter(kind="text", key="all/pin-and-puk/en").exists()
    assert not load(vanished).kept


def test_what_is_still_in_use_cannot_be_taken_out(desk, folder):
    load(folder)
    Operator.objects.filter(slug="altel").update(name="Altel KZ")
    LoadedItem.objects.filter(kind="operator", key="altel").update(offered={})
    page = choose(desk, "take", the_offer()).content.decode()
    assert "still hangs on it" in page
    assert Operator.objects.filter(slug="altel").exists()


def test_a_row_that_an_editor_made_first_is_offered_what_the_file_then_says(desk, folder):
    text = (folder / "tariffs.yaml").read_text()
    (folder / "tariffs.yaml").write_text(text[: text.index("- operator: altel")])
    load(folder)
    altel = Operator.objects.get(slug="altel")
    Tariff.objects.create(operator=altel, name="MEGACITY", period="30d", price=4000, source="me")
    (folder / "tariffs.yaml").write_text(text)
    load(folder)
    choose(desk, "take", the_offer())
    assert Tariff.objects.get(name="MEGACITY").price == 3500
    assert not load(folder).kept


@pytest.mark.usefixtures("changed_on_both_sides")
@pytest.mark.parametrize("lacking", ["publish_guidetext", "change_guidetext", "change_guide", "change_fact"])
def test_who_may_not_publish_may_not_choose(client, lacking):
    user = get_user_model().objects.create_user("half@example.com", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="guides").exclude(codename=lacking)
    user.user_permissions.set(permissions)
    client.force_login(user)
    offer = the_offer()
    assert client.get(reverse("desk:offers")).status_code == 403
    assert choose(client, "take", offer).status_code == 403
    assert the_offer().token == offer.token


def test_nonsense_is_told_and_changes_nothing(desk, folder):
    load(folder)
    before = current_revision()
    for data in ({"take": "1"}, {"offer": "x", "take": "1"}, {"offer": "99999", "keep": "1"}):
        assert desk.post(reverse("desk:offers"), data, follow=True).status_code == 200
    assert current_revision() == before

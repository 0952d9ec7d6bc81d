"""The "to verify" page: what stands on it, in which order, and what can be done right there."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from guides import reporting
from guides.history import digest_of
from guides.models import (
    Fact,
    Guide,
    GuideText,
    LoadedItem,
    Operator,
    OperatorText,
    Reads,
    WeeklyMail,
    current_revision,
)
from guides.page_cache import today_in_almaty
from guides.review import FindingKind, to_verify

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

TODAY = date(2026, 11, 24)
FRESH = TODAY - timedelta(days=90)
OLD = TODAY - timedelta(days=91)


@pytest.fixture
def desk(client):
    user = get_user_model().objects.create_user("editor@example.com", is_staff=True)
    group = Group.objects.get_or_create(name="Editors")[0]
    group.permissions.set(Permission.objects.filter(content_type__app_label="guides"))
    user.groups.add(group)
    client.force_login(user)
    return client


@pytest.fixture
def kcell():
    return Operator.objects.create(slug="kcell", name="Kcell")


def fact(key, seen_on=FRESH, **fields):
    values = {"kind": "rule", "value": "so", "source": "somebody", "confidence": "one_source"} | fields
    return Fact.objects.create(key=key, seen_on=seen_on, **values)


def guide(slug, steps="", languages=("en", "zh-hans", "zh-hant", "ru", "kk"), checked_on=FRESH, **fields):
    made = Guide.objects.create(slug=slug, topic="renew", **fields)
    for language in languages:
        text = GuideText(guide=made, language=language, title=f"{slug} in {language}", steps=steps, state="published")
        text.checked_on = checked_on
        text.save()
    source = GuideText.objects.filter(guide=made, language="en").first()
    if source:
        GuideText.objects.filter(guide=made).exclude(language="en").update(translated_from=digest_of(source))
    return made


def listed(today=TODAY):
    return [(one.kind, one.subject) for one in to_verify(today)]


@pytest.mark.parametrize(("seen_on", "is_listed"), [(TODAY, False), (FRESH, False), (OLD, True), (None, True)], ids=str)
def test_a_fact_is_listed_when_it_was_not_seen_for_ninety_days_or_nobody_knows_when(seen_on, is_listed):
    fact("country.rule", seen_on)
    assert listed() == ([(FindingKind.UNSEEN, "country.rule")] if is_listed else [])


def test_what_nobody_knows_yet_has_nothing_to_be_checked():
    fact("country.rule", None, value="", source="", confidence="unknown")
    assert listed() == []


def test_a_fact_that_readers_dispute_is_listed_as_that_and_once():
    disputed = fact("country.rule", OLD)
    today = today_in_almaty()
    for number in range(4):
        reporting.tell(f"{number}", worked=False, on=today, now=timezone.now(), fact=disputed)
    [finding] = to_verify(TODAY)
    assert finding.kind == FindingKind.DISPUTED
    assert (finding.fact, finding.since) == (disputed.pk, today)


def test_texts_not_checked_languages_missing_and_languages_behind_are_listed_once_a_guide():
    guide("old", checked_on=OLD)
    guide("short", languages=("en", "ru"))
    behind = guide("behind")
    GuideText.objects.filter(guide=behind, language="kk").update(translated_from="older")
    guide("hidden", checked_on=None, published=False)
    findings = {one.kind: one for one in to_verify(TODAY)}
    assert {kind: one.subject for kind, one in findings.items()} == {
        FindingKind.UNCHECKED: "old in en (all/old)",
        FindingKind.MISSING: "short in en (all/short)",
        FindingKind.BEHIND: "behind in en (all/behind)",
    }
    assert findings[FindingKind.UNCHECKED].since == OLD
    assert findings[FindingKind.MISSING].detail == "Simplified Chinese, Traditional Chinese, Kazakh"
    assert findings[FindingKind.BEHIND].detail == "Kazakh"


def test_of_several_texts_the_one_checked_first_gives_the_day(kcell):
    for language, day in (("en", OLD), ("ru", OLD - timedelta(days=9)), ("kk", FRESH)):
        OperatorText.objects.create(operator=kcell, language=language, known_for="Good", checked_on=day)
    [finding] = to_verify(TODAY)
    assert (finding.subject, finding.detail) == ("Profile of Kcell", "English, Russian")
    assert finding.since == OLD - timedelta(days=9)
    assert finding.url == reverse("admin:guides_operator_change", args=[kcell.pk])


def test_an_offer_of_the_files_is_listed_and_leads_to_the_choice():
    item = LoadedItem.objects.create(kind="fact", key="country.rule", digest="x", offered={"value": "other"})
    [finding] = to_verify(TODAY)
    assert finding.kind == FindingKind.OFFERED
    assert finding.url == f"{reverse('desk:offers')}#offer-{item.pk}"


def test_what_is_read_most_stands_first_also_facts_by_the_guides_that_name_them(kcell):
    fact("kcell.much", OLD, operator=kcell)
    fact("kcell.little", OLD, operator=kcell)
    fact("kcell.never", OLD, operator=kcell)
    fact("country.both", OLD)
    much = guide("much", "1. {{ operator.much }} {{ country.both }}")
    little = guide("little", "1. {{ kcell.little }} {{ country.both }}", checked_on=OLD)
    monday = TODAY - timedelta(days=TODAY.weekday())
    for one, count in ((much, 50), (little, 7)):
        Reads.objects.create(guide=one, week=monday, count=count)
    Reads.objects.create(guide=little, week=monday - timedelta(weeks=9), count=5000)
    found = to_verify(TODAY)
    assert [(one.subject, one.reads) for one in found] == [
        ("country.both", 57),
        ("kcell.much", 50),
        ("kcell.little", 7),
        ("little in en (all/little)", 7),
        ("kcell.never", 0),
    ]


def test_the_list_speaks_the_editors_language():
    guide("old", checked_on=None)
    with translation.override("ru"):
        [finding] = to_verify(TODAY)
        assert finding.subject == "old in ru (all/old)"
        assert translation.gettext("Kazakh") in finding.detail


def test_each_row_of_the_page_leads_to_where_it_is_mended(desk):
    listed_fact = fact("country.rule", OLD)
    listed_guide = guide("old", checked_on=OLD)
    page = desk.get(reverse("desk:verify")).content.decode()
    assert f'href="{reverse("admin:guides_fact_change", args=[listed_fact.pk])}"' in page
    assert f'href="{reverse("admin:guides_guide_change", args=[listed_guide.pk])}"' in page
    assert desk.get(reverse("admin:guides_guide_change", args=[listed_guide.pk])).status_code == 200


def test_the_list_can_be_narrowed_to_one_kind(desk):
    fact("country.rule", OLD)
    guide("old", checked_on=OLD)
    narrowed = desk.get(reverse("desk:verify"), {"kind": "unseen"}).context["findings"]
    assert [one.subject for one in narrowed] == ["country.rule"]
    assert len(desk.get(reverse("desk:verify"), {"kind": "nonsense"}).context["findings"]) == 2


def test_a_fact_is_marked_as_checked_right_there(desk):
    checked = fact("country.rule", OLD)
    other = fact("country.other", OLD)
    before = current_revision()
    response = desk.post(
        reverse("desk:checked_today"), {"fact": checked.pk, "value": checked.value, "kind": "unseen"}, follow=True
    )
    assert response.redirect_chain[0][0] == f"{reverse('desk:verify')}?kind=unseen"
    assert [one.subject for one in response.context["findings"]] == ["country.other"]
    checked.refresh_from_db()
    other.refresh_from_db()
    assert (checked.seen_on, other.seen_on) == (today_in_almaty(), OLD)
    assert current_revision() > before
    assert LogEntry.objects.get().object_id == str(checked.pk)


@pytest.mark.parametrize("sent", [{}, {"fact": "99999"}, {"fact": "0"}, {"fact": "x"}, {"fact": "²"}])
def test_only_a_fact_that_is_there_can_be_checked(desk, sent):
    assert desk.post(reverse("desk:checked_today"), sent).status_code == 404


def test_a_fact_that_was_changed_since_the_list_was_opened_is_not_marked_as_checked(desk):
    changed = fact("country.rule", OLD)
    sent = {"fact": changed.pk, "value": changed.value + " of old"}
    page = desk.post(reverse("desk:checked_today"), sent, follow=True).content.decode()
    assert "Look at it again first" in page
    changed.refresh_from_db()
    assert changed.seen_on == OLD


def test_a_fact_without_a_value_cannot_be_checked(desk):
    unknown = fact("country.rule", None, value="", source="", confidence="unknown")
    assert desk.post(reverse("desk:checked_today"), {"fact": unknown.pk}).status_code == 404


def test_looking_changes_nothing(desk):
    fact("country.rule", OLD)
    before = current_revision()
    assert desk.get(reverse("desk:verify")).status_code == 200
    for name in ("desk:checked_today", "desk:weekly_mail"):
        assert desk.get(reverse(name)).status_code == 405
    assert current_revision() == before
    assert not WeeklyMail.objects.exists()


def test_the_admins_first_page_leads_editors_to_the_list(desk):
    fact("country.rule", OLD)
    page = desk.get(reverse("admin:index")).content.decode()
    assert f'href="{reverse("desk:verify")}"' in page
    assert '<span class="desk-count">1</span>' in page


def test_staff_without_the_right_see_neither_the_link_nor_the_page(client):
    client.force_login(get_user_model().objects.create_user("staff@example.com", is_staff=True))
    assert reverse("desk:verify") not in client.get(reverse("admin:index")).content.decode()
    assert client.get(reverse("desk:verify")).status_code == 403


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("verify", "change_fact"),
        ("verify", "change_guide"),
        ("checked_today", "change_fact"),
        ("weekly_mail", "change_fact"),
    ],
)
def test_each_page_asks_for_the_rights_to_what_it_changes(client, name, lacking):
    user = get_user_model().objects.create_user("half@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="guides").exclude(codename=lacking))
    client.force_login(user)
    send = client.get if name == "verify" else client.post
    assert send(reverse(f"desk:{name}")).status_code == 403
    assert not WeeklyMail.objects.exists()


def test_whoever_is_no_staff_is_shown_the_door(client):
    client.force_login(get_user_model().objects.create_user("reader@example.com"))
    response = client.get(reverse("desk:verify"))
    assert response.status_code == 302
    assert "login" in response.url


def test_the_cost_of_the_list_does_not_grow_with_it():
    guide("one", checked_on=OLD)
    fact("country.one", OLD)
    with CaptureQueriesContext(connection) as few:
        to_verify(TODAY)
    for number in range(5):
        guide(f"more{number}", checked_on=OLD)
        fact(f"country.more{number}", OLD)
    with CaptureQueriesContext(connection) as many:
        to_verify(TODAY)
    assert len(many) == len(few)

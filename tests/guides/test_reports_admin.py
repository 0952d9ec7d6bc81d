"""What editors see of readers' reports, and what they may do with them."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from guides import reporting
from guides.models import Channel, Fact, Guide, Operator, Report, current_revision
from plans import demo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

LIST = "admin:guides_report_changelist"
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
WHO = reporting.who_of_browser("a secret")


@pytest.fixture
def report():
    fact = Fact.objects.get(key="beeline.data_left_code")
    return reporting.tell(
        WHO,
        worked=False,
        on=date(2026, 11, 20),
        now=NOW,
        fact=fact,
        operator=fact.operator,
        comment="It says: wrong code",
    )


@pytest.fixture
def editor(client, django_user_model):
    user = django_user_model.objects.create_user("editor@example.org", "a long password 7", is_staff=True)
    user.groups.add(Group.objects.get(name=demo.EDITORS))
    client.force_login(user)
    return client


def act(client, action, *reports):
    return client.post(reverse(LIST), {"action": action, "_selected_action": [report.pk for report in reports]})


def test_an_editor_reads_the_comments_and_never_who_wrote_them(editor, report):
    pages = [
        editor.get(reverse(LIST)).content.decode(),
        editor.get(reverse("admin:guides_report_change", args=[report.pk])).content.decode(),
    ]
    for page in pages:
        assert "It says: wrong code" in page
        assert WHO not in page


@pytest.mark.parametrize("asked", [f"who={WHO}", f"who__startswith={WHO[:3]}"])
def test_nor_can_an_editor_ask_which_reports_are_one_persons(editor, report, asked):
    response = editor.get(f"{reverse(LIST)}?{asked}")
    assert "It says: wrong code" not in response.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("worked__exact=0", True),
        ("worked__exact=1", False),
        ("hidden__exact=0", True),
        ("comment__isempty=1", False),
        ("happened_on__year=2026&happened_on__month=11", True),
        ("happened_on__year=2025", False),
        ("q=wrong+code", True),
    ],
)
def test_the_list_is_filtered(editor, report, query, shown):
    page = editor.get(f"{reverse(LIST)}?{query}").content.decode()
    assert ("It says: wrong code" in page) is shown


def test_hiding_and_showing_raise_the_revision_once_each(editor, report):
    for action, hidden, changes in [("hide", True, True), ("hide", True, False), ("show_again", False, True)]:
        before = current_revision()
        assert act(editor, action, report).status_code == 302
        report.refresh_from_db()
        assert report.hidden is hidden
        assert (current_revision() > before) is changes


def test_an_editor_adds_changes_and_deletes_nothing(editor, report):
    change = reverse("admin:guides_report_change", args=[report.pk])
    assert editor.get(reverse("admin:guides_report_add")).status_code == 403
    assert editor.post(change, {"comment": "It works", "worked": "on"}).status_code == 403
    assert editor.post(reverse("admin:guides_report_delete", args=[report.pk]), {"post": "yes"}).status_code == 403
    act(editor, "delete_selected", report)
    report.refresh_from_db()
    assert (report.comment, report.worked) == ("It says: wrong code", False)


def test_an_administrator_may_remove_what_must_not_be_kept(admin_client, report):
    response = admin_client.post(reverse("admin:guides_report_delete", args=[report.pk]), {"post": "yes"})
    assert response.status_code == 302
    assert not Report.objects.exists()


def test_the_page_of_a_report_on_a_guide_and_on_a_channel_opens_too(editor):
    kcell, guide = Operator.objects.get(slug="kcell"), Guide.objects.get(slug="renew-at-a-shop")
    for about in ({"guide": guide}, {}):
        one = reporting.tell(
            WHO, worked=True, on=date(2026, 11, 20), now=NOW, operator=kcell, channel=guide.channel, **about
        )
        assert editor.get(reverse("admin:guides_report_change", args=[one.pk])).status_code == 200
    assert editor.get(reverse(LIST)).status_code == 200


def test_a_channel_goes_with_what_was_told_of_it(admin_client):
    channel = Channel.objects.create(slug="fax", kind="shop")
    reporting.tell(WHO, worked=True, on=date(2026, 11, 20), now=NOW, channel=channel)
    assert (
        admin_client.post(reverse("admin:guides_channel_delete", args=[channel.pk]), {"post": "yes"}).status_code == 302
    )
    assert not Channel.objects.filter(slug="fax").exists()
    assert not Report.objects.exists()

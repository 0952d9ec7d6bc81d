"""The editors' desk."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.sites import site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guides.models import Channel, Fact, Guide, Operator, OperatorText, Promotion, Tariff, current_revision
from guides.offers import in_words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]

MODELS = [model for model in site._registry if model._meta.app_label == "guides"]


@pytest.fixture
def desk(client):
    client.force_login(get_user_model().objects.create_superuser("editor@example.com", "password"))
    return client


def posted(response, **changes):
    """What the change page would post, with some fields changed."""
    context = response.context
    values = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if isinstance(value, bool):
                if value:
                    values[field.html_name] = "on"
            elif value is not None:
                values[field.html_name] = value
    return values | changes


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_form_opens_and_can_be_searched(desk, model):
    name = f"admin:guides_{model._meta.model_name}"
    assert desk.get(reverse(f"{name}_changelist"), {"q": "kcell"}).status_code == 200
    may_add = site._registry[model].has_add_permission(desk.get(reverse(f"{name}_changelist")).wsgi_request)
    assert desk.get(reverse(f"{name}_add")).status_code == (200 if may_add else 403)
    for row in model.objects.all()[:2]:
        assert desk.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_a_guide_is_filed_anew_and_raises_the_revision(desk):
    guide = Guide.objects.get(slug="get-help")
    url = reverse("admin:guides_guide_change", args=[guide.pk])
    before = current_revision()
    assert desk.post(url, posted(desk.get(url), topic="tips")).status_code == 302
    assert Guide.objects.get(pk=guide.pk).topic == "tips"
    assert current_revision() > before


def test_a_new_guide_leads_on_to_its_texts(desk):
    url = reverse("admin:guides_guide_add")
    response = desk.post(url, posted(desk.get(url), slug="brand-new", topic="tips"))
    guide = Guide.objects.get(slug="brand-new")
    assert response["Location"] == reverse("admin:guides_guide_change", args=[guide.pk])


def test_a_name_that_is_no_fact_is_refused_next_to_its_field(desk):
    url = reverse("admin:guides_operator_change", args=[Operator.objects.get(slug="kcell").pk])
    wrong = "- {{ operator.no_such }}\n- {{ oops"
    response = desk.post(url, posted(desk.get(url), **{"texts-0-known_for": wrong}))
    assert response.status_code == 200
    errors = response.context["inline_admin_formsets"][0].formset.errors[0]["known_for"]
    assert "operator.no_such" in " ".join(errors)
    assert "Line 2" in " ".join(errors)


def test_facts_are_marked_as_checked_today_and_only_those_with_a_value(desk):
    before = current_revision()
    keys = ["beeline.data_left_code", "beeline.balance_code"]
    chosen = [str(pk) for pk in Fact.objects.filter(key__in=keys).values_list("pk", flat=True)]
    data = {"action": "mark_as_checked_today", "_selected_action": chosen}
    assert desk.post(reverse("admin:guides_fact_changelist"), data).status_code == 302
    checked = Fact.objects.filter(seen_on=timezone.localdate()).values_list("key", flat=True)
    assert list(checked) == ["beeline.data_left_code"]
    assert current_revision() > before
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.get_change_message()) == ("beeline.data_left_code", "Changed seen on.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "", "confidence": "confirmed"}, "__all__"),
        ({"source": ""}, "__all__"),
        ({"value": "106"}, "value"),
        ({"key": "No Such Key"}, "key"),
    ],
)
def test_a_fact_that_makes_no_sense_is_refused(desk, changes, field):
    fact = Fact.objects.get(key="beeline.data_left_code")
    url = reverse("admin:guides_fact_change", args=[fact.pk])
    response = desk.post(url, posted(desk.get(url), **changes))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors


def test_deleting_raises_the_revision_too(desk):
    before = current_revision()
    fact = Fact.objects.get(key="kcell.autopay_code")
    desk.post(reverse("admin:guides_fact_delete", args=[fact.pk]), {"post": "yes"})
    assert not Fact.objects.filter(pk=fact.pk).exists()
    assert current_revision() > before


def test_a_channel_cannot_both_take_and_perhaps_take_one_way_to_pay(desk):
    channel = Channel.objects.get(slug="kiosk")
    url = reverse("admin:guides_channel_change", args=[channel.pk])
    response = desk.post(url, posted(desk.get(url), payments=["cash"], payments_to_check=["cash"]))
    assert "payments_to_check" in response.context["adminform"].form.errors


def test_prefixes_must_be_three_digits(desk):
    kcell = Operator.objects.get(slug="kcell")
    url = reverse("admin:guides_operator_change", args=[kcell.pk])
    response = desk.post(url, posted(desk.get(url), prefixes='["70"]'))
    assert "prefixes" in response.context["adminform"].form.errors


def test_two_editors_of_a_profile_do_not_write_over_each_other(desk):
    operator = Operator.objects.get(slug="kcell")
    url = reverse("admin:guides_operator_change", args=[operator.pk])
    mine = posted(desk.get(url))
    theirs = operator.texts.order_by("language").first()
    OperatorText.objects.filter(pk=theirs.pk).update(known_for="Theirs <b>")

    assert desk.post(url, mine | {"name": "KCELL"}).status_code == 302  # what I left alone is theirs
    theirs.refresh_from_db()
    assert theirs.known_for == "Theirs <b>"

    response = desk.post(url, mine | {"texts-0-known_for": "Mine", "texts-0-source": "me"})
    page = response.content.decode()
    assert "wrote here meanwhile: “Theirs &lt;b&gt;”" in page
    assert "Mine" in page
    theirs.refresh_from_db()
    assert theirs.known_for == "Theirs <b>"

    formset = response.context["inline_admin_formsets"][0].formset
    seen = {field.html_name: field.value() or "" for field in formset.forms[0]}
    assert desk.post(url, mine | seen).status_code == 302
    theirs.refresh_from_db()
    assert (theirs.known_for, theirs.source) == ("Mine", "me")


def a_promotion():
    day = timezone.localdate()
    kcell = Operator.objects.get(slug="kcell")
    return Promotion.objects.create(operator=kcell, title="Twice the data", until=day, source="a poster")


ROWS = {
    "fact": (lambda: Fact.objects.get(key="beeline.data_left_code"), "value", "*111#", "*222#"),
    "tariff": (lambda: Tariff.objects.exclude(price=None).first(), "price", "1111.50", "2222.50"),
    "channel": (lambda: Channel.objects.get(slug="kiosk"), "source", "theirs", "mine"),
    "promotion": (a_promotion, "title", "theirs", "mine"),
    "operator": (lambda: Operator.objects.get(slug="kcell"), "website", "https://theirs.kz", "https://mine.kz"),
    "guide": (lambda: Guide.objects.get(slug="get-help"), "topic", "tips", "keep"),
}


@pytest.mark.parametrize("name", ROWS)
def test_two_editors_of_a_row_do_not_write_over_each_other(desk, name):
    find, field, theirs, mine = ROWS[name]
    row = find()
    url = reverse(f"admin:guides_{name}_change", args=[row.pk])
    other = Client()
    other.force_login(get_user_model().objects.create_superuser("other@example.com", "password"))
    opened = posted(desk.get(url))
    assert other.post(url, posted(other.get(url)) | {field: theirs}).status_code == 302
    row.refresh_from_db()
    shown = in_words(row._meta.get_field(field), getattr(row, field))

    assert desk.post(url, opened).status_code == 302  # what I left as it was is theirs
    row.refresh_from_db()
    assert str(getattr(row, field)) == theirs

    refused = desk.post(url, opened | {field: mine})
    assert f"“{shown}”" in " ".join(refused.context["adminform"].form.errors[field])
    assert posted(refused)[field] == mine
    row.refresh_from_db()
    assert str(getattr(row, field)) == theirs

    assert desk.post(url, posted(refused)).status_code == 302
    row.refresh_from_db()
    assert str(getattr(row, field)) == mine


def test_what_another_left_empty_is_told_from_nothing_changed(desk):
    tariff = Tariff.objects.exclude(price=None).first()
    Tariff.objects.filter(pk=tariff.pk).update(minutes=None)
    url = reverse("admin:guides_tariff_change", args=[tariff.pk])
    opened = posted(desk.get(url))
    Tariff.objects.filter(pk=tariff.pk).update(minutes=0)
    refused = desk.post(url, opened | {"price": "1"})
    assert set(refused.context["adminform"].form.errors) == {"minutes", "price"}


def test_the_history_names_editors_without_their_addresses(client, desk):
    fact = Fact.objects.exclude(value="").first()
    change = reverse("admin:guides_fact_change", args=[fact.pk])
    desk.post(change, posted(desk.get(change), note="looked at again"))
    other = get_user_model().objects.create_user("other@example.com", is_staff=True)
    other.user_permissions.set(Permission.objects.filter(content_type__app_label="guides"))
    client.force_login(other)
    page = client.get(reverse("admin:guides_fact_history", args=[fact.pk])).content.decode()
    assert "</strong> editor: " in page
    assert "editor@example.com" not in page

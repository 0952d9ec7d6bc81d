"""The editors' desk."""

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from guides.models import Channel, Fact, Guide, GuideText, Operator, current_revision

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
    assert desk.get(reverse(f"{name}_add")).status_code == 200
    for row in model.objects.all()[:2]:
        assert desk.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_a_guide_is_edited_with_its_languages_on_one_page_and_raises_the_revision(desk):
    guide = Guide.objects.get(slug="get-help")
    url = reverse("admin:guides_guide_change", args=[guide.pk])
    before = current_revision()
    response = desk.post(url, posted(desk.get(url), **{"texts-0-title": "Ask them"}))
    assert response.status_code == 302
    assert GuideText.objects.filter(guide=guide, title="Ask them").count() == 1
    assert current_revision() == before + 1


def test_a_name_that_is_no_fact_is_refused_next_to_its_field(desk):
    guide = Guide.objects.get(slug="get-help")
    url = reverse("admin:guides_guide_change", args=[guide.pk])
    response = desk.post(url, posted(desk.get(url), **{"texts-0-steps": "1. {{ operator.no_such }}\n2. {{ oops"}))
    assert response.status_code == 200
    errors = response.context["inline_admin_formsets"][0].formset.errors[0]["steps"]
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
    assert current_revision() == before + 1


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
    assert current_revision() == before + 1


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

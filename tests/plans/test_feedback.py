"""After a renewal: which channel, and was the guide right. Two taps, both optional."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.test import Client

from guides import reporting
from guides.models import Guide, GuideText, Operator, Report
from plans import actions, answers
from plans.answers import Answer
from plans.deadlines import deadlines
from plans.models import Sim
from tests.builders import NOW, TODAY, a_plan, a_sim, a_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("guides_loaded")]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner():
    return a_user()


@pytest.fixture
def plan(owner):
    return a_plan(a_sim(owner, operator=Operator.objects.get(slug="kcell")), days=3)


@pytest.fixture
def link(plan):
    return answer_link(plan)


def answer_link(plan, answer=Answer.YES):
    facts = Sim.objects.with_facts().get(pk=plan.sim_id).facts()
    return answers.answer_url(next(iter(deadlines(facts, NOW))), answer).removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def mail_reader():
    """Nobody is signed in, and neither cookies nor tokens are kept."""
    return Client(enforce_csrf_checks=True)


def asked(response):
    """The names and values of the buttons that ask."""
    page = BeautifulSoup(response.content, "html.parser")
    return [(button["name"], button["value"]) for button in page.select("#told button")]


def told():
    return list(Report.objects.order_by("pk").values_list("channel__slug", "guide__slug", "worked", "happened_on"))


SHOP = ("channel", "shop")
RIGHT = [("right", "yes"), ("right", "no"), ("again", "yes")]


# --- from the mail -------------------------------------------------------------------------------------------


def test_two_taps_from_the_mail_without_signing_in(mail_reader, link, plan):
    noted = mail_reader.post(link)
    assert plan.renewals.count() == 1
    assert SHOP in asked(noted)
    second = mail_reader.post(f"{link}told/", {"channel": "shop"})
    assert asked(second) == RIGHT
    third = mail_reader.post(f"{link}told/", {"right": "yes"})
    assert asked(third) == [("again", "yes")]
    assert "works until Saturday 26 December" in third.content.decode()
    assert told() == [("shop", None, True, TODAY), ("shop", "renew-at-a-shop", True, TODAY)]
    assert plan.renewals.get().channel == "shop"
    assert plan.renewals.count() == 1


def test_leaving_it_out_changes_nothing(mail_reader, link, plan):
    mail_reader.post(link)
    assert told() == []
    plan.refresh_from_db()
    assert plan.paid_until == TODAY + timedelta(days=33)


def test_looking_at_the_question_answers_nothing(mail_reader, link):
    mail_reader.post(link)
    for _look in range(2):
        assert SHOP in asked(mail_reader.get(f"{link}told/"))
    assert told() == []


def test_the_link_alone_renews_nothing_at_this_address(mail_reader, link, plan):
    for response in (mail_reader.get(f"{link}told/"), mail_reader.post(f"{link}told/", {"channel": "shop"})):
        assert response.status_code == 410
    assert told() == []
    assert not plan.renewals.exists()


def test_the_link_of_the_next_period_does_not_speak_of_the_renewal_before(mail_reader, link, plan):
    mail_reader.post(link)
    following = answer_link(plan)
    assert following != link
    for response in (mail_reader.get(f"{following}told/"), mail_reader.post(f"{following}told/", {"channel": "shop"})):
        assert response.status_code == 410
        assert "noted already" not in response.content.decode()
    assert told() == []


def test_the_page_is_kept_by_no_cache(mail_reader, link):
    mail_reader.post(link)
    response = mail_reader.get(f"{link}told/")
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Robots-Tag"] == "noindex"


def test_a_day_later_it_is_too_late(mail_reader, link):
    mail_reader.post(link)
    with time_machine.travel(NOW + timedelta(hours=25)):
        assert mail_reader.post(f"{link}told/", {"channel": "shop"}).status_code == 410
    assert told() == []


@pytest.mark.parametrize("token", ["nonsense", "nonsense:with:colons"])
def test_a_forged_link_gets_a_kind_page(mail_reader, token):
    assert mail_reader.post(f"/a/{token}/told/", {"channel": "shop"}).status_code == 404


@pytest.mark.parametrize("answer", [Answer.NO, Answer.STOP])
def test_other_answers_are_not_asked_about(mail_reader, plan, answer):
    other = answer_link(plan, answer)
    assert asked(mail_reader.post(other)) == []
    assert mail_reader.post(f"{other}told/", {"channel": "shop"}).status_code == 410


@pytest.mark.parametrize("said", [{}, {"channel": "pigeon"}, {"right": "yes"}, {"channel": ""}])
def test_what_was_not_asked_changes_nothing(mail_reader, link, said):
    mail_reader.post(link)
    assert mail_reader.post(f"{link}told/", said).status_code == 200
    assert told() == []


def test_a_second_tap_is_no_second_report(mail_reader, link):
    mail_reader.post(link)
    for said in [{"channel": "shop"}, {"channel": "app"}, {"right": "no"}, {"right": "yes"}]:
        mail_reader.post(f"{link}told/", said)
    assert told() == [("shop", None, True, TODAY), ("shop", "renew-at-a-shop", False, TODAY)]


def test_a_wrong_tap_is_taken_back(mail_reader, link, plan):
    mail_reader.post(link)
    for said in [{"channel": "shop"}, {"right": "no"}, {"again": "yes"}]:
        response = mail_reader.post(f"{link}told/", said)
    assert SHOP in asked(response)
    assert told() == []
    assert plan.renewals.get().channel == ""
    mail_reader.post(f"{link}told/", {"channel": "kiosk"})
    assert told() == [("kiosk", None, True, TODAY)]


def test_what_was_told_of_another_sim_on_the_same_day_stays(mail_reader, owner, plan, link):
    other = answer_link(a_plan(a_sim(owner, operator=plan.sim.operator)))
    mail_reader.post(link)
    mail_reader.post(other)
    for said in [{"channel": "shop"}, {"right": "yes"}]:
        mail_reader.post(f"{link}told/", said)
    mail_reader.post(f"{other}told/", {"channel": "shop"})
    both = [("shop", None, True, TODAY), ("shop", "renew-at-a-shop", True, TODAY)]
    assert told() == both
    mail_reader.post(f"{other}told/", {"again": "yes"})
    assert told() == both
    mail_reader.post(f"{link}told/", {"again": "yes"})
    assert told() == []


def test_what_its_owner_told_as_a_reader_before_stays(mail_reader, owner, plan, link):
    guide = Guide.objects.get(slug="renew-at-a-shop")
    who, about = reporting.who_of_account(owner.pk), {"operator": plan.sim.operator, "channel": guide.channel}
    before = NOW - timedelta(hours=1)
    reporting.tell(who, worked=False, on=TODAY, now=before, guide=guide, comment="Two desks", **about)
    mail_reader.post(link)
    for said in [{"channel": "shop"}, {"again": "yes"}]:
        mail_reader.post(f"{link}told/", said)
    assert told() == [("shop", "renew-at-a-shop", False, TODAY)]


def test_it_speaks_the_language_of_whom_the_mail_was_for(mail_reader, owner, plan, link):
    owner.person.language = "zh-hans"
    owner.person.save()
    mail_reader.post(link)
    page = mail_reader.post(f"{link}told/", {"channel": "shop"}).content.decode()
    assert "/zh-hans/guides/kcell/renew-at-a-shop/" in page
    assert "到营业厅续费" in page


def test_nothing_of_the_owner_stands_in_the_report(mail_reader, owner, link):
    mail_reader.post(link)
    mail_reader.post(f"{link}told/", {"channel": "shop"})
    report = Report.objects.get()
    assert report.who == reporting.who_of_account(owner.pk)
    assert owner.email not in str(vars(report))
    assert report.operator.slug == "kcell"
    assert report.comment == ""


def test_where_the_channel_has_no_guide_one_tap_is_all(mail_reader, link):
    GuideText.objects.filter(guide__slug="renew-at-a-shop").update(state="draft")
    mail_reader.post(link)
    assert asked(mail_reader.post(f"{link}told/", {"channel": "shop"})) == [("again", "yes")]


def test_the_sim_of_another_operator_is_told_about_too(mail_reader, owner):
    plan = a_plan(a_sim(owner), days=3)
    link = answer_link(plan)
    mail_reader.post(link)
    for said in [{"channel": "shop"}, {"right": "yes"}]:
        assert mail_reader.post(f"{link}told/", said).status_code == 200
    assert len(told()) == 2


# --- signed in -----------------------------------------------------------------------------------------------


def test_the_page_of_the_sim_asks_after_a_renewal_and_not_for_long(client, owner, plan):
    client.force_login(owner)
    page = f"/sims/{plan.sim_id}/"
    assert asked(client.get(page)) == []
    response = client.post(f"/plans/{plan.pk}/renew/", {"paid_until": "2026-12-26", "period": "30d"}, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert SHOP in asked(response)
    with time_machine.travel(NOW + timedelta(minutes=61)):
        assert asked(client.get(page)) == []


def test_two_taps_on_the_page_of_the_sim(client, owner, plan):
    client.force_login(owner)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    address = f"/renewals/{renewal.pk}/told/"
    assert asked(client.post(address, {"channel": "shop"}, follow=True)) == RIGHT
    assert asked(client.post(address, {"right": "no"}, follow=True)) == [("again", "yes")]
    assert told() == [("shop", None, True, TODAY), ("shop", "renew-at-a-shop", False, TODAY)]


def test_another_cannot_tell_of_a_renewal_that_is_not_theirs(client, plan):
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    client.force_login(a_user())
    assert client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"}).status_code == 404
    client.logout()
    assert client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"}).status_code == 302
    assert told() == []


def test_a_renewal_taken_back_takes_its_report_along(client, owner, plan):
    client.force_login(owner)
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"})
    client.post(f"/renewals/{renewal.pk}/undo/")
    assert told() == []
    client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"})
    assert told() == []


def test_what_was_told_of_another_renewal_of_that_day_stays(client, owner, plan):
    client.force_login(owner)
    twin = a_plan(a_sim(owner, operator=plan.sim.operator), days=3)
    renewals = [actions.renew(one, to=TODAY + timedelta(days=33), now=NOW) for one in (plan, twin)]
    for renewal in renewals:
        client.post(f"/renewals/{renewal.pk}/told/", {"channel": "shop"})
    for renewal, left in zip(renewals, ([("shop", None, True, TODAY)], []), strict=True):
        client.post(f"/renewals/{renewal.pk}/undo/")
        assert told() == left


def test_what_was_told_before_the_renewal_stays(client, owner, plan):
    client.force_login(owner)
    client.post("/en/guides/kcell/renew-at-a-shop/report/", {"worked": "no"})
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW + timedelta(minutes=5))
    with time_machine.travel(NOW + timedelta(minutes=6)):
        address = f"/renewals/{renewal.pk}/told/"
        assert asked(client.post(address, {"channel": "shop"}, follow=True)) == [("again", "yes")]
        client.post(f"/renewals/{renewal.pk}/undo/")
    assert told() == [("shop", "renew-at-a-shop", False, TODAY)]


def test_readers_of_the_guide_see_it_as_one_persons_word(client, owner, plan):
    renewal = actions.renew(plan, to=TODAY + timedelta(days=33), now=NOW)
    owned = Client()
    owned.force_login(owner)
    for said in [{"channel": "shop"}, {"right": "yes"}]:
        owned.post(f"/renewals/{renewal.pk}/told/", said)
        page = client.get("/en/guides/kcell/renew-at-a-shop/").content.decode()
        assert "worked for 1, last on 23 November" in page

"""/healthz and the admin say when the tick is late or no mail can leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from plans import clockwork
from plans.models import Heartbeat


@pytest.fixture
def ticked(db):
    return Heartbeat.objects.create(name="tick", at=timezone.now())


def test_all_is_well_while_the_tick_runs(client, ticked):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["last_tick_age"] < 60
    assert response.json()["problems"] == []


def test_a_late_tick_is_trouble(client, ticked):
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["last_tick_age"] >= 3600
    assert response.json()["problems"]


def test_a_last_tick_that_is_still_to_come_is_trouble(client, ticked):
    """The clock was set back, and nothing has run since."""
    Heartbeat.objects.update(at=timezone.now() + timedelta(hours=1))

    assert client.get("/healthz").status_code == 503


def test_a_database_without_answer_is_trouble(client, monkeypatch):
    def fail(now, **_how):
        raise OperationalError("gone")

    monkeypatch.setattr(clockwork, "health", fail)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["problems"] == ["The database does not answer."]


def test_the_admin_shows_what_is_wrong(admin_client, ticked):
    assert "errornote" not in admin_client.get("/admin/").content.decode()
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))

    page = admin_client.get("/admin/").content.decode()

    assert clockwork.health(timezone.now()).problems[0] in page


def test_what_the_mail_server_said_is_for_the_admin_only(client, admin_client, ticked):
    Heartbeat.objects.create(name="mail trouble", at=timezone.now(), note="535 no such user as kzsim@10.1.2.3")

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["mail_failing_since"]
    assert "no such user" not in response.content.decode()
    assert "no such user" in admin_client.get("/admin/").content.decode()

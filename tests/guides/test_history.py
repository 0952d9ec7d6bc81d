"""Versions of a guide's text, saved by several editors at once."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections

from guides import history
from guides.history import Writing, standing_of
from guides.models import Guide, TextVersion


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_of_two_who_save_at_the_same_moment_one_is_told(guides_loaded):
    guide = Guide.objects.get(slug="renew-at-a-shop", operator=None)
    users = [get_user_model().objects.create_user(f"editor{number}@example.com", is_staff=True) for number in range(2)]
    for _round in range(5):
        began_from = standing_of(guide, "ru").token
        start, results = threading.Barrier(2), []

        def save(user, began_from=began_from, start=start, results=results):
            writing = Writing(history.EMPTY | {"title": user.email})
            try:
                start.wait(10)
                history.save(guide, "ru", writing, began_from=began_from, user=user)
                results.append("saved")
            except history.ChangedMeanwhile:
                results.append("told")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=save, args=[user]) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(results) == ["saved", "told"]
    assert TextVersion.objects.filter(guide=guide, language="ru").count() == 1

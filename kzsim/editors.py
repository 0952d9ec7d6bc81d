"""The content editors, and the weekly mail to them."""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import cache

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from guides.models import WeeklyMail
from guides.page_cache import ALMATY
from guides.weekly import week_due, weekly_letter
from kzsim.apps import EDITORS
from kzsim.models import User
from plans import outbox, tasks

log = logging.getLogger(__name__)


def reachable_editors() -> QuerySet[User]:
    """Editors who can sign in to the desk, with an address that is known to be theirs."""
    editors = get_user_model().objects.filter(groups__name=EDITORS, is_active=True, is_staff=True)
    return editors.filter(person__email_verified=True).select_related("person")


def post_weekly_list(now: datetime) -> int:
    """Posts the list of this week to each editor who wants it and has not had it; returns to how many. Whoever asks
    twice, or asks late, gets it once: the week that an editor had last stands in the database."""
    week = week_due(now)
    seen_to = WeeklyMail.objects.exclude(pk__in=WeeklyMail.objects.still_to_get(week)).values("user")
    letter_in = cache(lambda language: weekly_letter(now.astimezone(ALMATY).date(), language))
    posted = 0
    for editor in reachable_editors().exclude(pk__in=seen_to):
        try:
            letter = letter_in(editor.person.language)  # before the transaction: nobody waits while the list is made
            with transaction.atomic():
                if _is_mine_to_write(editor, week) and letter:
                    mail = outbox.post_account_mail(
                        editor.email, letter.subject, letter.text, letter.html, person=editor.person
                    )
                    tasks.ring(mail)
                    posted += 1
        except Exception:  # the other editors must not wait for this one; the next beat tries again
            log.exception("the weekly list for user %s cannot be posted", editor.pk)
    return posted


def _is_mine_to_write(editor: User, week: date) -> bool:
    """Whether this editor still waits for this week's list; from now on nobody else writes it."""
    WeeklyMail.objects.get_or_create(user=editor)
    return bool(WeeklyMail.objects.still_to_get(week).filter(user=editor).update(last_week=week))

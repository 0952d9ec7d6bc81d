"""Whether the clockwork runs and messages leave: heartbeats, and what they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils.translation import gettext as _

from .models import Heartbeat, Message, Reminder
from .models.reminders import Medium

TICK_IS_LATE = timedelta(minutes=5)
MESSAGE_IS_LATE = timedelta(minutes=15)


def note_tick(now: datetime) -> None:
    Heartbeat.objects.update_or_create(name="tick", defaults={"at": now})


def was_set_back(now: datetime) -> bool:
    """Whether the machine's clock was set back since the last tick. Two machines never quite agree."""
    return Heartbeat.objects.filter(name="tick", at__gt=now + TICK_IS_LATE).exists()


def note_trouble(medium: str, text: str, now: datetime) -> None:
    """Keeps the moment the trouble began, and what was said last."""
    name = _trouble_with(medium)
    trouble, is_new = Heartbeat.objects.get_or_create(name=name, defaults={"at": now, "note": text})
    if not is_new:
        Heartbeat.objects.filter(pk=trouble.pk).update(note=text)


def note_that_it_leaves(medium: str) -> None:
    Heartbeat.objects.filter(name=_trouble_with(medium)).delete()


def _trouble_with(medium: str) -> str:
    return "mail trouble" if medium == Medium.EMAIL else f"{medium} trouble"


@dataclass(frozen=True)
class Health:
    """Ages in seconds; None: there is nothing of the kind."""

    last_tick_age: float | None
    oldest_due_age: float | None
    mail_failing_since: datetime | None
    problems: list[str]


def health(now: datetime, *, says_why: bool = True) -> Health:
    """Whether the tick runs and mail leaves; `says_why`: with the words of the mail server, which are not for all."""
    ticked = Heartbeat.objects.filter(name="tick").first()
    trouble = Heartbeat.objects.filter(name=_trouble_with(Medium.EMAIL)).first()
    oldest = [
        moment
        for moment in (
            Reminder.objects.due(now).aggregate(at=Min("due_at"))["at"],
            Message.objects.due(now).aggregate(at=Min("next_attempt_at"))["at"],
        )
        if moment
    ]
    problems = []
    if ticked is None:
        problems.append(_("The clockwork has not run yet."))
    elif abs(now - ticked.at) > TICK_IS_LATE:
        problems.append(_("The clockwork has not run for five minutes: no reminder is being sent."))
    if oldest and now - min(oldest) > MESSAGE_IS_LATE:
        problems.append(_("Messages are waiting for longer than fifteen minutes."))
    if trouble and says_why:
        problems.append(_("No mail can leave: %(error)s") % {"error": trouble.note})
    elif trouble:
        problems.append(_("No mail can leave; the admin says why."))
    return Health(
        (now - ticked.at).total_seconds() if ticked else None,
        (now - min(oldest)).total_seconds() if oldest else None,
        trouble.at if trouble else None,
        problems,
    )

"""Whether the clockwork runs and messages leave: heartbeats, and what they tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
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


def trouble_since(medium: str) -> datetime | None:
    """Since when the server of this medium takes nothing."""
    return Heartbeat.objects.filter(name=_trouble_with(medium)).values_list("at", flat=True).first()


def note_that_it_leaves(medium: str, now: datetime) -> datetime | None:
    """Since when there was trouble before."""
    since = trouble_since(medium)
    if since:
        Heartbeat.objects.filter(name=_trouble_with(medium)).delete()
    Heartbeat.objects.update_or_create(name=_left_by(medium), defaults={"at": now})
    return since


def _trouble_with(medium: str) -> str:
    return "mail trouble" if medium == Medium.EMAIL else f"{medium} trouble"


def _left_by(medium: str) -> str:
    return "mail left" if medium == Medium.EMAIL else f"{medium} left"


@dataclass(frozen=True)
class Health:
    """Ages in seconds; None: there is nothing of the kind. Mail and the tick decide whether the site does its job; that
    a chat service is away is told, and is nothing that anybody has to get up for at night."""

    last_tick_age: float | None
    oldest_due_age: float | None
    mail_failing_since: datetime | None
    media_failing_since: dict[str, datetime]
    problems: list[str]
    warnings: list[str]


def health(now: datetime, *, says_why: bool = True) -> Health:
    """Whether the tick runs and mail leaves; `says_why`: with the words of the mail server, which are not for all."""
    beats = {beat.name: beat for beat in Heartbeat.objects.all()}
    ticked, trouble = beats.get("tick"), beats.get(_trouble_with(Medium.EMAIL))
    mail = {"medium": Medium.EMAIL}
    oldest = [
        moment
        for moment in (
            Reminder.objects.due(now).filter(**mail).aggregate(at=Min("due_at"))["at"],
            Message.objects.due(now).filter(**mail).aggregate(at=Min("next_attempt_at"))["at"],
        )
        if moment
    ]
    others = {
        medium: beats[_trouble_with(medium)]
        for medium in Medium
        if medium != Medium.EMAIL and _trouble_with(medium) in beats
    }
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
        {str(medium): beat.at for medium, beat in others.items()},
        problems,
        [
            _("%(medium)s takes no messages: %(error)s") % {"medium": medium.label, "error": beat.note}
            for medium, beat in others.items()
        ],
    )


@dataclass(frozen=True)
class Delivery:
    """How the messages of one medium fare; counts of messages, but for `reminders`, which are in none yet."""

    medium: Medium
    reminders: int
    due: int
    in_flight: int
    put_off: int
    late: int
    failed_today: int
    failed_this_week: int
    left_at: datetime | None
    trouble: Heartbeat | None


def deliveries(now: datetime) -> list[Delivery]:
    """Of mail, and of every other medium that has been used, from the small indexes of what is not finished, or failed
    lately: however much was sent before."""
    beats = {beat.name: beat for beat in Heartbeat.objects.all()}
    reminders = dict(Reminder.objects.due(now).order_by().values_list("medium").annotate(Count("pk")))
    waiting = Message.objects.filter(next_attempt_at__isnull=False).order_by().values("medium")
    later = Q(next_attempt_at__gt=now)
    live = {
        row["medium"]: row
        for row in waiting.annotate(
            due=Count("pk", filter=~later),
            in_flight=Count("pk", filter=later & ~Q(token="")),
            put_off=Count("pk", filter=later & Q(token="")),
            late=Count("pk", filter=Q(posted_at__lt=now - MESSAGE_IS_LATE)),
        )
    }
    lately = Message.objects.filter(failed_at__gte=now - timedelta(days=7)).order_by().values("medium")
    is_of_today = Q(failed_at__gte=now - timedelta(days=1))
    failed = {row["medium"]: row for row in lately.annotate(day=Count("pk", filter=is_of_today), week=Count("pk"))}
    return [
        Delivery(
            medium,
            reminders.get(medium, 0),
            **{name: live.get(medium, {}).get(name, 0) for name in ("due", "in_flight", "put_off", "late")},
            failed_today=failed.get(medium, {}).get("day", 0),
            failed_this_week=failed.get(medium, {}).get("week", 0),
            left_at=beats[_left_by(medium)].at if _left_by(medium) in beats else None,
            trouble=beats.get(_trouble_with(medium)),
        )
        for medium in Medium
        if medium == Medium.EMAIL
        or {_left_by(medium), _trouble_with(medium)} & beats.keys()
        or medium in {*reminders, *live, *failed}
    ]


def last_tick() -> datetime | None:
    return Heartbeat.objects.filter(name="tick").values_list("at", flat=True).first()

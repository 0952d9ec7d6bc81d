"""Whatever happens to a person, their addresses and our servers: nothing is lost, and nothing is told twice."""

import os
import random
from collections import defaultdict
from datetime import time, timedelta

import pytest

from plans import actions, outbox, schedule
from plans.bounces import Kind, Report
from plans.media import Scope, Trouble, transports
from plans.models import Address, Message, Person, Plan, Reminder, Renewal
from plans.models.reminders import UNDELIVERED_FOR, Medium
from tests.builders import NOW, a_plan, a_sim, a_user
from tests.plans.test_several_media import AWAY, BUSY, Chats

pytestmark = [pytest.mark.broad, pytest.mark.django_db]
State = Reminder.State
GONE = Trouble(Scope.RECIPIENT, "550 5.1.1 no such user", permanent=True, about_mailbox=True)
REFUSED = Trouble(Scope.MESSAGE, "554 no thanks", permanent=True)
MEDIA = (Medium.EMAIL, Medium.TELEGRAM)
QUIET = {"quiet_from": time(21), "quiet_until": time(8)}
STEP = timedelta(hours=5)
STEPS = 50
PEACE_AT_THE_END = timedelta(days=4)


class History:
    """A person with two plans, and what was told them where."""

    def __init__(self, seed: int, services: dict[str, Chats]) -> None:
        self.chance, self.services, self.now = random.Random(seed), services, NOW
        self.person = a_user(mail_off=self.chance.random() < 0.3).person
        for days in (2, 9):
            a_plan(a_sim(self.person.user), days=days, period="7d")
        self.told = defaultdict(set)  # the messages that arrived and said it, by reminder
        self.log = []

    def fresh(self) -> Person:
        return Person.objects.get(pk=self.person.pk)

    def tick(self) -> None:
        schedule.catch_up(self.now)
        for person, medium in outbox.due_people(self.now):
            outbox.post(person, self.now, medium)
        outbox.send(outbox.due_messages(self.now), clock=lambda: self.now)
        for pk, message in Reminder.objects.filter(state=State.SENT).values_list("pk", "message"):
            self.told[pk].add(message)

    def step(self) -> None:
        happens = self.chance.choice(EVENTS)
        if happens:
            self.log.append((self.now, happens.__name__))
            happens(self)
        self.tick()
        self.now += STEP * self.chance.uniform(0.2, 2)

    def takes_the_ways_back(self) -> None:
        """Only those that are needed, for each works all out again, and would hide what was forgotten."""
        person = self.fresh()
        if person.pause_on(person.today(self.now)):
            _resumes(self)
        if person.bounced_at:
            _resumes_mail(self)
        if person.overview:
            actions.set_timing(person, self.now, overview="")
        if Address.objects.exclude(stopped_at=None).exists():
            _revives(self)


def _answers(history: History) -> None:
    service = history.services[history.chance.choice(MEDIA)]
    service.answer = history.chance.choice([None, None, AWAY, BUSY, GONE, REFUSED])


def _has_address(history: History) -> None:
    actions.save_address(history.fresh(), Medium.TELEGRAM, {"chat": history.chance.randint(1, 3)}, "@a", history.now)


def _loses_address(history: History) -> None:
    for address in Address.objects.all():
        actions.remove_address(address, history.now)


def _revives(history: History) -> None:
    for address in Address.objects.all():
        actions.revive_address(address, history.now)


def _resumes_mail(history: History) -> None:
    actions.resume_address(history.fresh(), history.now)


def _bounces(history: History) -> None:
    since = history.fresh().reachable_since or NOW  # what left before is no news, and fails without a pause
    if message := Message.objects.filter(medium=Medium.EMAIL, sent_at__gt=since, state=Message.State.SENT).first():
        actions.note_report(Report(Kind.GONE, message.to, message.message_id, "550 5.1.1 gone"), history.now)


def _does_without_mail(history: History) -> None:
    actions.do_without_mail(history.fresh(), history.now, on=history.chance.random() < 0.5)


def _renews(history: History) -> None:
    plan = history.chance.choice(Plan.objects.all())
    actions.renew(plan, to=plan.paid_until + timedelta(days=7), now=history.now)


def _undoes(history: History) -> None:
    if renewal := Renewal.objects.filter(undone_at=None).order_by("pk").last():
        actions.undo_renewal(renewal, history.now)


def _pauses(history: History) -> None:
    until = history.person.today(history.now) + timedelta(days=history.chance.randint(1, 3))
    actions.pause_reminders(history.fresh(), until, history.now)


def _resumes(history: History) -> None:
    actions.resume_reminders(history.fresh(), history.now)


def _snoozes(history: History) -> None:
    if one := Reminder.objects.filter(state=State.SENT, kind="plan_expires").order_by("pk").last():
        until = history.person.today(history.now) + timedelta(days=1)
        actions.snooze(one.sim, one.subject, one.kind, one.deadline, until, history.now)


def _restless_nights(history: History) -> None:
    nights = history.chance.choice([{"quiet_from": None, "quiet_until": None}, QUIET])
    actions.set_timing(history.fresh(), history.now, **nights)


def _overviews(history: History) -> None:
    actions.set_timing(history.fresh(), history.now, overview=history.chance.choice(["", "", "week"]))


def _clock_goes_back(history: History) -> None:
    history.now -= timedelta(hours=history.chance.randint(1, 8))
    outbox.follow_the_clock_back(history.now)
    schedule.look_again(history.now)


EVENTS = [
    None,
    None,
    None,
    None,
    _answers,
    _answers,
    _has_address,
    _loses_address,
    _revives,
    _resumes_mail,
    _bounces,
    _does_without_mail,
    _renews,
    _undoes,
    _pauses,
    _resumes,
    _snoozes,
    _restless_nights,
    _overviews,
    _clock_goes_back,
]


@pytest.mark.parametrize("seed", range(int(os.environ.get("HISTORIES", 8))))
def test_nothing_is_lost_or_told_twice_in_any_history(seed, monkeypatch):
    services = {medium: Chats() for medium in MEDIA}
    monkeypatch.setattr(transports, "_module", lambda medium: Service(services[medium]))
    history = History(seed, services)
    for _number in range(history.chance.randint(10, STEPS)):
        history.step()
    # From here on all works, and time passes.
    for service in services.values():
        service.answer = None
    history.takes_the_ways_back()
    began = history.now
    for _number in range(int(PEACE_AT_THE_END / timedelta(hours=3))):
        history.tick()
        history.now += timedelta(hours=3)
    # Nothing waits in the past, and nothing is on its way for ever.
    assert not Reminder.objects.due(history.now - timedelta(days=2)).exists(), history.log
    assert not Message.objects.due(history.now - timedelta(days=1)).exists(), history.log
    assert not Reminder.objects.filter(state=State.ATTACHED).exists(), history.log
    # What should stand by now and was due was told on some medium.
    person = history.fresh()
    worth_a_word = person.today(began) - UNDELIVERED_FOR
    heard = {medium: schedule.heard_by([person], history.now).of(person, medium) for medium in MEDIA}
    for sim in person.sims.with_facts().prefetch_related("snoozes"):
        for row in schedule.standing_rows(sim, history.now, heard[Medium.TELEGRAM]):
            if row.deadline >= worth_a_word and row.planned_for < history.now - timedelta(days=2):
                about = Reminder.objects.filter(subject=row.subject, kind=row.kind, deadline=row.deadline)
                was_told = about.filter(state__in=[State.SENT, State.FOLDED]).exists()
                refused = set(about.filter(state=State.FAILED).values_list("medium", flat=True))
                assert was_told or refused >= set(schedule.media_of(person, history.now)), (row, history.log)
    # Nothing was told twice on one medium, but for what came back in between.
    for pk, messages in history.told.items():
        arrived = Message.objects.filter(pk__in=messages, state=Message.State.SENT)
        assert arrived.count() <= 1, (Reminder.objects.get(pk=pk).row, history.log)


class Service:
    """A module of one medium."""

    def __init__(self, service: Chats) -> None:
        self.service = service

    def open_transport(self, *_medium: str) -> Chats:
        return self.service

    def longest_conversation(self) -> int:
        return 20

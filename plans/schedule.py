"""Makes the stored reminder rows match what the facts deserve.

Every change to a SIM, plan, balance or setting ends with a call here, in the same transaction.
Rows that were sent are never touched; a row whose deadline vanished is skipped, and scheduled
again when that deadline comes back.

Two things change deadlines without a write to the SIM: the clock, and the editors of the guides. Each SIM carries the
moment at which time alone may change its deadlines, and the revision of the guides it was worked out from; `catch_up`,
which the tick calls, works out again those that are behind.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from guides.models import current_revision

from .deadlines import Deadline, SimFacts, dates_digest, deadlines, plan_subject, review_at, sim_subject
from .models import Message, Need, Person, Reminder, Sim
from .models.sims import SimQuerySet
from .periods import cutoff
from .reminders import (
    MEDIUM_EMAIL,
    TOLD,
    Identity,
    Item,
    Known,
    Overviews,
    Row,
    Settings,
    Snoozed,
    moment,
    next_hour,
    next_overview,
    out_of_quiet,
    overview_days,
    overview_items,
    overview_moment,
    rows_that_should_stand,
    tells_until,
)
from .standing import standing, standing_review_on

log = logging.getLogger(__name__)

State = Reminder.State

_LIVE = (State.SCHEDULED, State.HELD)
# What may still change; the rest is history or on its way.
_CHANGEABLE = (*_LIVE, State.SKIPPED)
_BATCH = 200
AT_ONCE = 1000
AGAIN = timedelta(hours=1)
_FORGOTTEN = timedelta(days=400)  # what overviews told of a day so long ago decides nothing any more


def settings_of(person: Person) -> Settings:
    """How this person is reminded now."""
    moments = [person.reachable_since] if person.reachable_since else []
    if person.paused_until:
        moments.append(moment(person.paused_until, person.zone, person.hour))
    return Settings(
        zone=person.zone,
        hour=person.hour,
        muted_kinds=frozenset(person.muted_kinds),
        stopped=person.stopped_at is not None,
        not_before=max(moments, default=None),
        leads={kind: tuple(days) for kind, days in person.leads.items()},
        insists=person.insists,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
    )


@dataclass(frozen=True)
class Heard:
    """What a person was told on one medium that decides what else is said there: their overviews, and offers."""

    overview: Overviews | None = None
    offers: frozenset[int] = frozenset()


@dataclass
class _Memory:
    """What people were told, by person and medium."""

    overviews: dict[int, Overviews] = field(default_factory=dict)
    offers: dict[tuple[int, str], set[int]] = field(default_factory=dict)

    def of(self, person: Person, medium: str) -> Heard:
        overview = self.overviews.get(person.pk) if medium == MEDIUM_EMAIL else None
        return Heard(overview, frozenset(self.offers.get((person.pk, medium), ())))


def heard_by(people: Iterable[Person], now: datetime) -> _Memory:
    """What these people were told, in one query for those who have overviews, and one for those who hear of offers."""
    people = {person.pk: person for person in people}
    memory = _Memory()
    if with_overview := [person for person in people.values() if person.overview]:
        memory.overviews = _overviews_of(with_overview, now)
    if curious := [pk for pk, person in people.items() if Reminder.Kind.PROMOTION not in person.muted_kinds]:
        told = Reminder.objects.filter(person__in=curious, kind=Reminder.Kind.PROMOTION, state=State.SENT)
        for pk, medium, offer in told.values_list("person", "medium", "occurrence"):
            memory.offers.setdefault((pk, medium), set()).add(int(offer))
    return memory


def is_reachable(person: Person, medium: str) -> bool:
    """Whether a message may go there now; where not, its reminders wait."""
    return medium != MEDIUM_EMAIL or (bool(person.email) and person.email_verified and person.bounced_at is None)


def hears_on(person: Person, medium: str, now: datetime) -> bool:
    """Whether a reminder may go there now: it works, and is not done without."""
    return medium in media_of(person, now) and is_reachable(person, medium)


def media_of(person: Person, now: datetime) -> list[str]:
    """Where this person is reminded: by e-mail, unless they do without it and something else works, and everywhere else
    they asked for that has not fallen silent."""
    others = [address for address in person.addresses.all() if address.stopped_at is None]
    does_without = person.mail_off and any(not address.is_silent(now) for address in others)
    return [*([] if does_without else [MEDIUM_EMAIL]), *(address.medium for address in others)]


def media_that_work(person: Person) -> list[str]:
    """Where a message can reach this person today."""
    others = person.addresses.working().values_list("medium", flat=True)
    return [*([MEDIUM_EMAIL] if is_reachable(person, MEDIUM_EMAIL) else []), *others]


def how_reminded(person: Person, now: datetime) -> tuple[object, ...]:
    """All that a person's own settings say of what, when and where: while it stays, their reminders do."""
    hears_of_offers = Reminder.Kind.PROMOTION not in person.muted_kinds
    for_whom = (person.language, person.place) if hears_of_offers else None
    media = media_of(person, now), is_reachable(person, MEDIUM_EMAIL)
    return settings_of(person), person.overview, media, for_whom


def settings_for(sim: Sim, heard: Heard) -> Settings:
    """How its person is reminded of a SIM, on the medium where they heard that."""
    settings = settings_of(sim.person)
    return replace(
        settings,
        muted_kinds=settings.muted_kinds.union(sim.muted_kinds),
        snoozes={(one.subject, one.kind, one.deadline): Snoozed(one.until, one.made_at) for one in sim.snoozes.all()},
        offers_told=heard.offers,
        overview=heard.overview,
    )


def standing_rows(sim: Sim, now: datetime, heard: Heard | None = None) -> dict[Row, Deadline]:
    """The rows that should stand for a SIM fetched `with_facts()`, and what each is about, on the medium where its
    person heard that; by e-mail, if it has to be looked up."""
    if not sim.is_in_use:
        return {}
    settings = settings_for(sim, heard or heard_by([sim.person], now).of(sim.person, MEDIUM_EMAIL))
    return {
        row: deadline
        for deadline in deadlines(sim.facts(), now)
        for row in rows_that_should_stand([deadline], settings)
    }


def overview_among(rows: Iterable[Row], person: Person) -> Row | None:
    """The row of the overview, if the person still wants it."""
    if person.stopped_at:
        return None
    return next((row for row in rows if (row.kind, row.occurrence) == (Reminder.Kind.OVERVIEW, person.overview)), None)


def overview_of(person: Person, sims: Iterable[Sim], now: datetime) -> list[Item]:
    """What an overview that is sent now tells of these SIMs, fetched `with_facts()`."""
    heard = heard_by([person], now).of(person, MEDIUM_EMAIL)
    found = [(deadline, settings_for(sim, heard)) for sim in sims for deadline in deadlines(sim.facts(), now)]
    return overview_items(found, now, tells_until(person.overview, person.today(now)))


def reschedule(sim: Sim, now: datetime) -> None:
    """Makes the rows of one SIM match its facts. Call inside the transaction that changed them."""
    reschedule_many(Sim.objects.filter(pk=sim.pk), now)


def reschedule_person(person: Person, now: datetime) -> None:
    """After a change of the person's own settings, zone or address."""
    reschedule_people([person], now)


def reschedule_people(people: list[Person], now: datetime) -> None:
    """Of several in one transaction: their SIMs are locked in one order, as everybody locks them."""
    for person in people:
        stand_overview(person, now)
    reschedule_many(Sim.objects.filter(person__in=people), now)


def catch_up(now: datetime, at_most: int = AT_ONCE) -> int:
    """Works out again the SIMs that are behind, at most so many; returns how many. The rest has its turn at the next
    tick, so that an editor's change to what thousands stand on holds nobody up."""
    # Two questions, each answered by a small index of its own: of both at once SQLite reads the whole table.
    by_clock = Sim.objects.to_review(now).values_list("pk", flat=True)
    by_editors = Sim.objects.behind(current_revision()).values_list("pk", flat=True)
    ids = list(dict.fromkeys([*by_clock[:at_most], *by_editors[:at_most]]))[:at_most]
    for start in range(0, len(ids), _BATCH):
        _catch_up_batch(ids[start : start + _BATCH], now)
    return len(ids)


def look_again(now: datetime) -> None:
    """Lets all that time alone may change have its turn now, for it may have been worked out by a clock that was
    ahead."""
    Sim.objects.filter(review_at__gt=now).update(review_at=now)


def _catch_up_batch(ids: list[int], now: datetime) -> None:
    """One that cannot be worked out stops neither the others nor the tick: it is tried again an hour later."""
    try:
        reschedule_many(Sim.objects.filter(pk__in=ids), now)
    except Exception:
        if len(ids) > 1:
            for pk in ids:
                _catch_up_batch([pk], now)
            return
        log.exception("the deadlines of SIM %s cannot be worked out", ids[0])
        Sim.objects.filter(pk=ids[0]).update(review_at=now + AGAIN, guides_revision=None)


@transaction.atomic
def reschedule_many(sims: SimQuerySet, now: datetime) -> None:
    """The same for every SIM of a queryset, a batch at a time. Locks each SIM while its rows change.

    Who locks more than a SIM locks the person first, then plans, then SIMs; and never their keys (`no_key`), for the
    rows that are written here name a plan and a person, whom another may hold while waiting for the SIM.
    """
    ids = list(sims.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        list(Sim.objects.filter(pk__in=batch).order_by("pk").select_for_update(no_key=True).values_list("pk"))
        _reschedule_batch(batch, now)


def _reschedule_batch(ids: list[int], now: datetime) -> None:
    stored: dict[int, list[Reminder]] = {}
    for reminder in Reminder.objects.filter(sim__in=ids):
        stored.setdefault(reminder.sim_id, []).append(reminder)
    create: list[Reminder] = []
    change: list[Reminder] = []
    sims = list(Sim.objects.filter(pk__in=ids).with_facts().prefetch_related("person__addresses", "snoozes"))
    memory = heard_by((sim.person for sim in sims), now)
    for sim in sims:
        new, changed = _differences(sim, stored.get(sim.pk, []), memory, now)
        create += new
        change += changed
    _note_what_moved(sims, now)
    Reminder.objects.bulk_create(create, ignore_conflicts=True, batch_size=_BATCH)
    if change:
        change = _without_those_taken(change)
    Reminder.objects.bulk_update(change, ["state", "planned_for", "due_at", "reason", "message"], batch_size=_BATCH)


def _note_what_moved(sims: list[Sim], now: datetime) -> None:
    """Whether any date became another, how lists show each SIM, and when to look again."""
    revision = current_revision()
    moved, needs = [], {}
    fields = ["review_at", "guides_revision", "deadlines_digest", *Sim.STANDING]
    for sim in sims:
        facts, before = sim.facts(), [getattr(sim, name) for name in fields]
        digest = dates_digest(deadlines(facts, now)) if sim.is_in_use else ""
        if digest != sim.deadlines_digest:
            # Calendars count its seconds: always later than before, also where the clock was set back.
            sim.deadlines_moved_at = max(now, sim.deadlines_moved_at + timedelta(seconds=1))
        sim.review_at = _review_at(facts, now) if sim.is_in_use else None
        sim.guides_revision = revision if sim.stands_on_guides else None
        sim.deadlines_digest = digest
        stands = standing(facts, facts.today(now))
        sim.stand(stands)
        needs[sim.pk] = [(need.on, need.money.amount, need.money.currency) for need in stands.needs]
        if [getattr(sim, name) for name in fields] != before:
            moved.append(sim)
    Sim.objects.bulk_update(moved, [*fields, "deadlines_moved_at"], batch_size=_BATCH)
    _write_needs(needs)


def _review_at(facts: SimFacts, now: datetime) -> datetime | None:
    """When time alone may change the deadlines, or how lists show the SIM."""
    day = standing_review_on(facts, facts.today(now))
    moments = (review_at(facts, now), cutoff(day - timedelta(days=1), facts.zone) if day else None)
    return min((one for one in moments if one), default=None)


def _write_needs(needs: dict[int, list[tuple[date, Decimal, str]]]) -> None:
    """Makes the stored needs of these SIMs be these."""
    stored: dict[int, list[tuple[date, Decimal, str]]] = {pk: [] for pk in needs}
    for pk, *need in Need.objects.filter(sim__in=needs).values_list("sim", "on", "amount", "currency"):
        stored[pk].append(tuple(need))
    other = [pk for pk in needs if sorted(stored[pk]) != sorted(needs[pk])]
    if other:
        Need.objects.filter(sim__in=other).delete()
        rows = [(pk, *need) for pk in other for need in needs[pk]]
        new = [Need(sim_id=pk, on=on, amount=amount, currency=currency) for pk, on, amount, currency in rows]
        Need.objects.bulk_create(new, batch_size=_BATCH)


def _without_those_taken(change: list[Reminder]) -> list[Reminder]:
    """The outbox may have taken some into a message since they were read: those are no longer ours. Locks the rest."""
    ids = [reminder.pk for reminder in change]
    ours = Reminder.objects.select_for_update().filter(pk__in=ids, state__in=_CHANGEABLE).order_by("pk")
    left = set(ours.values_list("pk", flat=True))
    return [reminder for reminder in change if reminder.pk in left]


def _differences(
    sim: Sim, stored: Iterable[Reminder], memory: _Memory, now: datetime
) -> tuple[list[Reminder], list[Reminder]]:
    """The rows to add, and the stored ones in a new state: the same for each medium, but for what was heard there, and
    that nothing is told late on one that another has told in time."""
    heard = {medium: memory.of(sim.person, medium) for medium in media_of(sim.person, now)}
    rows = {one: standing_rows(sim, now, one) for one in set(heard.values())}
    settings = settings_of(sim.person)
    wanted = {
        (medium, row.identity): _when_it_may_ring(row, deadline, medium, settings)
        for medium, one in heard.items()
        for row, deadline in rows[one].items()
    }
    stored = list(stored)
    told = _told(sim.person, stored, now)
    new: list[Reminder] = []
    change: list[Reminder] = []
    for reminder in stored:
        # Rows of someone who was reminded before are no longer wanted.
        key = (reminder.medium, reminder.row.identity)
        row = wanted.pop(key, None) if reminder.person_id == sim.person_id else None
        if row is None or (reminder.state != State.SCHEDULED and _is_too_late(row, told, now)):
            if reminder.state in _LIVE:
                skip(reminder, "no longer needed" if row is None else "said on another medium")
                change.append(reminder)
        elif reminder.state in _CHANGEABLE and _place(reminder, row.planned_for, sim.person, now):
            change.append(reminder)
    for (medium, _identity), row in wanted.items():
        if not _is_too_late(row, told, now):
            new.append(_new_reminder(sim, row, medium, now))
    return new, change


def _when_it_may_ring(row: Row, deadline: Deadline, medium: str, settings: Settings) -> Row:
    """E-mail rings nobody out of bed; all else keeps to the person's quiet hours."""
    if medium == MEDIUM_EMAIL:
        return row
    lost_at = deadline.cutoff if deadline.opens_on is None else None
    return replace(row, planned_for=out_of_quiet(row.planned_for, lost_at, settings))


def _told(person: Person, stored: Iterable[Reminder], now: datetime) -> dict[Identity, datetime]:
    """What this person was told, or is being told where they hear it and that does not fail for long; and for when it
    was planned."""
    silent = {address.medium for address in person.addresses.all() if address.is_silent(now)}
    speaking = {one for one in media_of(person, now) if one not in silent and is_reachable(person, one)}
    return {
        one.row.identity: one.planned_for
        for one in stored
        if one.person_id == person.pk
        and (one.state in (State.SENT, State.FOLDED) or (one.state == State.ATTACHED and one.medium in speaking))
    }


def _is_too_late(row: Row, told: Mapping[Identity, datetime], now: datetime) -> bool:
    """Whether another medium has told it, by itself or in an overview, so that this one would only repeat it late."""
    if row.planned_for > now:
        return False
    overview = told.get((row.subject, row.kind, row.deadline, TOLD))
    return row.identity in told or (overview is not None and row.planned_for <= overview)


def _place(reminder: Reminder, planned_for: datetime, person: Person, now: datetime) -> bool:
    """Puts a reminder in its place; False if it already was there."""
    held = not is_reachable(person, reminder.medium)
    state = State.HELD if held else State.SCHEDULED
    if reminder.state == state and reminder.planned_for == planned_for:
        return False
    reminder.state, reminder.planned_for, reminder.reason, reminder.message = state, planned_for, "", None
    reminder.due_at = None if held else planned_for
    if reminder.due_at and reminder.kind == Reminder.Kind.PROMOTION:  # not at any hour, also where it is found late
        reminder.due_at = next_hour(max(planned_for, now), person.zone, person.hour)
    return True


def skip(reminder: Reminder, reason: str) -> None:
    reminder.state, reminder.due_at, reminder.reason = State.SKIPPED, None, reason


def _new_reminder(sim: Sim, row: Row, medium: str, now: datetime) -> Reminder:
    kind, _, number = row.subject.partition(":")
    reminder = Reminder(
        person=sim.person,
        medium=medium,
        subject=row.subject,
        kind=row.kind,
        deadline=row.deadline,
        occurrence=row.occurrence,
        sim=sim,
        plan_id=int(number) if kind == "plan" else None,
        state="",
        planned_for=row.planned_for,
    )
    _place(reminder, row.planned_for, sim.person, now)
    return reminder


# --- overviews ----------------------------------------------------------------------------------------


def stand_overview(person: Person, now: datetime) -> None:
    """The next overview stands, and no other. Call when their settings changed, or one was sent or dropped.

    One that is late stays, and is sent as soon as that is possible: there is never more than one.
    """
    rows = list(_overview_rows([person]))
    wants = bool(person.overview) and person.stopped_at is None and MEDIUM_EMAIL in media_of(person, now)
    day = _day_of_next(person, rows, now) if wants else None
    for row in rows:
        if row.state in _LIVE and (row.deadline, row.occurrence) != (day, person.overview):
            skip(row, "no longer needed")
            _save_if_ours(row)
    if day is None:
        return
    at = overview_moment(day, settings_of(person))
    stored = next((row for row in rows if (row.deadline, row.occurrence) == (day, person.overview)), None)
    if stored is None:
        new = _overview_row(person, day)
        _place(new, at, person, now)
        Reminder.objects.bulk_create([new], ignore_conflicts=True)
    elif stored.state in _CHANGEABLE and _place(stored, at, person, now):
        _save_if_ours(stored)


def _overviews_of(people: list[Person], now: datetime) -> dict[int, Overviews]:
    """How the overviews of these people go on."""
    rows: dict[int, list[Reminder]] = {}
    for row in _overview_rows(people):
        rows.setdefault(row.person_id, []).append(row)
    told: dict[int, set[Known]] = {}
    said = Reminder.objects.filter(person__in=people, medium=MEDIUM_EMAIL, occurrence=TOLD, state=State.SENT)
    said = said.filter(deadline__gt=(now - _FORGOTTEN).date())
    for pk, *known in said.values_list("person", "subject", "kind", "deadline"):
        told.setdefault(pk, set()).add(tuple(known))
    found = {}
    for person in people:
        mine = rows.get(person.pk, [])
        sent = [row.message.sent_at for row in mine if row.state == State.SENT and row.message and row.message.sent_at]
        day = _day_of_next(person, mine, now)
        found[person.pk] = Overviews(person.overview, day, max(sent, default=None), frozenset(told.get(person.pk, ())))
    return found


def note_what_was_told(message: Message, rows: Iterable[Row], sims: Iterable[Sim], now: datetime) -> None:
    """What an overview told of each SIM, as if it had been told alone: so the page of the SIM shows it, and no reminder
    of its own follows."""
    subjects = {}
    for sim in sims:
        subjects |= {sim_subject(sim.pk): sim, **{plan_subject(plan.pk): sim for plan in sim.plans_in_use}}
    told = [_new_reminder(subjects[row.subject], row, message.medium, now) for row in rows]
    for reminder in told:
        reminder.state, reminder.due_at, reminder.message = State.SENT, None, message
    of_person = Reminder.objects.filter(person=message.person_id, medium=message.medium, occurrence=TOLD)
    of_person.exclude(state=State.SENT).delete()  # what came back, and is told anew
    Reminder.objects.bulk_create(told, ignore_conflicts=True, batch_size=_BATCH)


def _day_of_next(person: Person, rows: list[Reminder], now: datetime) -> date:
    """That of the one that stands or is on its way, else the first one ahead that has not been sent."""
    mine = [row for row in rows if row.occurrence == person.overview]
    if standing := [row.deadline for row in mine if row.state in (*_LIVE, State.ATTACHED)]:
        return max(standing)
    over = {row.deadline for row in mine if row.state not in _CHANGEABLE}
    day = next_overview(person.overview, now, person.zone, person.hour)
    while day in over:  # its hour was moved after it had been sent
        day = next(overview_days(person.overview, day))
    return day


def _overview_rows(people: list[Person]) -> QuerySet[Reminder]:
    subjects = [_overview_subject(person) for person in people]
    rows = Reminder.objects.filter(person__in=people, medium=MEDIUM_EMAIL, subject__in=subjects)
    return rows.filter(kind=Reminder.Kind.OVERVIEW).select_related("message").defer("message__text", "message__html")


def _overview_row(person: Person, day: date) -> Reminder:
    return Reminder(
        person=person,
        medium=MEDIUM_EMAIL,
        subject=_overview_subject(person),
        kind=Reminder.Kind.OVERVIEW,
        deadline=day,
        occurrence=person.overview,
        state="",
    )


def _overview_subject(person: Person) -> str:
    return f"person:{person.pk}"


def _save_if_ours(row: Reminder) -> None:
    """Unless the outbox has taken it into a message meanwhile."""
    ours = Reminder.objects.filter(pk=row.pk, state__in=_CHANGEABLE)
    ours.update(state=row.state, planned_for=row.planned_for, due_at=row.due_at, reason=row.reason, message=row.message)

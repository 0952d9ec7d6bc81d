"""A person's own calendar: every date of every SIM of theirs that they want to hear of, in their words.

Nothing in it depends on the day on which it is looked at, as far as its deadlines do not: the same facts give the same
bytes. Dates stay, with their alarms, while reminders are stopped or paused: nobody is written to by a calendar, and who
does not want it any more withdraws its address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from django.conf import settings as site
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from guides.selection import Shelf
from kzsim.common.formats import cutoff_in_words, date_in_words, day_in_words, money_in_words, titled
from kzsim.common.links import absolute

from .calendars import Event, feed_file, lasting_uid
from .deadlines import Deadline, Kind, dates, deadlines
from .media.asides import ASIDES, details_of
from .models import Person, Plan, Sim
from .number_words import limit_in_words
from .reminders import Settings, lead_moment, leads, muted_by
from .schedule import settings_of


def feed_of(person: Person, now: datetime) -> bytes:
    """The calendar as a file."""
    with translation.override(person.language):
        return feed_file(str(site.SITE_NAME), events_of(person, now), person.zone)


def events_of(person: Person, now: datetime) -> list[Event]:
    """What stands in it, the soonest first, in a constant number of queries and the active language."""
    sims, shelf = Sim.objects.filter(person=person).in_use().with_facts(), Shelf()
    events = [event for sim in sims for event in _events(sim, shelf, now)]
    return sorted(events, key=lambda event: (event.begins, event.uid))


def changed_at(person: Person, now: datetime) -> datetime:
    """When the calendar last became another, as far as stored moments tell, but not before today: of a guide that was
    reworded, or a date that is over, clients that compare nothing but this moment hear within the day."""
    midnight = datetime.combine(person.today(now), time(), person.zone)
    moved_at = person.sims.aggregate(last=Max("deadlines_moved_at"))["last"]
    return min(max(midnight, moved_at or midnight), now)


def _events(sim: Sim, shelf: Shelf, now: datetime) -> Iterator[Event]:
    """Each plan's first date of a kind is one event, the second another: after a renewal they move, and are known again
    by their `uid`."""
    plans = {plan.pk: plan for plan in sim.plans_in_use}
    muted = {*sim.person.muted_kinds, *sim.muted_kinds}
    counts: Counter[tuple[str, str]] = Counter()
    for deadline in dates(deadlines(sim.facts(), now)):
        if muted_by(deadline.kind) in muted:
            continue
        which = deadline.subject, deadline.kind.value
        counts[which] += 1
        number = deadline.promotion or counts[which]
        kind, _colon, pk = deadline.subject.partition(":")
        plan = plans[int(pk)] if kind == "plan" else None
        uid = lasting_uid(site.SITE_URL, *which, number)
        yield _Words(sim, plan, deadline).event(uid, shelf)


def alarms(deadline: Deadline, settings: Settings) -> tuple[timedelta, ...]:
    """When to speak up, counted from where the event begins: for a whole day on the clock of whoever reads it. An offer
    presses nobody."""
    if deadline.kind is Kind.PROMOTION:
        return ()
    zone = settings.zone
    moments = {lead_moment(deadline, lead, zone, settings.hour) for lead in leads(deadline, settings)}
    ahead = sorted(at for at in moments if deadline.since is None or at > deadline.since)
    if deadline.ends_at:
        return tuple(at - deadline.cutoff for at in ahead)
    midnight = datetime.combine(deadline.on, time())
    return tuple(at.astimezone(zone).replace(tzinfo=None) - midnight for at in ahead)


class _Words:
    """What a calendar says of one date, as it is told on that day: other days carry a year where theirs differs."""

    def __init__(self, sim: Sim, plan: Plan | None, deadline: Deadline) -> None:
        self.sim, self.plan, self.deadline = sim, plan, deadline
        self.person, self.kind = sim.person, deadline.kind
        self.page = absolute(reverse("plans:sim", args=[sim.pk]))
        self.values = {
            "sim": sim.short_title,
            "plan": plan.title if plan else "",
            "price": money_in_words(deadline.needed) if deadline.needed else "",
            "missing": money_in_words(deadline.missing) if deadline.missing else "",
            "offer": f"{deadline.offer} ({deadline.source})" if deadline.source else deadline.offer,
            "was": money_in_words(deadline.was) if deadline.was else "",
            "day": day_in_words(deadline.on + timedelta(days=1), deadline.on),
            "ends": day_in_words(deadline.ends_on or deadline.on, deadline.on),
            "until": date_in_words(deadline.until or deadline.on, deadline.on),
        }

    def event(self, uid: str, shelf: Shelf) -> Event:
        deadline, sim = self.deadline, self.sim
        return Event(
            uid=uid,
            day=deadline.on,
            at=deadline.cutoff.astimezone(deadline.zone) if deadline.ends_at else None,
            summary=self._summary() % self.values,
            description="\n".join([*self._lines(), "", *self._links(shelf)]),
            url=self.page,
            alarms=alarms(deadline, settings_of(self.person)),
            known_at=sim.deadlines_moved_at,
            sequence=max(0, int((sim.deadlines_moved_at - sim.created_at).total_seconds())),
        )

    def _summary(self) -> str:
        """What to do, and never the full number: others look at a calendar too."""
        if self.kind is Kind.PLAN_EXPIRES:
            return _("%(sim)s: renew %(plan)s")
        if self.kind is Kind.CHARGE and self.deadline.missing:
            return _("%(sim)s: top up about %(missing)s") if self._is_unsure else _("%(sim)s: top up %(missing)s")
        if self.kind is Kind.CHARGE:
            return _("%(sim)s: check the balance")
        if self.kind is Kind.NUMBER_AT_RISK:
            return _("%(sim)s: use the number or top it up")
        if self.kind is Kind.DATA_OUT:
            return _("%(sim)s: data may run out (estimate)")
        if self.kind is Kind.PRICE:
            return _("%(sim)s: last day before a new price")
        if self.kind is Kind.CARE:
            return _("%(sim)s: time for a backup")
        if self.kind is Kind.TRIP:
            return _("%(sim)s: see to it before your trip")
        return _("%(sim)s: last day of an offer")

    @property
    def _is_assumed(self) -> bool:
        """Whether it stands on renewals before it that nobody has confirmed."""
        plan, on = self.plan, self.deadline.on
        return self.kind is Kind.CHARGE and plan is not None and plan.paid_until is not None and on > plan.paid_until

    @property
    def _is_unsure(self) -> bool:
        return self.deadline.is_estimate or self._is_assumed

    def _lines(self) -> Iterable[str]:
        deadline, sim = self.deadline, self.sim
        yield " · ".join(filter(None, [sim.operator and sim.operator.name, self.plan and self.plan.title])) or (
            sim.short_title
        )
        if statement := self._statement():
            yield statement % self.values
        if self._is_assumed:
            yield _("This day is assumed: nobody has confirmed the renewals before it.")
        if self.kind in ASIDES:
            yield from details_of(deadline, sim, self.plan, deadline.on)
            return
        if deadline.unknown_balance:
            yield _("We do not know the balance after the last charge, so we cannot tell what is missing.")
        if deadline.fallback_fee and deadline.fallback_fee.amount:
            fee = {"fee": money_in_words(deadline.fallback_fee)}
            yield (
                _("Topping up in time costs nothing more; if the charge fails, it is %(fee)s a day until you top up.")
                % fee
            )
        if self.kind is Kind.NUMBER_AT_RISK:
            yield limit_in_words(sim.limit)
        if self.kind not in (Kind.DATA_OUT, Kind.PROMOTION):
            cutoff = cutoff_in_words(deadline.cutoff, deadline.zone, self.person.zone)
            yield _("Cut-off: %(cutoff)s") % {"cutoff": cutoff}

    def _statement(self) -> str:
        deadline = self.deadline
        if self.kind is Kind.PROMOTION:
            return "%(offer)s"
        if self.kind is Kind.CHARGE and deadline.missing:
            if self._is_unsure:
                return _("About %(missing)s is missing for the charge of %(price)s: an estimate.")
            return _("%(missing)s is missing for the charge of %(price)s.")
        if self.kind is Kind.TRIP and self.plan is None:
            return _("This number is safe until %(ends)s without a paid action, and you are away until %(until)s.")
        if self.kind is Kind.TRIP and deadline.missing:
            return _("%(plan)s goes on taking money while you are away until %(until)s: %(missing)s is missing.")
        if self.kind is Kind.TRIP:
            return _("%(plan)s works until %(ends)s, and you are away until %(until)s.")
        if self.kind is Kind.DATA_OUT:
            return _("An estimate from what you told us: the period ends on %(until)s, and the data before that.")
        if self.kind is Kind.PRICE:
            return _("%(plan)s will cost %(price)s instead of %(was)s from %(day)s.")
        if self.kind is Kind.CARE:
            return _("Back up your contacts and messages, and see that codes from your bank still reach this number.")
        return _("Money needed: %(price)s") if deadline.needed else ""

    def _links(self, shelf: Shelf) -> Iterable[str]:
        sim, language = self.sim, self.person.language
        yield _("The page of the SIM: %(page)s") % {"page": self.page}
        if self.kind is Kind.CARE:
            guides = shelf.care_guides(sim.operator, language)
        elif self.kind in (Kind.PRICE, Kind.PROMOTION):
            guides = []
        else:
            guides = shelf.best_guides(sim.operator, sim.situation_on(self.deadline.on), language, 1)
        for guide in guides[:1]:
            yield titled(guide.title, absolute(guide.url))

"""What a reader without an account asked, and all that the page and the calendar file say to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.facts import Name
from guides.models import Fact
from guides.rendering import Page, fact_html, mark_html
from guides.selection import KEEP_ALIVE, GuideLink, Shelf
from guides.situation import Situation
from kzsim.common import formats
from kzsim.common.links import absolute

from .calendars import Event, days_before, lasting_uid
from .dates import Limit, PackageEnds, Unit, limit_said, package_ends
from .deadlines import Deadline, Kind, State, state_of
from .forms.dates import CAUTION, DatesForm
from .models import Person, Sim
from .periods import Period, days_left
from .reminders import leads

GUIDES_SHOWN = 3


@dataclass(frozen=True)
class Answer:
    """A day with whose end something is lost."""

    deadline: Deadline
    left: int

    @property
    def on(self) -> date:
        return self.deadline.on

    @property
    def next_day(self) -> date:
        return self.on + timedelta(days=1)

    @property
    def state(self) -> State:
        return state_of(self.left)

    @property
    def is_ahead(self) -> bool:
        return self.left >= 0

    @property
    def leads_ahead(self) -> tuple[int, ...]:
        return tuple(lead for lead in leads(self.deadline) if lead <= self.left)


@dataclass(frozen=True)
class Cutoff:
    """The last minute in words. For a visitor the browser adds its own clock: `moment` is empty for who is known."""

    words: str
    moment: str
    clock: str
    with_theirs: str


class Answers:
    """`person` is none for a visitor. The days are those of a SIM in Kazakhstan."""

    def __init__(self, query: QueryDict, lang: str, now: datetime, person: Person | None) -> None:
        self.lang, self.now, self.person = lang, now, person
        self.zone = Sim().zone
        self.today = now.astimezone(self.zone).date()
        self.shelf = Shelf()
        self.form = DatesForm(query, today=self.today, operators=self.shelf.operators.values())
        self.operator = self.form.chosen_operator

    @cached_property
    def all(self) -> list[Answer]:
        return [answer for answer in (self.package, self.number) if answer]

    @property
    def next(self) -> Answer | None:
        return min((answer for answer in self.all if answer.is_ahead), key=lambda answer: answer.on, default=None)

    # --- the package ---

    @cached_property
    def ends(self) -> PackageEnds | None:
        return package_ends(self.form.package, self.today) if self.form.package else None

    @cached_property
    def package(self) -> Answer | None:
        if self.ends is None:
            return None
        on, period = self.ends.runs_until, self.form.package.period
        deadline = Deadline("package", Kind.PLAN_EXPIRES, on, self.zone, period=period)
        return Answer(deadline, days_left(on, self.today))

    @property
    def is_repeating(self) -> bool:
        return self.form.package.period is not Period.ONCE

    @property
    def days_since_said_end(self) -> int:
        return days_left(self.ends.said, self.today)

    @cached_property
    def guides(self) -> list[GuideLink]:
        situation = self.person.situation_on(self.today) if self.person else Situation()
        return self.shelf.best_guides(self.operator, situation, self.lang, GUIDES_SHOWN)

    # --- the number ---

    @cached_property
    def number(self) -> Answer | None:
        last = self.form.last_activity
        if last is None:
            return None
        on, length = self.limit.safe_until(last), self.limit.days_from(last)
        deadline = Deadline("number", Kind.NUMBER_AT_RISK, on, self.zone, length=length)
        return Answer(deadline, days_left(on, self.today))

    @property
    def limit(self) -> Limit:
        """What the reader typed, else what is known of the operator, else our caution."""
        return self.form.typed_limit or self.known_limit or CAUTION

    @cached_property
    def fact(self) -> Fact | None:
        """The operator's own limit, where it is known."""
        return Page(self.operator, self.shelf.facts).fact(Name("operator", "inactivity_limit"))

    @cached_property
    def known_limit(self) -> Limit | None:
        return limit_said(self.fact.value) if self.fact else None

    @property
    def fact_shown(self) -> SafeString:
        return fact_html(self.fact)

    @property
    def fact_mark(self) -> SafeString:
        return mark_html(self.fact)

    @property
    def limit_words(self) -> str:
        return limit_in_words(self.limit)

    @property
    def is_caution(self) -> bool:
        return not self.form.typed_limit and not self.known_limit

    @property
    def safe_if_used_today(self) -> date:
        return self.limit.safe_until(self.today)

    @cached_property
    def keep_alive_guide(self) -> GuideLink | None:
        return self.shelf.guide_link(KEEP_ALIVE, self.operator, self.lang)

    # --- what to do with it ---

    @property
    def package_cutoff(self) -> Cutoff:
        return self._cutoff(self.package)

    @property
    def number_cutoff(self) -> Cutoff:
        return self._cutoff(self.number)

    def _cutoff(self, answer: Answer) -> Cutoff:
        cutoff = answer.deadline.cutoff
        last_minute = cutoff - timedelta(minutes=1)
        return Cutoff(
            words=formats.cutoff_in_words(cutoff, self.zone, self.person.zone if self.person else self.zone),
            moment="" if self.person else last_minute.isoformat(),
            clock=formats.clock(last_minute, self.zone),
            with_theirs=formats.cutoff_said_with(cutoff, self.zone, "{theirs}"),
        )

    @property
    def page_url(self) -> str:
        return f"{reverse('plans:dates', kwargs={'lang': self.lang})}?{urlencode(self.form.query())}"

    @property
    def calendar_url(self) -> str:
        """Empty where no day is still to come."""
        if self.next is None:
            return ""
        return f"{reverse('plans:dates_file', kwargs={'lang': self.lang})}?{urlencode(self.form.query())}"

    @property
    def can_remind(self) -> bool:
        """We do not write every day, nor of what is over for good."""
        if self.package and self.package.is_ahead and self.form.package.period is not Period.DAY:
            return True
        return self.number is not None

    def sim_query(self) -> dict[str, str]:
        known = self.known_limit if self.known_limit and self.known_limit.unit is Unit.MONTHS else None
        return self.form.sim_query(self.ends, self.form.typed_limit or known)

    # --- the calendar file ---

    def events(self) -> list[Event]:
        """The days that are still to come."""
        events = []
        if self.package and self.package.is_ahead:
            lines, asked = self._package_lines(), self.form.package_query()
            events.append(self._event(self.package, self._package_summary(), lines, asked))
        if self.number and self.number.is_ahead:
            lines, asked = self._number_lines(), self.form.number_query()
            events.append(self._event(self.number, self._number_summary(), lines, asked))
        return events

    def _event(self, answer: Answer, summary: str, lines: list[str], asked: dict[str, str]) -> Event:
        """The same question about the same day is the same event, in whichever language and beside whichever other."""
        page = absolute(self.page_url)
        return Event(
            uid=lasting_uid(settings.SITE_URL, answer.deadline.subject, answer.on, *sorted(asked.items())),
            day=answer.on,
            summary=summary,
            description="\n".join([*lines, "", _("Count again: %(page)s") % {"page": page}]),
            url=page,
            alarms=days_before(answer.leads_ahead),
        )

    def _package_summary(self) -> str:
        if self.operator:
            return _("Last day of the package: %(operator)s") % {"operator": self.operator.name}
        return _("Last day of the package")

    def _package_lines(self) -> list[str]:
        lines = [_("Cut-off: %(cutoff)s") % {"cutoff": self.package_cutoff.words}]
        if self.ends.was_renewed:
            day = formats.day_in_words(self.ends.said, self.today)
            lines.append(_("Counted as if it had been renewed on time since %(day)s.") % {"day": day})
        return [*lines, *(f"{guide.title}: {absolute(guide.url)}" for guide in self.guides)]

    def _number_summary(self) -> str:
        if self.operator:
            return _("Last day to use the number: %(operator)s") % {"operator": self.operator.name}
        return _("Last day to use the number")

    def _number_lines(self) -> list[str]:
        counted = _("Counted with %(limit)s without a paid action.")
        if self.is_caution:
            counted = _("Counted with %(limit)s without a paid action: our caution, not a rule of the operator.")
        lines = [
            _("Cut-off: %(cutoff)s") % {"cutoff": self.number_cutoff.words},
            counted % {"limit": self.limit_words},
        ]
        guide = self.keep_alive_guide
        return lines + ([f"{guide.title}: {absolute(guide.url)}"] if guide else [])


def limit_in_words(limit: Limit) -> str:
    """“60 days”, “6 months”."""
    if limit.unit is Unit.MONTHS:
        return ngettext("%(count)s month", "%(count)s months", limit.count) % {"count": limit.count}
    return ngettext("%(count)s day", "%(count)s days", limit.count) % {"count": limit.count}

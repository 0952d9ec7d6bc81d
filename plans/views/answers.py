"""Pages behind the links in a message, for whoever holds the link: nobody needs to sign in.

A GET changes nothing, for mail scanners follow links; each page has a button. The signed link is the
authority and carries no cookie, so these views need no CSRF token: a mail client's one-click
unsubscribe could not send one, and a page that does not know the link cannot make a browser send it.
Nothing stands here that the message did not say: the label and last digits of one SIM, never its number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kzsim.common.formats import day_in_words
from kzsim.common.links import BadLink
from plans import actions, answers, feedback
from plans.answers import Answer, Link, Standing, Unsubscribing
from plans.deadlines import Kind, number_at_risk_on, safe_after
from plans.models import Person, Renewal

PAUSES = {"pause-7": 7, "pause-30": 30}


def _by_key(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For whoever holds the link and for nobody else: kept by no cache and found by no search engine."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except BadLink:
            response = _page(request, "plans/answer_bad.html", {}, None, 404)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        return response

    return login_not_required(csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(wrapped)))


@_by_key
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """“I have renewed”, or the answer to a question: asks once, acts on the button."""
    now = timezone.now()
    link = answers.read_answer(token, now)
    if request.method == "POST" and link.is_open and link.needs_a_date:
        return redirect("plans:plan_renew", pk=link.plan.pk)
    if request.method == "POST":
        link = answers.take(token, now)
        if link.standing is not Standing.OVER:
            context = {"noted": _noted(link, now), **_asked_after(answers.read_answer(token, now), token, now)}
            return _page(request, "plans/answer_noted.html", context, _person_of(link))
    if not link.is_open:
        context = {"done": link.standing is Standing.DONE}
        return _page(request, "plans/answer_over.html", context, _person_of(link), 410)
    return _page(request, "plans/answer.html", {"link": link, "asking": _Asking(link, now)}, _person_of(link))


@_by_key
def told(request: HttpRequest, token: str) -> HttpResponse:
    """After “I have renewed”: which channel, and was the guide right. The link that renewed is the authority."""
    now = timezone.now()
    link = answers.read_answer(token, now)
    renewal = _renewal_of(link, now)
    if renewal is None:
        context = {"done": link.standing is Standing.DONE}
        return _page(request, "plans/answer_over.html", context, _person_of(link), 410)
    if request.method == "POST":
        feedback.take(renewal, request.POST, _reads(link), now)
    context = {"noted": _works_until(link, now), **_asked_after(link, token, now)}
    return _page(request, "plans/answer_noted.html", context, _person_of(link))


def _renewal_of(link: Link, now: datetime) -> Renewal | None:
    """What “I have renewed” did, as long as one may speak of it. A link that can still act did nothing: what was
    renewed lately is another period."""
    renewed = link.answer is Answer.YES and link.plan is not None and link.standing is Standing.DONE
    return feedback.last_renewal([link.plan], now) if renewed else None


def _asked_after(link: Link, token: str, now: datetime) -> dict[str, Any]:
    """What we ask once the renewal is noted, if anything; nobody has to answer."""
    renewal = _renewal_of(link, now)
    if renewal is None:
        return {}
    question = feedback.question_about(renewal, _reads(link))
    return {"question": question, "told_url": reverse("plans:answer_told", args=[token])}


def _reads(link: Link) -> str:
    return _person_of(link).language


@_by_key
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stops all reminders to a person, or less. A POST without a choice is the mail client's one click (RFC 8058)."""
    link = answers.read_unsubscribe(token)
    if link is None:
        return _page(request, "plans/unsubscribe_gone.html", {}, None)
    noted, status = "", 200
    if request.method == "POST":
        noted = _take_choice(link, request.POST.get("what", "all"), timezone.now())
        status = 200 if noted else 400
    today = link.person.today(timezone.now())
    context = {
        "noted": noted,
        "link": link,
        "kinds": link.person.wanted_kinds,
        "paused_until": link.person.pause_on(today),
        "today": today,
    }
    return _page(request, "plans/unsubscribe.html", context, link.person, status)


@dataclass(frozen=True)
class _Asking:
    """The words of the one question on an answer's page."""

    link: Link
    now: datetime

    @property
    def _is_ahead(self) -> bool:
        """Whether the day it is about is not over yet."""
        return self.link.on >= self.link.sim.today(self.now)

    @property
    def title(self) -> str:
        if self.link.until:
            return _("Remind you tomorrow?")
        if self.link.is_care and self.link.answer is not Answer.STOP:
            return _("Is it done?") if self.link.answer is Answer.YES else _("Not now?")
        if self.link.answer is Answer.STOP:
            return _("Stop reminding you of this?")
        if self.link.answer is Answer.NO:
            if self.link.plan and self._is_ahead:
                return _("Will you not renew it?")
            return _("Was it not renewed?") if self.link.plan else _("Let this number go?")
        return _("Have you renewed it?") if self.link.plan else _("Have you used or topped up this number?")

    @property
    def subject(self) -> str:
        today = self.link.sim.today(self.now)
        words = {"day": day_in_words(self.link.on, today)}
        if self.link.kind is Kind.DATA_OUT:
            return _("data that runs out before its period ends")
        if self.link.kind is Kind.TRIP:
            return _("what does not last to the end of your trip")
        if self.link.is_care:
            return _("the backup of contacts and messages, and the codes from your bank")
        if self.link.plan:
            runs, ran = _("the plan that runs until %(day)s"), _("the plan that ran until %(day)s")
            return (runs if self._is_ahead else ran) % words
        return _("the number, to be used by %(day)s") % words

    @property
    def promise(self) -> str:
        """What the button will change."""
        if self.link.until:
            day = day_in_words(self.link.until, self.link.sim.person.today(self.now))
            return _("Until %(day)s we say nothing of it. Then we remind you once more.") % {"day": day}
        if self.link.is_care and self.link.answer is not Answer.STOP:
            return _care_comes_again(self.link.sim.care_months)
        if self.link.answer is Answer.STOP:
            if self.link.kind in (Kind.DATA_OUT, Kind.TRIP):
                return _("We still remind you of the last days of this SIM’s plans and of its number.")
            return _("Your other SIMs and plans stay as they are.")
        if self.link.answer is Answer.NO:
            if self.link.plan:
                if self._is_ahead:
                    return _("Then we remind you of this plan no more. You can enter a new date at any time.")
                return _("Then we note that it has ended, and ask no more. You can enter a new date at any time.")
            return _("Then we stop watching it. Its plans stay as they are.")
        if self.link.needs_a_date:
            return _("This plan has no fixed period, so we need its new last day: sign in and enter it.")
        today = self.link.sim.today(self.now)
        if self.link.plan:
            to, other = self.link.proposed_end(self.now), self.link.other_end(self.now)
            words = {"day": day_in_words(to, today), "other": day_in_words(other, today) if other else ""}
            if other:
                return (
                    _(
                        "Then its new last day is %(day)s. If your operator begins a new period on the day of renewal, "
                        "it is %(other)s: then sign in and choose that date there."
                    )
                    % words
                )
            return _("Then its new last day is %(day)s.") % words
        to = safe_after(self.link.sim.facts(), today)
        return _("Then we count from today: the next time by %(day)s.") % {"day": day_in_words(to, today)}

    @property
    def button(self) -> str:
        if self.link.until:
            return _("Remind me tomorrow")
        if self.link.is_care and self.link.answer is not Answer.STOP:
            return _("Yes, done") if self.link.answer is Answer.YES else _("Not now")
        if self.link.answer is Answer.STOP:
            return _("Stop reminding me of this")
        if self.link.answer is Answer.NO:
            if self.link.plan and self._is_ahead:
                return _("I will not renew it")
            return _("No, it has ended") if self.link.plan else _("Yes, stop watching it")
        if self.link.needs_a_date:
            return _("Enter the new date")
        return _("Yes, I have renewed") if self.link.plan else _("Yes, I have")


def _care_comes_again(months: int) -> str:
    words = ngettext("We remind you again in %(months)s month.", "We remind you again in %(months)s months.", months)
    return words % {"months": months}


def _noted(link: Link, now: datetime) -> str:
    """What is true after the button. A second tap finds it done, and says no more than that."""
    sim, plan = link.sim, link.plan
    words: dict[str, Any] = {"sim": sim.short_title}
    with _language_of(_person_of(link)):
        if not link.is_open:
            return _("This was noted already; nothing happens twice.")
        if link.until:
            words["day"] = day_in_words(link.until, sim.person.today(now))
            return _("%(sim)s: we remind you of it again on %(day)s.") % words
        if link.answer is Answer.STOP:
            return _("%(sim)s: we remind you of this no more.") % words
        if link.is_care:
            return _care_comes_again(sim.care_months)
        if link.answer is Answer.NO:
            if plan and link.on >= sim.today(now):
                return _("%(sim)s: we remind you of this plan no more.") % words
            if plan:
                return _("%(sim)s: the plan has ended, and we ask no more.") % words
            return _("%(sim)s: we no longer watch this number.") % words
        if plan:
            return _works_until(link, now)
        words["day"] = day_in_words(number_at_risk_on(sim.facts()), sim.today(now))
        return _("%(sim)s: use or top it up again by %(day)s. We remind you before that.") % words


def _works_until(link: Link, now: datetime) -> str:
    """What is true after a renewal."""
    sim = link.sim
    with _language_of(_person_of(link)):
        words = {"sim": sim.short_title, "day": day_in_words(link.plan.paid_until, sim.today(now))}
        return _("%(sim)s: the plan now works until %(day)s. We remind you before that.") % words


def _take_choice(link: Unsubscribing, what: str, now: datetime) -> str:
    """Does what was chosen and says so; nothing if the choice is none of ours."""
    person, sim = link.person, link.sim
    kind = what.removeprefix("kind-")
    with _language_of(person):
        if what == "all":
            actions.stop_reminders(person, now)
            return _("All reminders to you are stopped.")
        if what == "resume":
            actions.resume_reminders(person, now)
            return _("Reminders go on.")
        if what == "sim" and sim:
            actions.set_sim_reminders(sim, now, on=False)
            return _("%(sim)s: we remind you of this SIM no more.") % {"sim": sim.short_title}
        if what in PAUSES:
            until = person.today(now) + timedelta(days=PAUSES[what])
            actions.pause_reminders(person, until, now)
            return _("Reminders are paused until %(day)s.") % {"day": day_in_words(until, person.today(now))}
        if kind != what and kind in person.wanted_kinds:
            label = person.wanted_kinds[kind]
            actions.mute_kinds(person, [*person.muted_kinds, kind], now)
            return _("No more reminders of this kind: %(kind)s.") % {"kind": label}
    return ""


def _person_of(link: Link) -> Person | None:
    return link.sim.person if link.sim else None


def _language_of(person: Person | None) -> translation.override:
    """The language of whom the message was written to; the visitor's where that is unknown."""
    return translation.override(person.language if person else translation.get_language())


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], person: Person | None, status: int = 200
) -> HttpResponse:
    with _language_of(person):
        response = render(request, template, context, status=status)
        response["Content-Language"] = translation.get_language()
    return response

"""The dashboard, and the two taps that fit the guides to the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import BooleanField, Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from guides.models import Fact
from guides.reporting import with_readers_words
from plans import actions
from plans.first_steps import first_steps_of
from plans.forms.listing import ListForm
from plans.forms.situation import SituationForm
from plans.listing import FEWEST_DIGITS, Asked, Tally, digits_of, words_of
from plans.models import Need, Person, Reminder, Sim
from plans.models.sims import SimQuerySet, inactivity_limits, know_operators
from plans.numbers_held import LIMIT, numbers_counted
from plans.overview import Overview, card_of, needed_soon
from plans.troubles import Advice

from .ahead import days_ahead_of
from .common import changing, found, next_page, posted
from .sent import advice_about
from .trips import departure_of, said_of_today

CARDS_A_PAGE, ROWS_A_PAGE = 24, 50
DECISIONS_SHOWN = 3
FEW = 3  # that need no search


def dashboard(request: HttpRequest) -> HttpResponse:
    """The number of questions to the database, and the size of the page, are the same for 8 SIMs and for 500."""
    now = timezone.now()
    mine = Sim.objects.visible_to(request.user)
    if _is_opened(request) and (sim := _jumped_to(mine.in_use(), request.GET.get("q", ""))):
        return redirect("plans:sim", sim.pk)
    tally = mine.tally(words_of(request.GET.get("q", "")), now)
    form = ListForm(request.GET, tally=tally)
    steps = first_steps_of(request.person)
    limits = _limits(request.person, with_words=steps is None)
    page, seen = _shown(mine.in_use(), form, tally, limits, now)
    today = request.person.today(now)
    departure = departure_of(today, seen.stays_of(request.person))
    context = {
        "overview": seen,
        "page": page,
        "tally": tally,
        "form": form,
        "is_searchable": tally.in_use > FEW or form.asked.chooses,
        "decisions": seen.decisions[:DECISIONS_SHOWN],
        "needed": needed_soon(Need.objects.within_a_week(mine.in_use(), now, tally.zones).by_currency()),
        "days_ahead": days_ahead_of(page, today),
        "today": today,
        "paused_until": request.person.pause_on(today),
        "departure": None if form.asked.chooses or page.number > 1 else departure,
        "numbers_held": numbers_counted(request.person, tally.held, limits),
        "undelivered": _undelivered(request, today),
        "steps": steps,
    }
    return render(request, "plans/dashboard.html", context)


def _is_opened(request: HttpRequest) -> bool:
    """Whether somebody goes to this page. One who stays on it, and has it shown anew by a script, is not led away."""
    return not request.htmx and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _jumped_to(mine: SimQuerySet, query: str) -> Sim | None:
    """The SIM whose last digits are all that is asked for."""
    digits = digits_of(query)
    return mine.ending_in(digits) if len(digits) >= FEWEST_DIGITS else None


def _limits(person: Person, *, with_words: bool) -> list[Fact]:
    """How long a number may be unused, and how many of them a person may hold, if that is shown; with the words of
    readers, which is one question more."""
    if person.numbers_elsewhere is None:
        return list(inactivity_limits())
    limits = inactivity_limits() | Fact.objects.filter(key=LIMIT)
    return list(with_readers_words(limits) if with_words else limits)


def _shown(mine: SimQuerySet, form: ListForm, tally: Tally, limits: list[Fact], now: datetime) -> tuple[Page, Overview]:
    """The cards of this page; and with them those of the next SIM that runs out and the first that need a decision,
    which stand above it on every page."""
    page = _page_of(form, tally)
    mine = mine.as_of(now, tally.zones)
    on_page = Q(pk__in=_slice(mine, form.asked, page))
    first_open = Q(pk__in=mine.open().soonest_first().values("pk")[:DECISIONS_SHOWN])
    next_one = Q(pk__in=mine.next_ahead().values("pk")[:1])
    sims = list(
        mine.filter(on_page | first_open | next_one)
        .annotate(on_page=Case(When(on_page, then=True), default=False, output_field=BooleanField()))
        .with_own_facts()
        .in_order(form.asked.sort)
    )
    know_operators(sims, limits)
    cards = [card_of(sim, now) for sim in sims]
    page.object_list = [card for card in cards if card.sim.on_page]
    return page, Overview.of(cards)


def _page_of(form: ListForm, tally: Tally) -> Page:
    """The page that is asked for, still without its cards: how many there are is known from the tally."""
    size = ROWS_A_PAGE if form.is_table else CARDS_A_PAGE
    return Paginator(range(tally.found(form.asked)), size).get_page(form.data.get("page"))


def _slice(mine: SimQuerySet, asked: Asked, page: Page) -> SimQuerySet:
    first = max(page.start_index() - 1, 0)
    return mine.asked_for(asked).in_order(asked.sort).values("pk")[first : max(page.end_index(), first + 1)]


def situation(request: HttpRequest) -> HttpResponse:
    with changing(request):
        person = found(request, Person.objects.visible_to(request.user), request.person.pk)
        form = SituationForm(posted(request), initial={"place": person.place, "payments": person.payments})
        if form.is_valid():
            form.apply_to(person)
            actions.save_person(person, timezone.now(), ["place", "payments"])
            actions.note_steps(person, timezone.now())
            messages.success(request, _("Saved. The guides that can work for you now come first."))
            return redirect(next_page(request, reverse("plans:dashboard")))
    context = {"form": form, "next": next_page(request, ""), "said": said_of_today(request.person, timezone.now())}
    return render(request, "plans/situation.html", context)


@dataclass(frozen=True)
class Undelivered:
    """Reminders that reached their reader by no way, the first of them, and the last message that tried."""

    count: int
    first: Reminder
    advice: Advice | None


def _undelivered(request: HttpRequest, today: date) -> Undelivered | None:
    if request.person.bounced_at:
        return None  # said in words of its own
    found = Reminder.objects.visible_to(request.user).undelivered(today)
    found = found.select_related("sim", "plan", "message").defer("message__text", "message__html")
    found = list(found.order_by("deadline", "pk"))
    if not found:
        return None
    topics = {(one.subject, one.kind, one.deadline) for one in found}
    return Undelivered(len(topics), found[0], advice_about(found[0].message) if found[0].message else None)

"""Every component of the look on one page, for those who make the site: only under DEBUG.

What can be read from the stylesheets and the templates is read there, so that the page cannot fall behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import constants as levels
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guides.models import Operator
from plans.deadlines import State
from plans.models import Person, Plan, Sim
from plans.overview import Card, card_of

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
_TODAY = date(2026, 11, 23)
_NOBODY = 10**15  # an id that opens nothing

# Letters on their ground: every pair that stands on a page.
PAIRS = [
    *(("ink", ground) for ground in ("paper", "card", "accent-soft", "soon-bg", "urgent-bg", "fine-bg")),
    *(("ink-soft", ground) for ground in ("paper", "card")),
    *(("accent", ground) for ground in ("paper", "card", "accent-soft")),
    *(("accent-strong", ground) for ground in ("card", "accent-soft")),
    ("accent-ink", "accent"),
    ("band-ink", "band"),
    ("sun", "band"),
    ("urgent", "card"),
    *((state.value, f"{state.value}-bg") for state in State),
]
# Lines that carry meaning: the ring around what has the focus.
LINES = [("focus", "paper"), ("focus", "card"), ("sun", "band")]

_VARIABLE = re.compile(r"^\s*--k-([\w-]+):\s*(#[0-9a-f]{3,6});", re.MULTILINE)
_ICON = re.compile(r'{% lucide "([\w-]+)"')


@login_not_required
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    context = {
        "swatches": list(swatches()),
        "samples": _SAMPLES,
        "states": [state.value for state in State],
        "told": [Message(*one) for one in _TOLD],
        "form": _Example({"name": "", "price": "many", "period": "30d", "kinds": ["ends"]}),
        "cards": cards(),
        "icons": icons(),
    }
    return render(request, "pages/style.html", context)


# --- colours ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swatch:
    ink: str
    ground: str
    light: float
    dark: float


def swatches() -> Iterator[Swatch]:
    light, dark = colours()
    for ink, ground in PAIRS:
        yield Swatch(ink, ground, contrast(light[ink], light[ground]), contrast(dark[ink], dark[ground]))


def colours() -> tuple[dict[str, str], dict[str, str]]:
    """The variables of the light theme, and of the dark one, which keeps those that it does not change."""
    light, dark = (
        dict(_VARIABLE.findall((settings.BASE_DIR / "static/css" / name).read_text()))
        for name in ("kzsim.css", "dark.css")
    )
    return light, light | dark


def contrast(one: str, other: str) -> float:
    """As WCAG counts it: 1 is none, 21 is black on white; letters need 4.5."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return round((lighter + 0.05) / (darker + 0.05), 2)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- words, forms, icons --------------------------------------------------------------------------------

_SAMPLES = [
    ("en", "Works until Saturday 12 December, then renews itself"),
    ("zh-hans", "有效期至12月12日星期六，之后自动续订"),
    ("ru", "Действует до 12 декабря (суббота), затем продлевается автоматически"),
    ("kk", "12 желтоқсан, сенбіге дейін жарамды, содан кейін автоматты түрде ұзартылады"),
]
_TOLD = [
    (levels.INFO, "This SIM is archived: we do not remind you of it."),
    (levels.SUCCESS, "Saved. It works until Saturday 12 December.", "/style/"),
    (levels.WARNING, "The address is not verified yet, so nothing is sent to it."),
    (levels.ERROR, "The mail server answered: 550 5.1.1 The account that you tried to reach does not exist."),
]


class _Example(forms.Form):
    name = forms.CharField(label="Name of the plan", help_text="As the operator writes it.")
    price = forms.DecimalField(label="Price", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    period = forms.ChoiceField(label="Period", choices=[("30d", "30 days"), ("month", "a calendar month")])
    renews = forms.ChoiceField(
        label="How it renews", choices=[("hand", "by hand"), ("auto", "by itself")], widget=forms.RadioSelect
    )
    kinds = forms.MultipleChoiceField(
        label="Remind me when",
        choices=[("ends", "a plan ends"), ("lost", "a number may be lost")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    until = forms.DateField(label="Works until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label="Note", required=False, disabled=True, initial="Nothing to write here")


def icons() -> list[str]:
    """Those that templates use."""
    files = (settings.BASE_DIR / "templates").rglob("*.html")
    return sorted({name for file in files for name in _ICON.findall(file.read_text())})


# --- SIMs -------------------------------------------------------------------------------------------------


def cards() -> list[Card]:
    """A SIM in each state, of people and numbers that do not exist; nothing is read from the database."""
    hand, by_itself = Plan.Renews.HAND, Plan.Renews.AUTO
    return [
        _card(1, "My phone", "Kcell", days=21, renews=hand),
        _card(2, "Till 14", "Tele2", days=5, renews=hand),
        _card(3, "Модем на даче в Алматинской области", "Beeline", days=1, renews=hand),
        _card(4, "Анамның телефоны", "activ", days=-2, renews=hand),
        _card(5, "妈妈的手机", "izi", days=None, renews=hand),
        _card(6, "", "Altel", days=-90, renews=hand),
        _card(7, "Tablet", "Kcell", days=3, renews=by_itself),
        _card(8, "Alarm system", "Kcell", days=-4, renews=by_itself),
        _card(9, "Forgotten", "Kcell", days=-200, renews=by_itself),
    ]


def _card(number: int, label: str, operator: str, *, days: int | None, renews: str) -> Card:
    person = Person(place="kz")
    person.all_stays = []
    brand = Operator(slug=operator.lower(), name=operator)
    brand.inactivity_limits, brand.latest_promotions = [], []
    sim = Sim(pk=_NOBODY + number, number=f"+7701555010{number}", label=label, operator=brand, person=person)
    until = None if days is None else _TODAY + timedelta(days=days)
    plan = Plan(pk=_NOBODY + number, sim=sim, name="Freedom", price=Decimal(4990), period="30d", renews=renews)
    plan.paid_until, plan.said_at = until, NOW - timedelta(days=30)
    sim.plans_in_use, sim.entries, sim.uses, sim.renewed_at = [plan], [], [], None
    return card_of(sim, NOW)

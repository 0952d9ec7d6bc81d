"""Many SIMs at once: what is pasted of them, and the group that some are put into."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from guides.models import Operator
from kzsim.common.currencies import currency_of
from kzsim.common.money import Money
from plans.actions import NewSim
from plans.groups import in_one_spelling
from plans.models import Person, Plan, Sim
from plans.pasted import Assumed, Brand, Pasted, Row, Trouble, read
from plans.periods import Period, Wording
from plans.reply_parts import folded
from plans.spreadsheet import COLUMNS

from .fields import GroupField
from .layout import Details, PageForm
from .plans import DAY_WORDINGS

MOST = 500  # rows at once: each is looked through by a person
LONGEST = 200_000  # characters
_LINE, _BRANDS = "line-", "brands."  # how the boxes of single lines, and of numbers that fit several operators, begin

WORDS = {
    Trouble.NO_NUMBER: _("There is no telephone number in this line."),
    Trouble.BAD_NUMBER: _("“%(text)s” is not a whole telephone number."),
    Trouble.TWICE: _("This number stands in a line above already."),
    Trouble.NO_OPERATOR: _("The number does not tell the operator. Write its name into the line."),
    Trouble.WHICH_OPERATOR: _("This number fits more than one operator. Choose above, or write it into the line."),
    Trouble.BAD_OPERATOR: _("We do not know an operator “%(text)s”. Write one from the list, or “other”."),
    Trouble.FOREIGN: _("This is not a Kazakh number, so it cannot be of %(text)s. Check it, or write “other”."),
    Trouble.BAD_PRICE: _("“%(text)s” is no price. Write a sum in figures, for example 4990."),
    Trouble.BAD_DAY: _("“%(text)s” is no date we can read. Write it like 2026-12-31 or 31.12.2026."),
    Trouble.FAR_DAY: _("Check the year of “%(text)s”: it is too far away."),
    Trouble.FUTURE_DAY: _("“%(text)s” is still to come, so nobody can have paid on it."),
    Trouble.NO_PERIOD: _("A one-time plan has no period to count from. Say until when it works, or choose its period."),
    Trouble.BAD_PERIOD: _("“%(text)s” is no period we know. Write for example 30 days, 28 days, month."),
    Trouble.LONG_LABEL: _("The label is too long: up to 60 characters."),
    Trouble.LONG_GROUP: _("The name of the group is too long: up to 40 characters."),
    Trouble.LONG_PLAN: _("The name of the plan is too long: up to 80 characters."),
    Trouble.LONG_LINE: _("This line is too long to be one SIM."),
}


class PastedField(forms.CharField):
    """Lines exactly as they were pasted, but for signs that nobody can see."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value.replace("\0", " ") if isinstance(value, str) else value)


class AddManyForm(PageForm):
    """Lines of SIMs, and what holds for those that do not say it."""

    text = PastedField(
        label=_("Your list"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocapitalize": "off", "wrap": "off"}),
        error_messages={"required": _("Paste at least one line with a number.")},
    )
    group = GroupField()
    wording = forms.TypedChoiceField(
        label=_("What the dates mean"),
        required=False,
        coerce=Wording,
        choices=[*DAY_WORDINGS, (Wording.PAID, _("I last paid on this day"))],
        initial=Wording.UNTIL.value,
        empty_value=Wording.UNTIL,
    )
    period = forms.TypedChoiceField(
        label=_("Period"),
        required=False,
        coerce=Period,
        choices=Plan.Period.choices,
        initial=Period.DAYS_30.value,
        empty_value=Period.DAYS_30,
    )
    renews = forms.ChoiceField(
        label=_("How it renews"),
        required=False,
        choices=Plan.Renews.choices,
        initial=Plan.Renews.HAND.value,
    )

    FOR_ALL = ("group", "wording", "period", "renews")

    def __init__(self, data: Any = None, *, owner: Any, today: date, **options: Any) -> None:
        super().__init__(data and _mended(data), **options)
        self.owner, self.today = owner, today
        self.fields["group"].propose(Sim.objects.visible_to(owner).groups())

    @property
    def text_helper(self) -> Any:
        return self.helper_of("text")

    @property
    def for_all_helper(self) -> Any:
        return self.helper_of(Details(_("What holds for lines that do not say it"), *self.FOR_ALL))

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        if len(text) > LONGEST:
            raise ValidationError(_("This is too much at once: paste up to 500 lines. Nothing is lost here."), "long")
        if not text.strip():
            raise ValidationError(self.fields["text"].error_messages["required"], "required")
        return text

    def clean_renews(self) -> str:
        return self.cleaned_data["renews"] or Plan.Renews.HAND.value

    @cached_property
    def brands(self) -> dict[tuple[str, ...], str]:
        """Which of the operators that a number fits was chosen for all such numbers."""
        chosen = {tuple(name.split(".")[1:]): value for name, value in self.data.items() if name.startswith(_BRANDS)}
        return {fits: slug for fits, slug in chosen.items() if slug in fits}

    @cached_property
    def checked(self) -> Checked:
        """What the lines of a valid form say."""
        data, operators = self.cleaned_data, list(Operator.objects.all())
        assumed = Assumed(
            data["period"],
            data["wording"],
            data["group"],
            self.brands,
            {str(name).casefold(): column for column, name in COLUMNS.items()},
            {" ".join(folded(str(label)).split()): Period(value) for value, label in Plan.Period.choices},
        )
        known = [Brand(one.slug, one.name, tuple(one.prefixes)) for one in operators]
        told = read(data["text"], known, self.today, assumed, MOST)
        numbers = [row.number for row in told.rows if row.number is not None]
        twins = {sim.number.as_e164: sim for sim in Sim.objects.visible_to(self.owner).filter(number__in=numbers)}
        return Checked(data["text"], told, {one.slug: one for one in operators}, twins, assumed.brands)

    def new_sims(self, lines: Iterable[Line], person: Person) -> list[NewSim]:
        lines = list(lines)
        groups = in_one_spelling((line.row.group for line in lines), self.fields["group"].widget.suggestions)
        return [
            NewSim(
                Sim(
                    owner=self.owner,
                    person=person,
                    number=line.row.number,
                    operator=line.operator,
                    label=line.row.label,
                    group=group,
                ),
                self._plan(line.row),
                line.row.paid_until,
                line.row.anchor,
            )
            for line, group in zip(lines, groups, strict=True)
        ]

    def _plan(self, row: Row) -> Plan | None:
        if not row.has_plan:
            return None
        renews, currency = self.cleaned_data["renews"], currency_of(row.number) or Money.currency
        return Plan(name=row.plan, price=row.price, currency=currency, period=row.period.value, renews=renews)

    def of_rest(self, text: str) -> AddManyForm:
        """The same form with the lines that are left."""
        data = {name: self.data[name] for name in self.data} | {"text": text}
        return AddManyForm(data, owner=self.owner, today=self.today)


def _mended(data: Mapping[str, str]) -> dict[str, str]:
    """What was sent, with the lines as they were changed in boxes of their own; one that was emptied is left out."""
    lines = str(data.get("text", "")).splitlines()
    for name, line in data.items():
        at = name.removeprefix(_LINE)
        if name != at and re.fullmatch("[0-9]{1,6}", at) and int(at) < len(lines):
            lines[int(at)] = " ".join(line.splitlines())
    kept = {name: value for name, value in data.items() if not name.startswith(_LINE)}
    return kept | {"text": "\n".join(lines)}


@dataclass(frozen=True)
class Line:
    """A line as the page shows it. `twin`: the SIM that has its number already."""

    row: Row
    operator: Operator | None
    twin: Sim | None

    @property
    def words(self) -> list[str]:
        return [WORDS[trouble] % {"text": text} for trouble, text in self.row.troubles]

    @property
    def asks_for_brand(self) -> bool:
        """Whether one answer for many lines is all that is missing."""
        return [trouble for trouble, _text in self.row.troubles] == [Trouble.WHICH_OPERATOR]

    @property
    def is_alright(self) -> bool:
        return not self.row.troubles and self.twin is None

    @property
    def cost(self) -> Money | None:
        if self.row.price is None or self.row.number is None:
            return None
        return Money(self.row.price, currency_of(self.row.number) or Money.currency)

    @property
    def period(self) -> str:
        return str(Plan.Period(self.row.period).label) if self.row.period else ""


@dataclass(frozen=True)
class Which:
    """A question: which of several operators have the numbers that fit them all? None chosen: it is open."""

    name: str
    operators: list[Operator]
    count: int
    chosen: str


@dataclass(frozen=True)
class Checked:
    """All lines of a list, looked through. What is more than can be looked through at once waits."""

    text: str
    told: Pasted
    operators: dict[str, Operator]
    twins: dict[str, Sim]
    brands: dict[tuple[str, ...], str]

    @cached_property
    def lines(self) -> list[Line]:
        return [
            Line(
                row,
                self.operators.get(row.operator),
                self.twins.get(row.number.as_e164) if row.number is not None else None,
            )
            for row in self.told.rows
        ]

    @property
    def waiting(self) -> int:
        return len(self.told.later)

    @cached_property
    def ready(self) -> list[Line]:
        return [line for line in self.lines if line.is_alright]

    @property
    def there(self) -> list[Line]:
        return [line for line in self.lines if line.twin]

    @cached_property
    def to_mend(self) -> list[Line]:
        return [line for line in self.lines if line.row.troubles and not line.twin and not line.asks_for_brand]

    @cached_property
    def undecided(self) -> list[Line]:
        return [line for line in self.lines if line.asks_for_brand and not line.twin]

    @property
    def questions(self) -> list[Which]:
        counts = dict.fromkeys(self.brands, 0) | self.told.doubtful
        return [
            Which(_BRANDS + ".".join(fits), [self.operators[slug] for slug in fits], count, self.brands.get(fits, ""))
            for fits, count in counts.items()
            if all(slug in self.operators for slug in fits)
        ]

    def taken(self, skipped: Collection[int]) -> list[Line]:
        return [line for line in self.ready if line.row.at not in skipped]

    @property
    def rest(self) -> str:
        """The lines that are not saved with those that are ready, as they are written; empty if there is none."""
        lines = self.text.splitlines()
        unsaved = [line.row.at for line in (*self.to_mend, *self.undecided)]
        kept = [lines[at] for at in sorted([*unsaved, *self.told.later])]
        return "\n".join([*([self.told.names] if self.told.names else []), *kept]) if kept else ""


def saved_words(count: int) -> str:
    return ngettext("%(count)s SIM is saved.", "%(count)s SIMs are saved.", count) % {"count": count}


class ChosenGroupForm(PageForm):
    """Into which group some SIMs go; into none where it is empty."""

    group = GroupField(help_text=_("A new name, or one you have. Empty: they belong to no group."))

    def __init__(self, data: Any = None, *, known: list[str], **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["group"].propose(known)


def ids_said(values: Iterable[str]) -> list[int]:
    """Numbers of rows as they come in addresses and boxes; what is none is left out."""
    return [int(value) for value in values if re.fullmatch(r"[0-9]{1,15}", value)]

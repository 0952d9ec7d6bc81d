"""What a plan may take from the guides' catalogue of tariffs. A choice, never a must: few tariffs are known.

`FromCatalogue` is a part of any form that says what a plan is. Choosing a tariff fills the form in, at once where the
page has its script, else with a button that shows the same page again; a form that is sent without having been filled
in takes from the tariff what its reader left as it was. What they typed afterwards stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from crispy_forms.layout import HTML, Div
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import escape, format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from guides.models import Operator, Tariff
from kzsim.common.formats import data_in_words, date_in_words, listed, money_in_words, titled
from kzsim.common.money import Money
from plans.catalogue import TAKEN, price_today, taken_from
from plans.models import Plan

from .fields import AmountField, DataField
from .layout import FILL, Choices, Details, PageForm

_FILLS_IN = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-vals": f'{{"{FILL}": "tariff"}}',
    "hx-target": "#plan-fields",
    "hx-select": "#plan-fields",
    "hx-select-oob": "#operators",
    "hx-swap": "outerHTML",
}


class FromCatalogue(PageForm):
    """The choice of a tariff, and what else it fills in beside a plan's name, price and period."""

    tariff = forms.ChoiceField(
        label=_("Tariff"),
        required=False,
        error_messages={"invalid_choice": _("Choose a tariff from the list, or none.")},
        help_text=_("It fills the form in. What you write yourself counts more."),
    )
    filled_from = forms.CharField(required=False, widget=forms.HiddenInput)
    data_mb = DataField(label=_("Data"), help_text=_("With its unit: 30 GB, 512 MB."))
    minutes = AmountField(label=_("Minutes"))
    messages = AmountField(label=_("SMS"))

    ALLOWANCES = ("data_mb", "minutes", "messages")

    def offer(self, tariffs: Iterable[Tariff], today: date, plan: Plan | None = None) -> None:
        """Lets the reader choose among these. Call it once the form's data are there."""
        self.tariffs, self.today = {str(tariff.pk): tariff for tariff in tariffs}, today
        if plan and plan.tariff and str(plan.tariff_id) not in self.tariffs:
            self.tariffs[str(plan.tariff_id)] = plan.tariff  # it stays, though its operator is another by now
        self.fields["tariff"].choices = [("", _("None of these")), *_choices(self.tariffs.values(), today)]
        self.fields["tariff"].widget.attrs |= _FILLS_IN
        if plan:
            self.initial |= {"tariff": plan.tariff_id or "", **{name: getattr(plan, name) for name in self.ALLOWANCES}}
            self.initial["filled_from"] = self.initial["tariff"]
        if self.is_being_filled:
            self._fill_in()
        self._tell_of_price()

    def in_catalogue(self, *fields: Any) -> Div:
        """These parts of the form, with the choice above them where there is something to choose from."""
        return Div(*([self._fold()] if self.tariffs else []), *fields, css_id="plan-fields")

    def _fold(self) -> Details:
        parts = ["tariff", "filled_from", HTML(_take_button())]
        if self.tariff_chosen and self.is_being_filled:
            parts.append(HTML(_filled_in()))
        return Details(_("Take it from the catalogue"), *parts, is_open=self.is_being_filled or None)

    def offer_at_sight(self, operator: Operator) -> bool:
        """Shows the tariffs of one operator as chips, those first whose price is today's; whether there are any."""
        its = tariffs_of(operator, self.tariffs.values())
        if self.is_bound and self.tariff_chosen and self.tariff_chosen not in its:
            its.append(self.tariff_chosen)  # to be told beside it that it is another's
        its.sort(key=lambda tariff: price_today(tariff, self.today) is None)
        choices = [("", gettext("None of these")), *_short_choices(its, self.today)]
        self.fields["tariff"].widget = forms.RadioSelect(attrs=_FILLS_IN, choices=choices)
        return bool(its)

    def at_sight(self) -> list[Any]:
        parts = [Choices("tariff", look="chips"), "filled_from"]
        return [*parts, HTML(_filled_in())] if self.tariff_chosen and self.is_being_filled else parts

    def allowances(self) -> Details:
        both = Div(Div("minutes", css_class="col-6"), Div("messages", css_class="col-6"), css_class="row gx-3")
        return Details(_("Data, minutes and SMS it includes"), "data_mb", both)

    @cached_property
    def tariff_chosen(self) -> Tariff | None:
        """The tariff that stands in the form."""
        stands = self.data.get(self.add_prefix("tariff")) if self.is_bound else self.initial.get("tariff")
        return self.tariffs.get(str(stands or ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        tariff = self.tariffs.get(data.get("tariff", ""))
        if tariff and data.get("filled_from") != str(tariff.pk):
            left = {name for name in self.fields if name not in self.changed_data or not self[name].data}
            data |= {name: value for name, value in self._said_instead(tariff, data).items() if name in left}
        return data

    def _said_instead(self, tariff: Tariff, stands: Mapping[str, Any]) -> dict[str, Any]:
        """What the tariff says in the place of what `stands`; nothing stays of another that was taken before."""
        former = self.tariffs.get(self.data.get(self.add_prefix("filled_from"), ""))
        was = taken_from(former, self.today) if former else {}
        gone = {name: None for name, value in was.items() if name in self.fields and stands.get(name) == value}
        return gone | taken_from(tariff, self.today)

    def refuse_tariff_of_another(self, operator: Operator | None) -> bool:
        """Whether the chosen tariff is none of this operator's, which is said beside it."""
        tariff = self.tariffs.get(self.cleaned_data.get("tariff", ""))
        if tariff is None or tariff in tariffs_of(operator, self.tariffs.values()):
            return False
        words = gettext("This tariff is one of %(operator)s. Choose another, or none.")
        self.add_error("tariff", words % {"operator": tariff.operator})
        return True

    def said_of_tariff(self) -> dict[str, Any]:
        """The plan's fields that the choice decides, as they stand in the form, where it was made anew. A renewal as
        another plan takes all of them along."""
        if "tariff" not in self.changed_data:
            return {}
        tariff = self.tariffs.get(self.cleaned_data.get("tariff", ""))
        if tariff is None:
            return {"tariff": None}
        return {"tariff": tariff} | {name: self.cleaned_data[name] for name in (*TAKEN, "price") if name in self.fields}

    def _fill_in(self) -> None:
        """Puts what the tariff says into the form as it was sent; all else stays as it was typed."""
        data: QueryDict = self.data.copy()
        tariff = self.tariffs.get(data.get(self.add_prefix("tariff"), ""))
        if tariff:
            for name, value in self._said_instead(tariff, self._typed()).items():
                if name in self.fields:
                    data[self.add_prefix(name)] = "" if value is None else self.fields[name].prepare_value(value)
            if not data.get("operator"):
                data["operator"] = tariff.operator.slug
        data[self.add_prefix("filled_from")] = str(tariff.pk) if tariff else ""
        self.data = data

    def _typed(self) -> dict[str, Any]:
        """What stands in the form, as far as it can be understood."""
        typed = {}
        for name in (*TAKEN, "price"):
            if name in self.fields:
                with suppress(ValidationError):
                    typed[name] = self.fields[name].clean(self[name].data)
        return typed

    def _tell_of_price(self) -> None:
        if self.tariff_chosen:
            self.fields["tariff"].help_text = escape(price_words(self.tariff_chosen, self.today))


def _take_button() -> str:
    """For pages without their script."""
    words = gettext("Take this")
    return format_html(
        '<noscript><button class="btn btn-outline-primary mb-3" name="{}" value="tariff">{}</button></noscript>',
        FILL,
        words,
    )


def _filled_in() -> str:
    words = gettext("Filled in below. Look it over, then save.")
    return format_html('<p class="mb-0" role="status">{}</p>', words)


def tariffs_of(operator: Operator | None, tariffs: Iterable[Tariff]) -> list[Tariff]:
    """An operator's own tariffs, or where it has none those of its network."""
    every, ids = list(tariffs), [operator.pk, operator.network_id] if operator else []
    found = ([tariff for tariff in every if tariff.operator_id == pk] for pk in ids if pk)
    return next(filter(None, found), [])


def every_tariff() -> list[Tariff]:
    return list(Tariff.objects.select_related("operator").order_by("operator", "name", "pk"))


def price_words(tariff: Tariff, today: date) -> str:
    """What is known of its price, and from where; whether it is today's is never left open."""
    words = {
        "price": money_in_words(Money(tariff.price, tariff.currency)),
        "source": tariff.source,
        "day": date_in_words(tariff.seen_on, today) if tariff.seen_on else "",
    }
    if price_today(tariff, today) is not None:
        return gettext("%(price)s, confirmed on %(day)s: %(source)s.") % words
    if tariff.is_current_on(today) and tariff.price_since:
        words["day"] = date_in_words(tariff.price_since, today)
        return gettext("From %(day)s it costs %(price)s: %(source)s. Write what you pay now.") % words
    if tariff.seen_on:
        return gettext("Last seen on %(day)s: %(price)s, %(source)s. Write what you pay.") % words
    return gettext("Seen once, nobody knows when: %(price)s, %(source)s. Write what you pay.") % words


def _choices(tariffs: Iterable[Tariff], today: date) -> list[Any]:
    """Under their operators, where there are several."""
    groups = [(name, _short_choices(its, today)) for name, its in groupby(tariffs, lambda tariff: tariff.operator.name)]
    return groups if len(groups) > 1 else [choice for _name, choices in groups for choice in choices]


def _short_choices(tariffs: Iterable[Tariff], today: date) -> list[tuple[str, str]]:
    return [(str(tariff.pk), _short(tariff, today)) for tariff in tariffs]


def _short(tariff: Tariff, today: date) -> str:
    """“FreeStyle: 7 days, 5 GB”, and its price where that is today's."""
    price = price_today(tariff, today)
    parts = [
        str(tariff.get_period_display()) if tariff.period else "",
        data_in_words(tariff.data_mb) if tariff.data_mb else "",
        money_in_words(Money(Decimal(price), tariff.currency)) if price is not None else "",
    ]
    said = listed(filter(None, parts))
    return titled(tariff.name, said) if said else tariff.name

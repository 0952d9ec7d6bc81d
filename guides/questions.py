"""What a reader is asked on a page of the guides, and what they answered: all of it stands in the address.

An address may come from anywhere, so whatever in it is not understood counts as not answered, and no error is shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from crispy_forms.bootstrap import PrependedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from guides.assistant import HowSoon
from guides.choosing import Phone, Stay, Use
from guides.models import Operator
from guides.selection import operators_for_number, prefix_of
from guides.situation import PaymentMethod, Place, Situation
from kzsim.common.formats import listed

OTHER = "other"  # an operator that is not in the list, or that the reader does not know
NUMBER_FIELD = "id_number"
_DIGITS_SENT = 7  # room for “+7 701”; a whole number never fits, so it never stands in an address


# --- the renewal assistant ---------------------------------------------------------------------------


@dataclass(frozen=True)
class RenewalAnswers:
    """`operator` is a short name, `OTHER` or "". `number` is left only where its first digits name no single brand:
    `brands` are those that fit."""

    operator: str = ""
    number: str = ""
    brands: tuple[Operator, ...] = ()
    situation: Situation = field(default_factory=Situation)
    soon: str = ""

    @property
    def is_empty(self) -> bool:
        return self == RenewalAnswers()


def renewal_answers(said: QueryDict, operators: Sequence[Operator], *, number_counts_more: bool) -> RenewalAnswers:
    """What the address says. Digits and a brand together: the brand is what the reader knows of a number that was
    taken along, unless the digits were typed last (`number_counts_more`)."""
    chosen = _among(said.get("operator"), [*(one.slug for one in operators), OTHER])
    situation = Situation(
        _among(said.get("place"), Place.values), frozenset(said.getlist("payments")) & set(PaymentMethod.values)
    )
    number, brands = _first_digits(said.get("number", ""))
    if chosen and not (number_counts_more and number):
        number, brands = "", []
    elif len(brands) == 1:
        chosen, number, brands = brands[0].slug, "", []
    else:
        chosen = ""
    return RenewalAnswers(chosen, number, tuple(brands), situation, _among(said.get("soon"), HowSoon.values))


def _first_digits(typed: str) -> tuple[str, list[Operator]]:
    """At most three digits of a number, those after the country code, and the brands that they were given to."""
    digits = re.sub(r"\D", "", typed)
    first = prefix_of(typed) or digits[:3]
    brands = operators_for_number(first)
    if not brands and digits.startswith("7") and len(digits) > len(first):  # 7701...: the country code without its +
        beyond = digits[1:4]
        brands = operators_for_number(beyond)
        first = beyond if brands else first
    return first, brands


class RenewalQuestions(forms.Form):
    """The assistant's questions, marked as they were answered."""

    operator = forms.ChoiceField(label=_("Your operator"), widget=forms.RadioSelect)
    number = forms.CharField(
        label=_("Not sure? Type how your number begins"),
        widget=forms.TextInput(
            attrs={"inputmode": "tel", "autocomplete": "off", "maxlength": _DIGITS_SENT, "placeholder": "701"}
        ),
        help_text=_("Three digits are enough. We do not ask for the rest."),
    )
    place = forms.ChoiceField(label=_("Where are you?"), choices=Place.choices, widget=forms.RadioSelect)
    payments = forms.MultipleChoiceField(
        label=_("How can you pay? Choose all that fit."),
        choices=PaymentMethod.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    soon = forms.ChoiceField(
        label=_("When must the money be there?"), choices=HowSoon.choices, widget=forms.RadioSelect
    )

    def __init__(self, answers: RenewalAnswers, operators: Sequence[Operator], address: str) -> None:
        initial = {
            "operator": answers.operator,
            "number": answers.number,
            "place": answers.situation.place,
            "payments": list(answers.situation.payments),
            "soon": answers.soon,
        }
        super().__init__(initial=initial)
        _ask_for_nothing(self)
        first = [one for one in operators if one in answers.brands]
        rest = [one for one in operators if one not in answers.brands]
        names = [(one.slug, one.name) for one in (*first, *rest)]
        self.fields["operator"].choices = [*names, (OTHER, _("Another, or I do not know"))]
        self.fields["number"].widget.attrs |= {
            "hx-get": address,
            "hx-trigger": "change consume",
            "hx-include": "closest form",
            "hx-target": "#ways",
            "hx-sync": "closest form:queue last",
        }
        if answers.number:
            self.fields["number"].help_text = note_on_number(answers)

    @property
    def operator_helper(self) -> FormHelper:
        return _helper(_pills("operator"), PrependedText("number", "+7"))

    @property
    def rest_helper(self) -> FormHelper:
        return _helper(_pills("place"), _pills("payments"), _pills("soon"))


def note_on_number(answers: RenewalAnswers) -> str:
    """What the digits tell where they do not name one brand; "" where there is nothing to say."""
    if answers.brands:
        names = listed(one.name for one in answers.brands)
        return _(
            "Numbers with +7 %(digits)s were given out by: %(names)s. The name stands on the card. Choose yours."
        ) % {
            "digits": answers.number,
            "names": names,
        }
    if answers.number:
        return _("We know no operator for +7 %(digits)s. Choose it yourself.") % {"digits": answers.number}
    return ""


# --- which operator suits me ---------------------------------------------------------------------------


def choosing_answers(said: QueryDict) -> list[str]:
    """What matters to the reader, as `guides.choosing` calls it."""
    names = {"use": Use.values, "stay": Stay.values, "phone": Phone.values}
    return [value for name, known in names.items() for value in known if value in said.getlist(name)]


def choosing_address(asked: Collection[str], language: str) -> str:
    """The comparison with these answers given."""
    kinds = (("use", Use), ("stay", Stay), ("phone", Phone))
    query = urlencode([(name, value) for name, known in kinds for value in known.values if value in asked])
    path = reverse("guides:choose", kwargs={"lang": language})
    return f"{path}?{query}" if query else path


class ChoosingQuestions(forms.Form):
    """What matters to somebody who chooses an operator."""

    use = forms.MultipleChoiceField(
        label=_("What do you want most?"), choices=Use.choices, widget=forms.CheckboxSelectMultiple
    )
    stay = forms.ChoiceField(label=_("How long do you stay?"), choices=Stay.choices, widget=forms.RadioSelect)
    phone = forms.MultipleChoiceField(label=_("Your phone"), choices=Phone.choices, widget=forms.CheckboxSelectMultiple)

    def __init__(self, asked: Collection[str]) -> None:
        initial = {
            "use": [value for value in Use.values if value in asked],
            "stay": next((value for value in Stay.values if value in asked), ""),
            "phone": [value for value in Phone.values if value in asked],
        }
        super().__init__(initial=initial)
        _ask_for_nothing(self)

    @property
    def helper(self) -> FormHelper:
        return _helper(_pills("use"), _pills("stay"), _pills("phone"))


# --- both ------------------------------------------------------------------------------------------------


def _among(value: str | None, known: Collection[str]) -> str:
    return value if value in known and value else ""


def _ask_for_nothing(form: forms.Form) -> None:
    """No answer is required."""
    for one in form.fields.values():
        one.required = False


def _pills(name: str) -> Any:
    return Field(name, wrapper_class="pills")


def _helper(*parts: Any) -> FormHelper:
    """Only the fields: the template writes the form around them."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf = False, True
    helper.layout = Layout(Div(*parts))
    return helper

"""How the parts of a page’s forms are laid out, and what all of these forms can do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout, LayoutObject
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join


class Details(LayoutObject):
    """A part of a form that opens on a tap, and by itself where something in it is wrong or `is_open` says so.
    Unless `is_open` says no, it is open where it holds more than proposals."""

    template = "plans/parts/details.html"

    def __init__(self, summary: Any, *fields: Any, is_open: bool | None = None) -> None:
        self.summary, self.fields, self.is_open = summary, list(fields), is_open

    def render(self, form: forms.Form, context: Any, template_pack: str = TEMPLATE_PACK, **kwargs: Any) -> str:
        names = [pointer.name for pointer in self.get_field_names()]
        is_open = self.is_open or any(name in form.errors for name in names)
        if self.is_open is None:
            is_open = is_open or any(_holds_something(form, name) for name in names)
        content = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(self.template, {"summary": self.summary, "content": content, "open": is_open})


class Choices(Field):
    """Things to mark, side by side where there is room, with those that were marked when the page was shown: those
    crispy leaves out."""

    def __init__(self, *names: str, look: str = "choices", **options: Any) -> None:
        """`look`: “chips” for short words, all of them in sight."""
        super().__init__(*names, wrapper_class=look, **options)

    def render(self, form: forms.Form, context: Any, *args: Any, **kwargs: Any) -> str:
        choices = super().render(form, context, *args, **kwargs)
        shown = [form[name] for name in self.fields if form.fields[name].show_hidden_initial]
        marked = format_html_join("", "{}", ((one.as_hidden(only_initial=True),) for one in shown))
        return format_html("{}{}", choices, marked)


def _holds_something(form: forms.Form, name: str) -> bool:
    """Whether the reader, or what is stored, put more than the proposal there."""
    value = form[name].value()
    return bool(value) and str(value) != str(form.fields[name].initial or "")


def price_and_period() -> Div:
    """Side by side; the period's words are the longer ones."""
    return Div(Div("price", css_class="col-5"), Div("period", css_class="col-7"), css_class="row gx-3")


def bare_helper(layout: Layout) -> FormHelper:
    """Only the fields: the template writes the form around them."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf, helper.layout = False, True, layout
    return helper


FILL = "fill_in"  # the button that fills a part of a form in, and sends nothing yet


class PageForm(forms.Form):
    """A part of a page; the page's template writes the form's tags and buttons."""

    @property
    def is_being_filled(self) -> bool:
        """Whether the page is only shown again with a part filled in: nothing can be wrong yet, nor be saved."""
        return self.is_bound and FILL in self.data

    @property
    def errors(self) -> ErrorDict:
        return ErrorDict() if self.is_being_filled else super().errors

    def is_valid(self) -> bool:
        return not self.is_being_filled and super().is_valid()

    def layout(self) -> list[Any]:
        return list(self.fields)

    @property
    def helper(self) -> FormHelper:
        return self.helper_of(*self.layout())

    def helper_of(self, *parts: Any) -> FormHelper:
        helper = bare_helper(Layout(*parts))
        helper.form_show_errors = True
        self._lead_to_error()
        return helper

    def _lead_to_error(self) -> None:
        """The page opens at the first field that is wrong, which may stand far below."""
        wrong = next((name for name in self.fields if self.is_bound and name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True

    def propose(self, query: QueryDict, *names: str) -> bool:
        """Fills in what an address brings along, as far as a field could take it; whether it brought anything."""
        brought = [name for name in names if query.get(name)]
        for name in brought:
            with suppress(ValidationError):
                self.initial[name] = self.fields[name].clean(query[name])
        return bool(brought)

    def show_what_was(self, *names: str) -> None:
        """Sends the values along that the reader saw, so that only what they changed is changed: meanwhile a link
        in a mail, or another tab, may have changed the rest."""
        for name in names:
            self.fields[name].show_hidden_initial = True

    def changed(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}

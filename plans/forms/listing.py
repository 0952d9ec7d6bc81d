"""Which SIMs a list shows, and how: all of it stands in the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.listing import LONGEST_QUERY, OTHER, Asked, Listed, Sort, Tally, words_of

from .layout import PageForm

CARDS, TABLE = "", "table"
_MOST_GROUPS = 40  # that one can choose from; the search finds the others
_STATES = [
    ("", _("Any state")),
    (Listed.OPEN.value, _("Needs a decision")),
    (Listed.EXPIRED.value, _("Over or at risk")),
    (Listed.SOON.value, _("Within 7 days")),
    (Listed.FINE.value, _("Later than 7 days")),
    (Listed.UNKNOWN.value, _("Date unknown")),
    (Listed.PAUSED.value, _("Paused")),
    (Listed.EMPTY.value, _("Nothing to watch")),
]
_SORTS = [
    (Sort.URGENCY.value, _("Soonest first")),
    (Sort.NAME.value, _("By name")),
    (Sort.OPERATOR.value, _("By operator")),
    (Sort.NEWEST.value, _("Newest first")),
]


class ListForm(PageForm):
    """What is none of the reader's operators and groups filters nothing."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST_QUERY,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "form-control",
                "placeholder": _("Name, group or last digits"),
                "autocomplete": "off",
                "enterkeyhint": "search",
            }
        ),
    )
    operator = forms.ChoiceField(label=_("Operator"), required=False)
    group = forms.ChoiceField(label=_("Group"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=_STATES)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=_SORTS)
    view = forms.ChoiceField(required=False, choices=[(CARDS, ""), (TABLE, "")], widget=forms.HiddenInput)

    def __init__(self, data: Any, *, tally: Tally, **options: Any) -> None:
        super().__init__(data, **options)
        names = [(slug or OTHER, name or _("Another operator")) for slug, name in tally.operators.items()]
        self._choose("operator", names, _("All operators"))
        self._choose("group", [(name, name) for name in list(tally.groups)[:_MOST_GROUPS]], _("All groups"))
        for name in ("state", "sort"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.is_valid()

    def _choose(self, name: str, choices: list[tuple[str, Any]], any_of_them: Any) -> None:
        self.fields[name].choices = [("", any_of_them), *choices]
        self.fields[name].widget.attrs["class"] = "form-select"

    @property
    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(
            words=words_of(self.data.get("q", "")),  # as they were counted, however long
            operator=said.get("operator", ""),
            group=said.get("group", ""),
            state=Listed(said["state"]) if said.get("state") else None,
            sort=Sort(said.get("sort", "")),
        )

    @property
    def is_table(self) -> bool:
        return self.cleaned_data.get("view") == TABLE

    @property
    def choices_to_make(self) -> list[Any]:
        """The fields in which there is something to choose."""
        fewest = {"operator": 3, "group": 2}  # with the choice of all
        return [
            self[name]
            for name in ("operator", "group", "state", "sort")
            if len(self.fields[name].choices) >= fewest.get(name, 0)
        ]

    def address_with(self, **other: str) -> str:
        """The same choice, but for what is given; as a part of an address."""
        return urlencode({name: value for name, value in (self.cleaned_data | other).items() if value})

    @property
    def as_cards(self) -> str:
        return self.address_with(view=CARDS)

    @property
    def as_table(self) -> str:
        return self.address_with(view=TABLE)

    @property
    def query(self) -> str:
        return self.address_with()

"""A curve, or sums by month -> a drawing: SVG as the pages need it, without a style or a script of its own. Its colours
are in the site's stylesheet, so that they follow light and dark; what is expected is a dashed line, or outlined."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from xml.etree.ElementTree import Element

import pygal
from django.utils.safestring import SafeString, mark_safe
from pygal.style import Style

from kzsim.common.formats import short_date, short_month

from .curves import Curve, Point
from .spending import Share

# It lets others add maps by a finder of modules that Python warns of at every import; we have no maps.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

WIDTH, HEIGHT = 340, 190  # of the drawing's own units, which are about a telephone's pixels
_FONT = 12
_DAYS_NAMED = 4  # at most
_MONTHS_NAMED = 6  # at most
_MONTH_STEPS = (1, 2, 3, 4, 6, 12)  # with each of these, every January is named or none
_UNWANTED = ("style", "script", "desc", "defs", "title")
_FOR_SCRIPTS = ("text-overlay", "tooltip-overlay", "titles")


def drawing(curve: Curve, in_words: Callable[[float], str], *, dots: bool = True) -> SafeString:
    """`in_words` writes an amount beside the axis; `dots` mark what was said, and would crowd the corners of steps."""
    points = [point for line in (*curve.known, curve.expected) for point in line]
    least, most = min(0, *(point.amount for point in points)), max(0, *(point.amount for point in points))
    chart = pygal.XY(  # its lines of moments ask Python for what newer versions warn of
        **_as_on_our_pages(in_words),
        dots_size=3,
        show_dots=dots,
        range=(least, most if most > least else least + 1),
        x_value_formatter=lambda seconds: short_date(datetime.fromtimestamp(seconds, UTC).date()),
    )
    chart.x_labels = _days_named(points)
    chart.y_labels = sorted({least, 0, most / 2, most})
    lines = [*((line, "chart-known") for line in curve.known), (curve.expected, "chart-expected")]
    lines = [(line, name) for line, name in lines if line]
    for line, _name in lines:
        chart.add("", [(_clock(point).timestamp(), point.amount) for point in line])
    return _drawn(chart, "chart", [name for _line, name in lines])


def columns(months: Sequence[Share], in_words: Callable[[float], str]) -> SafeString:
    """What was spent and, above it, what is expected in each month; all in one currency."""
    most = max((float(one.row.spent + one.row.expected) for one in months), default=0) or 1
    chart = pygal.StackedBar(**_as_on_our_pages(in_words), range=(0, most), spacing=2)
    chart.x_labels = _months_named([one.row.key for one in months])
    chart.y_labels = [0, most / 2, most]
    chart.add("", [float(one.row.spent) or None for one in months])
    chart.add("", [float(one.row.expected) or None for one in months])
    return _drawn(chart, "chart chart-columns", ["chart-spent", "chart-to-come"])


def _months_named(months: Sequence[date]) -> list[str]:
    """A few names at even distances, and a year's number where it begins; the others stay empty."""
    step = next((step for step in _MONTH_STEPS if len(months) <= step * _MONTHS_NAMED), _MONTH_STEPS[-1])
    return [_month_named(month) if (month.month - 1) % step == 0 else "" for month in months]


def _month_named(month: date) -> str:
    return str(month.year) if month.month == 1 else short_month(month)


def _as_on_our_pages(in_words: Callable[[float], str]) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "style": Style(label_font_size=_FONT, major_label_font_size=_FONT, no_data_font_size=_FONT),
        "show_legend": False,
        "margin": 4,
        "js": (),
        "css": (),
        "no_prefix": True,
        "disable_xml_declaration": True,
        "explicit_size": False,
        "truncate_label": -1,
        "x_label_rotation": 0,
        "value_formatter": in_words,
    }


def _drawn(chart: Any, name: str, series: list[str]) -> SafeString:
    """The drawing with this name, and these of what is drawn in it."""
    chart.add_xml_filter(lambda root: _plain(root, name, series))
    return mark_safe(chart.render(is_unicode=True))  # noqa: S308  (numbers and dates of ours)


def _days_named(points: list[Point]) -> list[float]:
    """A few days at even distances, from the first to the last, none of them twice."""
    first, last = min(map(_clock, points)), max(map(_clock, points))
    steps = min(_DAYS_NAMED - 1, max((last - first).days, 1))
    return [(first + (last - first) * n / steps).timestamp() for n in range(steps + 1)]


def _clock(point: Point) -> datetime:
    """The moment as clocks show it where the SIM is; the library knows of no zones."""
    return point.at.replace(tzinfo=UTC)


def _plain(root: Element, name: str, names: list[str]) -> Element:
    """Without what the site's policy forbids, and with the names that its stylesheet knows."""
    for parent in list(root.iter()):
        parent.attrib.pop("style", None)
        for child in list(parent):
            if _is_unwanted(child):
                parent.remove(child)
        series = parent.get("class", "").split()
        if "series" in series:
            number = int(next(name for name in series if name.startswith("serie-")).removeprefix("serie-"))
            parent.set("class", names[number])
    root.attrib.pop("id", None)
    root.set("class", name)
    root.set("aria-hidden", "true")
    return root


def _is_unwanted(element: Element) -> bool:
    if not isinstance(element.tag, str):  # a comment
        return True
    names = element.get("class", "").split()
    if "rect" in names and not float(element.get("height", 0)):  # of nothing, its outline would still be seen
        return True
    return element.tag.rpartition("}")[2] in _UNWANTED or any(name in _FOR_SCRIPTS for name in names)

"""Dates, money and numbers in templates, in the reader's words."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumber

from kzsim.common import formats
from plans.models import Sim
from plans.number_words import limit_in_words

register = template.Library()

register.filter("money", formats.money_in_words)
register.filter("data", formats.data_in_words)
register.filter("days", formats.days_in_words)
register.filter("short_day", formats.short_day)
register.filter("short_date", formats.short_date)
register.filter("month", formats.month_in_words)
register.filter("month_name", formats.month_name)
register.filter("day_in_numbers", formats.day_in_numbers)
register.filter("limit", limit_in_words)
register.filter("zone", formats.zone_in_words)


@register.filter
def phone(number: PhoneNumber) -> str:
    """`{{ sim.number|phone }}`: “+7 701 123 4567”; where numbers are hidden “…4567”, which is read aloud in words."""
    written = formats.number_in_words(number)
    if not formats.hides_numbers():
        return written
    spoken = _("ends in %(digits)s") % {"digits": formats.last_digits(number)}
    return format_html('<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>', written, spoken)


@register.filter
def day(value: date, today: date) -> str:
    """`{{ plan.paid_until|day:today }}`: “Saturday 12 December”."""
    return formats.day_in_words(value, today)


@register.filter
def date_words(value: date, today: date) -> str:
    """`{{ one.until|date_words:today }}`: “12 December”, small inside a sentence, and never broken over two lines."""
    return formats.date_in_words(value, today).replace(" ", "\u00a0")


@register.filter
def sim_day(moment: datetime, sim: Sim) -> date:
    """The day of a moment where the SIM is."""
    return sim.today(moment)

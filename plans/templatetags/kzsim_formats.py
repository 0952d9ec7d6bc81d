"""Dates, money and numbers in templates, in the reader's words."""

from __future__ import annotations

from datetime import date

from django import template

from kzsim.common import formats

register = template.Library()

register.filter("money", formats.money_in_words)
register.filter("days", formats.days_in_words)
register.filter("short_day", formats.short_day)
register.filter("phone", formats.number_in_words)


@register.filter
def day(value: date, today: date) -> str:
    """`{{ plan.paid_until|day:today }}`: “Saturday 12 December”."""
    return formats.day_in_words(value, today)

"""How long a number may be unused, in words that say whose word it is."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guides.models import Confidence
from kzsim.common.formats import month_in_words

from .deadlines import InactivityLimit, LimitFrom


def limit_in_words(limit: InactivityLimit) -> str:
    """“60 days without a paid action are our caution, not a rule of the operator.”"""
    words = {"days": limit.days}
    if limit.comes_from is LimitFrom.OWN:
        return (
            ngettext(
                "%(days)s day without a paid action: the figure you gave.",
                "%(days)s days without a paid action: the figure you gave.",
                limit.days,
            )
            % words
        )
    if limit.comes_from is LimitFrom.OPERATOR:
        return ngettext(
            "%(days)s day without a paid action: the operator’s limit (%(sure)s).",
            "%(days)s days without a paid action: the operator’s limit (%(sure)s).",
            limit.days,
        ) % (words | {"sure": _how_sure(limit)})
    return (
        ngettext(
            "%(days)s day without a paid action is our caution, not a rule of the operator.",
            "%(days)s days without a paid action are our caution, not a rule of the operator.",
            limit.days,
        )
        % words
    )


def _how_sure(limit: InactivityLimit) -> str:
    """“one source only; seen March 2026; example.kz”."""
    words = [str(Confidence(limit.confidence).label)]
    if limit.seen_on:
        words.append(_("seen %(month)s") % {"month": month_in_words(limit.seen_on)})
    return "; ".join([*words, limit.source])

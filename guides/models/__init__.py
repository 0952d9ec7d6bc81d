"""What editors write: operators, tariffs, channels, guides, facts, promotions; and what readers report of them.

A text is one row per guide and language, and names facts (`{{ beeline.data_left_code }}`), so that one
corrected fact changes every guide and language at once. Every write through the loader or the admin ends
with `raise_revision()`, so that whatever is worked out from the guides can tell whether it is behind.
"""

from .desk import WeeklyMail
from .facts import Confidence, Fact, FactKind
from .loaded import LoadedItem, Revision, current_revision, raise_revision
from .operators import Abroad, Channel, ChannelKind, Credited, Fee, Operator, Period, Promotion, PromotionState, Tariff
from .reports import Report
from .texts import (
    SOURCE_LANGUAGE,
    Guide,
    GuideText,
    OperatorText,
    Reads,
    TextState,
    TextVersion,
    Topic,
    Weight,
)

__all__ = [
    "SOURCE_LANGUAGE",
    "Abroad",
    "Channel",
    "ChannelKind",
    "Confidence",
    "Credited",
    "Fact",
    "FactKind",
    "Fee",
    "Guide",
    "GuideText",
    "LoadedItem",
    "Operator",
    "OperatorText",
    "Period",
    "Promotion",
    "PromotionState",
    "Reads",
    "Report",
    "Revision",
    "Tariff",
    "TextState",
    "TextVersion",
    "Topic",
    "WeeklyMail",
    "Weight",
    "current_revision",
    "raise_revision",
]

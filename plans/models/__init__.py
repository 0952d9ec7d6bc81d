"""What users own. Facts and constraints; no e-mail, no HTTP."""

from .messages import Heartbeat, Message
from .people import Person, Stay
from .plans import Plan, Receipt, Renewal
from .reminders import Reminder
from .sims import BalanceEntry, Sim, TiedAccount, UsageReading

__all__ = [
    "BalanceEntry",
    "Heartbeat",
    "Message",
    "Person",
    "Plan",
    "Receipt",
    "Reminder",
    "Renewal",
    "Sim",
    "Stay",
    "TiedAccount",
    "UsageReading",
]

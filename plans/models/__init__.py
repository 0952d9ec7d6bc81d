"""What users own. Facts and constraints; no e-mail, no HTTP."""

from .addresses import Address
from .lots import Lot
from .messages import Heartbeat, Message, Quota
from .people import Person, Stay
from .plans import Plan, Receipt, Renewal
from .reminders import Reminder, Snooze
from .sims import BalanceEntry, Need, Sim, TiedAccount, UsageReading

__all__ = [
    "Address",
    "BalanceEntry",
    "Heartbeat",
    "Lot",
    "Message",
    "Need",
    "Person",
    "Plan",
    "Quota",
    "Receipt",
    "Reminder",
    "Renewal",
    "Sim",
    "Snooze",
    "Stay",
    "TiedAccount",
    "UsageReading",
]

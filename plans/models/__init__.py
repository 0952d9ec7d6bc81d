"""What users own. Facts and constraints; no e-mail, no HTTP."""

from .messages import Heartbeat, Message
from .people import Person
from .plans import Plan, Renewal
from .reminders import Reminder
from .sims import BalanceEntry, Sim

__all__ = ["BalanceEntry", "Heartbeat", "Message", "Person", "Plan", "Reminder", "Renewal", "Sim"]

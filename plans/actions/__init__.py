"""What a person does with their SIMs and plans. Each action is one transaction that leaves the reminders right; views,
links in mails, the admin and commands all act through these."""

from .accounts import add_accounts, mark_moved, remove_account, restore_account
from .care import note_care, set_care
from .catalogue import answer_price, meet_tariff
from .money import put_back, read_balance, take_back, take_reply, top_up
from .people import (
    Timing,
    mute_kinds,
    pause_reminders,
    resume_reminders,
    save_person,
    set_address,
    set_timing,
    stop_reminders,
)
from .plans import close_plan, reopen_plan, save_plan, set_plan_reminders
from .receipts import TooManyReceipts, add_receipts, delete_account, delete_receipt, sweep_files
from .renewals import Said, proposed_end, renew, renew_together, undo_renewal, undo_renewals
from .sims import add_sim, note_activity, save_sim, set_flag, set_sim_kinds, set_sim_reminders, stop_watching
from .snoozes import snooze, unsnooze
from .trips import Overlap, delete_stay, overlapping_stay, restore_stay, save_stay, settle_stay
from .use import forget_use, say_left

__all__ = [
    "Overlap",
    "Said",
    "Timing",
    "TooManyReceipts",
    "add_accounts",
    "add_receipts",
    "add_sim",
    "answer_price",
    "close_plan",
    "delete_account",
    "delete_receipt",
    "delete_stay",
    "forget_use",
    "mark_moved",
    "meet_tariff",
    "mute_kinds",
    "note_activity",
    "note_care",
    "overlapping_stay",
    "pause_reminders",
    "proposed_end",
    "put_back",
    "read_balance",
    "remove_account",
    "renew",
    "renew_together",
    "reopen_plan",
    "restore_account",
    "restore_stay",
    "resume_reminders",
    "save_person",
    "save_plan",
    "save_sim",
    "save_stay",
    "say_left",
    "set_address",
    "set_care",
    "set_flag",
    "set_plan_reminders",
    "set_sim_kinds",
    "set_sim_reminders",
    "set_timing",
    "settle_stay",
    "snooze",
    "stop_reminders",
    "stop_watching",
    "sweep_files",
    "take_back",
    "take_reply",
    "top_up",
    "undo_renewal",
    "undo_renewals",
    "unsnooze",
]

"""What a person does with their SIMs and plans. Each action is one transaction that leaves the reminders right; views,
links in mails, the admin and commands all act through these."""

from .accounts import add_accounts, mark_moved, remove_account, restore_account
from .bounces import Outcome, note_report, resume_address
from .care import note_care, set_care
from .catalogue import answer_price, meet_tariff
from .devices import TooManyDevices, add_device, forget_devices, remove_device
from .first_steps import bring_steps_back, note_steps, put_steps_away
from .many import NewSim, add_sims, archive_sims, group_sims, undo_lot
from .media import (
    TooManyTests,
    do_without_mail,
    remove_address,
    revive_address,
    save_address,
    send_test,
    stop_chat,
)
from .money import put_back, read_balance, take_back, take_reply, top_up
from .people import (
    Timing,
    forget_ways,
    make_calendar,
    mute_kinds,
    pause_reminders,
    resume_reminders,
    save_person,
    set_address,
    set_timing,
    stop_calendar,
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
    "NewSim",
    "Outcome",
    "Overlap",
    "Said",
    "Timing",
    "TooManyDevices",
    "TooManyReceipts",
    "TooManyTests",
    "add_accounts",
    "add_device",
    "add_receipts",
    "add_sim",
    "add_sims",
    "answer_price",
    "archive_sims",
    "bring_steps_back",
    "close_plan",
    "delete_account",
    "delete_receipt",
    "delete_stay",
    "do_without_mail",
    "forget_devices",
    "forget_use",
    "forget_ways",
    "group_sims",
    "make_calendar",
    "mark_moved",
    "meet_tariff",
    "mute_kinds",
    "note_activity",
    "note_care",
    "note_report",
    "note_steps",
    "overlapping_stay",
    "pause_reminders",
    "proposed_end",
    "put_back",
    "put_steps_away",
    "read_balance",
    "remove_account",
    "remove_address",
    "remove_device",
    "renew",
    "renew_together",
    "reopen_plan",
    "restore_account",
    "restore_stay",
    "resume_address",
    "resume_reminders",
    "revive_address",
    "save_address",
    "save_person",
    "save_plan",
    "save_sim",
    "save_stay",
    "say_left",
    "send_test",
    "set_address",
    "set_care",
    "set_flag",
    "set_plan_reminders",
    "set_sim_kinds",
    "set_sim_reminders",
    "set_timing",
    "settle_stay",
    "snooze",
    "stop_calendar",
    "stop_chat",
    "stop_reminders",
    "stop_watching",
    "sweep_files",
    "take_back",
    "take_reply",
    "top_up",
    "undo_lot",
    "undo_renewal",
    "undo_renewals",
    "unsnooze",
]

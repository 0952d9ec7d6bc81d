"""The private list of accounts elsewhere that know their owner by a number. No reminder depends on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from plans.models import Sim, TiedAccount

UNDO_FOR = timedelta(days=1)


@transaction.atomic
def add_accounts(sim: Sim, names: Iterable[str], now: datetime) -> list[TiedAccount]:
    """Adds those that are not on the list yet, however they are written; one that was removed comes back."""
    Sim.objects.select_for_update(no_key=True).get(pk=sim.pk)  # a second tap waits here for the first
    removed = {account.name.casefold(): account for account in sim.tied_accounts.exclude(deleted_at=None)}
    known = {account.name.casefold() for account in sim.tied_accounts.filter(deleted_at=None)}
    added = []
    for name in names:
        key = name.casefold()
        if key not in known:
            known.add(key)
            account = removed.get(key) or TiedAccount(sim=sim)
            account.name, account.moved_at, account.deleted_at = name, None, None
            account.save()
            added.append(account)
    return added


@transaction.atomic
def mark_moved(account: TiedAccount, now: datetime, *, moved: bool) -> None:
    """It knows its owner by another number now, or not yet."""
    account.moved_at = now if moved else None
    account.save(update_fields=["moved_at"])


@transaction.atomic
def remove_account(account: TiedAccount, now: datetime) -> None:
    """Off the list, with a way back for a while; what went before is forgotten for good."""
    TiedAccount.objects.filter(sim=account.sim_id, deleted_at__lt=now - UNDO_FOR).delete()
    account.deleted_at = now
    account.save(update_fields=["deleted_at"])


@transaction.atomic
def restore_account(account: TiedAccount) -> bool:
    """False if the same name was added again meanwhile."""
    Sim.objects.select_for_update(no_key=True).get(pk=account.sim_id)
    if TiedAccount.objects.filter(sim=account.sim_id, name=account.name, deleted_at=None).exists():
        return False
    account.deleted_at = None
    account.save(update_fields=["deleted_at"])
    return True

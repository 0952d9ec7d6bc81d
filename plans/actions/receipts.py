"""Receipts of renewals: adding, and taking away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction

from plans.models import Receipt, Renewal
from plans.models.plans import private_files
from plans.receipts import HEAD, MOST_A_RENEWAL, kind_of, tidy_name


class TooManyReceipts(ValueError):
    """A renewal keeps so many receipts and no more."""


@transaction.atomic
def add_receipts(renewal: Renewal, files: Iterable[File], now: datetime) -> list[Receipt]:
    """Keeps these files, whose kinds were checked, with a renewal. The same file is kept once: a second tap adds none.

    Raises TooManyReceipts. The files of a transaction that fails are taken away by the daily sweep.
    """
    Renewal.objects.select_for_update().get(pk=renewal.pk)  # a second tap waits here for the first
    kept = list(renewal.receipts.all())
    added = []
    for file in files:
        content = file.read()
        if any(_is_same(receipt, content) for receipt in kept):
            continue
        if len(kept) == MOST_A_RENEWAL:
            raise TooManyReceipts
        added.append(_add(renewal, file.name or "", content, now))
        kept.append(added[-1])
    return added


@transaction.atomic
def delete_receipt(receipt: Receipt) -> None:
    """Takes a receipt away, and its file once that is certain."""
    receipt.delete()
    transaction.on_commit(partial(private_files().delete, receipt.file.name))


@transaction.atomic
def delete_account(user: AbstractBaseUser) -> None:
    """The account, the person, all their SIMs and the files they added are gone."""
    names = list(Receipt.objects.filter(renewal__plan__sim__owner=user.pk).values_list("file", flat=True))
    user.delete()
    for name in names:
        transaction.on_commit(partial(private_files().delete, name))


def sweep_files(now: datetime) -> int:
    """Takes away the files that no receipt names, from a day after they were written; returns how many. An upload that
    failed halfway leaves one, and so does an administrator who deletes an account."""
    storage, kept = private_files(), set(Receipt.objects.values_list("file", flat=True))
    lost = [name for name in _files_of(storage) if name not in kept and _is_old(storage, name, now)]
    for name in lost:
        storage.delete(name)
    return len(lost)


def _files_of(storage: FileSystemStorage) -> list[str]:
    if not storage.exists(""):
        return []
    return [f"{folder}/{name}" for folder in storage.listdir("")[0] for name in storage.listdir(folder)[1]]


def _is_old(storage: FileSystemStorage, name: str, now: datetime) -> bool:
    try:
        return storage.get_modified_time(name) < now - timedelta(days=1)
    except FileNotFoundError:
        return False


def _add(renewal: Renewal, name: str, content: bytes, now: datetime) -> Receipt:
    kind = kind_of(content[:HEAD])
    if kind is None:
        raise ValueError("neither a photo nor a PDF")
    receipt = Receipt(
        renewal=renewal,
        name=tidy_name(name, kind),
        content_type=kind.content_type,
        size=len(content),
        added_at=now,
    )
    receipt.file.save(receipt.name, ContentFile(content), save=True)
    return receipt


def _is_same(receipt: Receipt, content: bytes) -> bool:
    if receipt.size != len(content):
        return False
    try:
        with receipt.file.open("rb") as kept:
            return kept.read() == content
    except FileNotFoundError:
        return False

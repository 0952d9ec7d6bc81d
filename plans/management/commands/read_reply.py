"""What an operator's reply says, for scripts."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from plans.models import Sim
from plans.replies import LONGEST, Reply, read_reply

_LONGEST_SIGN = 4  # bytes in UTF-8


class Command(BaseCommand):
    help = (
        "Reads an operator's reply (SMS or USSD) from standard input and prints as JSON what it says; {} when in doubt."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        text = sys.stdin.buffer.read((LONGEST + 1) * _LONGEST_SIGN).decode("utf-8", "replace")
        reply = read_reply(text, Sim().today(timezone.now()))
        self.stdout.write(json.dumps(as_json(reply), ensure_ascii=False))


def as_json(reply: Reply) -> dict[str, Any]:
    """What the reply says, each with the words it was taken from; nothing stands for what it does not say."""
    found = {name: found for name, found in vars(reply).items() if found is not None}
    if not found:
        return {}
    values: dict[str, Any] = {name: one.value for name, one in found.items()}
    if reply.balance:
        money = reply.balance.value
        values["balance"] = {"amount": money.written, "currency": money.currency or None}
    for name in values.keys() & {"valid_until", "next_charge"}:
        values[name] = values[name].isoformat()
    return values | {"words": {name: one.words for name, one in found.items()}}

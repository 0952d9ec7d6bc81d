"""Which module sends the messages of which medium; each is loaded when it is first needed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from plans.models.reminders import Medium

from . import Transport

# Each offers `open_transport(medium)` and `longest_conversation()`, in seconds for one message.
_MODULES = {
    Medium.EMAIL: "email",
    Medium.TELEGRAM: "telegram",
    Medium.NTFY: "chats",
    Medium.BARK: "chats",
    Medium.DISCORD: "chats",
    Medium.MATRIX: "chats",
    Medium.WXPUSHER: "chats",
    Medium.SERVERCHAN: "chats",
    Medium.WECOM: "chats",
    Medium.FEISHU: "chats",
    Medium.DINGTALK: "chats",
    Medium.WEBHOOK: "webhook",
    Medium.WEB_PUSH: "web_push",
}


def transport(medium: str) -> Transport:
    """What sends messages of this medium; close it after the last."""
    return _module(medium).open_transport(medium)


def longest_conversation(medium: str) -> int:
    """Seconds that sending one message can take before it is given up; a lease must outlast them."""
    return _module(medium).longest_conversation()


def longest_conversation_of_all() -> int:
    return max(longest_conversation(medium) for medium in _MODULES)


def _module(medium: str) -> ModuleType:
    return import_module(f"plans.media.{_MODULES[Medium(medium)]}")

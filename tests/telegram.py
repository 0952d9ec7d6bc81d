"""Stands for Telegram."""

from __future__ import annotations

from typing import Any

from tests.web import Answer, Asked, CountingWeb


class Bot:
    """What people said to the bot, handed out once, and what the bot said."""

    def __init__(self, web: CountingWeb) -> None:
        self.web = web
        self.updates: list[dict[str, Any]] = []
        self.offsets: list[int] = []
        self.fails: Answer | None = None
        web.answer = self.answer

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/getMe"):
            return Answer(json={"ok": True, "result": {"username": "kzsim_bot"}})
        if asked.path.endswith("/getUpdates"):
            offset = asked.json["offset"]
            self.offsets.append(offset)
            if self.fails:
                return self.fails
            return Answer(json={"ok": True, "result": [one for one in self.updates if one["update_id"] >= offset]})
        return Answer(json={"ok": True, "result": {}})

    def hear(self, text: str, chat: int = 815, kind: str = "private", language: str = "de", **who: Any) -> None:
        who = who or {"username": "aigerim"}
        message = {"chat": {"id": chat, "type": kind, **who}, "from": {"language_code": language}, "text": text}
        self.add(message=message)

    def hear_of_a_block(self, chat: int = 815) -> None:
        self.add(my_chat_member={"chat": {"id": chat, "type": "private"}, "new_chat_member": {"status": "kicked"}})

    def add(self, **update: Any) -> None:
        self.updates.append({"update_id": 100 + len(self.updates), **update})

    @property
    def said(self) -> list[tuple[int, str]]:
        sent = [asked.json for asked in self.web.asked if asked.path.endswith("/sendMessage")]
        return [(one["chat_id"], one["text"]) for one in sent]

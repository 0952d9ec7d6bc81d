"""Reminders beside e-mail, with every process real: a program of one's own, and Telegram."""

import hashlib
import hmac
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.processes import eventually
from tests.e2e.visitor import Visitor
from tests.telegram import Bot
from tests.web import serving

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MEDIA = "/reminders/media/"


def test_a_webhook_and_a_chat_are_connected_tried_and_told_of_a_deadline(make_site, mail_server):
    with serving() as hooks, serving() as telegram:
        bot = Bot(telegram)
        site = make_site(
            email_url=mail_server.url,
            prepared=True,
            ALLOW_PRIVATE_TARGETS="1",
            TELEGRAM_BOT_TOKEN="4711:key",
            TELEGRAM_API_URL=telegram.url,
        )
        site.start()
        person = Visitor(site.url)
        person.submit(person.get("/accounts/signup/"), email="dana@example.org", password1="a calm long password 7")

        # A program of one's own gets a test at once, signed with the secret that the page shows.
        saved = person.submit(person.get(f"{MEDIA}add/webhook/"), url=f"{hooks.url}/kzsim")
        secret = saved.soup.select_one("details code").get_text()
        asked = eventually(lambda: hooks.asked and hooks.asked[0])
        moment, signature = (part.partition("=")[2] for part in asked.headers["X-KZSIM-Signature"].split(","))
        right = hmac.new(secret.encode(), f"{moment}.".encode() + asked.body, hashlib.sha256).hexdigest()
        assert (signature, asked.json["kinds"]) == (right, ["test"])
        eventually(lambda: "was accepted" in person.get(MEDIA).text)

        # A chat brings its code to the bot, while nobody outside can reach the site.
        waiting = person.submit(person.get(MEDIA), "Connect Telegram")
        bot.hear(f"/start {waiting.soup.find('input', {'name': 'code'})['value']}")
        eventually(lambda: bot.said)
        done = person.submit(waiting, "I have tapped")
        assert "Telegram is connected" in done.text
        assert "@aigerim" in done.text

        # Both are told of a deadline, once, though the address for mail was never confirmed.
        today = datetime.now(ZoneInfo("Asia/Almaty")).date()
        person.submit(
            person.get("/sims/add/"),
            number="8 (701) 123-45-67",
            operator="kcell",
            name="Freestyle",
            price="4990",
            period="30d",
            paid_until=(today + timedelta(days=1)).isoformat(),
            renews="hand",
        )
        eventually(lambda: len(hooks.asked) > 1 and len(bot.said) > 1)
        assert hooks.asked[1].json["kinds"] == ["plan_expires"]
        assert "ends tomorrow" in hooks.asked[1].json["subject"]
        chat, words = bot.said[1]
        assert chat == 815
        assert "ends tomorrow" in words
        assert "+7701" not in words

        # The chat says stop, and the page says so.
        bot.hear("/stop")
        eventually(lambda: "You stopped them in the chat" in person.get(MEDIA).text)
        assert (len(hooks.asked), len(bot.said)) == (2, 3)
        assert site.stop() == 0

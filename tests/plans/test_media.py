"""Messages leave on media beside e-mail: what each service really gets, and what its answers mean."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import urllib.parse

import pytest
import requests

from plans.media import Parcel, Scope, Trouble, chats, guard, telegram, transports, webhook
from plans.models.reminders import Medium
from tests.web import Answer, make_certificate, serving

HOSTS = (
    *("ntfy.example", "bark.example", "discord.com", "matrix.example", "wxpusher.zjiecode.com", "sctapi.ftqq.com"),
    *("qyapi.weixin.qq.com", "open.feishu.cn", "oapi.dingtalk.com", "hooks.example"),
)
TO = {
    Medium.NTFY: {"server": "https://ntfy.example", "topic": "kzsim-7f3a9c", "token": "tk_secretsecret"},
    Medium.BARK: {"server": "https://bark.example", "key": "BarkKeyBarkKey22"},
    Medium.DISCORD: {"webhook": "112233445566/discord-token_Secret"},
    Medium.MATRIX: {
        "server": "https://matrix.example",
        "room": "!abcDEF:matrix.example",
        "token": "syt_secrets/+",
    },
    Medium.WXPUSHER: {"token": "AT_secretsecret", "uid": "UID_4711abcd"},
    Medium.SERVERCHAN: {"key": "SCT123456Tsecretsecret"},
    Medium.WECOM: {"key": "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"},
    Medium.FEISHU: {"token": "feishu-secret-token-1234"},
    Medium.DINGTALK: {"token": "dingtalksecrettoken", "secret": "SECdingtalksecret"},
    Medium.WEBHOOK: {"url": "https://hooks.example/kzsim?key=private-key", "secret": "shared-secret-1234"},
}
FINE = {
    Medium.NTFY: Answer(json={"id": "xE73Iyuabi", "event": "message"}),
    Medium.BARK: Answer(json={"code": 200, "message": "success", "timestamp": 1}),
    Medium.DISCORD: Answer(204),
    Medium.MATRIX: Answer(json={"event_id": "$abc", "room_id": "!abcDEF:matrix.example"}),
    Medium.WXPUSHER: Answer(json={"code": 1000, "msg": "处理成功", "data": [{"uid": "UID_4711abcd", "code": 1000}]}),
    Medium.SERVERCHAN: Answer(json={"code": 0, "message": "", "data": {"error": "SUCCESS"}}),
    Medium.WECOM: Answer(json={"errcode": 0, "errmsg": "ok"}),
    Medium.FEISHU: Answer(json={"code": 0, "msg": "success", "data": {}}),
    Medium.DINGTALK: Answer(json={"errcode": 0, "errmsg": "ok"}),
    Medium.WEBHOOK: Answer(204),
}
MEDIA = list(TO)
URL = "https://sim.example/sims/7/"


def a_parcel(medium, **fields) -> Parcel:
    said = {
        "message_id": "<1@sim.example>",
        "subject": "Till 14: ends tomorrow",
        "text": "A long letter.",
        "short": "Till 14: ends tomorrow\nMoney needed: 4 990 ₸\n剩余 1 天",
        "url": URL,
        "kinds": ("plan_expires",),
    }
    return Parcel(**({"to": TO.get(medium)} | said | fields))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"), *HOSTS)


@pytest.fixture
def world(monkeypatch, certificate):
    """All hosts of the services are one server on this machine, reached as they would be: by name, with TLS."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate[0]))
    with serving(certificate) as web:
        here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", web.port))
        monkeypatch.setattr(guard._Policy, "resolve", lambda self, host, port: [here])
        yield web


def without_discovery(answer):
    """As most Matrix servers are: nothing says that they live elsewhere."""
    return lambda asked: Answer(404, {"errcode": "M_NOT_FOUND"}) if "well-known" in asked.path else answer


def send(medium, **fields) -> None:
    way = transports.transport(medium)
    way.send(a_parcel(medium, **fields))
    way.close()


def trouble(medium, **fields) -> Trouble:
    with pytest.raises(Trouble) as caught:
        send(medium, **fields)
    return caught.value


def attempt(medium) -> Trouble | None:
    try:
        send(medium)
    except Trouble as failed:
        return failed
    return None


def secrets_of(medium) -> list[str]:
    said = [value for name, value in TO[medium].items() if name not in ("server", "room", "uid")]
    return said + [urllib.parse.quote(value, safe="") for value in said]


# --- what each service gets ---


def test_every_medium_has_its_transport():
    known = set(Medium) - {Medium.WEB_PUSH}
    assert known <= set(transports._MODULES)
    assert all(transports.longest_conversation(medium) >= 20 for medium in known)


@pytest.mark.parametrize("medium", MEDIA)
def test_a_message_arrives_once_and_says_whats_due(medium, world):
    world.answer = without_discovery(FINE[medium])
    send(medium)
    last = world.asked[-1]
    said = urllib.parse.unquote_plus(last.body.decode()) + json.dumps(last.headers)
    plain = said.encode().decode("unicode_escape", errors="ignore") if "\\u" in said else said
    assert "Till 14" in said
    if medium != Medium.WEBHOOK:  # which gets the whole text
        assert "4 990" in said
        assert "剩余" in plain
    assert "sims/7" in urllib.parse.unquote(said)
    assert last.headers["User-Agent"].startswith("KZSIM")
    assert len([one for one in world.asked if b"Till" in one.body]) == 1


def test_what_ntfy_gets(world):
    world.answer = FINE[Medium.NTFY]
    send(Medium.NTFY)
    (asked,) = world.asked
    assert (asked.method, asked.path, asked.headers["Host"]) == ("POST", "/", "ntfy.example")
    assert asked.headers["Authorization"] == "Bearer tk_secretsecret"
    assert asked.headers["X-Click"] == URL
    assert "X-Icon" not in asked.headers
    assert asked.json == {
        "topic": "kzsim-7f3a9c",
        "title": "Till 14: ends tomorrow",
        "message": "Money needed: 4 990 ₸\n剩余 1 天",
    }
    send(Medium.NTFY, to={"server": "https://ntfy.example:8443", "topic": "open"})
    assert world.asked[-1].headers["Host"] == "ntfy.example:8443"
    assert "Authorization" not in world.asked[-1].headers


def test_what_bark_gets(world):
    world.answer = FINE[Medium.BARK]
    send(Medium.BARK)
    (asked,) = world.asked
    assert (asked.path, asked.headers["Host"]) == ("/push", "bark.example")
    assert asked.json["device_key"] == "BarkKeyBarkKey22"
    assert asked.json["title"] == "Till 14: ends tomorrow"
    assert asked.json["url"] == URL
    assert "icon" not in asked.json


def test_what_discord_gets(world):
    world.answer = FINE[Medium.DISCORD]
    send(Medium.DISCORD)
    (asked,) = world.asked
    assert asked.path == "/api/webhooks/112233445566/discord-token_Secret"
    assert asked.json["content"].startswith("Till 14: ends tomorrow")
    assert asked.json["content"].endswith(URL)
    assert "avatar_url" not in asked.json


def test_what_matrix_gets_and_that_a_repeat_is_known_by_its_transaction(world):
    world.answer = without_discovery(FINE[Medium.MATRIX])
    send(Medium.MATRIX)
    send(Medium.MATRIX)
    first, second = (asked for asked in world.asked if asked.method == "PUT")
    assert first.path == second.path
    assert first.path.startswith("/_matrix/client/v3/rooms/%21abcDEF%3Amatrix.example/send/m.room.message/")
    assert first.headers["Authorization"] == "Bearer syt_secrets/+"
    assert first.json["body"].startswith("# Till 14: ends tomorrow")
    assert not [asked for asked in world.asked if "whoami" in asked.path or "login" in asked.path]
    assert not [asked for asked in world.asked if "well-known" in asked.path and "Authorization" in asked.headers]


def test_matrix_takes_rooms_whose_name_has_no_server(world):
    world.answer = without_discovery(FINE[Medium.MATRIX])
    send(Medium.MATRIX, to=TO[Medium.MATRIX] | {"room": "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"})
    assert "/join/%2131hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM" in world.asked[-2].path


def test_a_matrix_server_that_points_inside_is_not_followed(world, monkeypatch):
    """Its discovery file says where the rest is sent: that name is judged like any other."""
    asked_for, resolve = [], guard._Policy.resolve

    def judged(self, host, port):
        asked_for.append(host)
        return resolve(self, host, port) if host == "matrix.example" else guard.HTTPPolicy.resolve(self, host, port)

    monkeypatch.setattr(guard._Policy, "resolve", judged)
    world.answer = Answer(json={"m.homeserver": {"base_url": "https://127.0.0.1:8448"}})
    failed = trouble(Medium.MATRIX)
    assert asked_for == ["matrix.example", "127.0.0.1"]
    assert (str(failed), failed.permanent) == (guard.REFUSED, True)
    assert len(world.asked) == 1


def test_what_wxpusher_gets(world):
    world.answer = FINE[Medium.WXPUSHER]
    send(Medium.WXPUSHER)
    (asked,) = world.asked
    assert (asked.path, asked.headers["Host"]) == ("/api/send/message", "wxpusher.zjiecode.com")
    assert asked.json["appToken"] == "AT_secretsecret"
    assert asked.json["uids"] == ["UID_4711abcd"]
    assert asked.json["summary"] == "Till 14: ends tomor…"
    assert asked.json["content"].startswith("Till 14: ends tomorrow\nMoney")


def test_what_serverchan_gets(world):
    world.answer = FINE[Medium.SERVERCHAN]
    send(Medium.SERVERCHAN)
    (asked,) = world.asked
    assert asked.path == "/SCT123456Tsecretsecret.send"
    assert urllib.parse.parse_qs(asked.body.decode())["title"] == ["Till 14: ends tomorrow"]


def test_what_wecom_gets_fits_its_limit_in_every_language(world):
    world.answer = FINE[Medium.WECOM]
    send(Medium.WECOM, short="余" * 3000)
    (asked,) = world.asked
    assert asked.path == "/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
    content = asked.json["text"]["content"]
    assert "Till 14: ends tomorrow" in content
    assert content.endswith(f"…\n{URL}")
    assert len(content.encode()) <= 2048


def test_feishu_and_dingtalk_find_the_word_that_their_robots_insist_on(world):
    world.answer = FINE[Medium.FEISHU]
    send(Medium.FEISHU)
    assert world.asked[0].path == "/open-apis/bot/v2/hook/feishu-secret-token-1234/"
    assert world.asked[0].json["content"]["text"].endswith("KZSIM")
    world.answer = FINE[Medium.DINGTALK]
    send(Medium.DINGTALK)
    assert world.asked[1].json["text"]["content"].endswith("KZSIM")


def test_dingtalk_knows_the_signature_again(world):
    world.answer = FINE[Medium.DINGTALK]
    send(Medium.DINGTALK)
    said = urllib.parse.parse_qs(urllib.parse.urlsplit(world.asked[0].path).query)
    secret = TO[Medium.DINGTALK]["secret"]
    right = hmac.new(secret.encode(), f"{said['timestamp'][0]}\n{secret}".encode(), hashlib.sha256).digest()
    assert said["sign"] == [base64.b64encode(right).decode()]
    assert said["access_token"] == ["dingtalksecrettoken"]


def test_a_program_can_check_that_a_webhook_is_ours(world):
    world.answer = FINE[Medium.WEBHOOK]
    send(Medium.WEBHOOK)
    (asked,) = world.asked
    moment, signature = (part.partition("=")[2] for part in asked.headers["X-KZSIM-Signature"].split(","))
    right = hmac.new(b"shared-secret-1234", f"{moment}.".encode() + asked.body, hashlib.sha256).hexdigest()
    assert signature == right
    said = asked.json
    assert (said["version"], said["id"], said["kinds"]) == (1, "<1@sim.example>", ["plan_expires"])
    assert (said["subject"], said["text"], said["url"]) == ("Till 14: ends tomorrow", "A long letter.", URL)
    assert said["sent_at"].endswith("+00:00")


# --- what their answers mean ---

REFUSALS = [
    (Medium.NTFY, Answer(403, {"code": 40301, "http": 403, "error": "forbidden"}), "HTTP 403: 40301 forbidden", True),
    (Medium.NTFY, Answer(401, {"code": 40101, "error": "unauthorized"}), "HTTP 401: 40101 unauthorized", True),
    (Medium.NTFY, Answer(429, {"code": 42908, "error": "daily message quota reached"}), "HTTP 429", False),
    (Medium.NTFY, Answer(502), "HTTP 502", False),
    (Medium.NTFY, Answer(body=b"<html>A shop</html>"), chats.UNREADABLE, False),
    (Medium.BARK, Answer(400, {"code": 400, "message": "failed to get device token"}), "failed to get device", True),
    (Medium.BARK, Answer(json={"code": 400, "message": "failed to push"}), "400 failed to push", True),
    (Medium.DISCORD, Answer(404, {"message": "Unknown Webhook", "code": 10015}), "10015 Unknown Webhook", True),
    (Medium.DISCORD, Answer(401, {"message": "Invalid Webhook Token", "code": 50027}), "50027", True),
    (Medium.DISCORD, Answer(429, {"message": "You are being rate limited.", "retry_after": 0.5}), "HTTP 429", False),
    (Medium.MATRIX, Answer(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid token"}), "M_UNKNOWN_TOKEN", True),
    (Medium.MATRIX, Answer(403, {"errcode": "M_FORBIDDEN", "error": "not invited"}), "M_FORBIDDEN not invited", True),
    (Medium.WXPUSHER, Answer(json={"code": 1001, "msg": "appToken不正确", "data": None}), "1001 appToken不正确", True),
    (Medium.WXPUSHER, Answer(json={"code": 1000, "data": [{"code": 1004, "status": "没有关注"}]}), "1000", True),
    (Medium.SERVERCHAN, Answer(400, {"code": 40001, "message": "[AUTH]错误的Key"}), "40001 [AUTH]错误的Key", True),
    (Medium.SERVERCHAN, Answer(json={"code": 40001, "message": "超过当天的发送次数限制"}), "40001", False),
    (Medium.SERVERCHAN, Answer(400, {"code": 40001, "message": "超过当天的发送次数限制"}), "40001", False),
    (Medium.WECOM, Answer(json={"errcode": 93000, "errmsg": "invalid webhook url"}), "93000 invalid webhook", True),
    (Medium.WECOM, Answer(json={"errcode": 45009, "errmsg": "api freq out of limit"}), "45009", False),
    (Medium.FEISHU, Answer(json={"code": 19001, "msg": "incoming webhook access token invalid"}), "19001", True),
    (Medium.FEISHU, Answer(json={"code": 11232, "msg": "frequency limited"}), "11232", False),
    (Medium.FEISHU, Answer(400, {"code": 11232, "msg": "frequency limited"}), "11232", False),
    (Medium.FEISHU, Answer(json={"code": 9499, "msg": "Bad Request"}), "9499", True),
    (Medium.FEISHU, Answer(400, {"code": 19024, "msg": "Key Words Not Found"}), "19024 Key Words Not", True),
    (Medium.DINGTALK, Answer(json={"errcode": 300005, "errmsg": "token is not exist"}), "300005 token is", True),
    (Medium.DINGTALK, Answer(json={"errcode": 310000, "errmsg": "keywords not in content"}), "310000", True),
    (Medium.DINGTALK, Answer(json={"errcode": 130101, "errmsg": "send too fast"}), "130101", False),
    (Medium.NTFY, Answer(json={"code": [], "error": {}}), "HTTP 200", True),
    (Medium.WEBHOOK, Answer(410), "HTTP 410", True),
    (Medium.WEBHOOK, Answer(404), "HTTP 404", True),
    (Medium.WEBHOOK, Answer(400), "HTTP 400", False),
    (Medium.WEBHOOK, Answer(503), "HTTP 503", False),
]


@pytest.mark.parametrize(("medium", "answer", "words", "permanent"), REFUSALS)
def test_a_refusal_is_heard_whatever_its_http_status(medium, answer, words, permanent, world):
    world.answer = without_discovery(answer)
    failed = trouble(medium)
    assert words in str(failed)
    assert failed.scope is Scope.RECIPIENT
    assert failed.permanent is permanent


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("status", [500, 503])
def test_only_the_server_of_all_is_the_servers_trouble(medium, status, world):
    """Where a person says which server it is, nobody else waits because it is away."""
    world.answer = Answer(status)
    is_own = medium in (Medium.NTFY, Medium.BARK, Medium.MATRIX, Medium.WEBHOOK)
    failed = trouble(medium)
    assert failed.scope is (Scope.RECIPIENT if is_own else Scope.SERVER)
    assert not failed.permanent


@pytest.mark.parametrize("medium", MEDIA)
def test_a_server_that_cannot_be_reached_is_tried_again(medium, world):
    world.stop()
    failed = trouble(medium)
    assert str(failed) in (guard.NO_CONNECTION, guard.NO_ANSWER)
    assert not failed.permanent


@pytest.mark.parametrize("medium", MEDIA)
def test_a_redirect_into_the_inside_is_not_followed(medium, world):
    world.answer = Answer(302, headers={"Location": "https://127.0.0.1/admin/"})
    failed = trouble(medium)
    assert not failed.permanent
    assert {asked.headers["Host"] for asked in world.asked} <= set(HOSTS)
    assert not [asked for asked in world.asked if "admin" in asked.path]


@pytest.mark.parametrize("medium", [Medium.NTFY, Medium.BARK, Medium.MATRIX, Medium.WEBHOOK])
@pytest.mark.parametrize("server", ["https://127.0.0.1", "http://ntfy.example", "https://[::1]:8443"])
def test_a_server_inside_is_refused_for_good(medium, server, monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    failed = trouble(medium, to=TO[medium] | {"server": server, "url": f"{server}/hook"})
    assert (str(failed), failed.permanent, failed.scope) == (guard.REFUSED, True, Scope.RECIPIENT)


@pytest.mark.parametrize("medium", chats.SERVICES)
def test_no_plugin_sends_anything_beside_the_guard(medium, world, monkeypatch):
    world.answer = without_discovery(FINE[medium])
    send(medium)
    request = requests.Session.request

    def guarded(self, *rest, **options):
        assert isinstance(self, guard.Session)
        return request(self, *rest, **options)

    monkeypatch.setattr(requests.Session, "request", guarded)
    monkeypatch.setattr(requests, "post", lambda *_, **__: pytest.fail("unguarded"))
    monkeypatch.setattr(requests, "get", lambda *_, **__: pytest.fail("unguarded"))
    monkeypatch.setattr(requests, "put", lambda *_, **__: pytest.fail("unguarded"))
    send(medium)
    assert len(world.asked) >= 2


def test_a_server_that_asks_for_patience_does_not_hold_a_worker_up(world):
    """Matrix plugins wait as long as the server says: a day, if it likes."""
    world.answer = without_discovery(Answer(429, {"retry_after_ms": 86_400_000}))
    failed = trouble(Medium.MATRIX)
    assert not failed.permanent


def test_how_long_to_wait_is_told_on_within_bounds(world):
    world.answer = Answer(429, headers={"Retry-After": "120"})
    assert trouble(Medium.WEBHOOK).after == 120
    assert trouble(Medium.NTFY).after == 120
    world.answer = Answer(429, headers={"Retry-After": "9999999"})
    assert trouble(Medium.WEBHOOK).after == 3600
    world.answer = Answer(429, headers={"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"})
    assert trouble(Medium.WEBHOOK).after == 0


@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("status", [200, 403, 500])
def test_nothing_that_opens_a_chat_stands_in_errors_or_logs(medium, status, world, caplog):
    """Even where the service repeats it, and where the connection breaks."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, logger="urllib3")  # as in the site's settings
    secrets = secrets_of(medium)
    world.answer = Answer(status, {"code": 9, "errcode": 9, "error": f"no such key: {' '.join(secrets)}"})
    failures = [attempt(medium)]
    world.stop()
    failures.append(attempt(medium))
    said = f"{failures}{caplog.text}"
    assert failures[1] is not None
    assert [failure.__cause__ for failure in failures if failure] == [None for failure in failures if failure]
    assert [secret for secret in secrets if secret in said] == []


def test_a_parcel_that_says_little_is_sent_as_it_is(world):
    world.answer = FINE[Medium.NTFY]
    send(Medium.NTFY, subject="This is a test", short="This is a test\nReminders reach you here.", url="")
    assert world.asked[0].json["message"] == "Reminders reach you here."


@pytest.mark.parametrize(
    ("medium", "to"),
    [(Medium.MATRIX, {"server": "https://0x7f.1"}), (Medium.WECOM, {"key": "a/b"}), (Medium.DINGTALK, {"token": "ü"})],
)
def test_what_a_plugin_does_not_take_is_never_asked(medium, to, world):
    failed = trouble(medium, to=TO[medium] | to)
    assert (str(failed), failed.permanent) == (chats.NOT_SENT, True)
    assert world.asked == []


# --- Telegram ---


@pytest.fixture
def bot(settings):
    with serving() as web:
        settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_API_URL = "4711:bot-Secret_key", web.url
        web.answer = Answer(json={"ok": True, "result": {"message_id": 1}})
        yield web


CHAT = {"chat": 815}


def test_what_telegram_gets(bot):
    send(Medium.TELEGRAM, to=CHAT)
    (asked,) = bot.asked
    assert asked.path == "/bot4711:bot-Secret_key/sendMessage"
    assert asked.json == {
        "chat_id": 815,
        "text": f"Till 14: ends tomorrow\nMoney needed: 4 990 ₸\n剩余 1 天\n{URL}",
        "link_preview_options": {"is_disabled": True},
    }


@pytest.mark.parametrize(
    ("code", "said", "scope", "permanent", "after"),
    [
        (403, "Forbidden: bot was blocked by the user", Scope.RECIPIENT, True, 0),
        (403, "Forbidden: user is deactivated", Scope.RECIPIENT, True, 0),
        (400, "Bad Request: chat not found", Scope.RECIPIENT, True, 0),
        (400, "Bad Request: message is too long", Scope.MESSAGE, True, 0),
        (401, "Unauthorized", Scope.SERVER, False, 0),
        (404, "Not Found", Scope.SERVER, False, 0),
        (429, "Too Many Requests: retry after 7", Scope.SERVER, False, 7),
        (502, "Bad Gateway", Scope.SERVER, False, 0),
    ],
)
def test_what_telegrams_answers_mean(code, said, scope, permanent, after, bot):
    content = {"ok": False, "error_code": code, "description": said}
    if after:
        content["parameters"] = {"retry_after": after}
    bot.answer = Answer(code, content)
    failed = trouble(Medium.TELEGRAM, to=CHAT)
    assert (failed.scope, failed.permanent, failed.after) == (scope, permanent, after)
    assert said in str(failed)


def test_a_page_in_the_place_of_telegram_is_the_servers_trouble(bot):
    for answer in (Answer(200, body=b"<html>"), Answer(200, {"result": 1}), Answer(302), Answer(200, ["ok"])):
        bot.answer = answer
        assert trouble(Medium.TELEGRAM, to=CHAT).scope is Scope.SERVER


def test_the_key_of_the_bot_stands_in_no_error_and_no_log(bot, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, logger="urllib3")
    bot.stop()
    failed = trouble(Medium.TELEGRAM, to=CHAT)
    assert failed.scope is Scope.SERVER
    assert failed.__cause__ is None
    assert "Secret_key" not in str(failed) + caplog.text


def test_the_name_of_the_bot_is_asked_for_once(bot):
    bot.answer = Answer(json={"ok": True, "result": {"username": "kzsim_bot"}})
    assert [telegram.bot_name(), telegram.bot_name()] == ["kzsim_bot", "kzsim_bot"]
    assert len(bot.asked) == 1


def test_a_signature_changes_with_its_moment():
    assert webhook.signature("a", 1, b"{}") != webhook.signature("a", 2, b"{}")

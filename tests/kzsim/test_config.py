"""Every setting that cannot work is refused with one sentence that says what to mend."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from py_vapid import Vapid02

from kzsim import config

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("read", "hint"),
    [
        (lambda: config.one_of("KZSIM_SIGNUP", "maybe", ("open", "closed")), "use one of open, closed"),
        (lambda: config.flag("DEBUG", "perhaps"), "use 1 or 0"),
        (lambda: config.positive_int("TICK_SECONDS", "0"), "whole number above zero"),
        (lambda: config.positive_int("TICK_SECONDS", "1.5"), "whole number above zero"),
        (lambda: config.positive_int("EMAIL_RATE", "0.5"), "whole number above zero"),
        (lambda: config.webhook_secret("short"), "shorter than 16"),
        (lambda: config.port("PORT", "65536"), "from 1 to 65535"),
        (lambda: config.site_url("sim.example"), "write it like https://sim.example"),
        (lambda: config.site_url("https://sim.example/kz"), "without a path"),
        (lambda: config.site_url("https://sim.example:x"), "no valid port"),
        (lambda: config.site_url("http://sim.example"), "must begin with https://"),
        (lambda: config.networks("10.0.0.0/8, proxy"), "TRUSTED_PROXIES"),
        (lambda: config.secret_key("short", Path("/")), "shorter than 32"),
        (lambda: config.redis_urls("localhost:6379"), "use redis://"),
        (lambda: config.redis_urls("redis://"), "use redis://"),
        (lambda: config.database("mysql://x/y", Path("x")), "write it like postgres://"),
        (lambda: config.database("postgres://u@h:port/d", Path("x")), "write it like postgres://"),
        (lambda: config.database("rubbish", Path("x")), "write it like postgres://"),
        (lambda: config.email_settings("mail.example:25"), "write it like smtp+tls://"),
        (lambda: config.email_settings("smtp://mail.example:port"), "write it like smtp+tls://"),
        (lambda: config.sender("KZSIM"), "write it like KZSIM <kzsim@sim.example>"),
        (lambda: config.bot_token("kzsim_bot"), "@BotFather gives one"),
        (lambda: config.api_url("TELEGRAM_API_URL", "api.telegram.org"), "write it like https://api.example"),
    ],
)
def test_what_cannot_work_is_refused_in_a_sentence(read, hint):
    with pytest.raises(config.ConfigError) as refused:
        read()

    said = str(refused.value)
    assert hint in said
    assert said.endswith((".", ")"))
    assert "\n" not in said


def test_a_password_is_never_repeated_in_a_refusal():
    for read in (config.email_settings, lambda url: config.database(url, Path("x")), config.bot_token):
        with pytest.raises(config.ConfigError) as refused:
            read("ftp://me:s3cret-word@host.example/x")
        assert "s3cret-word" not in str(refused.value)


def test_an_https_site_turns_on_what_a_public_site_needs(tmp_path):
    settings = settings_of(tmp_path, KZSIM_URL="https://sim.example", EMAIL_URL="smtps://mail.example")

    assert settings("ALLOWED_HOSTS") == "['sim.example']"
    assert settings("CSRF_TRUSTED_ORIGINS") == "['https://sim.example']"
    assert settings("SECURE_SSL_REDIRECT") == settings("SESSION_COOKIE_SECURE") == "True"
    assert settings("SECURE_HSTS_SECONDS") != "0"
    assert settings("SIGNUP_OPEN") == settings("DEBUG") == "False"
    assert settings("MAILBOX_DIR") == "None"


def test_nothing_needs_to_be_set_on_a_laptop(tmp_path):
    settings = settings_of(tmp_path)

    assert settings("SITE_URL") == "'http://127.0.0.1:8000'"
    assert settings("DEBUG") == "False"
    assert settings("SIGNUP_OPEN") == "True"
    assert str(tmp_path) in settings("DATABASES['default']['NAME']")


def test_a_secret_may_hold_any_character(tmp_path):
    settings = settings_of(tmp_path, SECRET_KEY="$looks-like-a-reference-but-is-a-key-of-ours")

    assert settings("SECRET_KEY") == "'$looks-like-a-reference-but-is-a-key-of-ours'"


def settings_of(folder, **environment):
    """Reads settings in a process of its own, as the site does."""

    def read(name):
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        done = subprocess.run(
            [sys.executable, "-c", f"from kzsim import settings; print(repr(settings.{name}))"],
            cwd=ROOT,
            env=kept | {"KZSIM_DATA_DIR": str(folder)} | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    return read


@pytest.mark.parametrize(
    ("url", "celery"),
    [
        ("redis://h:6379/1", "redis://h:6379/1"),
        ("rediss://u:p@h/0", "rediss://u:p@h/0"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0"),
        ("unix:///run/v.sock?db=3", "redis+socket:///run/v.sock?virtual_host=3"),
    ],
)
def test_one_redis_address_is_said_to_both_libraries(url, celery):
    assert config.redis_urls(url) == (url, celery)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://mail.example", 587, True, False),
        ("smtps://mail.example", 465, False, True),
        ("smtp+tls://mail.example:2525", 2525, True, False),
    ],
)
def test_a_mail_address_says_port_and_encryption(url, port, tls, ssl):
    found = config.email_settings(url)

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)


def test_a_password_in_a_mail_address_may_be_escaped():
    found = config.email_settings("smtp://me%40home:p%2Fw@mail.example")

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me@home", "p/w")


def test_the_secret_key_is_made_once_also_when_many_ask_at_the_same_time(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: config.secret_key("", tmp_path), range(64)))

    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_only_the_owner_reads_the_secret_key(tmp_path):
    before = os.umask(0)
    try:
        config.secret_key("", tmp_path)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_key_for_push_is_made_once_for_the_owners_eyes_only(tmp_path):
    key = config.vapid_key("", tmp_path)

    assert config.vapid_key("", tmp_path) == key
    assert stat.S_IMODE((tmp_path / "vapid_key").stat().st_mode) == 0o600
    assert config.vapid_key(f"{key}=", tmp_path / "nowhere") == key  # one that the environment names, padded or not
    assert Vapid02.from_raw(key.encode()).public_key.curve.name == "secp256r1"


@pytest.mark.parametrize("key", ["short", "no base64url!", "A" * 43, "_" * 43, "A" * 80])
def test_what_is_no_key_for_push_is_refused(tmp_path, key):
    with pytest.raises(config.ConfigError, match="VAPID_PRIVATE_KEY holds no key"):
        config.vapid_key(key, tmp_path)
    (tmp_path / "vapid_key").write_text(key)
    with pytest.raises(config.ConfigError, match="vapid_key holds no key"):
        config.vapid_key("", tmp_path)


@pytest.mark.parametrize(
    ("sender", "url", "subject"),
    [
        ("KZSIM <sim@sim.example>", "https://sim.example", "mailto:sim@sim.example"),
        ("", "https://sim.example:8443", "https://sim.example"),
        ("", "http://127.0.0.1:8000", "mailto:kzsim@localhost"),
    ],
)
def test_push_services_learn_whom_to_ask(sender, url, subject):
    found = config.vapid_subject(sender, url)

    assert found == subject
    key = Vapid02()
    key.generate_keys()
    assert key.sign({"sub": found, "aud": "https://push.example"})  # it refuses what push services refuse


def test_a_new_data_folder_is_closed_to_other_users(tmp_path):
    folder = config.data_dir(str(tmp_path / "site" / "var"))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_data_folder_behind_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(config.ConfigError, match="set KZSIM_DATA_DIR to a folder you can write"):
        config.data_dir(str(tmp_path / "file" / "var"))
    with pytest.raises(config.ConfigError, match="cannot be made"):
        config.data_dir(str(tmp_path / "file"))

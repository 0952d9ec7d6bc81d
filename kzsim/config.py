"""Reads the site's configuration from the environment.

Every function takes text and returns a checked value, or raises `ConfigError` with one sentence
that says what to mend. `settings.py` calls them; nothing else does.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

SOCKET_PATH_LIMIT = 100  # bytes; Valkey refuses socket paths of 108
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class ConfigError(ImproperlyConfigured):
    """The environment asks for something that cannot work; the text says what to mend."""


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"{name}={value!r} is not understood: use one of {', '.join(allowed)}.")
    return value


def flag(name: str, value: str) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off or empty; anything else is refused."""
    low = value.strip().lower()
    if low in ("1", "true", "yes", "on"):
        return True
    if low in ("", "0", "false", "no", "off"):
        return False
    raise ConfigError(f"{name}={value!r} is not understood: use 1 or 0.")


def positive_int(name: str, value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ConfigError(f"{name}={value!r} is not understood: use a whole number above zero.")
    return number


def port(name: str, value: str) -> int:
    number = positive_int(name, value)
    if number > 65535:
        raise ConfigError(f"{name}={value!r} is not understood: use a number from 1 to 65535.")
    return number


def data_dir(value: str) -> Path:
    """The folder that holds everything the site writes; made if missing, and then closed to this machine's others:
    whoever can read the database can sign in as anybody."""
    path = Path(value).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data folder {path} cannot be made ({error.strerror}): set KZSIM_DATA_DIR to a folder you can write."
        ) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"The data folder {path} is not writable: set KZSIM_DATA_DIR to a folder you can write.")
    return path


def site_url(value: str) -> str:
    """The address of the site, such as https://sim.example, without a trailing slash."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigError(f"KZSIM_URL={value!r} is not an address: write it like https://sim.example, without a path.")
    try:
        parts.port  # noqa: B018  (reading it validates it)
    except ValueError:
        raise ConfigError(f"KZSIM_URL={value!r} has no valid port.") from None
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(f"KZSIM_URL={value!r} must begin with https://, for it is not this machine's own address.")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def networks(value: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The proxies whose X-Forwarded-* headers count: addresses or networks, separated by commas."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(f"TRUSTED_PROXIES={value!r} is not understood ({error}).") from None


def secret_key(value: str, folder: Path) -> str:
    """`value`, or the key kept in `folder`, made once and readable by its owner only."""
    if value:
        if len(value) < 32:
            raise ConfigError("SECRET_KEY is shorter than 32 characters: use a long random text.")
        return value
    return _made_once(folder / "secret_key", lambda: secrets.token_urlsafe(50))


def vapid_key(value: str, folder: Path) -> str:
    """`value`, or the key kept in `folder`, made once: browsers take push messages from whoever holds it.

    A private key of P-256 as 32 bytes in base64url, the form that tools for Web Push print.
    """
    key = value or _made_once(folder / "vapid_key", _new_vapid_key)
    if not _is_vapid_key(key):
        where = "VAPID_PRIVATE_KEY" if value else str(folder / "vapid_key")
        raise ConfigError(f"{where} holds no key for Web Push: it must be 32 bytes of P-256 in base64url.")
    return key.rstrip("=")


def _new_vapid_key() -> str:
    number = secrets.randbelow(P256_ORDER - 1) + 1
    return urlsafe_b64encode(number.to_bytes(32)).decode().rstrip("=")


def _is_vapid_key(value: str) -> bool:
    try:
        key = b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return False
    return len(key) == 32 and 0 < int.from_bytes(key) < P256_ORDER


def vapid_subject(sender: str, url: str) -> str:
    """Whom a push service may ask about our messages: the sender of mail where one is set, else the site."""
    if sender:
        return f"mailto:{parseaddr(sender)[1]}"
    parts = urlsplit(url)
    return f"https://{parts.hostname}" if parts.scheme == "https" else "mailto:kzsim@localhost"


def _made_once(path: Path, make: Callable[[], str]) -> str:
    """The secret kept in a file that only its owner reads; the first who asks makes it."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)  # fails if another process was first: then its key counts
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text().strip()


def webhook_secret(value: str) -> str:
    """What signs calls from outside; may be empty, and then none are taken."""
    if value and len(value) < 16:
        raise ConfigError("BOUNCE_WEBHOOK_SECRET is shorter than 16 characters: use a long random text.")
    return value


def database(value: str, sqlite_file: Path) -> dict[str, object]:
    """Django's settings of one database: what `DATABASE_URL` names, or the SQLite file."""
    if not value:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite_file)}
    try:
        found = Env.db_url_config(value) if urlsplit(value).scheme in ("sqlite", "postgres", "postgresql") else {}
    except ValueError:
        found = {}
    if not found.get("NAME"):
        raise ConfigError(
            "DATABASE_URL is not understood: write it like postgres://user:password@host:5432/name "
            "or sqlite:////path/to/file."
        )
    return found


def redis_urls(value: str) -> tuple[str, str]:
    """Two forms of one Redis address: what redis-py and the cache want, and what Celery wants."""
    parts = urlsplit(value)
    if parts.scheme in ("redis", "rediss") and parts.hostname:
        return value, value
    if parts.scheme == "unix" and parts.path:
        database = parse_qs(parts.query).get("db", ["0"])[0]
        return value, f"redis+socket://{parts.path}?virtual_host={database}"
    raise ConfigError(f"REDIS_URL={value!r} is not understood: use redis://, rediss:// or unix:///path/to/socket.")


def email_settings(value: str) -> dict[str, object]:
    """Django's EMAIL_* settings for `smtp://user:password@host:port`, `smtp+tls://` or `smtps://`."""
    parts = urlsplit(value)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ports or not parts.hostname or port == -1:
        raise ConfigError(
            "EMAIL_URL is not understood: write it like smtp+tls://user:password@mail.example:587 "
            "(smtp:// without encryption, smtp+tls:// for STARTTLS, smtps:// for TLS from the start)."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def sender(value: str) -> str:
    """The address that mail comes from, with or without a name: `KZSIM <post@sim.example>`; may be empty."""
    if not value:
        return ""
    try:
        validate_email(parseaddr(value)[1])
    except ValidationError:
        raise ConfigError(
            f"EMAIL_FROM={value!r} is not an e-mail address: write it like KZSIM <kzsim@sim.example>."
        ) from None
    return value


def bot_token(value: str) -> str:
    """The token of a Telegram bot; empty where there is none. What is wrong with it is said without showing it."""
    if value and not re.fullmatch(r"\d+:[\w-]+", value):
        raise ConfigError("TELEGRAM_BOT_TOKEN is not a token: @BotFather gives one like 123456:ABC-def.")
    return value


def api_url(name: str, value: str) -> str:
    """The address of a service, with or without a path, without a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(f"{name} is not an address: write it like https://api.example.")
    return value.rstrip("/")


def socket_url(path: Path) -> str:
    return f"unix://{quote(str(path))}"

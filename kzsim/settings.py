"""All settings of the site, from the environment, each checked as it is read.

Nothing needs to be set on a laptop. In production one switch, `KZSIM_URL=https://sim.example`,
turns on everything a public site needs; the services have a URL each. The README lists them.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from kzsim import config
from kzsim.common.languages import LANGUAGES as LANGUAGES

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """What the environment says; an empty value counts as none."""
    return os.environ.get(name, "").strip() or default


# --- where the site is, and what it keeps -------------------------------------------------------

DATA_DIR = config.data_dir(env("KZSIM_DATA_DIR", str(BASE_DIR / "var")))
PORT = config.port("PORT", env("PORT", "8000"))
SITE_URL = config.site_url(env("KZSIM_URL", f"http://127.0.0.1:{PORT}"))
_site = urlsplit(SITE_URL)
IS_PUBLIC = not config.is_loopback(_site.hostname or "")
IS_HTTPS = _site.scheme == "https"

DEBUG = config.flag("DEBUG", env("DEBUG"))
SECRET_KEY = config.secret_key(env("SECRET_KEY"), DATA_DIR)

ALLOWED_HOSTS = [_site.hostname] if IS_PUBLIC else ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if IS_HTTPS else []
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS of other subdomains is not ours to decide
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
TRUSTED_PROXIES = config.networks(env("TRUSTED_PROXIES", "127.0.0.1,::1"))

# --- the parts ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "kzsim",
    "plans",
    "guides",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_include_bootstrap",
    "lucide",
    "phonenumber_field",
    "csp",
]

MIDDLEWARE = [
    "kzsim.proxies.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kzsim.middleware.PersonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kzsim.middleware.InPlaceMiddleware",
    "kzsim.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "kzsim.urls"
WSGI_APPLICATION = "kzsim.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "kzsim.context.site",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
PHONENUMBER_DEFAULT_REGION = "KZ"
PHONENUMBER_DB_FORMAT = PHONENUMBER_DEFAULT_FORMAT = "E164"

# --- the database -----------------------------------------------------------------------------------

DATABASES = {"default": config.database(env("DATABASE_URL"), DATA_DIR / "kzsim.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other instead of failing; readers never wait (WAL).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the broker and the cache -------------------------------------------------------------------------


def _embedded_broker_socket() -> Path:
    """Where the embedded broker listens: in the data folder or, where that path is too long for a
    socket, in a private temporary folder with a name made from it."""
    path = DATA_DIR / "run" / "broker.sock"
    if len(str(path).encode()) <= config.SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"kzsim-{name}" / "broker.sock"


EMBEDDED_BROKER_SOCKET = None if env("REDIS_URL") else _embedded_broker_socket()
REDIS_URL, CELERY_BROKER_URL = config.redis_urls(env("REDIS_URL") or config.socket_url(EMBEDDED_BROKER_SOCKET))
CACHES = {
    "default": {
        "BACKEND": "kzsim.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "kzsim",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # without it, pages are only slower
    }
}

TICK_SECONDS = config.positive_int("TICK_SECONDS", env("TICK_SECONDS", "60"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "kzsim.",
    # No page waits long for a broker that is down: two tries, and the next tick does the work.
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False  # the database is the truth: a bell that cannot ring is no error
CELERY_BEAT_SCHEDULER = "kzsim.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "plans.tasks.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}},
    "fold reads": {"task": "guides.tasks.fold_reads", "schedule": 3600},
    "sweep files": {"task": "plans.tasks.sweep_files", "schedule": 24 * 3600},
    "weekly list": {"task": "kzsim.tasks.post_weekly_list", "schedule": 900},
}

# --- mail -------------------------------------------------------------------------------------------

EMAIL_TIMEOUT = config.positive_int("EMAIL_TIMEOUT", env("EMAIL_TIMEOUT", "30"))
# So many messages a minute leave at most, whatever number of processes sends them.
EMAIL_RATE = config.positive_int("EMAIL_RATE", env("EMAIL_RATE")) if env("EMAIL_RATE") else None
BOUNCE_WEBHOOK_SECRET = config.webhook_secret(env("BOUNCE_WEBHOOK_SECRET"))
MAILBOX_DIR = None
if env("EMAIL_URL"):
    globals().update(config.email_settings(env("EMAIL_URL")))
elif IS_PUBLIC:
    raise config.ConfigError(
        f"{SITE_URL} is public but EMAIL_URL is not set: set it, for example smtp+tls://user:password@mail.example:587."
    )
else:
    EMAIL_BACKEND = "kzsim.mailbox.MailboxBackend"
    MAILBOX_DIR = DATA_DIR / "mailbox"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = config.sender(env("EMAIL_FROM")) or f"KZSIM <kzsim@{_site.hostname}>"

# --- other media ------------------------------------------------------------------------------------

# A home server may send to servers in its own network; a public site must not be led there by its users.
ALLOW_PRIVATE_TARGETS = config.flag("ALLOW_PRIVATE_TARGETS", env("ALLOW_PRIVATE_TARGETS"))
TELEGRAM_BOT_TOKEN = config.bot_token(env("TELEGRAM_BOT_TOKEN"))
TELEGRAM_API_URL = config.api_url("TELEGRAM_API_URL", env("TELEGRAM_API_URL", "https://api.telegram.org"))

# --- push ------------------------------------------------------------------------------------------

VAPID_PRIVATE_KEY = config.vapid_key(env("VAPID_PRIVATE_KEY"), DATA_DIR)
VAPID_SUBJECT = config.vapid_subject(env("EMAIL_FROM"), SITE_URL)

# --- accounts -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "kzsim.User"
AUTHENTICATION_BACKENDS = ["kzsim.accounts.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "kzsim.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SIGNUP_OPEN = (
    config.one_of("KZSIM_SIGNUP", env("KZSIM_SIGNUP", "closed" if IS_PUBLIC else "open"), ("open", "closed")) == "open"
)
ACCOUNT_ADAPTER = "kzsim.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # without a password, a code is sent
ACCOUNT_FORMS = {
    "signup": "kzsim.accounts.SignupForm",
    "request_login_code": "kzsim.accounts.RequestLoginCodeForm",
    "confirm_login_code": "kzsim.accounts.ConfirmLoginCodeForm",
    "reset_password": "kzsim.accounts.ResetPasswordForm",
    "reset_password_from_key": "kzsim.accounts.ResetPasswordKeyForm",
    "change_password": "kzsim.accounts.ChangePasswordForm",
    "set_password": "kzsim.accounts.SetPasswordForm",
    "add_email": "kzsim.accounts.ChangeEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 14
ACCOUNT_CHANGE_EMAIL = True  # one address an account
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 30 * 60  # mail may be late
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # mail scanners follow links
ACCOUNT_RATE_LIMITS = {  # anybody can have mail sent to any address: not for hours on end
    "request_login_code": "20/m/ip,3/m/key,12/h/key",
    "reset_password": "20/m/ip,3/m/key,12/h/key",
    # Readers' reports: how many come from one place, and of how many people without an account on the same thing.
    "report": "30/h/ip",
    "first_report": "20/d/ip,5/d/key",
    "first_report_of_fact": "20/d/ip,1/d/key",
    "report_details": "30/h/ip",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 180 * 24 * 3600  # people come once a month
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- languages and time ---------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# First what we say; then what packages say and have no words for in one of our languages.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale_packages"]
FORMAT_MODULE_PATH = "kzsim.locale_formats"
TIME_ZONE = "Asia/Almaty"
USE_TZ = True
LANGUAGE_COOKIE_AGE = SESSION_COOKIE_AGE
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_THOUSAND_SEPARATOR = True

# --- static files -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
PRIVATE_FILES = DATA_DIR / "files"  # what people added; no address leads there
RECEIPT_MAX_MB = config.positive_int("RECEIPT_MAX_MB", env("RECEIPT_MAX_MB", "10"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2"),
    "map",  # for developers only
)

# --- what a browser may do -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CSRF_FAILURE_VIEW = "kzsim.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- logs ------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s", "datefmt": "%H:%M:%S"}},
    "filters": {"without keys": {"()": "kzsim.logs.WithoutKeys"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without keys"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # whoever scans the net must not fill the log
        "celery": {"level": "WARNING"},
        "celery.app.trace": {"level": "ERROR"},
        "kombu": {"level": "ERROR"},
        "urllib3": {"level": "ERROR"},  # its warnings hold whole addresses, which open chats
    },
}
SITE_NAME = _("KZSIM")

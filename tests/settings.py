"""The site's own settings, in a folder of their own, with what only slows tests down left out."""

import os
import tempfile

os.environ.setdefault("KZSIM_DATA_DIR", tempfile.mkdtemp(prefix="kzsim-tests-"))
os.environ.setdefault("SECRET_KEY", "only for tests: nothing that this key signs leaves the machine")

from kzsim.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_BROKER_URL = "memory://"
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405  (WhiteNoise warns where nothing was collected)

"""What an operator of the site does by hand."""

from __future__ import annotations

import json
import sqlite3
import stat
import tarfile
from contextlib import closing

import polib
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal

from kzsim.management.commands.backup import add_bytes, manifest
from kzsim.management.commands.restore import unpack

User = get_user_model()


@pytest.mark.django_db
def test_the_first_administrator_can_sign_in_at_once(monkeypatch, client):
    monkeypatch.setenv("PASSWORD", "a-long-enough-one-4711")

    call_command("create_admin", "Boss@X.example", verbosity=0)

    user = User.objects.get(email="boss@x.example")
    assert user.is_staff
    assert user.is_superuser
    assert EmailAddress.objects.get(user=user).verified
    assert EmailAddress.objects.get(user=user).primary
    assert user.person.email_verified
    client.post("/accounts/login/", {"login": "boss@x.example", "password": "a-long-enough-one-4711"})
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_an_account_becomes_an_administrator_and_keeps_its_data(monkeypatch):
    monkeypatch.setenv("PASSWORD", "a-long-enough-one-4711")
    before = User.objects.create_user("boss@x.example", "another")

    call_command("create_admin", "boss@x.example", verbosity=0)

    after = User.objects.get()
    assert after.pk == before.pk
    assert after.is_superuser
    assert after.check_password("a-long-enough-one-4711")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password"), [("", "a-long-enough-one-4711"), ("nobody", "x" * 20), ("a@x.example", "1234")]
)
def test_an_administrator_needs_an_address_and_a_good_password(monkeypatch, email, password):
    monkeypatch.setenv("PASSWORD", password)

    with pytest.raises(CommandError):
        call_command("create_admin", email)

    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_password_typed_two_ways_is_refused(monkeypatch):
    monkeypatch.delenv("PASSWORD", raising=False)
    typed = iter(["a-long-enough-one-4711", "another"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))

    with pytest.raises(CommandError, match="differ"):
        call_command("create_admin", "a@x.example")


@pytest.mark.django_db
def test_editors_may_change_all_guides_and_nothing_else():
    editors = Group.objects.get(name="Editors")
    editors.permissions.set(Permission.objects.filter(content_type__app_label="plans"))

    call_command("migrate", verbosity=0)

    may = editors.permissions.all()
    assert set(may) == set(Permission.objects.filter(content_type__app_label="guides"))
    assert may.filter(codename="change_guide").exists()


@pytest.mark.django_db
def test_editors_are_there_after_the_tables_were_emptied():
    Group.objects.all().delete()

    emit_post_migrate_signal(0, False, "default")  # as `manage.py flush` does

    assert Group.objects.get(name="Editors").permissions.filter(codename="change_guide").exists()


def test_translations_are_compiled_where_they_are_newer(settings, tmp_path):
    po = tmp_path / "ru" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Fine", msgstr="Хорошо"))
    catalogue.append(polib.POEntry(msgid="Soon", msgstr="Скоро", flags=["fuzzy"]))
    catalogue.save(str(po))
    settings.LOCALE_PATHS = [tmp_path]

    call_command("compile_translations", verbosity=0)

    mo = po.with_suffix(".mo")
    assert [entry.msgstr for entry in polib.mofile(str(mo))] == ["Хорошо"]
    made = mo.stat().st_mtime_ns
    call_command("compile_translations", verbosity=0)
    assert mo.stat().st_mtime_ns == made
    assert [path.name for path in po.parent.iterdir() if path.suffix not in (".po", ".mo")] == []


def test_what_is_no_backup_is_refused(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.EMBEDDED_BROKER_SOCKET = None
    rubbish = tmp_path / "rubbish"
    rubbish.write_text("not a backup")

    with pytest.raises(CommandError, match="is not a backup of KZSIM"):
        call_command("restore", str(rubbish), yes=True)
    with pytest.raises(CommandError, match="cannot be restored"):
        call_command("restore", str(tmp_path / "none"), yes=True)


@pytest.mark.e2e
def test_a_backup_brings_everything_back(make_site, tmp_path):
    site = make_site(prepared=True).prepare()
    site.ask("from kzsim.models import User; User.objects.create_user('before@x.example')")
    keys = {name: (site.data / name).read_text() for name in ("secret_key", "vapid_key")}
    receipt = site.data / "files" / "0a" / "a-receipt_1"
    receipt.parent.mkdir(parents=True)
    receipt.write_bytes(b"%PDF-1.7")
    file = tmp_path / "backup.tar.gz"

    site.manage("backup", str(file))
    site.ask("from kzsim.models import User; User.objects.all().delete()")
    receipt.write_bytes(b"damaged")
    receipt.with_name("later").write_bytes(b"%PDF-1.7")
    for name, other in {"secret_key": "another key, made by a new machine of ours", "vapid_key": "B" * 43}.items():
        (site.data / name).write_text(other)
    site.manage("restore", "--yes", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        assert json.load(archive.extractfile("manifest.json"))["format"] == 1
    assert site.ask("from kzsim.models import User; print(User.objects.get().email)") == "before@x.example"
    assert {name: (site.data / name).read_text() for name in keys} == keys
    assert receipt.read_bytes() == b"%PDF-1.7"
    assert [path.name for path in receipt.parent.iterdir()] == [receipt.name]


def test_a_backup_from_before_there_was_push_is_unpacked_too(tmp_path):
    database = tmp_path / "made.sqlite3"
    with closing(sqlite3.connect(database)) as made:
        made.execute("CREATE TABLE t (x)")
    file = tmp_path / "backup.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        add_bytes(archive, "manifest.json", json.dumps(manifest()).encode())
        add_bytes(archive, "secret_key", b"key")
        archive.add(database, arcname="database")
    (tmp_path / "out").mkdir()

    unpack(file, tmp_path / "out")

    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["database", "files", "manifest.json", "secret_key"]


@pytest.mark.e2e
def test_a_running_site_is_not_restored(make_site, tmp_path):
    site = make_site(prepared=True).start()
    file = tmp_path / "backup.tar.gz"
    site.manage("backup", str(file))

    with pytest.raises(AssertionError, match="already runs"):
        site.manage("restore", "--yes", str(file))

"""A private PostgreSQL server from this machine's programs, for the time of a test run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.ports import free_port


def programs() -> Path | None:
    """The folder with the newest server's programs, or None where there is none."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    whole = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(whole, key=lambda folder: [int(part) for part in str(folder).split("/") if part.isdigit()], default=None)


@contextmanager
def server() -> Iterator[str]:
    """Yields the DATABASE_URL of an empty database. PostgreSQL refuses to run as root, and then runs as another."""
    found = programs()
    if found is None:
        raise RuntimeError("there are no PostgreSQL server programs on this machine")
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="kz-pg-"))
    if user:
        shutil.chown(folder, user)
    as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    data, port = folder / "data", free_port()
    subprocess.run(
        [found / "initdb", "--auth=trust", "--username=kzsim", "--encoding=UTF8", "--no-sync", "-D", data],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        **as_user,
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
    control = [found / "pg_ctl", "-D", data, "-w", "-t", "60"]
    quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, **as_user}
    try:
        subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **quiet)
        yield f"postgres://kzsim@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A database of its own on a server, removed afterwards; yields its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

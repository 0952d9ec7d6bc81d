"""A private PostgreSQL server from this machine's programs, for the time of a test run."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
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
    folder = Path(tempfile.mkdtemp(prefix="kz-pg-"))
    as_user = _as_its_user()
    if as_user:
        shutil.chown(folder, as_user["user"])
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


def _as_its_user() -> dict[str, Any]:
    """How to run its programs, for `subprocess`."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in ("postgres", "nobody") if name in known)
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


@contextmanager
def down(server_url: str) -> Iterator[None]:
    """Stops a server of ours as a loss of power does, and starts it again afterwards."""
    with psycopg.connect(server_url) as connection:
        data = Path(connection.execute("SHOW data_directory").fetchone()[0])
    options = shlex.join(shlex.split((data / "postmaster.opts").read_text())[1:])
    control = [programs() / "pg_ctl", "-D", data, "-w", "-t", "60"]
    quiet = {"check": True, "cwd": data.parent, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    subprocess.run([*control, "-m", "immediate", "stop"], **quiet, **_as_its_user())
    try:
        yield
    finally:
        subprocess.run([*control, "-l", data.parent / "log", "-o", options, "start"], **quiet, **_as_its_user())


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

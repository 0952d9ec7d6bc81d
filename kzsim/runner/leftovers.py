"""One runner a data folder, and the end of what a killed runner left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from kzsim.config import ConfigError

# Set in the environment of every process that a runner starts; its value is the data folder. It
# finds also what no process number was kept of, such as the children of a killed worker.
MARK = "KZSIM_STARTED_FROM"


@contextlib.contextmanager
def only_runner(folder: Path) -> Iterator[None]:
    """Holds the data folder for this runner; refuses if another runner holds it."""
    path = folder / "run" / "lock"
    try:
        lock = path.open("a+")
    except OSError as error:
        raise ConfigError(f"The file {path} cannot be written ({error.strerror}): make room for it.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ConfigError(
                f"KZSIM already runs with the data folder {folder} (process {lock.read().strip() or 'unknown'}): "
                "stop that one first, or set KZSIM_DATA_DIR to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def left_behind(folder: Path) -> list[psutil.Process]:
    """Processes that a runner of this data folder started and that still live."""
    return [process for process in psutil.process_iter() if _mark_of(process) == str(folder)]


def _mark_of(process: psutil.Process) -> str | None:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # another user's, or just gone
        return None


def end_left_behind(folder: Path, grace: float) -> None:
    """Asks what is left to end, waits for mail that is on its way, and kills what does not listen.

    Only the first process of each tree is asked: a worker ends its own children when they are done,
    and a child without its worker ends by itself.
    """
    left = left_behind(folder)
    numbers = {process.pid for process in left}
    for process in left:
        with contextlib.suppress(psutil.Error):
            if process.ppid() not in numbers:
                process.terminate()
    _, alive = psutil.wait_procs(left, timeout=grace)
    for process in alive + left_behind(folder):
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)

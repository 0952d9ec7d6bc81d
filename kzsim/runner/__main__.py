"""`python -m kzsim.runner` serves the site on one machine. With an argument it does a part of that:

prepare [--quiet]                  only sets up database, guides, translations and static files
web, worker, beat, broker [NAME]   is that process alone, for a service manager, a container or a test
"""

from __future__ import annotations

import os
import signal
import socket
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kzsim.config import ConfigError


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until supervisor takes the signals over
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kzsim.settings")
    try:
        django.setup()
        _tell_children_where_we_are()
        if arguments[:1] == ["prepare"]:
            return prepare(quiet="--quiet" in arguments)
        if arguments:
            return become(*arguments)
        return serve()
    except ImproperlyConfigured as error:
        print(f"KZSIM did not start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def prepare(quiet: bool) -> int:
    from kzsim.runner.prepare import prepare_site

    if quiet:
        prepare_site(lambda text: None)
        return 0
    prepare_site(_say)
    _say("KZSIM is set up. `make run` starts it.")
    return 0


def become(name: str, alias: str = "") -> int:
    """Turns this very process into one of the site's."""
    from kzsim.runner.programs import argv_of, make_folders

    make_folders()
    argv = argv_of(name, alias or name)
    os.execv(argv[0], argv)  # noqa: S606  (our own command line; no shell is meant)


def serve() -> int:
    from kzsim.runner.leftovers import end_left_behind, left_behind, only_runner
    from kzsim.runner.prepare import prepare_site
    from kzsim.runner.programs import mail_grace_seconds, make_folders, programs
    from kzsim.runner.supervise import Terminal, supervise

    folder = settings.DATA_DIR
    make_folders()
    with only_runner(folder):
        if left_behind(folder):
            _say("Ending what an earlier run left behind ...")
            end_left_behind(folder, mail_grace_seconds())
        _refuse_taken_port()
        prepare_site(_say)
        wanted = programs()
        terminal = Terminal([program.name for program in wanted])
        failure = supervise(wanted, folder, terminal, greet)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_left_behind(folder, mail_grace_seconds())
    if failure:
        raise ConfigError(failure)
    terminal.say("KZSIM has stopped. Its data stays in " + str(folder))
    return 0


def greet() -> None:
    """Where to go and what to do next."""
    lines = [f"KZSIM is running at {settings.SITE_URL}"]
    if settings.MAILBOX_DIR is not None:
        lines.append(f"Its e-mails are kept on this machine: {settings.SITE_URL}/mailbox/")
    lines += [
        "Next: sign up there, or look around with demo data: make demo (in another terminal).",
        "To edit guides, make yourself an administrator: make admin EMAIL=you@example.com",
        f"Data and logs are in {settings.DATA_DIR}. Ctrl-C stops everything.",
    ]
    _say("\n" + "\n".join(f"  {line}" for line in lines) + "\n")


def _tell_children_where_we_are() -> None:
    os.environ["KZSIM_DATA_DIR"] = str(settings.DATA_DIR)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")]))


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.PORT))
        except OSError as error:
            raise ConfigError(
                f"Port {settings.PORT} cannot be used ({error.strerror}): stop what uses it, "
                f"or choose another one, such as: make run PORT={settings.PORT + 1}"
            ) from None


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

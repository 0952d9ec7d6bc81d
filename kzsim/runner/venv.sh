#!/bin/sh
# venv.sh FILE: makes .venv and installs what requirements FILE names, or does nothing when that is done.
# A stamp in .venv, written last, says what was installed; a .venv whose making was interrupted is made again.
set -eu
cd "$(dirname "$0")/../.."
wanted=$1

fits() { "$@" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

some_python() {
    # The tried versions first. A command may exist and not work (pyenv), so that each is asked.
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if fits "$name"; then echo "$name"; return; fi
    done
    {
        echo "KZSIM needs Python 3.11 or newer with its venv module, and found none${PYTHON:+ at $PYTHON}."
        echo "Install it (Debian and Ubuntu: apt install python3-venv), or name one: make run PYTHON=/path/to/python3.12"
    } >&2
    return 1
}

# What is installed depends on these files, and on which .venv it is.
fingerprint() { cat requirements.txt constraints.txt "$wanted" | cksum; }
stamp=.venv/installed-$wanted
stamped() { [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; }

if stamped && fits .venv/bin/python; then exit 0; fi

if [ -e .venv/installing ] || ! fits .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(some_python)
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "Installing what $wanted names (once; a minute or two) ..."
touch .venv/installing # stays if this is interrupted, and then .venv is made again
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$wanted"; then
    rm .venv/installing # pip changes nothing before it has everything
    echo "The packages could not be installed; the lines above say why. Asking again is safe." >&2
    exit 1
fi
fingerprint >"$stamp"
rm .venv/installing

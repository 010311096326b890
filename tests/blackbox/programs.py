"""Runs other people's programs; every one has an end."""

import os
import shutil
import subprocess
import tempfile

from checks import Failed, Skipped
from surroundings import EMULATED

# An emulated sensor is ten times as slow; the clients' own time-outs are what breaks first.
SLOW = 5 if EMULATED else 1


def needed(program):
    path = shutil.which(program)
    if path is None:
        raise Skipped(f"{program} is not installed")
    return path


def net_snmp(program, *arguments, seconds=60, style=("-m", "", "-On", "-Oe")):
    """One of net-snmp's tools with numbers instead of names, none of the machine's own settings, and nothing left behind."""
    with tempfile.TemporaryDirectory(prefix="conpot-pi-net-snmp-") as place:
        code, said = run([needed(program), *style, "-r", "1", "-t", "4", *arguments], seconds,
                         {"HOME": place, "SNMP_PERSISTENT_DIR": place, "SNMPCONFPATH": place})
        return code, "".join(line for line in said.splitlines(True) if not line.startswith("Created directory:"))


def run(command, seconds, environment=None, errors=subprocess.STDOUT):
    """A client's exit code and all that it said."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, timeout=seconds * SLOW,
                              env={**os.environ, **environment} if environment else None, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{command[0]} did not end within {seconds * SLOW} s: {(late.stdout or b'')[-300:]!r}") from None
    return done.returncode, done.stdout

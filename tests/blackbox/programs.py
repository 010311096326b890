"""Runs other people's programs; every one has an end."""

import os
import shutil
import subprocess
import tempfile
import time

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


def nmap_os(address, seconds=120):
    """What nmap -O says of a device. It sends its UDP probe with a time to live of 51 + (seconds since 1970) % 14 and adds it to the T of every answer
    (osscan2.cc, udpttl); the database's T=55-5F of a Simatic 300 holds for 56 and above alone, whatever answers. So it is asked in the seconds where a
    match is possible."""
    while not 5 <= time.time() % 14 < 9:  # it takes up to 5 s from here to the UDP probe
        time.sleep(0.1)
    code, said = run([needed("nmap"), "-n", "-O", "-p", "102,103,502", address], seconds)
    if code != 0:
        raise Failed(f"nmap: exit code {code}: {said[-300:]}")
    return said

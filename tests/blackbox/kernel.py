"""A Linux kernel to boot under QEMU, out of Debian's archive: downloaded once, never installed, kept under out/.

Debian 12 and 13 as released have no gpio-sim; the newest kernel of BACKPORTS has it (CONFIG_GPIO_SIM=m). The mirror is the one that
this machine's apt uses for Debian itself, and apt checks the signatures with the archive's own keyring; the machine's apt state is left alone.
"""

import fcntl
import lzma
import os
import re
import shutil
import subprocess
import tempfile

from checks import Skipped

BACKPORTS = "trixie-backports"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "out")
# On a slow line: 120 MB.
DOWNLOAD_SECONDS = 300


class Kernel:
    """A kernel's image, and its modules in the order in which they can be loaded."""

    def __init__(self, directory):
        self.image = os.path.join(directory, "vmlinuz")
        self._modules = {}
        for place, _, files in os.walk(os.path.join(directory, "kernel")):
            for file in files:
                if ".ko" in file:
                    self._modules[_plain(file.split(".ko")[0])] = os.path.join(place, file)

    def has(self, module):
        return _plain(module) in self._modules

    def module(self, name):
        """A module's bytes, decompressed: busybox's insmod takes no other."""
        path = self._modules.get(_plain(name))
        if path is None:
            raise Skipped(f"the kernel has no module {name}")
        with open(path, "rb") as stream:
            data = stream.read()
        return lzma.decompress(data) if path.endswith(".xz") else data

    def closure(self, wanted):
        """(name, bytes) of these modules and of all that they need, the needed ones first."""
        found = {}

        def take(name):
            if name in found:
                return
            data = self.module(name)
            for needed in _depends(data):
                take(needed)
            found[name] = data

        for module in wanted:
            take(_plain(module))
        return list(found.items())


def debian_kernel(architecture="amd64"):
    """The cached kernel, fetched where it is not there yet; Skipped, with the reason, where it cannot be had."""
    os.makedirs(OUT, exist_ok=True)
    place = os.path.abspath(os.path.join(OUT, f"kernel-{architecture}"))
    with open(place + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Two programs at once: one fetches, the other waits for it.
        if not os.path.exists(place):
            with tempfile.TemporaryDirectory(prefix="kernel-", dir=OUT) as work:
                os.rename(_fetch(work, architecture), place)
    return Kernel(place)


def _plain(name):
    """gpio-sim is gpio-sim.ko and gpio_sim to the kernel."""
    return name.replace("-", "_")


def _depends(module):
    """What modinfo shows as depends: the names before whose symbols it cannot be linked."""
    match = re.search(rb"(?:^|\0)depends=([^\0]*)\0", module)
    return [_plain(name) for name in match.group(1).decode().split(",") if name] if match else []


def debian_mirror():
    """The mirror that this machine's apt takes Debian from; no name of one stands in the tree."""
    fields = "$(ORIGIN)|$(LABEL)|$(CREATED_BY)|$(SITE)"
    lines = _run(["apt-get", "indextargets", "--format", fields]).splitlines()
    for line in lines:
        origin, label, kind, site = line.split("|", 3)
        if (origin, label, kind) == ("Debian", "Debian", "Packages"):
            return site
    raise Skipped("apt has no Debian archive to take a kernel from (apt-get update, or run on Debian)")


def _fetch(work, architecture):
    """A folder with vmlinuz, config and kernel/, as the packages have them under usr/lib/modules/<release>."""
    if not shutil.which("apt-get") or not os.path.exists(KEYRING):
        raise Skipped(f"no apt-get, or no {KEYRING} (package debian-archive-keyring), to fetch a kernel with")
    sources = os.path.join(work, "sources.list")
    with open(sources, "w", encoding="ascii") as stream:
        stream.write(f"deb [arch={architecture} signed-by={KEYRING}] {debian_mirror()} {BACKPORTS} main\n")
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        os.makedirs(os.path.join(work, folder))
    # On the command line: it is read last, after the machine's own apt.conf.d (which may name a proxy).
    own = {"Dir::Etc::sourcelist": sources, "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null",
           "Dir::State": work, "Dir::State::lists": f"{work}/lists", "Dir::State::status": "/dev/null", "Dir::Cache": f"{work}/cache",
           "APT::Architecture": architecture, "APT::Architectures": architecture, "Acquire::Languages": "none", "APT::Sandbox::User": "",
           "APT::Update::Post-Invoke": "", "APT::Update::Post-Invoke-Success": "", "Acquire::Retries": "2"}
    options = [word for key, value in own.items() for word in ("-o", f"{key}={value}")]
    _run(["apt-get", "-qq", *options, "update"])
    debs = os.path.join(work, "debs")
    _run(["apt-get", "-qq", *options, "download", *_packages(options, architecture)], debs)
    for deb in os.listdir(debs):
        _run(["dpkg-deb", "-x", os.path.join(debs, deb), os.path.join(work, "x")])
    releases = os.path.join(work, "x", "usr", "lib", "modules")
    return os.path.join(releases, os.listdir(releases)[0])


def _packages(options, architecture):
    """The packages that hold the newest kernel's image and modules: what its meta-package depends on, to the second step."""
    found, new = [], [f"linux-image-{architecture}"]
    while new:
        shown = _run(["apt-cache", *options, "show", *new])
        depends = " ".join(re.findall(r"^(?:Pre-)?Depends: (.*)$", shown, re.MULTILINE))
        new = sorted({name for name in re.findall(r"linux-(?:image|modules|binary|base)-[0-9][0-9a-z.+-]+", depends)} - set(found))
        found += new
    return found


def _run(command, directory=None):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              timeout=DOWNLOAD_SECONDS, cwd=directory, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"a kernel cannot be fetched: {error}") from None
    if done.returncode != 0:
        raise Skipped(f"a kernel cannot be fetched: {' '.join(command[:1] + command[-2:])}: {done.stderr.strip()[-300:]}")
    return done.stdout

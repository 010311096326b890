"""The Debian package: made twice with the same bytes, by Debian's own rules, and in a Debian 12 and 13 that are thrown away: installed, run by a real
systemd with the whole unit, upgraded, removed, purged.

Needs root, lintian, mmdebstrap, systemd's systemd-analyze and Debian's archive; says what it skips without them.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time

from checks import Report, require
from deb_machine import MOST_EXPOSURE, Machine
from debian_root import DebianRoot
from harness import binary
from programs import needed, run
from surroundings import EMULATED

TREE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
_package = None


def in_tree(*path):
    return os.path.join(TREE, *path)


def text_of(*path):
    with open(in_tree(*path), encoding="utf-8") as stream:
        return stream.read()


def package():
    """out/conpot-pi_<version>_amd64.deb of the binary under test."""
    global _package
    if _package is None:
        _package = make("amd64", binary())
    return _package


def make(architecture, program):
    code, said = run([in_tree("scripts", "deb.sh"), architecture, program], 120)
    require(code == 0, f"scripts/deb.sh ended with {code}: {said[-600:]}")
    return in_tree(said.strip().splitlines()[-1].split(":")[0])


def digest(path):
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def fields(deb):
    code, said = run(["dpkg-deb", "-f", deb], 20)
    require(code == 0, said)
    return dict(line.split(": ", 1) for line in said.splitlines() if ": " in line and not line.startswith(" "))


def check_the_same_binary_makes_the_same_package():
    first = digest(package())
    os.umask(0o077)
    copy = tempfile.mkdtemp()
    try:
        shutil.copy(binary(), copy)
        require(digest(make("amd64", os.path.join(copy, "conpot-pi"))) == first, "the second package has other bytes")
    finally:
        shutil.rmtree(copy)
        os.umask(0o022)
    return f"{os.path.getsize(package())} bytes"


def check_it_is_the_version_and_architecture_that_it_says():
    version = re.search(r"<Version>(.*)</Version>", text_of("src", "Directory.Build.props")).group(1)
    deb = fields(package())
    require((deb["Version"], deb["Architecture"]) == (version, "amd64"), f"{deb['Version']} {deb['Architecture']}")
    require(os.path.basename(package()) == f"conpot-pi_{version}_amd64.deb", package())


def check_lintian_has_no_error_and_no_warning():
    needed("lintian")
    code, said = run(["lintian", "--allow-root", "--tag-display-limit", "0", "--show-overrides", package()], 120)
    require(code == 0 and not re.search(r"^[EWO]:", said, re.MULTILINE), said)


def check_its_dependencies_are_those_of_the_binary():
    needed("readelf")
    _, said = run(["readelf", "-d", binary()], 20)
    libraries = set(re.findall(r"NEEDED.*\[(.*)\]", said))
    require(all(re.fullmatch(r"(lib[cm]|ld-linux-.*)\.so\.\d", name) for name in libraries), f"more than libc6 is needed: {libraries}")
    _, said = run(["readelf", "-W", "--version-info", binary()], 20)
    newest = max(tuple(int(part) for part in version.split(".")) for version in re.findall(r"GLIBC_(\d+\.\d+)", said))
    declared = re.search(r"libc6 \(>= ([\d.]+)\)", fields(package())["Depends"]).group(1)
    require(".".join(map(str, newest)) == declared, f"the binary needs glibc {newest}, the package says {declared}")


def check_every_package_inside_has_its_licence_stated():
    with open(in_tree("src", "Conpot.Pi", "packages.lock.json"), encoding="utf-8") as stream:
        locked = {name: entry["resolved"] for target in json.load(stream)["dependencies"].values() for name, entry in target.items()}
    stated = {}
    for stanza in text_of("image", "deb", "copyright").split("\n\n"):
        licence = re.search(r"^License: (\S+)$", stanza, re.MULTILINE)
        for pattern in re.findall(r"nuget/(\S+)", stanza):
            stated[pattern] = licence.group(1)
    _, said = run(["dotnet", "nuget", "locals", "global-packages", "--list"], 60)
    cache = said.strip().removeprefix("global-packages: ")
    seen = 0
    for name, version in locked.items():
        licence = next((stated[p] for p in stated if re.fullmatch(re.escape(p).replace(r"\*", ".*"), name)), None)
        require(licence, f"image/deb/copyright says nothing of {name}")
        for nuspec in glob.glob(os.path.join(cache, name.lower(), version, "*.nuspec")):
            with open(nuspec, encoding="utf-8-sig") as stream:
                own = re.search(r'<license type="(\w+)">(.*?)</license>', stream.read())
            if own.group(1) == "file":
                with open(os.path.join(os.path.dirname(nuspec), own.group(2)), encoding="utf-8-sig") as stream:
                    require(f"The {licence} License" in stream.read(), f"{name}: its {own.group(2)} is not {licence}")
            else:
                require(own.group(2) == licence, f"{name} is {own.group(2)}, and image/deb/copyright says {licence}")
            seen += 1
    require(seen > 10, f"only {seen} packages were found in {cache}")
    return f"{len(locked)} packages, {seen} compared"


def check_bash_completes():
    script = 'source image/deb/completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _conpot_pi; echo "${COMPREPLY[*]}"'
    for words, wanted in ((("re",), "report"), (("events", "--fo"), "--follow"), (("io", ""), "list wiring watch test ack"), (("profiles", "show", "s7-2"), "s7-200"), (("help", "do"), "doctor")):
        _, said = run(["bash", "-c", f"cd {TREE}; {script}", "bash", "conpot-pi", *words], 20)
        require(said.strip() == wanted, f"{words} gives {said!r}")


def check_the_unit_is_understood_and_leaves_little_open():
    needed("systemd-analyze")
    unit = in_tree("image", "deb", "conpot-pi.service")
    said = run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit], 30)[1]
    exposure = float(re.search(r"Overall exposure level .*: ([\d.]+)", said).group(1))
    require(exposure <= MOST_EXPOSURE, said)
    return f"exposure {exposure}"


def life(suite):
    """The package's life in one Debian, each step on the one before."""
    report = []

    def step(name, check):
        begun = time.monotonic()
        check()
        report.append(f"{name} {time.monotonic() - begun:.0f} s")

    with DebianRoot(suite) as debian:
        machine = Machine(debian, package())
        for name in ("installs_outside_of_systemd", "runs_under_systemd", "is_sandboxed", "is_restarted_unless_its_settings_are_wrong",
                     "is_upgraded_with_its_settings", "is_removed_and_purged"):
            step(name.split("_")[1], getattr(machine, name))
    return ", ".join(report)


def check_its_life_on_debian_12():
    return life("bookworm")


def check_its_life_on_debian_13():
    return life("trixie")


def main():
    report = Report()
    if EMULATED or not shutil.which("dpkg-deb"):
        report.skipped("deb", "needs dpkg and a binary of this machine's own kind")
        return 0
    only = sys.argv[1:]
    for name, check in list(globals().items()):
        if name.startswith("check_") and (not only or any(word in name for word in only)):
            report.run(name, check)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())

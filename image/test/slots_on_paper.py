"""The slots without a board: the initrd's own state.sh and root.sh under busybox, on a folder in the place of the FAT, with a power cut before every write.

    slots_on_paper.py     needs busybox; no root, seconds"""

import itertools
import os
import subprocess
import sys
import tempfile

from checks import Report, require

INITRD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "initrd")
WHOLE, EMPTY = b"\x1f\x8b kernel", b"\0\0 kernel"
CUTS = range(1, 16)

# What the initrd has around the two files: mounts, a card that breaks, a plug that is pulled before write number $CUT.
STAGE = r"""
fat=$PWD part=disk
. "$INITRD/state.sh"
. "$INITRD/root.sh"
say() { :; }
trouble() { echo "$*" >> trouble; }
again() { command echo again; exit; }
sleep() { :; }
sync() { :; }
drop_caches() { :; }
umount() { :; }
mount() { [ "$CARD" != readonly ] || [ "$2" != remount,rw ]; }
dd() {
  case "$*" in *of=*)
    echo x >> writes
    [ "$(wc -l < writes)" != "$CUT" ] || { kill -KILL $$; exit; }
    if [ "$CARD" = forgetful ]; then cat > /dev/null; return; fi ;;
  esac
  busybox dd "$@"
}
mount_root() {
  echo x >> reads
  case "$1:$ROOTS" in
    *2:*a*) [ "$(wc -l < reads)" -gt "${FLAKY:-0}" ] ;;
    *3:*b*) [ "$SAME_KERNEL" = yes ] || [ "$slot" = b ] ;;
    *) false ;;
  esac
}
"""
BOOT = STAGE + """
slot=$(sed -n 's|^os_prefix=\\(.\\)/|\\1|p' slot.txt)
count_the_trial
find_root
[ "$(state trial)" = "$slot" ] && echo "runs $slot on trial" || echo "runs $slot"
"""
SETTLE = STAGE + 'settle_on "$1"'
BEGIN_TRIAL = STAGE + "write_states b b 2 -"


class Paper:
    """A card's FAT as three files and two kernels; cut is the number of the write, counted over all boots, before which the plug is pulled."""

    def __init__(self, a=WHOLE, b=WHOLE, roots="ab", card="", same_kernel=False, flaky=0, cut=()):
        self._folder = tempfile.TemporaryDirectory(prefix="conpot-pi-slots-")
        self._cuts = list(cut)
        self._stage = {"CARD": card, "ROOTS": roots, "SAME_KERNEL": "yes" if same_kernel else "no", "FLAKY": str(flaky), "INITRD": INITRD, "PATH": os.environ["PATH"]}
        for slot, kernel in (("a", a), ("b", b)):
            os.mkdir(self._path(slot))
            self.write(f"{slot}/vmlinuz", kernel)
        self.write("slot.txt", b"os_prefix=a/\n")
        self.write("slots.sta", b"trial=- left=0 failed=-\n" + b" " * 8)
        for name in ("writes", "reads", "trouble"):
            self.write(name, b"")
        self.boots = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def _path(self, name):
        return os.path.join(self._folder.name, name)

    def write(self, name, data):
        with open(self._path(name), "wb") as stream:
            stream.write(data)

    def read(self, name):
        with open(self._path(name), encoding="latin-1") as stream:
            return stream.read()

    @property
    def slot(self):
        return self.read("slot.txt")[len("os_prefix=")]

    @property
    def state(self):
        return self.read("slots.sta").split("\n")[0]

    @property
    def writes(self):
        return len(self.read("writes").split())

    def run(self, program, *words):
        """The last line said; None after a power cut."""
        cut = next((n for n in self._cuts if n > self.writes), 0)
        done = subprocess.run(["busybox", "sh", "-c", program, "sh", *words], cwd=self._folder.name, env={**self._stage, "CUT": str(cut)}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20, check=False)
        if done.returncode == -9:
            return None
        require(not done.stderr, done.stderr)
        return (done.stdout.strip().split("\n")[-1], done.returncode)

    def power_on(self, healthy="ab", limit=12):
        """Starts until a slot runs and stays; the slot, or None when none ever does."""
        for _ in range(limit):
            require(self.read(f"{self.slot}/vmlinuz").startswith("\x1f"), f"slot {self.slot} is booted and is empty; {self.boots}, {self.state}")
            booted, said = self.slot, self.run(BOOT)
            self.boots.append((booted, said and said[0]))
            if not said or not said[0].startswith("runs"):
                continue
            slot = said[0].split()[1]
            if not said[0].endswith("trial"):
                return slot
            if slot in healthy and self.run(SETTLE, slot):
                return slot
        return None


def trial(**card):
    """A card on which an update was written whole and is to be tried."""
    paper = Paper(**card)
    paper.run(BEGIN_TRIAL)
    return paper


def a_healthy_update_stays():
    with trial() as paper:
        require(paper.power_on() == "b" and paper.slot == "b" and paper.state == "trial=- left=0 failed=-", f"{paper.boots}, {paper.state}")


def an_update_that_does_not_come_up_is_left():
    with trial() as paper:
        require(paper.power_on(healthy="a") == "a" and paper.state == "trial=- left=0 failed=b", f"{paper.boots}, {paper.state}")
        require([slot for slot, _ in paper.boots] == list("bbba"), f"{paper.boots}")


def power_cuts_lead_to_a_slot_that_stays():
    """One and two cuts, before every write there is: of the update's end, of the trials, of the end of those."""
    count = 0
    for healthy in ("ab", "a"):
        for cut in [(n,) for n in CUTS] + list(itertools.combinations(CUTS[:8], 2)):
            with Paper(cut=cut) as paper:
                paper.run(BEGIN_TRIAL)
                slot = paper.power_on(healthy)
                require(slot in healthy and paper.slot == slot, f"cut {cut}, healthy {healthy}: {slot}, {paper.slot}; {paper.boots}, {paper.state}")
                require(paper.state.startswith("trial=- left=0"), f"cut {cut}: {paper.state}")
                require(len([1 for boot, said in paper.boots if boot == "b" and said]) <= 3, f"cut {cut}: more starts than counted: {paper.boots}")
                again = paper.power_on(healthy="")
                require(again == slot, f"cut {cut}: the next start is slot {again}'s")
                count += 1
    return f"{count} ways"


def a_slot_that_is_not_whole_is_never_booted():
    """Slot A's root cannot be read, slot B was never written or only in part: A is tried for ever, and the card is not written."""
    for same_kernel in (False, True):
        with Paper(b=EMPTY, roots="b" if same_kernel else "", same_kernel=same_kernel) as paper:
            require(paper.power_on() is None and paper.slot == "a" and paper.writes == 0, f"{paper.boots}, {paper.writes} writes")


def some_bad_reads_change_nothing():
    with Paper(b=EMPTY, flaky=4) as paper:
        require(paper.power_on() == "a" and paper.writes == 0 and len(paper.boots) == 1, f"{paper.boots}, {paper.writes} writes")


def a_root_that_is_lost_leads_to_the_other_slot():
    for same_kernel, cut in itertools.product((False, True), range(4)):
        with Paper(roots="b", same_kernel=same_kernel, cut=(cut,)) as paper:
            require(paper.power_on() == "b" and paper.slot == "b", f"cut {cut}: {paper.boots}, {paper.state}")
            require(paper.state == f"trial=- left=0 failed={'-' if cut == 2 else 'a'}", f"cut {cut}: {paper.state}")


def two_lost_roots_do_not_wear_the_card():
    with Paper(roots="") as paper:
        require(paper.power_on(limit=20) is None and paper.writes <= 2, f"{paper.writes} writes in {len(paper.boots)} starts")


def a_card_that_cannot_be_written_boots_all_the_same():
    for card in ("readonly", "forgetful"):
        for left in (2, 0):
            with Paper(card=card) as paper:
                paper.write("slot.txt", b"os_prefix=b/\n")
                paper.write("slots.sta", f"trial=b left={left} failed=-\n".encode())
                said, _ = paper.run(BOOT)
                require(said == "runs b on trial" and "cannot be written" in paper.read("trouble"), f"{card}: {said}, {paper.read('trouble')}")
                require(paper.run(SETTLE, "b")[1] != 0, f"{card}: 'kept' is said of what was not")


def run(report):
    for check in (a_healthy_update_stays, an_update_that_does_not_come_up_is_left, power_cuts_lead_to_a_slot_that_stays, a_slot_that_is_not_whole_is_never_booted,
                  some_bad_reads_change_nothing, a_root_that_is_lost_leads_to_the_other_slot, two_lost_roots_do_not_wear_the_card,
                  a_card_that_cannot_be_written_boots_all_the_same):
        report.run(f"slots on paper: {check.__name__}", check)


if __name__ == "__main__":
    outcome = Report()
    run(outcome)
    sys.exit(outcome.end())

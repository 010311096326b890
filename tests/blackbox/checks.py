"""What a check is, how it fails, and the report of many: one line each, a count at the end, an exit code."""

import os
import sys
import traceback


class Failed(AssertionError):
    """What a check found wrong, in one sentence."""


class Skipped(Exception):
    """Why a check could not be made here."""


def require(condition, why):
    if not condition:
        raise Failed(why)


class Report:
    """One line per check, a count at the end, and the exit code."""

    def __init__(self):
        self._passed = self._failed = self._skipped = 0

    def passed(self, name, remark=""):
        self._passed += 1
        print(f"ok {name}" + (f" ({remark})" if remark else ""), flush=True)

    def failed(self, name, why):
        self._failed += 1
        print(f"FAIL {name}: {why}", flush=True)

    def skipped(self, name, why):
        self._skipped += 1
        print(f"skip {name}: {why}", flush=True)

    def end(self):
        skipped = f", {self._skipped} skipped" if self._skipped else ""
        print(f"{self._passed} passed, {self._failed} failed{skipped}", flush=True)
        return 1 if self._failed or not self._passed else 0

    def run(self, name, check, again=True):
        try:
            remark = check()
            self.passed(name, remark or "")
        except ConnectionRefusedError as error:
            # A free port is anybody's until it is bound. The harness makes a failure of it where the sensor has ended or does not listen; what is left is the
            # machine's, and is asked once more and told.
            place = _place(error)
            if not again:
                self.failed(name, f"refused twice: {error} ({place})")
                return
            print(f"again {name}: {error} ({place}), and the sensor listens", flush=True)
            self.run(name, check, again=False)
        except Skipped as reason:
            self.skipped(name, reason)
        except Failed as why:
            self.failed(name, why)
        except Exception as error:  # A check that breaks is a check that failed; its place is worth more than its type.
            self.failed(name, f"{type(error).__name__}: {error} ({_place(error)})")


def _place(error):
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{os.path.basename(place.filename)}:{place.lineno}"


def run_checks(names):
    """Runs every check_* of a module (pass globals()) in the order it was written; returns the exit code."""
    only = sys.argv[1:]
    report = Report()
    for name, check in list(names.items()):
        if name.startswith("check_") and callable(check) and (not only or any(word in name for word in only)):
            report.run(name, check)
    return report.end()

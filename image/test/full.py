"""All parts of the long test, or those named: full.py IMAGE [network] [board3] [wires] [slots] [management] [damage] [cuts] [writes]."""

import importlib
import sys

from checks import Report

PARTS = ("essentials", "network", "board3", "wires", "slots", "management", "damage", "cuts", "writes")


def main():
    image, *wanted = sys.argv[1:]
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"no part {', '.join(sorted(unknown))}; there are {' '.join(PARTS)}", file=sys.stderr)
        return 2
    report = Report()
    for name in wanted or PARTS:
        part = importlib.import_module(name)
        report.run(f"{name}: to its end", lambda part=part: part.run(report, image))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())

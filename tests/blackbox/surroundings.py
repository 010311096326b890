"""What the checks run on: the machine's own kind, or an emulator that is ten times as slow."""

import os
import shlex

LAUNCHER = shlex.split(os.environ.get("CONPOT_PI_LAUNCHER", ""))
EMULATED = bool(LAUNCHER)

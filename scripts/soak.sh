#!/usr/bin/env bash
# A crowd of 200 visitors for a while: scripts/soak.sh [MINUTES], 30 when nothing is said (tests/blackbox/README.md). Prints a table.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/need.sh python3 util-linux
export CONPOT_PI=${CONPOT_PI:-out/linux-x64/conpot-pi} CONPOT_PI_SOAK_MINUTES=${1:-30}
[ -x "$CONPOT_PI" ] || { echo "$CONPOT_PI is not there; make it with 'scripts/publish.sh linux-x64', or name another in CONPOT_PI" >&2; exit 1; }
exec /usr/bin/python3 tests/blackbox/soak.py

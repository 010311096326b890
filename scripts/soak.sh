#!/usr/bin/env bash
# What CI has no time for: floods, collectors that never answer, then a crowd of 200 visitors. scripts/soak.sh [MINUTES] is how long the crowd stays, 30 when
# nothing is said (tests/blackbox/README.md). Root, for namespaces and forged SYNs; without it, those checks are skipped.
set -uo pipefail
cd "$(dirname "$0")/.."

. scripts/need.sh python3 util-linux iproute2
export CONPOT_PI=${CONPOT_PI:-out/linux-x64/conpot-pi} CONPOT_PI_SOAK_MINUTES=${1:-30}
[ -x "$CONPOT_PI" ] || { echo "$CONPOT_PI is not there; make it with 'scripts/publish.sh linux-x64', or name another in CONPOT_PI" >&2; exit 1; }
failed=0
for file in floods dead_ends soak; do
  echo "== $file"
  /usr/bin/python3 "tests/blackbox/$file.py" || failed=1
done
exit $failed

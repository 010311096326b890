#!/usr/bin/env bash
# The whole test suite, as CI runs it; on a fresh machine it installs what it needs. The last line is "N passed, N failed".
#   scripts/test.sh          everything
#   scripts/test.sh --quick  unit tests only (the same as dotnet test)
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0

# title WHAT: what is done now, and how far into the run that is.
title() { printf '== %s (at %d:%02d)\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# count NAME OUTPUT STATUS: adds the "N passed, N failed" that a program printed last; a program that says none has failed.
count() {
  local line
  line=$(grep -oE '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1)
  if [ -z "$line" ]; then
    echo "$1: ended without a result (exit code $3)"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + ${line%% passed*}))
  line=${line#*, }
  failed=$((failed + ${line%% failed*}))
  if [ "$3" -ne 0 ] && [ "${line%% failed*}" -eq 0 ]; then failed=$((failed + 1)); fi
}

# step NAME COMMAND...: one thing that works or not.
step() {
  local name=$1
  shift
  title "$name"
  if "$@"; then passed=$((passed + 1)); else echo "FAIL $name"; failed=$((failed + 1)); return 1; fi
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

unit_tests() {
  title "unit tests"
  local log
  log=$(mktemp)
  dotnet test tests/Conpot.Pi.Tests --nologo 2>&1 | tee "$log" | grep -avE '^\s*(Determining|Restored|All projects)'
  local status=${PIPESTATUS[0]}
  # "Passed!  - Failed:     0, Passed:   554, Skipped: ..."
  sed -nE 's/^(Passed|Failed)! +- Failed: +([0-9]+), Passed: +([0-9]+),.*/\3 passed, \2 failed/p' "$log" > "$log.count"
  count "unit tests" "$log.count" "$status"
  rm -f "$log" "$log.count"
}

# program NAME SECONDS COMMAND...: checks that print a line each and "N passed, N failed" at their end.
program() {
  local name=$1 seconds=$2 log
  shift 2
  log=$(mktemp)
  title "$name"
  timeout "$seconds" "$@" 2>&1 | tee "$log" | grep -v '^ok '
  count "$name" "$log" "${PIPESTATUS[0]}"
  rm -f "$log"
}

# blackbox FILE [LAUNCHER]: one program of tests/blackbox against $CONPOT_PI.
blackbox() { CONPOT_PI_LAUNCHER=${2:-} program "blackbox: $1 ($CONPOT_PI)" 400 /usr/bin/python3 "tests/blackbox/$1"; }

# The image is built beside the black box, in time that nobody else wants: its slow part is Debian's, under emulation.
begin_image() {
  mkdir -p out
  nice -n 19 image/build.sh > out/image-build.log 2>&1 &
  image=$!
}

end_image() {
  wait "$image" && return
  tail -n 40 out/image-build.log
  return 1
}

if [ "${1:-}" = --quick ]; then
  unit_tests
  finish
fi

. scripts/need.sh gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user pkg-config \
  python3 python3-pymodbus python3-serial python3-serial-asyncio mbpoll libmodbus-dev nmap tshark strace util-linux snmp onesixtyone python3-pysnmp4 \
  mosquitto mosquitto-clients rsyslog rsyslog-gnutls openssl chromium poppler-utils qemu-system-x86 busybox-static debian-archive-keyring faketime curl \
  nftables iproute2 procps iputils-ping lintian mmdebstrap arch-test dpkg xz-utils binutils \
  qemu-user-static squashfs-tools mtools dosfstools fdisk bmap-tools zstd kmod qemu-system-arm device-tree-compiler
command -v npm >/dev/null || . scripts/need.sh nodejs npm

step "the solution builds without a warning" dotnet build Conpot.Pi.sln -c Release --nologo -v quiet
unit_tests
step "the native binary for linux-x64" scripts/publish.sh linux-x64
step "the native binary for linux-arm64" scripts/publish.sh linux-arm64
begin_image

export CONPOT_PI=out/linux-x64/conpot-pi
for file in wire tells deception together clients counters latency admission crash service cli control faults mishaps dead_ends soak \
  report pcapng sinks_syslog sinks_ecs sinks_mqtt sinks_webhook doctor s7comm s7comm_wire s7comm_control agreement web stack appliance deb gpio gpio_panel \
  snmp snmp_bytes snmp_rules snmp_values snmp_walk snmp_limits snmp_journal snmp_objects snmp_clients; do blackbox "$file.py"; done

# The arm64 binary under emulation: the protocol and the service; not what measures time.
export CONPOT_PI=out/linux-arm64/conpot-pi
emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu"
for file in tells counters snmp snmp_bytes; do blackbox "$file.py" "$emulator"; done

step "the image" end_image && program "the image, booted" 900 image/test.sh

finish

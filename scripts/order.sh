#!/usr/bin/env bash
# Makes src/Conpot.Pi/Properties/Order.txt: the methods that a running sensor executes, for the native compiler to put side by side
# (Conpot.Pi.csproj says why). Worth repeating when much has changed: what is not in the list stands behind it, and what is gone is ignored.
# The sensor runs under callgrind, on loopback, for two minutes; longer on a machine that others use.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh valgrind binutils python3

scripts/publish.sh linux-x64 -p:StripSymbols=false
work=$(mktemp -d)
sensor=
trap 'if [ -n "$sensor" ]; then kill $sensor 2>/dev/null; wait $sensor; fi; rm -rf "$work"' EXIT
settings=()
for setting in network.listen=127.0.0.1 modbus.port=45502 s7comm.port=45102 snmp.port=45161 http.port=45080 state_directory="$work" journal.directory="$work/journal"; do
    settings+=(--set "$setting")
done
# 128 MB: callgrind cannot reserve the 256 GB of addresses that the collector likes to have.
DOTNET_GCHeapHardLimit=8000000 valgrind --tool=callgrind --demangle=no --callgrind-out-file="$work/executed" out/linux-x64/conpot-pi run "${settings[@]}" 2> "$work/talk" &
sensor=$!
for _ in $(seq 600); do
    if grep -q '^ready' "$work/talk"; then break; fi
    sleep 1
done
python3 tests/Conpot.Pi.Benchmarks/rig/visit.py 45502 45102 45161 45080
sleep 20 # timers, and the connections' ends
kill -HUP $sensor
sleep 10
kill $sensor
wait $sensor || echo "order: the sensor ended with $?" >&2
sensor=

sed -nE "s/^c?fn=\([0-9]+\) //; T; s/'[0-9]+\$//; p" "$work/executed" | sort -u > "$work/names"
section=$(readelf -SW out/linux-x64/conpot-pi | sed -nE 's/^ *\[ *([0-9]+)\] __managedcode .*/\1/p')
readelf -sW out/linux-x64/conpot-pi | awk -v section="$section" '$4 == "FUNC" && $7 == section { print $2, $8 }' | sort | cut -d' ' -f2 | grep -Fxf "$work/names" > src/Conpot.Pi/Properties/Order.txt
echo "src/Conpot.Pi/Properties/Order.txt: $(wc -l < src/Conpot.Pi/Properties/Order.txt) methods"

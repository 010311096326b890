#!/usr/bin/env bash
# Measures the published sensor against its peers: scripts/bench.sh [snmp|sinks|fleet] [options of the rig]; without a verb it is Modbus
# (tests/Conpot.Pi.Benchmarks/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."

verb=server
case "${1:-}" in snmp | server | sinks) verb=$1; shift ;; esac

if [ "${1:-}" = fleet ]; then
    . scripts/need.sh mosquitto
    PATH=$PATH:/usr/sbin
    ulimit -n "$(ulimit -H -n)" # a sensor has four files and a connection
    dotnet build -c Release -v quiet -nologo tests/Conpot.Pi.Benchmarks >&2
    exec dotnet run -c Release --no-build --project tests/Conpot.Pi.Benchmarks -- "$@"
fi

if [ $verb = server ]; then
    . scripts/need.sh gcc libc6-dev libmodbus-dev util-linux
elif [ $verb = sinks ]; then
    . scripts/need.sh gcc libc6-dev util-linux python3 mosquitto mosquitto-clients rsyslog
else
    . scripts/need.sh gcc libc6-dev snmp util-linux
    PATH=$PWD/out/snmpd/usr/sbin:$PATH:/usr/sbin
    if ! command -v snmpd >/dev/null; then
        # Unpacked and not installed: the package would also make it a service of this machine.
        (mkdir -p out/snmpd && cd out/snmpd && apt-get download -qq snmpd && dpkg-deb -x snmpd_*.deb .) >&2
    fi
fi

case "$(uname -m)" in
    x86_64) rid=linux-x64 ;;
    aarch64) rid=linux-arm64 ;;
    *) echo "bench: no sensor for $(uname -m); it is built for x86_64 and aarch64" >&2; exit 1 ;;
esac
binary=out/$rid/conpot-pi
if [ -f scripts/publish.sh ]; then
    bash scripts/publish.sh "$rid" >&2
fi

sensor=()
if [ -x "$binary" ]; then
    echo "bench: measuring $binary" >&2
    sensor=(--binary "$binary")
else
    echo "bench: no $binary, so the peers alone are measured; scripts/publish.sh $rid makes it" >&2
fi
if [ $verb = sinks ]; then CONPOT_PI=$binary exec /usr/bin/python3 tests/Conpot.Pi.Benchmarks/sinks.py "$@"; fi
dotnet build -c Release -v quiet -nologo tests/Conpot.Pi.Benchmarks >&2
exec dotnet run -c Release --no-build --project tests/Conpot.Pi.Benchmarks -- "$verb" "${sensor[@]}" "$@"

#!/usr/bin/env bash
# Measures the published sensor against its peers: scripts/bench.sh [snmp|sinks|fleet] [options of the rig]; without a verb it is Modbus.
# scripts/bench.sh size [--write]: what is in the binary. (tests/Conpot.Pi.Benchmarks/README.md)
set -euo pipefail
cd "$(dirname "$0")/.."

# substitution FEATURE: its lines of features.txt for the native compiler; the methods' bodies are gone, and with them all that only they reach.
substitution() {
    echo '<linker>'
    while read -r name assembly type method; do
        method=$(sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' <<< "$method")
        if [ "$name" = "$1" ]; then echo "<assembly fullname=\"$assembly\"><type fullname=\"$type\"><method signature=\"$method\" body=\"remove\"/></type></assembly>"; fi
    done < "$features"
    echo '</linker>'
}

size() {
    local rid=linux-x64 features=tests/Conpot.Pi.Benchmarks/rig/features.txt binary=out/linux-x64/conpot-pi
    mkdir -p out/size
    : > out/size/features
    for feature in $(grep -v '^#' "$features" | cut -d' ' -f1 | sort -u); do
        substitution "$feature" > "out/size/$feature.xml"
        scripts/publish.sh $rid -p:Without="$PWD/out/size/$feature.xml" >&2
        echo "$feature $(stat -c %s $binary)" >> out/size/features
    done
    scripts/publish.sh $rid -p:IlcGenerateMstatFile=true >&2
    dotnet build -c Release -v quiet -nologo tests/Conpot.Pi.Benchmarks >&2
    dotnet run -c Release --no-build --project tests/Conpot.Pi.Benchmarks -- size src/Conpot.Pi/obj/Release/net10.0/$rid/native/conpot-pi.mstat $binary out/size/features |
        if [ "${1:-}" = --write ]; then tee tests/Conpot.Pi.Benchmarks/RESULTS-SIZE.md; else cat; fi
}

if [ "${1:-}" = size ]; then
    size "${2:-}"
    exit
fi

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

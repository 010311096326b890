#!/usr/bin/env bash
# Measures the published sensor against its peers; arguments go to the rig (tests/Conpot.Pi.Benchmarks/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
[ -e /usr/include/modbus/modbus.h ] || missing+=(libmodbus-dev)
command -v taskset >/dev/null || missing+=(util-linux)
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "bench: installing ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
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
dotnet build -c Release -v quiet -nologo tests/Conpot.Pi.Benchmarks >&2
exec dotnet run -c Release --no-build --project tests/Conpot.Pi.Benchmarks -- server "${sensor[@]}" "$@"

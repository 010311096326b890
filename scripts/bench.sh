#!/usr/bin/env bash
# Measures the published sensor against its peers; arguments go to the rig (tests/Conpot.Pi.Benchmarks/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/need.sh gcc libc6-dev libmodbus-dev util-linux

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

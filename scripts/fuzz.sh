#!/usr/bin/env bash
# Fuzzes what takes strangers' bytes: scripts/fuzz.sh SECONDS [TARGET]... , or scripts/fuzz.sh replay FILE...
# (tests/Conpot.Pi.Fuzz/README.md). Corpus and findings are kept in out/fuzz. Exit code 1: something was found.
set -euo pipefail
cd "$(dirname "$0")/.."

# A build of its own: the product in it is rewritten to count its branches, and must not get among the tests or the measurements.
bin=out/fuzz/bin
dotnet build -c Release -v quiet -nologo -o "$bin" tests/Conpot.Pi.Fuzz >&2
dotnet "$bin/Conpot.Pi.Fuzz.dll" instrument
exec nice -n 19 dotnet "$bin/Conpot.Pi.Fuzz.dll" "$@"

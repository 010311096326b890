#!/usr/bin/env bash
# Makes the native binary: scripts/publish.sh linux-x64|linux-arm64 [properties for msbuild] -> out/<rid>/conpot-pi
# arm64 is cross-compiled on x86-64 with Debian's gcc-aarch64-linux-gnu and libc6-dev-arm64-cross.
set -euo pipefail
cd "$(dirname "$0")/.."

rid=${1:-linux-x64}
shift || true
case $rid in
  linux-x64) need=(gcc libc6-dev) objcopy=objcopy compiler=gcc ;;
  linux-arm64) need=(gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross) objcopy=aarch64-linux-gnu-objcopy compiler=aarch64-linux-gnu-gcc ;;
  *) echo "usage: scripts/publish.sh linux-x64|linux-arm64 [-p:PROPERTY=VALUE]..." >&2; exit 2 ;;
esac
if [ "$(uname -m)" = aarch64 ] && [ "$rid" = linux-arm64 ]; then compiler=gcc objcopy=objcopy need=(gcc libc6-dev); fi
. scripts/need.sh "${need[@]}"

# A change of linker properties does not relink.
rm -rf "src/Conpot.Pi/bin/Release/net10.0/$rid/native" "src/Conpot.Pi/obj/Release/net10.0/$rid/native"
dotnet publish src/Conpot.Pi -c Release -r "$rid" -o "out/$rid" --nologo -v quiet \
  -p:CppCompilerAndLinker="$compiler" -p:ObjCopyName="$objcopy" -p:DebugType=none "$@"
rm -f "out/$rid/conpot-pi.dbg" "out/$rid/conpot-pi.xml"
echo "out/$rid/conpot-pi: $(stat -c %s "out/$rid/conpot-pi") bytes"

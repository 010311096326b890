#!/usr/bin/env bash
# image/test.sh --twice: builds again from the same cached packages; every file of the result must have the same SHA-256. Root, a few minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
before=$(cd out/image && sha256sum -- *.img.xz *.packages *.spdx.json)
image/build.sh deb kernel initrd root disk pack
after=$(cd out/image && sha256sum -- *.img.xz *.packages *.spdx.json)
if [ "$before" = "$after" ]; then
  echo "ok twice: the same bytes"
  echo "$after"
  echo "1 passed, 0 failed"
else
  echo "FAIL twice: built again, other bytes:"
  diff <(echo "$before") <(echo "$after") || true
  echo "0 passed, 1 failed"
  exit 1
fi

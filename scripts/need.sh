# Sourced with package names: installs those of them that Debian's package manager does not have yet.
missing=()
for package in "$@"; do
  [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "needs ${missing[*]}: install them with this system's package manager" >&2
    exit 1
  fi
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "installing ${missing[*]}" >&2
  { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=600 --no-install-recommends "${missing[@]}"; } >/dev/null
fi

#!/usr/bin/env bash
# Unpacks the nginx of two Debian releases beside each other, without installing them: trixie has 1.26, forky has 1.30.
# Prints a line `SUITE PROGRAM` for each. Usage: nginx-versions.sh [CACHE_DIRECTORY]
set -euo pipefail

cache=${1:-${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}}
mkdir -p "$cache"

if ! command -v mmdebstrap >/dev/null || ! command -v patchelf >/dev/null; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mmdebstrap patchelf >&2
fi

for suite in trixie forky; do
  root="$cache/nginx-$suite"
  if [ ! -x "$root/nginx" ]; then
    rm -rf "$root" "$root.part"
    mmdebstrap --quiet --variant=extract --include=nginx --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$root.part" >&2
    # Its own loader and libraries: the host's C library may be older.
    patchelf --set-interpreter "$root/usr/lib64/ld-linux-x86-64.so.2" --set-rpath "$root/usr/lib/x86_64-linux-gnu" "$root.part/usr/sbin/nginx"
    ln -s usr/sbin/nginx "$root.part/nginx"
    mv "$root.part" "$root"
  fi
  echo "$suite $root/nginx"
done

#!/usr/bin/env bash
# Unpacks one proxy of two Debian releases beside each other, without installing them, and prints a line
# `SUITE PROGRAM` for each. Usage: proxy-versions.sh nginx|haproxy [CACHE_DIRECTORY]
set -euo pipefail

proxy=$1
cache=${2:-${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}}
mkdir -p "$cache"

# One at a time: what another run unpacks right now is not unpacked again.
exec 9>"$cache/$proxy.lock"
flock 9

if ! command -v mmdebstrap >/dev/null || ! command -v patchelf >/dev/null; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mmdebstrap patchelf >&2
fi

for suite in trixie forky; do
  root="$cache/$proxy-$suite"
  if [ ! -x "$root/$proxy" ]; then
    rm -rf "$root" "$root.part"
    mmdebstrap --quiet --variant=extract --include="$proxy" --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$root.part" >&2
    # Its own loader, its own libraries, and theirs: the host's may be older.
    program="$root.part/usr/sbin/$proxy"
    loader="$root/usr$(patchelf --print-interpreter "$program")"
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$root/usr/lib/$(uname -m)-linux-gnu" "$program"
    ln -s "usr/sbin/$proxy" "$root.part/$proxy"
    mv "$root.part" "$root"
  fi
  echo "$suite $root/$proxy"
done

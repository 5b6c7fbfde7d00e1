#!/usr/bin/env bash
# Unpacks Debian's Prometheus without installing it, and prints the folder of `prometheus` and `promtool`.
# Usage: prometheus.sh [CACHE_DIRECTORY]
set -euo pipefail

root=${1:-${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}}/prometheus
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9

if [ ! -x "$root/usr/bin/promtool" ]; then
  rm -rf "$root" "$root.part" && mkdir -p "$root.part"
  cd "$root.part"
  apt-get download -qq prometheus >&2 || { apt-get update -qq >&2 && apt-get download -qq prometheus >&2; }
  dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb
  mv "$root.part" "$root"
fi
echo "$root/usr/bin"

#!/usr/bin/env bash
# What the package tests stand on: the packages in two versions, and a Debian to install them in, with systemd, nginx,
# HAProxy, and rpm for the scripts of the other package.
# Usage: setup.sh [CACHE_DIRECTORY]. What is there and current is left alone. Prints the folder of the packages, then
# that of the Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${1:-${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}}
mkdir -p "$cache"
exec 9>"$cache/packages.lock"
flock 9

missing=()
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
command -v rpmbuild >/dev/null || missing+=(rpm)
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >&2
fi

root=$cache/systemd-bookworm-proxies
if [ ! -e "$root" ]; then
  rm -rf "$root" "$root.part"
  mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,nginx-light,haproxy,rpm,procps bookworm "$root.part" >&2
  # No terminals, and nginx serves nothing of its own.
  for unit in console-getty getty@ getty-static; do ln -s /dev/null "$root.part/etc/systemd/system/$unit.service"; done
  rm "$root.part/etc/nginx/sites-enabled/default"
  # A test that wants it starts it.
  rm -f "$root.part/etc/systemd/system/multi-user.target.wants/haproxy.service"
  mv "$root.part" "$root"
fi

# Of the same tree, so that only the version differs.
stamp=dist/packages/of-this-tree
sources=(agent docs examples packaging templates package-lock.json README.md CHANGELOG.md)
if [ ! -e "$stamp" ] || [ -n "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then
  rm -rf dist/packages
  mkdir -p dist/packages
  for version in 0.0.1 0.0.2; do PACKAGE_COMPRESSION=gzip packaging/build.sh "$version" >&2; done
  touch "$stamp"
fi
echo "$PWD/dist/packages"
echo "$root"

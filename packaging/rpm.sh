#!/usr/bin/env bash
# Builds the RPM package of a tree. Usage: rpm.sh VERSION amd64|arm64 TREE FOLDER; prints the package's path.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

version=${1/-/\~} architecture=$2 tree=$3 folder=$4
case $architecture in amd64) target=x86_64 ;; arm64) target=aarch64 ;; esac
payload=w7T0.xzdio
[ "${PACKAGE_COMPRESSION:-xz}" = xz ] || payload=w1.gzdio
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rpmbuild -bb --quiet --target "$target-linux" \
  --define "_topdir $work" --define "tree $(realpath "$tree")" --define "_binary_payload $payload" \
  --define "package_version $version" --define "package_release 1" \
  "$here/drove-gateway.spec" >&2
mkdir -p "$folder"
mv "$work"/RPMS/*/*.rpm "$folder/"
echo "$folder/drove-gateway-$version-1.$target.rpm"

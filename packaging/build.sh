#!/usr/bin/env bash
# Builds deb and rpm of one architecture into dist/packages. Usage: build.sh VERSION [amd64|arm64]
# Needs dpkg-deb and rpmbuild (on Debian: apt-get install dpkg rpm).
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?the version, e.g. 0.2.0}
architecture=${2:-$(dpkg --print-architecture)}
tree=dist/tree-$architecture
trap 'rm -rf "$tree"' EXIT

BUILD_VERSION=$version npm run --silent build
packaging/stage.sh "$architecture" "$tree"
packaging/deb.sh "$version" "$architecture" "$tree" dist/packages
packaging/rpm.sh "$version" "$architecture" "$tree" dist/packages

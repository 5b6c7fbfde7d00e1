#!/usr/bin/env bash
# Sets up what is missing: npm packages and, for the groups that need it, nginx. Does nothing on a machine that has both.
#   test/setup.sh [nginx]
set -euo pipefail
cd "$(dirname "$0")/.."

# The lock file names everything; a newer lock than the last install means another install.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing npm packages" >&2
  npm ci --no-audit --no-fund >&2
fi

if [ "${1:-}" = nginx ] && ! PATH="$PATH:/usr/sbin" command -v nginx >/dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "nginx is missing: install it (on Debian as root it would be installed for you)" >&2
    exit 1
  fi
  echo "installing nginx" >&2
  apt-get update -qq >&2
  # The package would start nginx on port 80.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >&2
  rm -f /usr/sbin/policy-rc.d
fi

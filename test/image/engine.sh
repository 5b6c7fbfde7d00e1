#!/bin/sh
# Makes sure that a container engine answers: installs Debian's docker.io if there is none, and starts dockerd if none
# runs. Bridges and firewall rules are left out, as test machines often allow neither: use `--network host`.
set -eu

answers() { docker version >/dev/null 2>&1; }

answers && exit 0

if ! command -v dockerd >/dev/null; then
  echo "engine: installing docker.io"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends docker.io >/dev/null
fi

log=${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}/dockerd.log
mkdir -p "${log%/*}"
echo "engine: starting dockerd, its log is $log"
setsid dockerd --iptables=false --ip6tables=false --bridge=none >"$log" 2>&1 </dev/null &

deadline=$(($(date +%s) + 60))
until answers; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "engine: dockerd did not answer within 60 s; the end of its log:" >&2
    tail -n 20 "$log" >&2
    exit 1
  fi
  sleep 0.2
done

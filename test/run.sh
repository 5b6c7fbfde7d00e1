#!/usr/bin/env bash
# `npm test`: sets up what is missing and runs every test that this machine can run. With an engine that answers
# (or in CI, where one is started) the image tests run as well.
set -euo pipefail
cd "$(dirname "$0")/.."
bash test/setup.sh nginx chromium
export PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin"
# Unpacked now, not while a test waits for it; those tests ask for it again.
bash test/haproxy-versions.sh >&2
bash test/prometheus.sh >&2
tsc --noEmit
biome check
knip
node test/audit.ts
groups=(unit golden real chaos)
# Packages are installed in a Debian with a systemd of its own: that takes root, and Debian's tools.
if [ "$(id -u)" = 0 ] && command -v dpkg-deb apt-get >/dev/null; then groups+=(packages); fi
if [ "${DROVE_GATEWAY_TEST_IMAGE:-auto}" = yes ] || docker info >/dev/null 2>&1; then
  # The nginx of the image's line, beside the one that this machine has.
  DROVE_GATEWAY_NEWEST_NGINX=$(bash test/nginx-versions.sh | sed -n 's/^forky //p')
  export DROVE_GATEWAY_NEWEST_NGINX
  sh test/image/setup.sh
  groups+=(newest image)
else
  echo "no container engine answers: the image tests are left out (start one with test/image/engine.sh)"
fi
exec node test/run.ts "${groups[@]}"

#!/usr/bin/env bash
# `npm test`: sets up what is missing and runs every test that this machine can run. With an engine that answers
# (or in CI, where one is started) the image tests run as well.
set -euo pipefail
cd "$(dirname "$0")/.."
bash test/setup.sh nginx
export PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin"
tsc --noEmit
biome check
knip
groups=(unit golden real)
if [ "${DROVE_GATEWAY_TEST_IMAGE:-auto}" = yes ] || docker info >/dev/null 2>&1; then
  sh test/image/setup.sh
  groups+=(image)
else
  echo "no container engine answers: the image tests are left out (start one with test/image/engine.sh)"
fi
exec node test/run.ts "${groups[@]}"

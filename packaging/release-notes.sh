#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a version. Fails if it says nothing. Usage: release-notes.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/.."

notes=$(awk -v heading="## [${1:?the version}]" '
  index($0, "## [") == 1 { inside = index($0, heading) == 1; next }
  inside { print }
' CHANGELOG.md)
if [ -z "${notes//[[:space:]]/}" ]; then
  echo "release-notes.sh: CHANGELOG.md has no section [$1]: rename [Unreleased] before tagging" >&2
  exit 1
fi
printf '%s\n' "$notes"

#!/usr/bin/env bash
# The nginx of two Debian releases: trixie has 1.26, forky has 1.30. Prints a line `SUITE PROGRAM` for each.
# Usage: nginx-versions.sh [CACHE_DIRECTORY]
exec bash "$(dirname "$0")/proxy-versions.sh" nginx "$@"

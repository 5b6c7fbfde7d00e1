#!/usr/bin/env bash
# The HAProxy of two Debian releases: trixie has 3.0, forky has 3.2. Prints a line `SUITE PROGRAM` for each.
# Usage: haproxy-versions.sh [CACHE_DIRECTORY]
exec bash "$(dirname "$0")/proxy-versions.sh" haproxy "$@"

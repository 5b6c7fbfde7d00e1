#!/bin/sh
# Builds the images under test: drove-gateway-test:nginx on the default base, :nginx-debian on a plain Debian.
set -eu
cd "$(dirname "$0")/../.."
# The legacy builder is in every engine; BuildKit is not.
export DOCKER_BUILDKIT=0

# build TAG [BUILD_ARGUMENT…]
build() {
  echo "build: drove-gateway-test:$1"
  tag=$1
  shift
  if ! output=$(docker build --network host --file Dockerfile.nginx --tag "drove-gateway-test:$tag" "$@" . 2>&1); then
    echo "$output" >&2
    exit 1
  fi
}

build nginx
build nginx-debian --build-arg BASE_IMAGE=debian:trixie-slim

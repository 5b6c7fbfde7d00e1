#!/bin/sh
# Builds the images under test: drove-gateway-test:nginx and :haproxy on their default bases, :nginx-debian and
# :haproxy-debian on a plain Debian.
set -eu
cd "$(dirname "$0")/../.."
# The legacy builder is in every engine; BuildKit is not.
export DOCKER_BUILDKIT=0

# build PROXY TAG [BUILD_ARGUMENT…]
build() {
  echo "build: drove-gateway-test:$2"
  proxy=$1
  tag=$2
  shift 2
  if ! output=$(docker build --network host --file "Dockerfile.$proxy" --tag "drove-gateway-test:$tag" "$@" . 2>&1); then
    echo "$output" >&2
    exit 1
  fi
}

for proxy in nginx haproxy; do
  build $proxy $proxy
  build $proxy $proxy-debian --build-arg BASE_IMAGE=debian:trixie-slim
done

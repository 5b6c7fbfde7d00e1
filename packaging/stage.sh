#!/usr/bin/env bash
# Makes the tree that both packages hold. Usage: stage.sh amd64|arm64 TREE
# The agent's bundle must be in dist/ already: npm run build.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=$1
tree=$2

rm -rf "$tree"
mkdir -p "$tree"
cp -a packaging/tree/. "$tree/"
find "$tree" -type d -exec chmod 755 {} +
chmod 644 "$tree"/usr/lib/systemd/system/*.service "$tree"/usr/lib/systemd/system/*.d/*.conf
chmod 640 "$tree/etc/drove-gateway/gateway.toml"

share="$tree/usr/share/drove-gateway"
install -D -m 644 -t "$share" dist/drove-gateway.cjs docs/gateway.schema.json
cp -r templates "$share/"

# Node itself: distributions have older ones.
install -D -m 755 "$(packaging/node.sh "$architecture")/bin/node" "$tree/usr/lib/drove-gateway/node"

install -D -m 644 packaging/generated/drove-gateway.bash "$tree/usr/share/bash-completion/completions/drove-gateway"
ln -s drove-gateway "$tree/usr/share/bash-completion/completions/nixy"
install -D -m 644 packaging/generated/_drove-gateway "$tree/usr/share/zsh/site-functions/_drove-gateway"
install -D -m 644 packaging/generated/drove-gateway.fish "$tree/usr/share/fish/vendor_completions.d/drove-gateway.fish"
install -D -m 644 packaging/generated/drove-gateway.1 "$tree/usr/share/man/man1/drove-gateway.1"
install -D -m 644 packaging/generated/gateway.toml.5 "$tree/usr/share/man/man5/gateway.toml.5"
gzip -9n "$tree"/usr/share/man/man*/*
ln -s drove-gateway.1.gz "$tree/usr/share/man/man1/nixy.1.gz"

doc="$tree/usr/share/doc/drove-gateway"
install -D -m 644 LICENSE "$doc/copyright"
install -D -m 644 "$(packaging/node.sh "$architecture")/LICENSE" "$doc/copyright.node"
install -D -m 644 -t "$doc" README.md CHANGELOG.md
mkdir -p "$doc/docs" "$doc/examples"
cp docs/*.md "$doc/docs/"
cp -r examples/{go-templates,haproxy,monitoring,namespaces,own-template} "$doc/examples/"
chmod -R u=rwX,go=rX "$tree/usr"

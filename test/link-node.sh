#!/bin/sh
# npm before 10 takes the link to Node 24 away again, together with that of the other architecture, which it leaves out.
cd "$(dirname "$0")/../node_modules" || exit 0
for node in node-linux-*/bin/node; do
  if [ -x "$node" ] && [ ! -e .bin/node ]; then ln -sf "../$node" .bin/node; fi
done

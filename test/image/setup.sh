#!/bin/sh
# Everything the image tests stand on: an engine, base images, the images under test. What is there is left alone.
set -eu
cd "$(dirname "$0")"
./engine.sh
./bases.sh
./build.sh

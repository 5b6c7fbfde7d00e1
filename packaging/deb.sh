#!/usr/bin/env bash
# Builds the Debian package of a tree. Usage: deb.sh VERSION amd64|arm64 TREE FOLDER; prints the package's path.
# PACKAGE_COMPRESSION=gzip where it must be quick rather than small.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

version=${1/-/\~} architecture=$2 tree=$3 folder=$4
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
cp -al "$tree/." "$root/" 2>/dev/null || cp -a "$tree/." "$root/"

# Debian's zsh looks here.
mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"

mkdir "$root/DEBIAN"
install -m 755 -t "$root/DEBIAN" "$here"/debian/{postinst,prerm,postrm}
install -m 644 -t "$root/DEBIAN" "$here/debian/conffiles"
size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" "$here/debian/control.in" >"$root/DEBIAN/control"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

package="$folder/drove-gateway_${version}_$architecture.deb"
mkdir -p "$folder"
compression=(-Zxz)
[ "${PACKAGE_COMPRESSION:-xz}" = xz ] || compression=(-Zgzip -z1)
dpkg-deb --root-owner-group "${compression[@]}" --build "$root" "$package" >&2
echo "$package"

#!/usr/bin/env bash
# Puts libpact_ffi 0.4.28, which the Pact part links, into .tools/pact/lib: from the npm package of this platform, pinned by
# its sha256. Nothing else is installed, nothing runs, nothing outside the project is written.
# PACT_OS, PACT_ARCH (as go env GOOS and GOARCH) and, for linux, PACT_LIBC (glibc or musl) choose another platform,
# PACT_LIB_DIR another directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=17.0.0 # of the npm packages; later ones lack functions that pact-go calls
os="${PACT_OS:-$(go env GOOS)}"
arch="${PACT_ARCH:-$(go env GOARCH)}"
dir="${PACT_LIB_DIR:-.tools/pact/lib}"

libc=""
if [ "$os" = linux ]; then
	libc="-${PACT_LIBC:-glibc}"
	if [ -z "${PACT_OS:-}${PACT_LIBC:-}" ]; then
		case "$(ldd --version 2>&1 || true)" in *musl*) libc=-musl ;; esac # musl's ldd names itself, and ends with 1
	fi
fi
case "$os-$arch$libc" in
linux-amd64-glibc)  package=linux-x64-glibc   path=linux-x64/libpact_ffi.so        sum=f2e805e6433afa2cabc3ad3c309786a975075319dcb370c737e0041b4bff9887 ;;
linux-amd64-musl)   package=linux-x64-musl    path=linux-x64/libpact_ffi_musl.so   sum=68b185ad69f0d4ce7225ddf7031d1b88ab25bb136cc7eda864f98657083fa1f9 ;;
linux-arm64-glibc)  package=linux-arm64-glibc path=linux-arm64/libpact_ffi.so      sum=4ac9db05a655e75d874f3bee73eb43e69bbf1f9eacbaf93c52c2a5ba74fe0ec1 ;;
linux-arm64-musl)   package=linux-arm64-musl  path=linux-arm64/libpact_ffi_musl.so sum=80e60fcfb54b7307378bfb82be33fa60cda92b7fe241177f1dfd584c886eb04f ;;
darwin-amd64)       package=darwin-x64        path=darwin-x64/libpact_ffi.dylib    sum=987992b862e00544d7b03caf93ada69599c1689b0be8f6cb795c8d7162d20740 ;;
darwin-arm64)       package=darwin-arm64      path=darwin-arm64/libpact_ffi.dylib  sum=4c2a762fb7d930bcc1296751a4c3270cf3d36aab5eb2152692f0e0108bf943a7 ;;
windows-amd64)      package=windows-x64       path=win32-x64/pact_ffi.dll          sum=47ec00026ab65e19bed047a28bb122fc557ac154236e6b46b49d376de1587677 ;;
*) echo "There is no libpact_ffi for $os/$arch$libc: the Pact part cannot be built here." >&2; exit 2 ;;
esac
file="$(basename "$path")"
file="${file/_musl/}"

sha256() {
	if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}
for other in "$dir"/*pact_ffi.*; do # of another platform
	[ "$other" = "$dir/$file" ] || rm -f "$other"
done
if [ -f "$dir/$file" ] && [ "$(sha256 "$dir/$file")" = "$sum" ]; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "The Pact part needs npm once, to fetch libpact_ffi: install npm (Debian: npm) and run this again." >&2
	exit 2
fi
mkdir -p "$dir"
work="$(mktemp -d "$dir/fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent --ignore-scripts "@pact-foundation/pact-core-$package@$version" >/dev/null); then
	echo "npm could not fetch @pact-foundation/pact-core-$package $version: see that 'npm config get registry' is a registry that can be reached." >&2
	exit 2
fi
tar -xzf "$work"/*.tgz -C "$work" "package/prebuilds/$path"
got="$(sha256 "$work/package/prebuilds/$path")"
if [ "$got" != "$sum" ]; then
	echo "libpact_ffi from npm ($package $version) has the sha256 $got, and $sum was expected: it is not used." >&2
	exit 2
fi
mv "$work/package/prebuilds/$path" "$dir/$file"

#!/usr/bin/env bash
# Puts axe-core 4.14.1, with which tests look for barriers in report.html, into .tools/axe: one file of its npm package,
# pinned by its sha256. Nothing else is installed, nothing runs, nothing outside the project is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=4.14.1
sum=29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c
file=.tools/axe/axe.min.js

sha256() {
	if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}
if [ -f "$file" ] && [ "$(sha256 "$file")" = "$sum" ]; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "The tests of accessibility need npm once, to fetch axe-core: install npm (Debian: npm) and run this again." >&2
	exit 2
fi
mkdir -p "$(dirname "$file")"
work="$(mktemp -d "$(dirname "$file")/fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent --ignore-scripts "axe-core@$version" >/dev/null); then
	echo "npm could not fetch axe-core $version: see that 'npm config get registry' is a registry that can be reached." >&2
	exit 2
fi
tar -xzf "$work"/*.tgz -C "$work" package/axe.min.js
got="$(sha256 "$work/package/axe.min.js")"
if [ "$got" != "$sum" ]; then
	echo "axe-core $version from npm has the sha256 $got, and $sum was expected: it is not used." >&2
	exit 2
fi
mv "$work/package/axe.min.js" "$file"

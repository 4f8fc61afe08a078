#!/usr/bin/env bash
# Puts the official Pact command line 18.1.2 into .tools/pact/bin, from its npm package, pinned by its sha256. Only a test
# uses it: it compares what the command line sends to a Pact Broker with what we send. There is one for Linux on x86-64.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=18.1.2
sum=d69be30fb034789e9cbd8dc170fd2bc794860e8202c6b9144585adc2ecec345d
dir=.tools/pact/bin

if [ "$(go env GOOS)/$(go env GOARCH)" != linux/amd64 ]; then
	echo "There is no pinned Pact command line for this platform." >&2
	exit 2
fi
if [ -f "$dir/pact" ] && [ "$(sha256sum "$dir/pact" | cut -d' ' -f1)" = "$sum" ]; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "The comparison with the official Pact command line needs npm once: install npm (Debian: npm) and run this again." >&2
	exit 2
fi
mkdir -p "$dir"
work="$(mktemp -d "$dir/fetch.XXXXXX")"
trap 'rm -rf "$work"' EXIT
if ! (cd "$work" && npm pack --silent --ignore-scripts "@pact-foundation/pact-cli-linux-x64@$version" >/dev/null); then
	echo "npm could not fetch @pact-foundation/pact-cli-linux-x64 $version: see that 'npm config get registry' is a registry that can be reached." >&2
	exit 2
fi
tar -xzf "$work"/*.tgz -C "$work" package/standalone/pact
got="$(sha256sum "$work/package/standalone/pact" | cut -d' ' -f1)"
if [ "$got" != "$sum" ]; then
	echo "The Pact command line from npm ($version) has the sha256 $got, and $sum was expected: it is not used." >&2
	exit 2
fi
chmod 0755 "$work/package/standalone/pact"
mv "$work/package/standalone/pact" "$dir/pact"

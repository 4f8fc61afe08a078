#!/usr/bin/env bash
# Puts the programs that read our reports in the tests into .tools/report-tools/node_modules: parsers of JUnit XML and of Markdown, and the
# schemas of CTRF and HAR. They come from npm, pinned with their sha512 by scripts/report-tools/package-lock.json. No script of
# theirs runs, nothing outside the project is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

from=scripts/report-tools
dir=.tools/report-tools
if cmp -s "$from/package-lock.json" "$dir/installed"; then
	exit 0
fi
if ! command -v npm >/dev/null; then
	echo "The tests of the reports need npm once, to fetch the parsers: install npm (Debian: npm) and run this again." >&2
	exit 2
fi
mkdir -p "$dir"
cp "$from/package.json" "$from/package-lock.json" "$dir/"
if ! (cd "$dir" && npm ci --silent --ignore-scripts --no-audit --no-fund); then
	echo "npm could not fetch what $from/package-lock.json lists: see that 'npm config get registry' is a registry that can be reached." >&2
	exit 2
fi
cp "$from/package-lock.json" "$dir/installed"

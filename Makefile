# make run     build the binary and certify the bundled reference gateway
# make test    everything that must pass before a change is merged
# make selftest  the kill matrices, with all scenarios against every fault; make test plays what must show
# make proof-figures  write what reports say of how the suite was proven (suites/proof.json) as the last make test measured it
# make pact    build the Pact part beside the binary: conformance-pact and libpact_ffi; needs npm and a C compiler
# make pacts   write the Pact files in fixtures/pacts again
# make dist    the release archive of this platform
# make bench   benchmarks
# make bench-reports  time and bytes of every output of a full run against the reference, and of a run with many failures
# make lint    gofmt, go vet, staticcheck

SHELL       := bash
.SHELLFLAGS := -o pipefail -c
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     := $(shell git describe --always --dirty 2>/dev/null || echo dev)

# What is set outside must not change what is built here.
export GOFLAGS := -buildvcs=false
export GOWORK  := off

# The Pact part links a library that npm carries (scripts/pact-ffi.sh).
PACT_LIB := .tools/pact/lib
HAVE_CC   = command -v $${CC:-cc} >/dev/null 2>&1
HAVE_PACT = $(HAVE_CC) && ls $(PACT_LIB)/*pact_ffi.* >/dev/null 2>&1

.PHONY: build run test selftest proof-figures pact pacts dist bench bench-reports lint tools clean

# .exe on Windows.
EXE = $(shell go env GOEXE)

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/conformance$(EXE) ./cmd/conformance

pact: build
	@$(HAVE_CC) || { echo "The Pact part needs a C compiler: install one (Debian: gcc libc6-dev) and run this again." >&2; exit 2; }
	scripts/pact-ffi.sh
	CGO_ENABLED=1 go build -trimpath -tags pact,portable -ldflags "-s -w" -o bin/conformance-pact$(EXE) ./cmd/conformance-pact
	cp $(PACT_LIB)/*pact_ffi.* bin/

# What our players send, as Pact files. 'make test' fails where they are not what lies in fixtures/pacts; read what changed.
pacts:
	scripts/pact-ffi.sh
	CONFORMANCE_WRITE_PACTS=1 CGO_ENABLED=1 go test -count=1 -tags pact ./pacts ./pacts/consumer/...

# Other platforms need a C compiler of theirs: GOOS=linux GOARCH=arm64 CC=aarch64-linux-gnu-gcc make dist.
DIST = conformance-$(VERSION)-$(shell go env GOOS)-$(shell go env GOARCH)
dist: pact
	rm -rf dist/$(DIST)
	mkdir -p dist/$(DIST)/docs
	cp bin/conformance$(EXE) bin/conformance-pact$(EXE) $(PACT_LIB)/*pact_ffi.* README.md $(wildcard LICENSE*) dist/$(DIST)/
	cp docs/*.md dist/$(DIST)/docs/
	tar -C dist -czf dist/$(DIST).tar.gz $(DIST)
	rm -r dist/$(DIST)
	@echo "dist/$(DIST).tar.gz"

run: build
	bin/conformance run --out conformance-out

# The proof that the suite sees, and that every fault is one, takes minutes, so it runs without the race detector, and alone.
PROOF := ^(TestTheSuiteSees|TestTheReferenceIsGreenTenTimesUnderLoad|TestNoBridgeFaultIsDead)$$

# The tests run also where lint fails, so that one run tells all. The last line is the tally.
test: tools
	@failed=""; race="-race"; tags=""; \
	if ! $(HAVE_CC); then race=""; echo "There is no C compiler, so the tests run without the race detector and without the Pact part."; \
	elif scripts/pact-ffi.sh; then tags="-tags pact"; \
	else echo "The tests of the Pact part do not run."; [ "$$CI" != true ] || failed="scripts/pact-ffi.sh"; fi; \
	scripts/axe.sh || { echo "The tests of barriers in report.html do not run."; [ "$$CI" != true ] || failed="scripts/axe.sh"; }; \
	$(MAKE) --no-print-directory lint || failed="make lint"; \
	echo "go test $$race $$tags ./... and the proof in ./selftest"; \
	{ CGO_ENABLED=$${race:+1} go test -json $$race $$tags -timeout 10m -skip '$(PROOF)' ./...; \
		CONFORMANCE_SELFTEST=1 CONFORMANCE_SELFTEST_OUT="$(CURDIR)/conformance-out/selftest" \
		go test -json -count=1 -timeout 20m -run '$(PROOF)' ./harness/player ./selftest; } 2>&1 | go run ./internal/tally -failed "$$failed"

# The kill matrices: conformance-out/selftest/ROLE/kill-matrix.html and .json.
selftest: build
	@failed=0; for role in gateway hip hiu; do \
		echo "bin/conformance selftest --whole --role $$role --out conformance-out/selftest/$$role"; \
		bin/conformance selftest --whole --role $$role --out conformance-out/selftest/$$role || failed=1; \
	done; exit $$failed

# From the kill matrices that the last 'make test' measured.
proof-figures: build
	@for role in gateway hip hiu; do \
		bin/conformance selftest --role $$role --figures suites/proof.json --matrix conformance-out/selftest/$$role/kill-matrix.json || exit 1; \
	done; git --no-pager diff -- suites/proof.json

lint:
	@wrong="$$(find . -name '*.go' -not -path './.*' -print0 | xargs -0 gofmt -l)"; \
	if [ -n "$$wrong" ]; then echo "These files are not formatted; run gofmt -w on them:"; echo "$$wrong"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	@if $(HAVE_PACT); then set -x; CGO_ENABLED=1 go vet -tags pact ./pacts/... ./cmd/... && CGO_ENABLED=1 go run $(STATICCHECK) -tags pact ./pacts/... ./cmd/...; fi

bench:
	go test -run '^$$' -bench . -benchmem ./...

bench-reports:
	go test -run '^$$' -bench RenderAll -benchtime 20x ./reports

# What the tests need beside Go: a browser for the HTML report, xmllint for the JUnit report, a C compiler for -race, npm
# to fetch libpact_ffi, axe-core and the parsers of reports once.
tools:
	@missing=""; \
	command -v xmllint >/dev/null || missing="$$missing libxml2-utils"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	command -v $${CC:-cc} >/dev/null || missing="$$missing gcc libc6-dev"; \
	command -v npm >/dev/null || { ls $(PACT_LIB)/*pact_ffi.* && ls .tools/report-tools/installed && ls .tools/axe/axe.min.js; } >/dev/null 2>&1 || missing="$$missing npm"; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			export DEBIAN_FRONTEND=noninteractive; \
			echo "Installing$$missing."; \
			{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null \
				|| echo "Not all of$$missing could be installed; the tests that need them say so."; \
		else \
			echo "Install$$missing (Debian names) to run every test; those that need them say so."; \
		fi; \
	fi
	@scripts/report-tools.sh || echo "The tests that read our reports with other people's programs say so."

clean:
	rm -rf bin dist conformance-out

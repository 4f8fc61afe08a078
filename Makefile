# make run     build the binary and certify the bundled reference gateway
# make test    everything that must pass before a change is merged
# make selftest  play the suite against every fault and every lawful variant; takes minutes
# make bench   benchmarks
# make lint    gofmt, go vet, staticcheck

SHELL       := bash
.SHELLFLAGS := -o pipefail -c
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION     := $(shell git describe --always --dirty 2>/dev/null || echo dev)

# What is set outside must not change what is built here.
export GOFLAGS := -buildvcs=false
export GOWORK  := off

.PHONY: build run test selftest bench lint tools clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/conformance ./cmd/conformance

run: build
	bin/conformance run --out conformance-out

# The tests run also where lint fails, so that one run tells all. The last line is the tally.
test: tools
	@failed=""; $(MAKE) --no-print-directory lint || failed="make lint"; \
	race="-race"; command -v $${CC:-cc} >/dev/null 2>&1 || { race=""; echo "There is no C compiler, so the tests run without the race detector."; }; \
	echo "go test $$race ./..."; \
	CGO_ENABLED=$${race:+1} go test -json $$race -timeout 10m ./... 2>&1 | go run ./internal/tally -failed "$$failed"

# The kill matrix: conformance-out/selftest/kill-matrix.html and .json.
selftest: build
	bin/conformance selftest --out conformance-out/selftest
	CONFORMANCE_SELFTEST=1 go test -count=1 -run TenTimes -v ./selftest

lint:
	@wrong="$$(find . -name '*.go' -not -path './.*' -print0 | xargs -0 gofmt -l)"; \
	if [ -n "$$wrong" ]; then echo "These files are not formatted; run gofmt -w on them:"; echo "$$wrong"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

# What the tests need beside Go: a browser for the HTML report, xmllint for the JUnit report, a C compiler for -race.
tools:
	@missing=""; \
	command -v xmllint >/dev/null || missing="$$missing libxml2-utils"; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	command -v $${CC:-cc} >/dev/null || missing="$$missing gcc libc6-dev"; \
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

clean:
	rm -rf bin conformance-out

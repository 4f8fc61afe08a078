package worker_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/pacts/worker"
)

func TestTheScriptFetchesTheLibrariesThatAreTaken(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "scripts", "pact-ffi.sh"))
	if err != nil {
		t.Fatal(err)
	}
	sums := 0
	for platform, digests := range worker.Digests {
		for _, digest := range digests {
			sums++
			if !strings.Contains(string(script), "sum="+digest) {
				t.Errorf("scripts/pact-ffi.sh does not fetch the library of %s with the sha256 %s", platform, digest)
			}
		}
	}
	if got := strings.Count(string(script), "sum="); got != sums {
		t.Errorf("scripts/pact-ffi.sh knows %d libraries, the worker %d", got, sums)
	}
}

// The script chooses the package by the C library, also where its ldd ends with an error, and fetches nothing else.
func TestTheScriptChoosesThePackageOfThePlatform(t *testing.T) {
	if runtime.GOOS != "linux" || worker.Digests["linux/"+runtime.GOARCH] == nil {
		t.Skip("The C library is looked at on Linux only, where there is a libpact_ffi.")
	}
	for libc, ldd := range map[string]string{"glibc": "echo 'ldd (GNU libc) 2.36'", "musl": "echo 'musl libc (x86_64)' >&2; exit 1"} {
		tools := t.TempDir()
		for name, does := range map[string]string{"ldd": ldd, "npm": `echo "$*" >&2; exit 1`} {
			if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+does+"\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("bash", filepath.Join("..", "..", "scripts", "pact-ffi.sh"))
		cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "PACT_LIB_DIR="+filepath.Join(tools, "lib"), "PACT_OS=", "PACT_LIBC=", "PACT_ARCH=amd64")
		said, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(said), "pack --silent --ignore-scripts @pact-foundation/pact-core-linux-x64-"+libc+"@17.0.0") || !strings.Contains(string(said), "npm could not fetch") {
			t.Errorf("%s: %v: %s", libc, err, said)
		}
	}
}

func TestWhatIsNotInstalledIsSaid(t *testing.T) {
	dir := t.TempDir()
	var missing *worker.NotInstalledError
	if _, err := worker.Find(dir); !errors.As(err, &missing) || !strings.Contains(err.Error(), "make pact") {
		t.Errorf("an empty directory: %v", err)
	}
	for _, name := range []string{"libpact_ffi.so", "libpact_ffi.dylib", "pact_ffi.dll"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("another library"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := worker.Find(dir); !errors.As(err, &missing) || !strings.Contains(err.Error(), "sha256") {
		t.Errorf("another library: %v", err)
	}
}

func TestAWorkerThatEndsIsOurFailure(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("There is no /bin/sh to play a worker.")
	}
	path := filepath.Join(t.TempDir(), "conformance-pact")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nread job\necho 'out of memory' >&2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := worker.Start(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Do(worker.Job{Pact: "http://127.0.0.1:1/pact", Timeout: time.Minute}); err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Errorf("a worker that ended: %v", err)
	}
}

func TestAWorkerThatHangsIsEnded(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("There is no /bin/sh to play a worker.")
	}
	path := filepath.Join(t.TempDir(), "conformance-pact")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nread job\nread more\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := worker.Start(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Do(worker.Job{Pact: "http://127.0.0.1:1/pact", Timeout: 50 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "was ended") {
		t.Errorf("a worker that hangs: %v", err)
	}
}

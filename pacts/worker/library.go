package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Digests are the sha256 of libpact_ffi 0.4.28 as npm carries it (17.0.0), by operating system and architecture in Go's
// words, in hex. On Linux there are two: for glibc and for musl. scripts/pact-ffi.sh fetches these.
var Digests = map[string][]string{
	"linux/amd64":   {"f2e805e6433afa2cabc3ad3c309786a975075319dcb370c737e0041b4bff9887", "68b185ad69f0d4ce7225ddf7031d1b88ab25bb136cc7eda864f98657083fa1f9"},
	"linux/arm64":   {"4ac9db05a655e75d874f3bee73eb43e69bbf1f9eacbaf93c52c2a5ba74fe0ec1", "80e60fcfb54b7307378bfb82be33fa60cda92b7fe241177f1dfd584c886eb04f"},
	"darwin/amd64":  {"987992b862e00544d7b03caf93ada69599c1689b0be8f6cb795c8d7162d20740"},
	"darwin/arm64":  {"4c2a762fb7d930bcc1296751a4c3270cf3d36aab5eb2152692f0e0108bf943a7"},
	"windows/amd64": {"47ec00026ab65e19bed047a28bb122fc557ac154236e6b46b49d376de1587677"},
}

// NotInstalledError says that the Pact part is not there, or not whole.
type NotInstalledError struct{ Reason string }

// Error says what is wrong and what to do.
func (e *NotInstalledError) Error() string {
	return "Pact support is not installed: " + e.Reason + "; unpack conformance-pact and libpact_ffi of the same release beside this binary, or run 'make pact' in the source"
}

// names are the binary and the library in their directory.
func names() (binary, library string) {
	switch runtime.GOOS {
	case "windows":
		return "conformance-pact.exe", "pact_ffi.dll"
	case "darwin":
		return "conformance-pact", "libpact_ffi.dylib"
	}
	return "conformance-pact", "libpact_ffi.so"
}

// Find returns the path of conformance-pact in a directory, after it has looked whether the library beside it is the one
// that was tested. The error is a *NotInstalledError.
func Find(dir string) (string, error) {
	binary, library := names()
	if err := checkLibrary(filepath.Join(dir, library)); err != nil {
		return "", err
	}
	path := filepath.Join(dir, binary)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", &NotInstalledError{fmt.Sprintf("there is no %s in %s", binary, dir)}
	}
	return path, nil
}

func checkLibrary(path string) error {
	known := Digests[runtime.GOOS+"/"+runtime.GOARCH]
	if known == nil {
		return &NotInstalledError{"there is no libpact_ffi for " + runtime.GOOS + "/" + runtime.GOARCH}
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &NotInstalledError{fmt.Sprintf("there is no %s in %s", filepath.Base(path), filepath.Dir(path))}
	}
	if err != nil {
		return &NotInstalledError{err.Error()}
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return &NotInstalledError{fmt.Sprintf("%s cannot be read: %v", path, err)}
	}
	got := hex.EncodeToString(sum.Sum(nil))
	for _, digest := range known {
		if got == digest {
			return nil
		}
	}
	return &NotInstalledError{fmt.Sprintf("%s has the sha256 %s and is not the library that this version was tested with", path, got)}
}

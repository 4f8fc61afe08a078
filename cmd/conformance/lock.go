package main

import (
	"errors"
	"os"
	"path/filepath"
)

// lockFile is the file in a run's directory that the run holds locked while it writes there. The lock dies with the
// process, so a file that a killed run left behind locks nobody out.
const lockFile = ".conformance.lock"

// errLocked says that another process holds the lock.
var errLocked = errors.New("the lock is held by another process")

// claim makes a run's directory and locks it against any other run until release is called. The error is the caller's to
// mend: another run writes there, or the directory cannot be written.
func claim(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, usageError("--out %s cannot be made: %w", dir, err)
	}
	release, err = lock(filepath.Join(dir, lockFile))
	switch {
	case errors.Is(err, errLocked):
		return nil, usageError("another run writes into --out %s at this moment; wait until it has ended, or name another directory with --out", dir)
	case err != nil:
		return nil, usageError("--out %s cannot be locked against other runs: %w; name a directory that can be written, on a file system with locks", dir, err)
	}
	return release, nil
}

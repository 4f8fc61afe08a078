//go:build !windows

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock creates the file where it is not there and locks it, or returns errLocked. release removes the file.
func lock(path string) (release func() error, err error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = errLocked
			}
			return nil, errors.Join(err, file.Close())
		}
		if current(file, path) {
			return func() error { return errors.Join(os.Remove(path), file.Close()) }, nil
		}
		if err := file.Close(); err != nil { // whoever held it has removed it since: what we locked is no longer the file
			return nil, err
		}
	}
}

// current says whether an open file is still the one at that path.
func current(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

//go:build pact && (linux || darwin)

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// claim keeps our standard output for results and sends what the library prints to standard error.
func claim() (*os.File, error) {
	kept, err := unix.Dup(int(os.Stdout.Fd()))
	if err == nil {
		err = redirect(int(os.Stderr.Fd()), int(os.Stdout.Fd()))
	}
	if err != nil {
		return nil, fmt.Errorf("standard output cannot be kept for results: %w", err)
	}
	return os.NewFile(uintptr(kept), "results"), nil
}

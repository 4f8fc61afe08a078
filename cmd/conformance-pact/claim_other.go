//go:build pact && !linux && !darwin

package main

import "os"

// claim is our standard output; here what the library prints cannot be kept apart.
func claim() (*os.File, error) { return os.Stdout, nil }

//go:build !pact

// Command conformance-pact verifies interactions of Pact files with
// libpact_ffi. This build has no Pact in it.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "conformance-pact was built without libpact_ffi: build it with 'make pact', which needs npm and a C compiler")
	os.Exit(2)
}

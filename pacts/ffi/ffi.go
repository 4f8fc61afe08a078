//go:build pact

// Package ffi links libpact_ffi from the project's own .tools/pact/lib, where
// scripts/pact-ffi.sh puts it. Import it for that effect.
package ffi

/*
#cgo linux LDFLAGS: -L${SRCDIR}/../../.tools/pact/lib -Wl,-rpath,${SRCDIR}/../../.tools/pact/lib -lpact_ffi
#cgo darwin LDFLAGS: -L${SRCDIR}/../../.tools/pact/lib -Wl,-rpath,${SRCDIR}/../../.tools/pact/lib -lpact_ffi
#cgo windows LDFLAGS: -L${SRCDIR}/../../.tools/pact/lib -lpact_ffi
*/
import "C"

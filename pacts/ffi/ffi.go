//go:build pact

// Package ffi links libpact_ffi from the project's own .tools/pact/lib, where
// scripts/pact-ffi.sh puts it. Import it for that effect. At run time it is
// looked for there, or with the tag portable beside the binary.
package ffi

/*
#cgo LDFLAGS: -L${SRCDIR}/../../.tools/pact/lib
#cgo linux darwin windows LDFLAGS: -lpact_ffi
#cgo linux,!portable darwin,!portable LDFLAGS: -Wl,-rpath,${SRCDIR}/../../.tools/pact/lib
#cgo linux,portable LDFLAGS: -Wl,-rpath,$ORIGIN
#cgo darwin,portable LDFLAGS: -Wl,-rpath,@loader_path
*/
import "C"

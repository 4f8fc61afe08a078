// Package worker is the line between the static binary and conformance-pact,
// the second binary, which links libpact_ffi: one job a line in, one result a
// line out, as JSON.
package worker

import "time"

// Job is one interaction to verify.
type Job struct {
	// Pact is the http URL of a Pact file with one interaction.
	Pact string `json:"pact"`
	// Provider is the name of the provider in that file, and Target its base URL: http, with a port.
	Provider string `json:"provider"`
	Target   string `json:"target"`
	// States is the URL that takes the provider states.
	States string `json:"states"`
	// Timeout is how long a provider state, and then the provider's answer, may take, in nanoseconds; more than 0.
	Timeout time.Duration `json:"timeout"`
}

// Result is what came of a job.
type Result struct {
	// Mismatches are the differences between what the consumer counts on and what came; none where they agree.
	Mismatches []Mismatch `json:"mismatches,omitempty"`
	// Failure says why the interaction could not be verified, "" where it was: nobody answered, or a state could not be set up.
	Failure string `json:"failure,omitempty"`
	// Error is a failure of the worker itself, "" for none.
	Error string `json:"error,omitempty"`
}

// Matched says whether the interaction was verified and agrees.
func (r Result) Matched() bool { return r.Error == "" && r.Failure == "" && len(r.Mismatches) == 0 }

// Mismatch is one difference, in the words of libpact_ffi.
type Mismatch struct {
	Type     string `json:"type"`           // StatusMismatch, HeaderMismatch, BodyMismatch or BodyTypeMismatch
	Path     string `json:"path,omitempty"` // JSON path in the body
	Key      string `json:"key,omitempty"`  // the name of a header
	Expected any    `json:"expected"`
	Actual   any    `json:"actual"`
	Text     string `json:"mismatch"`
}

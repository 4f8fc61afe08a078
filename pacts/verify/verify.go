//go:build pact

// Package verify lets libpact_ffi verify one interaction of a Pact file
// against a provider and reads what it found as data.
package verify

/*
#include <stdlib.h>

struct VerifierHandle;
struct VerifierHandle *pactffi_verifier_new_for_application(const char *name, const char *version);
void pactffi_verifier_shutdown(struct VerifierHandle *handle);
void pactffi_verifier_set_provider_info(struct VerifierHandle *handle, const char *name, const char *scheme, const char *host, unsigned short port, const char *path);
void pactffi_verifier_set_provider_state(struct VerifierHandle *handle, const char *url, unsigned char teardown, unsigned char body);
int pactffi_verifier_set_verification_options(struct VerifierHandle *handle, unsigned char disable_ssl_verification, unsigned long request_timeout);
int pactffi_verifier_set_coloured_output(struct VerifierHandle *handle, unsigned char coloured_output);
int pactffi_verifier_set_no_pacts_is_error(struct VerifierHandle *handle, unsigned char is_error);
void pactffi_verifier_add_file_source(struct VerifierHandle *handle, const char *file);
int pactffi_verifier_execute(struct VerifierHandle *handle);
const char *pactffi_verifier_json(const struct VerifierHandle *handle);
void pactffi_string_delete(char *string);
int pactffi_log_to_buffer(int level_filter);
*/
import "C"

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe"

	_ "abdm.example/conformance/pacts/ffi" // links libpact_ffi
)

// Options say what is verified, and against whom.
type Options struct {
	// File is the path of a Pact file with one interaction.
	File string
	// Provider is the name of the provider in that file, and Target its base URL: http, on this machine.
	Provider string
	Target   *url.URL
	// States is the URL that takes the provider states, as Pact verifiers send them; "" for none.
	States string
	// Timeout is how long the provider may take for an answer.
	Timeout time.Duration
}

// Result is what came of the interaction of a Pact file.
type Result struct {
	// Mismatches are the differences between what the consumer counts on and what came; none where they agree.
	Mismatches []Mismatch
	// Failure says why the interaction could not be verified, "" where it was: nobody answered, or a state could not be set up.
	Failure string
}

// Matched says whether the interaction was verified and agrees.
func (r Result) Matched() bool { return r.Failure == "" && len(r.Mismatches) == 0 }

// Mismatch is one difference.
type Mismatch struct {
	Type     string `json:"type"` // StatusMismatch, HeaderMismatch, BodyMismatch or BodyTypeMismatch
	Path     string `json:"path"` // JSON path in the body, or the name of a header; "" for the status
	Key      string `json:"key"`  // the name of a header
	Expected any    `json:"expected"`
	Actual   any    `json:"actual"`
	Text     string `json:"mismatch"`
}

// quiet keeps the library from writing to our output, and from calling home.
var quiet = sync.OnceFunc(func() {
	_ = os.Setenv("PACT_DO_NOT_TRACK", "true") // an environment that cannot be set has no variables to read either
	C.pactffi_log_to_buffer(0)
})

// Interaction verifies the one interaction of a Pact file. The error says what is wrong with the options, or that the
// library gave no result.
func Interaction(o Options) (Result, error) {
	quiet()
	port, err := strconv.ParseUint(o.Target.Port(), 10, 16)
	if err != nil || o.Target.Scheme != "http" {
		return Result{}, fmt.Errorf("%s is no http URL with a port", o.Target)
	}
	var held []unsafe.Pointer
	defer func() {
		for _, p := range held {
			C.free(p)
		}
	}()
	text := func(s string) *C.char {
		p := C.CString(s)
		held = append(held, unsafe.Pointer(p))
		return p
	}
	handle := C.pactffi_verifier_new_for_application(text("abdm-conformance"), text("1"))
	if handle == nil {
		return Result{}, errors.New("libpact_ffi gave no verifier")
	}
	defer C.pactffi_verifier_shutdown(handle)
	C.pactffi_verifier_set_provider_info(handle, text(o.Provider), text("http"), text(o.Target.Hostname()), C.ushort(port), text(o.Target.Path))
	if o.States != "" {
		C.pactffi_verifier_set_provider_state(handle, text(o.States), 0, 1)
	}
	C.pactffi_verifier_set_verification_options(handle, 0, C.ulong(o.Timeout.Milliseconds()))
	C.pactffi_verifier_set_coloured_output(handle, 0)
	C.pactffi_verifier_set_no_pacts_is_error(handle, 1)
	C.pactffi_verifier_add_file_source(handle, text(o.File))
	code := C.pactffi_verifier_execute(handle)
	raw := C.pactffi_verifier_json(handle)
	if raw == nil {
		return Result{}, fmt.Errorf("libpact_ffi ended with %d and gave no result", int(code))
	}
	defer C.pactffi_string_delete((*C.char)(unsafe.Pointer(raw)))
	return read([]byte(C.GoString(raw)))
}

// report is what libpact_ffi says of a verification.
type report struct {
	Result  bool          `json:"result"`
	Errors  []reportError `json:"errors"`
	Pending []reportError `json:"pendingErrors"`
}

type reportError struct {
	Interaction string `json:"interaction"`
	Mismatch    struct {
		Type       string     `json:"type"` // mismatches or error
		Message    string     `json:"message"`
		Mismatches []Mismatch `json:"mismatches"`
	} `json:"mismatch"`
}

// read makes a Result of the library's report, the mismatches in an order of their own: the library's is random.
func read(raw []byte) (Result, error) {
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		return Result{}, fmt.Errorf("the result of libpact_ffi does not read: %w", err)
	}
	var out Result
	for _, e := range append(r.Errors, r.Pending...) {
		if e.Mismatch.Type != "mismatches" {
			out.Failure = cmp.Or(out.Failure, e.Mismatch.Message, "the interaction could not be verified")
		}
		out.Mismatches = append(out.Mismatches, e.Mismatch.Mismatches...)
	}
	if !r.Result && out.Failure == "" && len(out.Mismatches) == 0 {
		out.Failure = "the interaction could not be verified"
	}
	slices.SortFunc(out.Mismatches, func(a, b Mismatch) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
	return out, nil
}

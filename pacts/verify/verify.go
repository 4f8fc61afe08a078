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
void pactffi_verifier_url_source(struct VerifierHandle *handle, const char *url, const char *username, const char *password, const char *token);
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
	"unsafe"

	_ "abdm.example/conformance/pacts/ffi" // links libpact_ffi
	"abdm.example/conformance/pacts/worker"
)

// quiet keeps the library from writing to our output, and from calling home.
var quiet = sync.OnceFunc(func() {
	_ = os.Setenv("PACT_DO_NOT_TRACK", "true") // an environment that cannot be set has no variables to read either
	C.pactffi_log_to_buffer(0)
})

// Interaction verifies the one interaction of a Pact file. The error says what is wrong with the job, or that the library
// gave no result.
func Interaction(job worker.Job) (worker.Result, error) {
	quiet()
	target, err := url.Parse(job.Target)
	if err != nil {
		return worker.Result{}, fmt.Errorf("the target is no URL: %w", err)
	}
	port, err := strconv.ParseUint(target.Port(), 10, 16)
	if err != nil || target.Scheme != "http" {
		return worker.Result{}, fmt.Errorf("%s is no http URL with a port", target)
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
		return worker.Result{}, errors.New("libpact_ffi gave no verifier")
	}
	defer C.pactffi_verifier_shutdown(handle)
	C.pactffi_verifier_set_provider_info(handle, text(job.Provider), text("http"), text(target.Hostname()), C.ushort(port), text(target.Path))
	if job.States != "" {
		C.pactffi_verifier_set_provider_state(handle, text(job.States), 0, 1)
	}
	C.pactffi_verifier_set_verification_options(handle, 0, C.ulong(job.Timeout.Milliseconds()))
	C.pactffi_verifier_set_coloured_output(handle, 0)
	C.pactffi_verifier_set_no_pacts_is_error(handle, 1)
	C.pactffi_verifier_url_source(handle, text(job.Pact), nil, nil, nil)
	code := C.pactffi_verifier_execute(handle)
	raw := C.pactffi_verifier_json(handle)
	if raw == nil {
		return worker.Result{}, fmt.Errorf("libpact_ffi ended with %d and gave no result", int(code))
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
		Type       string            `json:"type"` // mismatches or error
		Message    string            `json:"message"`
		Mismatches []worker.Mismatch `json:"mismatches"`
	} `json:"mismatch"`
}

// read makes a Result of the library's report, the mismatches in an order of their own: the library's is random.
func read(raw []byte) (worker.Result, error) {
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		return worker.Result{}, fmt.Errorf("the result of libpact_ffi does not read: %w", err)
	}
	var out worker.Result
	for _, e := range append(r.Errors, r.Pending...) {
		if e.Mismatch.Type != "mismatches" {
			out.Failure = cmp.Or(out.Failure, e.Mismatch.Message, "the interaction could not be verified")
		}
		out.Mismatches = append(out.Mismatches, e.Mismatch.Mismatches...)
	}
	if !r.Result && out.Failure == "" && len(out.Mismatches) == 0 {
		out.Failure = "the interaction could not be verified"
	}
	slices.SortFunc(out.Mismatches, func(a, b worker.Mismatch) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
	return out, nil
}

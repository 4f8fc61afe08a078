package player

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"abdm.example/conformance/contract"
)

// maxControl is the longest body of a control request, in bytes.
const maxControl = 64 << 10

// defaultLast is how many sessions and exchanges are listed where the request does not say.
const defaultLast = 20

// ControlOperation is one operation of the control API.
type ControlOperation struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	What   string `json:"what"`
}

// controlRefusal is why a control request is not carried out.
type controlRefusal struct {
	status int
	err    error
}

// Error is a sentence that says what to do.
func (c *controlRefusal) Error() string { return c.err.Error() }

func controlRefuse(status int, format string, args ...any) error {
	return &controlRefusal{status, fmt.Errorf(format, args...)}
}

// controlRow is one operation and what carries it out: it returns the status and the body of the answer, nil for none.
type controlRow struct {
	ControlOperation
	do func(*Sandbox, *http.Request) (int, any, error)
}

// controlRows are the whole control API.
func controlRows() []controlRow {
	row := func(method, path, what string, do func(*Sandbox, *http.Request) (int, any, error)) controlRow {
		return controlRow{ControlOperation{method, PathControl + path, what}, do}
	}
	return []controlRow{
		row("GET", "", "lists these operations", (*Sandbox).listOperations),
		row("GET", "/patients", "lists the patients", (*Sandbox).listPatients),
		row("POST", "/patients", "adds a patient, or replaces the one with that id", (*Sandbox).addPatient),
		row("DELETE", "/patients/{id}", "removes a patient", (*Sandbox).removePatient),
		row("GET", "/sessions", "lists the last sessions, with their OTPs; ?last=N", (*Sandbox).listSessions),
		row("GET", "/sessions/{id}", "shows the session of a transactionId", (*Sandbox).showSession),
		row("POST", "/sessions/{id}/approve", "approves a DIRECT session: notify GRANTED", decideSession(contract.Granted)),
		row("POST", "/sessions/{id}/deny", "denies a DIRECT session: notify DENIED", decideSession(contract.Denied)),
		row("POST", "/sessions/{id}/expire", "ends a session before its time; of a granted one, the access token", (*Sandbox).expireSession),
		row("GET", "/faults", "lists the faults of the gateway and says which are on; ?name=TEXT, ?on=true", (*Sandbox).listFaults),
		row("POST", "/faults", "switches faults on and off", (*Sandbox).changeFaults),
		row("DELETE", "/faults", "switches every fault off", (*Sandbox).clearFaults),
		row("GET", "/behaviours", "lists the behaviours that wait for their occasion", (*Sandbox).listBehaviours),
		row("POST", "/behaviours", "orders a behaviour", (*Sandbox).addBehaviour),
		row("DELETE", "/behaviours", "takes every behaviour back", (*Sandbox).clearBehaviours),
		row("DELETE", "/behaviours/{id}", "takes one behaviour back", (*Sandbox).removeBehaviour),
		row("GET", "/exchanges", "lists the last exchanges with bridges, redacted; ?last=N", (*Sandbox).listExchanges),
	}
}

// ControlOperations are the operations of the control API of a Sandbox.
func ControlOperations() []ControlOperation {
	var all []ControlOperation
	for _, row := range controlRows() {
		all = append(all, row.ControlOperation)
	}
	return all
}

// newSandboxControl serves the control API.
func newSandboxControl(s *Sandbox) http.Handler {
	mux := http.NewServeMux()
	for _, row := range controlRows() {
		mux.HandleFunc(row.Method+" "+row.Path, func(w http.ResponseWriter, r *http.Request) {
			status, body, err := row.do(s, r)
			controlAnswer(w, status, body, err)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		controlAnswer(w, 0, nil, controlRefuse(http.StatusNotFound, "the control API has no %s %s; GET %s lists what it has", r.Method, r.URL.Path, PathControl))
	})
	guard := controlGuard{token: s.options.ControlToken}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := guard.admit(r); err != nil {
			controlAnswer(w, 0, nil, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxControl)
		mux.ServeHTTP(w, r)
	})
}

// controlAnswer writes an answer: JSON, or {"error": sentence}.
func controlAnswer(w http.ResponseWriter, status int, body any, err error) {
	var refusal *controlRefusal
	switch {
	case errors.As(err, &refusal):
		status, body = refusal.status, map[string]string{"error": refusal.Error()}
	case err != nil:
		status, body = http.StatusInternalServerError, map[string]string{"error": err.Error()}
	}
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // a caller who has gone hears nothing
}

// readControl reads the body of a control request: one JSON object without members that nobody knows.
func readControl(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.Decode(&struct{}{}) != io.EOF {
		err = errors.New("there is more than one value")
	}
	if err != nil {
		return controlRefuse(http.StatusBadRequest, "the body must be one JSON object with the members of this operation: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// lastOf is how many a list shall hold.
func lastOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("last")
	if text == "" {
		return defaultLast, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, controlRefuse(http.StatusBadRequest, "last is %q; it must be a number above 0", text)
	}
	return n, nil
}

func (s *Sandbox) listOperations(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{"operations": ControlOperations()}, nil
}

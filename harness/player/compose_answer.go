package player

import (
	"net/http"
	"strconv"
	"time"

	"abdm.example/conformance/contract"
)

// ScriptedAnswer is what a scenario makes a player answer instead of what it would answer by itself.
type ScriptedAnswer struct {
	// Status is the status to answer. With 0 only Delay applies: after it the player answers and acts as always.
	// With any other the player does nothing else: it neither judges nor takes in the message.
	Status int
	Header http.Header
	Body   []byte
	// Delay is how long to wait before the answer. It ends early when the caller goes away.
	Delay time.Duration
	// Drop aborts the connection without an answer, after Delay.
	Drop bool
}

// play gives the scripted answer and says whether the request is thereby done with.
func (s *ScriptedAnswer) play(w http.ResponseWriter, r *http.Request) (done bool) {
	if s == nil {
		return false
	}
	if s.Delay > 0 {
		timer := time.NewTimer(s.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return true
		}
	}
	if s.Drop {
		panic(http.ErrAbortHandler)
	}
	if s.Status == 0 {
		return false
	}
	for name, values := range s.Header {
		w.Header()[name] = values
	}
	if s.Header.Get("Content-Type") == "" && len(s.Body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(s.Body)))
	w.WriteHeader(s.Status)
	_, _ = w.Write(s.Body) // a caller who has gone hears nothing
	return true
}

// refusal is why a message is not taken in. Its words hold nothing of the message but names of its members.
type refusal struct {
	status  int
	code    int // 0: made from the role and the status
	message string
}

// refuse answers with the contract's ErrorResponse.
func (p *party) refuse(w http.ResponseWriter, no *refusal) {
	code := no.code
	if code == 0 {
		code = codeBase[p.role] + no.status
	}
	body := encodeJSON(contract.ErrorResponse{Error: contract.Error{Code: code, Message: no.message}})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	switch no.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(no.status)
	_, _ = w.Write(body)
}

// codeBase are the families of error codes in the field: CM 1xxx, gateway 2xxx, HIP 3xxx, HIU 4xxx.
// The contract itself leaves the codes open.
var codeBase = map[contract.Role]int{contract.CM: 1000, contract.Gateway: 2000, contract.HIP: 3000, contract.HIU: 4000}

// accept answers 202 with an empty body ("Request accepted") and puts it on
// the wire, so that what the player sends next does not overtake it.
func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
	_ = http.NewResponseController(w).Flush() // a writer that cannot flush answers on return
}

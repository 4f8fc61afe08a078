package player

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"abdm.example/conformance/contract"
)

// PathStates is where a reference takes a provider state: a POST of {state, params, action}, as hooks.states sends it.
const PathStates = "/states"

// Unable makes a player fail when it is told to: after a POST to PathStates with that state and action setup, until one with
// action teardown, every message to one of its endpoints is answered with 500 and goes no further.
func Unable(next http.Handler, state string) http.Handler {
	var fails atomic.Bool
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == PathStates && r.Method == http.MethodPost:
			var told struct{ State, Action string }
			if err := json.NewDecoder(io.LimitReader(r.Body, maxMessage)).Decode(&told); err != nil || told.State != state {
				http.Error(w, "the only state that can be set up here is: "+state, http.StatusNotImplemented)
				return
			}
			fails.Store(told.Action != "teardown")
			w.WriteHeader(http.StatusNoContent)
		case strings.Contains(r.URL.Path, contract.BasePath+"/users/auth/") && fails.Load():
			gwWriteJSON(w, http.StatusInternalServerError, contract.ErrorResponse{Error: contract.Error{Code: 2500, Message: "The request cannot be processed at the moment."}})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

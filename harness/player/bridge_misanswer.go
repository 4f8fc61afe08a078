package player

import (
	"encoding/json"
	"net/http"
	"strconv"

	"abdm.example/conformance/contract"
)

// acknowledgedAs writes another answer where the bridge acknowledges.
func acknowledgedAs(status int, body string) func(*reception) {
	return answersWith(func(was int, _ []byte) (int, []byte) {
		if was == http.StatusAccepted {
			return status, []byte(body)
		}
		return was, nil
	}, http.StatusAccepted)
}

// refusedAs writes another status where the bridge answers with that one.
func refusedAs(from, to int) func(*reception) {
	return answersWith(func(_ int, body []byte) (int, []byte) { return to, body }, from)
}

// refusedWith writes another body where the bridge refuses a message.
func refusedWith(body func(contract.Error) []byte) func(*reception) {
	return answersWith(func(status int, was []byte) (int, []byte) {
		var in contract.ErrorResponse
		_ = json.Unmarshal(was, &in) // it is our own
		return status, body(in.Error)
	}, 0)
}

// answersWith changes an answer as a whole: those with that status, or all refusals where it is 0.
func answersWith(change func(status int, body []byte) (int, []byte), only int) func(*reception) {
	return func(m *reception) { m.w = &misanswer{ResponseWriter: m.w, change: change, only: only} }
}

// misanswer is a response that a fault changes. Every answer of a bridge is one WriteHeader and at most one Write: an
// answer without a body is sent by WriteHeader, any other by Write.
type misanswer struct {
	http.ResponseWriter
	change func(status int, body []byte) (int, []byte)
	only   int
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *misanswer) WriteHeader(status int) {
	a.status = status
	if status < 300 {
		a.send(nil)
	}
}

// Write implements http.ResponseWriter.
func (a *misanswer) Write(body []byte) (int, error) { a.send(body); return len(body), nil }

func (a *misanswer) send(body []byte) {
	status := a.status
	if a.only == status || a.only == 0 && status >= 400 {
		status, body = a.change(status, body)
	}
	if len(body) > 0 && body[0] != '{' {
		a.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else if len(body) > 0 {
		a.Header().Set("Content-Type", "application/json")
	}
	a.Header().Set("Content-Length", strconv.Itoa(len(body)))
	a.ResponseWriter.WriteHeader(status)
	_, _ = a.ResponseWriter.Write(body) // a caller who has gone hears nothing
}

// Unwrap lets an http.ResponseController reach the connection.
func (a *misanswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

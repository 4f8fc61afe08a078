package player

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"abdm.example/conformance/contract"
)

// brokenBody is the end of a body: io.EOF, or the error with which it broke off.
type brokenBody struct{ err error }

// Read implements io.Reader.
func (b *brokenBody) Read([]byte) (int, error) {
	if b.err == nil {
		return 0, io.EOF
	}
	return 0, b.err
}

// sandboxReply is the answer to a bridge, of which the sandbox keeps a copy. While it is held nothing goes out.
type sandboxReply struct {
	http.ResponseWriter
	status  int
	body    []byte
	failure string
	held    bool
}

// WriteHeader implements http.ResponseWriter.
func (a *sandboxReply) WriteHeader(status int) {
	if a.status != 0 {
		return
	}
	a.status = status
	if !a.held {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *sandboxReply) Write(text []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.body = append(a.body, text...)
	if a.held {
		return len(text), nil
	}
	return a.ResponseWriter.Write(text)
}

// FlushError is what http.ResponseController calls.
func (a *sandboxReply) FlushError() error {
	if a.held {
		return nil
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// release sends what was held back.
func (a *sandboxReply) release() {
	if a.status == 0 {
		return
	}
	a.ResponseWriter.WriteHeader(a.status)
	_, _ = a.ResponseWriter.Write(a.body) // a bridge that has gone hears nothing
}

// earlyCallbacks are the requests whose 202 waits for their callback. The zero value is ready.
type earlyCallbacks struct {
	mu      sync.Mutex
	waiting map[string]chan struct{} // by requestId in lower case
}

// expect returns what is closed when the callback of this request has been delivered.
func (e *earlyCallbacks) expect(request []byte) (arrived <-chan struct{}, forget func()) {
	var head contract.Reference
	_ = json.Unmarshal(request, &head) // one that cannot be read gets no callback
	key, done := uuidKey(head.RequestID), make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.waiting == nil {
		e.waiting = map[string]chan struct{}{}
	}
	e.waiting[key] = done
	return done, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.waiting, key)
	}
}

// delivered tells that a callback has been delivered.
func (e *earlyCallbacks) delivered(callback []byte) {
	head := looseHead(callback)
	if head.Resp == nil {
		return
	}
	key := uuidKey(head.Resp.RequestID)
	e.mu.Lock()
	defer e.mu.Unlock()
	if done := e.waiting[key]; done != nil {
		close(done)
		delete(e.waiting, key)
	}
}

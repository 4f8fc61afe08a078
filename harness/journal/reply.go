package journal

import (
	"bufio"
	"bytes"
	"errors"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// reply holds an answer of ours back until it is whole, so that its times are those of the wire: net/http itself
// would write it some time after the handler returned.
type reply struct {
	http.ResponseWriter
	journal  *Journal
	status   int         // 0 until the handler has chosen one
	sent     http.Header // as it stood when the status was written
	body     bytes.Buffer
	cut      bool
	written  bool // the status line is on its way
	pending  []byte
	first    time.Duration
	last     time.Duration // when the whole answer was on its way; 0 before that
	hijacked bool
}

// WriteHeader implements http.ResponseWriter.
func (w *reply) WriteHeader(status int) {
	if status < 200 { // an interim response goes out at once, the real one is still to come
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.status == 0 {
		w.status = status
		w.sent = w.Header().Clone()
	}
}

// Write implements http.ResponseWriter.
func (w *reply) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	room := MaxWire - w.body.Len()
	w.cut = w.cut || len(p) > room
	w.body.Write(p[:min(len(p), max(room, 0))])
	if w.written {
		return w.ResponseWriter.Write(p)
	}
	w.pending = append(w.pending, p...)
	return len(p), nil
}

// FlushError lets a handler send what it has written so far; the answer is passed through from then on.
func (w *reply) FlushError() error {
	w.WriteHeader(http.StatusOK)
	if err := w.commit(); err != nil {
		return err
	}
	return w.flush()
}

// Flush implements http.Flusher.
func (w *reply) Flush() { _ = w.FlushError() } // as in net/http, who wants the error calls FlushError

// Hijack implements http.Hijacker.
func (w *reply) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.hijacked = w.hijacked || err == nil
	return conn, rw, err
}

// SetReadDeadline and SetWriteDeadline serve http.ResponseController.
func (w *reply) SetReadDeadline(at time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(at)
}

// SetWriteDeadline serves http.ResponseController.
func (w *reply) SetWriteDeadline(at time.Time) error {
	return http.NewResponseController(w.ResponseWriter).SetWriteDeadline(at)
}

// finish sends the whole answer.
func (w *reply) finish() error {
	w.WriteHeader(http.StatusOK)
	if !w.written && w.status != http.StatusNoContent && w.status != http.StatusNotModified && w.sent.Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(w.pending)))
	}
	if err := w.commit(); err != nil {
		return err
	}
	return w.flush()
}

func (w *reply) flush() error {
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if errors.Is(err, http.ErrNotSupported) { // a writer without a wire
		err = nil
	}
	if err == nil && w.last == 0 && w.sent.Get("Content-Length") == strconv.Itoa(w.body.Len()) {
		w.last = w.journal.Now()
	}
	return err
}

// commit writes the status line and what was held back.
func (w *reply) commit() error {
	if w.written {
		return nil
	}
	w.written = true
	header := w.Header()
	length := header.Get("Content-Length")
	clear(header) // what was set after WriteHeader is not sent, as in net/http
	maps.Copy(header, w.sent)
	if length != "" {
		header.Set("Content-Length", length)
	}
	w.first = w.journal.Now()
	w.ResponseWriter.WriteHeader(w.status)
	if len(w.pending) == 0 {
		return nil
	}
	_, err := w.ResponseWriter.Write(w.pending)
	w.pending = nil
	if errors.Is(err, http.ErrBodyNotAllowed) { // the answer to HEAD
		return nil
	}
	return err
}

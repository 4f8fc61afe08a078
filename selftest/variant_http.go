package selftest

import (
	"io"
	"net/http"
	"strings"
	"time"

	"abdm.example/conformance/contract"
)

// headers changes the headers of every request that the subject sends.
func headers(change func(http.Header)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return sending(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			change(r.Header)
			return next.RoundTrip(r)
		})
	}
}

// lowerCase spells every header name in lower case. HTTP/1 sends names as they stand in the map.
func lowerCase(h http.Header) {
	for name, values := range h {
		delete(h, name)
		h[strings.ToLower(name)] = values
	}
}

// chunkedRequests hides the length of every body.
func chunkedRequests(next http.RoundTripper) http.RoundTripper {
	return sending(func(r *http.Request) (*http.Response, error) {
		if r.Body == nil { // it asks for a document
			return next.RoundTrip(r)
		}
		r = r.Clone(r.Context())
		r.Body, r.ContentLength, r.GetBody = io.NopCloser(io.MultiReader(r.Body)), -1, nil
		return next.RoundTrip(r)
	})
}

// closing ends the connection after every request.
func closing(next http.RoundTripper) http.RoundTripper {
	return sending(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Close = true
		return next.RoundTrip(r)
	})
}

// late delivers callbacks after some time.
func late(by time.Duration) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return sending(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "/on-") && !sleep(r, by) {
				return nil, r.Context().Err()
			}
			return next.RoundTrip(r)
		})
	}
}

// sleep lets time pass, since slowness is what these variants are about; false where the request ended before that.
func sleep(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// overHTTP2 speaks HTTP/2 without TLS, as between services of one data centre.
func overHTTP2(http.RoundTripper) http.RoundTripper {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return transport
}

// slowly takes some time before each message is looked at.
func slowly(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, contract.BasePath+"/users/auth/") && !sleep(r, d) {
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// answers changes the headers of every response just before they are sent.
func answers(change func(h http.Header, status int)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&answering{ResponseWriter: w, change: change}, r)
		})
	}
}

// chunkedResponses hides the length of every response, also of an empty one.
func chunkedResponses(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answering{ResponseWriter: w, change: func(h http.Header, _ int) { h.Del("Content-Length") }}
		next.ServeHTTP(answer, r)
		_ = http.NewResponseController(w).Flush() // a response that is flushed before it ends has no length
	})
}

// largeUnread is the size, in bytes, from which refusingLarge refuses a body.
const largeUnread = 256 << 10

// refusingLarge answers a large body before it has read it, and ends the connection.
func refusingLarge(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength <= largeUnread {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, `{"error":{"code":2413,"message":"the body is too large"}}`)
	})
}

// hinting sends an informational response before each answer to a message (RFC 9110, 15.2: any number of them).
func hinting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusEarlyHints)
		}
		next.ServeHTTP(w, r)
	})
}

// answering is a response whose headers are changed before they are sent.
type answering struct {
	http.ResponseWriter
	change func(h http.Header, status int)
	begun  bool
}

// WriteHeader implements http.ResponseWriter.
func (a *answering) WriteHeader(status int) {
	if !a.begun {
		a.begun = true
		a.change(a.Header(), status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answering) Write(p []byte) (int, error) {
	if !a.begun {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets an http.ResponseController reach the connection.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

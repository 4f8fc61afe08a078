package scenario

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// newTransport makes the connections of one of our parties to the subject, for that many requests at a time. roots are the
// authorities by which its certificate is good; those of the system where they are nil.
func newTransport(requests int, roots *x509.CertPool, note *encounters) http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = requests
	transport.MaxIdleConns = 0
	transport.IdleConnTimeout = idle
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, VerifyConnection: note.secured}
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		note.met(conn.RemoteAddr())
		return &hearingConn{Conn: conn, heard: make(chan struct{})}, nil
	}
	fresh := transport.Clone()
	fresh.DisableKeepAlives = true
	return parting{transport, fresh}
}

// idle is how long a connection is kept for the next request: shorter than servers keep theirs, lest a request meets a
// connection that its server is just closing.
const idle = time.Second

// parting gives large messages connections of their own: a server that refused one unread may close without having said
// so, and the next message would be lost with it. And where a connection that was kept ends without a byte of a response,
// the message is sent once more, on a connection of its own: a server may close an idle one just as a message is on its way.
type parting struct{ kept, fresh *http.Transport }

// largeMessage is the size, in bytes, from which a message is large.
const largeMessage = 64 << 10

// RoundTrip implements http.RoundTripper.
func (p parting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength >= largeMessage {
		return p.fresh.RoundTrip(r)
	}
	var reused, heard atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn:              func(c httptrace.GotConnInfo) { reused.Store(c.Reused) },
		GotFirstResponseByte: func() { heard.Store(true) },
	})
	response, err := p.kept.RoundTrip(r.WithContext(ctx))
	if err == nil || !reused.Load() || heard.Load() || r.Context().Err() != nil {
		return response, err
	}
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return p.fresh.RoundTrip(again)
}

// hearingConn hears the other side out. A server may refuse a message that is too large before it has read it, and close:
// the write fails then, while the answer is there to be read. An error of a write waits until all that came has been read.
type hearingConn struct {
	net.Conn
	once  sync.Once
	heard chan struct{} // closed when nothing more can be read
	end   error         // how the other side ended; nil where we did. To be read when heard is closed.
}

// lastWords bounds how long an error of a write waits for the reader.
const lastWords = 2 * time.Second

// Write implements net.Conn.
func (c *hearingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		timer := time.NewTimer(lastWords)
		defer timer.Stop()
		select {
		case <-c.heard:
			if c.end != nil {
				err = fmt.Errorf("the other side ended the connection before it had read the whole request: %w", c.end)
			}
		case <-timer.C:
		}
	}
	return n, err
}

// Read implements net.Conn.
func (c *hearingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.over(err)
	}
	return n, err
}

// SetWriteDeadline implements net.Conn. Who sets one takes leave (crypto/tls, before its last alert) and hears nobody out.
func (c *hearingConn) SetWriteDeadline(at time.Time) error {
	c.over(nil)
	return c.Conn.SetWriteDeadline(at)
}

// Close implements net.Conn.
func (c *hearingConn) Close() error {
	c.over(nil)
	return c.Conn.Close()
}

// over notes, once, how the connection ended.
func (c *hearingConn) over(end error) {
	c.once.Do(func() {
		c.end = end
		close(c.heard)
	})
}

package journal

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// failureKind names a transport error in one of the words of Failure.Kind.
func failureKind(ctx context.Context, err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case expired(ctx) && (ctx.Err() != nil || strings.Contains(err.Error(), "request canceled")):
		return "timeout"
	case errors.Is(err, context.Canceled), errors.Is(ctx.Err(), context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "dns"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	case isTLS(err):
		return "tls"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return "reset"
	case errors.Is(err, net.ErrClosed): // neither our patience nor the run ended: net/http closed it when the other side had
		return "eof"
	}
	return failureByText(err)
}

// expired says whether the deadline of a context has passed. http.Client keeps its Timeout as a deadline and as a timer that
// cancels; where the timer comes first, the context says that it was cancelled, or has not noticed yet and net/http says so.
func expired(ctx context.Context) bool {
	deadline, set := ctx.Deadline()
	return set && !time.Now().Before(deadline)
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verification) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid)
}

// failureByText names the errors that net and net/http tell in words only, and those of systems with other numbers.
func failureByText(err error) string {
	text := strings.ToLower(err.Error())
	contains := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	switch {
	case contains("tls:", "x509:", "server gave http response to https client"):
		return "tls"
	case contains("refused"):
		return "refused"
	case contains("forcibly closed", "connection reset", "broken pipe"):
		return "reset"
	case contains("malformed", "chunk", "invalid header", "headers exceeded", "unsolicited response", "http2:", "protocol"):
		return "protocol"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), contains("server closed", "eof"):
		return "eof"
	}
	return "other"
}

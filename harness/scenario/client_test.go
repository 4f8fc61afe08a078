package scenario

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
)

// hangingUp serves connections that read the head of a request and a little of its body, say their last words, and close
// with the rest unread: the system resets such a connection.
func hangingUp(t *testing.T, l net.Listener, lastWords string) {
	t.Helper()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if _, err := http.ReadRequest(bufio.NewReaderSize(conn, 4096)); err == nil {
					_, _ = io.WriteString(conn, lastWords)
				}
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
}

// large is a message that is still on its way when a server hangs up.
func large() io.Reader { return strings.NewReader(`{"x":"` + strings.Repeat("x", 1<<20) + `"}`) }

// recorded sends the large message to a server through the transport of our parties, and returns how the journal has it.
func recorded(t *testing.T, url string, trusted *x509.CertPool) *journal.Exchange {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence.jsonl")
	j, err := journal.Create(path, journal.Run{Started: time.Now().UTC()}, journal.NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: j.Transport(contract.HIP, newTransport(4, trusted, &encounters{})), Timeout: waiting}
	if response, err := client.Post(url+"/v0.5/users/auth/init", "application/json", large()); err == nil {
		_ = response.Body.Close()
	}
	if err := j.Close(journal.End{Finished: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	evidence, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Exchanges[0]
}

// waiting is longer than any server of these tests takes.
const waiting = 30 * time.Second

// listenWith listens on loopback, with TLS where there is a certificate.
func listenWith(t *testing.T, config *tls.Config) (l net.Listener, url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config == nil {
		return l, "http://" + l.Addr().String()
	}
	return tls.NewListener(l, config), "https://" + l.Addr().String()
}

func TestLastWordsOfAServerAreHeard(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	trusted := certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	const refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n" + `{"error":"large"}`
	for name, row := range map[string]struct {
		server  *tls.Config
		trusted *x509.CertPool
		last    string
		status  int
	}{
		"a refusal":          {nil, nil, refusal, http.StatusRequestEntityTooLarge},
		"a refusal over TLS": {certified.TLS, trusted, refusal, http.StatusRequestEntityTooLarge},
		"a refusal that ends with the connection": {nil, nil, strings.Replace(refusal, "Content-Length: 17", "Connection: close", 1), http.StatusRequestEntityTooLarge},
		"nothing":          {nil, nil, "", 0},
		"nothing over TLS": {certified.TLS, trusted, "", 0},
		"half a head":      {nil, nil, "HTTP/1.1 413 Cont", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, url := listenWith(t, row.server)
			hangingUp(t, l, row.last)
			client := &http.Client{Transport: newTransport(4, row.trusted, &encounters{}), Timeout: waiting}
			for range 20 {
				response, err := client.Post(url, "application/json", large())
				if err != nil {
					if row.status != 0 || errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("want %d: %v", row.status, err)
					}
					continue
				}
				body, _ := io.ReadAll(response.Body) // the connection may end in a reset, after all that was said
				if response.StatusCode != row.status || string(body) != `{"error":"large"}` {
					t.Errorf("%d, want %d: %s", response.StatusCode, row.status, body)
				}
				_ = response.Body.Close()
			}
		})
	}
}

// Whether the subject never heard us, or heard and hung up, is for the judgement to know.
func TestTheJournalTellsACutFromAConnectionThatNeverStood(t *testing.T) {
	certified := httptest.NewTLSServer(nil)
	defer certified.Close()
	trusted := certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	plain, plainURL := listenWith(t, nil)
	hangingUp(t, plain, "")
	secure, secureURL := listenWith(t, certified.TLS)
	hangingUp(t, secure, "")
	refusing, refusingURL := listenWith(t, nil)
	if err := refusing.Close(); err != nil {
		t.Fatal(err)
	}
	for url, roots := range map[string]*x509.CertPool{plainURL: nil, secureURL: trusted} {
		if x := recorded(t, url, roots); x.Failure == nil || x.Failure.Cut == x.Failure.RequestWritten || x.Response != nil {
			t.Errorf("%s: response %+v, failure %+v", url, x.Response, x.Failure)
		}
	}
	for url, kind := range map[string]string{refusingURL: "refused", secureURL: "tls"} { // the certificate is not trusted
		if x := recorded(t, url, nil); x.Failure == nil || x.Failure.Kind != kind || x.Failure.Cut || x.Failure.RequestWritten {
			t.Errorf("%s: failure %+v", url, x.Failure)
		}
	}
}

// A server may close a connection that is kept just as the next message is on its way: nobody is to blame.
func TestAKeptConnectionThatIsClosedIsNobodysFault(t *testing.T) {
	l, url := listenWith(t, nil)
	t.Cleanup(func() { _ = l.Close() })
	seen := make(chan int, 2) // connections on which a message was read
	go func() {
		for number := 1; ; number++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				reader := bufio.NewReader(conn)
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, request.Body); err != nil {
					return
				}
				seen <- number
				_, _ = io.WriteString(conn, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
				_, _ = reader.ReadByte() // the next message is on its way: this is what the connection ends on, unread
			}()
		}
	}()
	path := filepath.Join(t.TempDir(), "evidence.jsonl")
	j, err := journal.Create(path, journal.Run{Started: time.Now().UTC()}, journal.NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: j.Transport(contract.HIP, newTransport(4, nil, &encounters{})), Timeout: waiting}
	kept := make(chan struct{}, 2)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{PutIdleConn: func(error) { kept <- struct{}{} }})
	for message := range 2 {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v0.5/users/auth/init", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if message == 0 {
			<-kept
		}
		if response.StatusCode != http.StatusAccepted {
			t.Errorf("%d", response.StatusCode)
		}
		_ = response.Body.Close()
	}
	if err := j.Close(journal.End{Finished: time.Now().UTC()}); err != nil {
		t.Fatal(err)
	}
	if first, second := <-seen, <-seen; first != 1 || second != 2 {
		t.Errorf("messages were read on connections %d and %d", first, second)
	}
	evidence, err := journal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := evidence.Exchanges[0], evidence.Exchanges[1]; first.Again != 0 || second.Again != 1 || second.Failure != nil {
		t.Errorf("sent again %d and %d times: %+v", first.Again, second.Again, second.Failure)
	}
}

// A server that hangs up on a message without an answer is found, however often it is tried.
func TestAServerThatAlwaysHangsUpIsFound(t *testing.T) {
	l, url := listenWith(t, nil)
	hangingUp(t, l, "")
	client := &http.Client{Transport: newTransport(4, nil, &encounters{}), Timeout: waiting}
	for range 3 {
		if response, err := client.Post(url, "application/json", strings.NewReader("{}")); err == nil {
			t.Errorf("answered %d", response.StatusCode)
			_ = response.Body.Close()
		}
	}
}

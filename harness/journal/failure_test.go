package journal

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func TestDroppedConnectionsAreRecordedAsOurDoing(t *testing.T) {
	j, path := create(t)
	player := serve(t, j.Handler(contract.CM, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil || conn.Close() != nil {
			t.Errorf("the connection cannot be hijacked: %v", err)
		}
	})))
	for _, path := range []string{"/abort", "/hijack"} {
		if _, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request(t, soon(t), player+path, "{}", nil)); err == nil {
			t.Errorf("%s is answered", path)
		}
		if _, err := j.Wait(soon(t), func(o *Observed) bool { return o.Exchange.Request.URL == path }); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range reread(t, j, path).Exchanges {
		if e.Failure == nil || e.Failure.Kind != "reset" || e.Response != nil || !strings.Contains(e.Failure.Text, "as the scenario asked") {
			t.Errorf("recorded %+v with %+v", e, e.Failure)
		}
	}
}

func TestFailuresAreClassified(t *testing.T) {
	raw := func(answer string) string { // a server that answers these bytes and closes
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 64<<10))
				_, _ = io.WriteString(conn, answer)
				if answer == "" {
					_ = conn.(*net.TCPConn).SetLinger(0)
				}
				_ = conn.Close()
			}
		}()
		return "http://" + listener.Addr().String()
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil || closed.Close() != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	stalled := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release) })
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is what it is there for
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for want, url := range map[string]string{
		"refused": "http://" + closed.Addr().String(), "dns": "http://no-such-host.invalid", "tls": secure.URL, "timeout": stalled, "cancelled": stalled,
		"reset": raw(""), "eof": raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "protocol": raw("HTTP/1.1 nonsense\r\n\r\n"),
	} {
		t.Run(want, func(t *testing.T) {
			j, path := create(t)
			ctx, cancel := context.WithCancel(soon(t))
			defer cancel()
			switch want {
			case "timeout":
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
			case "cancelled":
				cancel()
			}
			if _, err := j.Transport(contract.HIP, &http.Transport{}).RoundTrip(request(t, ctx, url, "{}", nil)); err == nil {
				t.Fatal("no error")
			}
			e := reread(t, j, path).Exchanges[0]
			if e.Failure == nil || e.Failure.Kind != want || e.Failure.Text == "" {
				t.Errorf("failure %+v", e.Failure)
			}
			if (e.Response != nil) != (want == "eof") {
				t.Errorf("response %+v", e.Response)
			}
		})
	}
}

// unaware is a context whose time is over and that has not noticed it yet.
type unaware struct{ context.Context }

func (unaware) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

// http.Client cancels a request by a timer of its own, which may be earlier than that of the context by a hair.
func TestARequestThatTookTooLongIsATimeoutWhoeverNotices(t *testing.T) {
	noticed := errors.New("net/http: request canceled")
	if kind := failureKind(unaware{t.Context()}, noticed); kind != "timeout" {
		t.Errorf("after its deadline: %s", kind)
	}
	if kind := failureKind(soon(t), noticed); kind == "timeout" {
		t.Errorf("before its deadline: %s", kind)
	}
}

func TestARequestThatBreaksOffIsRecorded(t *testing.T) {
	j, path := create(t)
	player := serve(t, j.Handler(contract.HIP, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the player sees half a request")
	})))
	conn, err := net.Dial("tcp", strings.TrimPrefix(player, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST /v0.5/users/auth/on-init HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"requestId\":"); err != nil || conn.Close() != nil {
		t.Fatal(err)
	}
	if _, err := j.WaitIn(soon(t), "", any1); err != nil {
		t.Fatal(err)
	}
	e := reread(t, j, path).Exchanges[0]
	if e.Failure == nil || e.Failure.Kind != "eof" && e.Failure.Kind != "reset" || e.Failure.RequestWritten || e.Response != nil || e.Request.Body.Size != 13 {
		t.Errorf("recorded %+v with %+v", e, e.Failure)
	}
}

func TestASubjectThatHangsUpIsRecorded(t *testing.T) {
	j, path := create(t)
	entered := make(chan struct{})
	player := serve(t, j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
		w.WriteHeader(http.StatusAccepted)
	})))
	ctx, cancel := context.WithCancel(soon(t))
	go func() {
		<-entered
		cancel()
	}()
	if _, err := (&http.Transport{}).RoundTrip(request(t, ctx, player, "{}", nil)); err == nil {
		t.Fatal("the request is answered")
	}
	if _, err := j.Wait(soon(t), any1); err != nil {
		t.Fatal(err)
	}
	if e := reread(t, j, path).Exchanges[0]; e.Failure == nil || e.Failure.Kind != "cancelled" || !e.Failure.RequestWritten {
		t.Errorf("recorded %+v with %+v", e, e.Failure)
	}
}

func TestAFlushedAnswerIsOnTheWireBeforeTheHandlerEnds(t *testing.T) {
	j, path := create(t)
	release := make(chan struct{})
	player := serve(t, j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one ")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-release
		_, _ = io.WriteString(w, "two")
	})))
	answer, err := http.DefaultTransport.RoundTrip(request(t, soon(t), player, "{}", nil))
	close(release) // only now, when the status has come, may the handler go on
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(answer.Body); err != nil || string(raw) != "one two" || answer.Body.Close() != nil {
		t.Errorf("answered %q: %v", raw, err)
	}
	if _, err := j.Wait(soon(t), any1); err != nil {
		t.Fatal(err)
	}
	e := reread(t, j, path).Exchanges[0]
	if e.Response == nil || e.Response.Body.Text != "one two" || e.Times.ResponseFirst >= e.Times.ResponseLast {
		t.Errorf("recorded %+v", e)
	}
}

func TestASubjectThatLeavesAfterTheWholeAnswerHasHadIt(t *testing.T) {
	j, path := create(t)
	player := serve(t, j.Handler(contract.Gateway, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusAccepted)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done() // it has read the answer and closes its connection
	})))
	client := &http.Transport{DisableKeepAlives: true}
	resp, err := client.RoundTrip(request(t, soon(t), player, "{}", nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(soon(t), any1); err != nil {
		t.Fatal(err)
	}
	if e := reread(t, j, path).Exchanges[0]; e.Failure != nil || e.Response == nil || e.Response.Status != http.StatusAccepted || e.Times.ResponseLast == 0 || e.Times.ResponseLast < e.Times.ResponseFirst {
		t.Errorf("recorded %+v with %+v", e, e.Failure)
	}
}

// raced is the context of a request of a client whose timer has cancelled it just before its deadline could end it.
type raced struct{ context.Context }

func (raced) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }
func (raced) Err() error                  { return context.Canceled }

func TestATimeoutIsOneWhicheverTimerComesFirst(t *testing.T) {
	if kind := failureKind(raced{t.Context()}, context.Canceled); kind != "timeout" {
		t.Errorf("a request that its client cancelled at its deadline is %s", kind)
	}
	stopped, stop := context.WithTimeout(t.Context(), time.Hour)
	stop()
	if kind := failureKind(stopped, context.Canceled); kind != "cancelled" {
		t.Errorf("a request that was cancelled an hour before its deadline is %s", kind)
	}
}

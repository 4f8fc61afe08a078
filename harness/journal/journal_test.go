package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// create opens a journal in a directory of the test's own.
func create(t testing.TB) (*Journal, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence.jsonl")
	j, err := Create(path, exampleRun(), NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.file.Close() })
	return j, path
}

func exampleRun() Run {
	return Run{Suite: "1", Subject: Subject{Role: contract.Gateway, URL: "http://subject.example"}, Planned: []string{"a"}}
}

// createBoth opens a journal as create does that is kept in memory as well.
func createBoth(t testing.TB, run Run) (*Journal, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	j, err := open(file, true, run, NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return j, path
}

// reread closes a journal and reads it back.
func reread(t testing.TB, j *Journal, path string) *Evidence {
	t.Helper()
	if err := j.Close(End{Finished: time.Now()}); err != nil {
		t.Fatal(err)
	}
	e, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	j, path := create(t)
	for _, id := range []string{"e10", "e9", "e2"} {
		j.keep(&Exchange{ID: id, Direction: Sent, Request: Request{Body: Body{JSON: []byte(`{"b":1.0,"a":"<>&"}`), Text: "\x1b[31m"}}})
	}
	for _, name := range []string{"b", "a"} {
		if err := j.EndScenario(Scenario{Name: name, Status: Played, Notes: map[string]string{"mode": "DIRECT"}, QuietFrom: 3}); err != nil {
			t.Fatal(err)
		}
	}
	e := reread(t, j, path)
	if e.Run.Suite != "1" || e.Ended == nil || len(e.Exchanges) != 3 || e.Exchanges[0].ID != "e2" || e.Exchanges[2].ID != "e10" || e.Scenarios[0].Name != "a" {
		t.Errorf("read back %+v", e)
	}
	if got := string(e.Exchanges[0].Request.Body.JSON); got != `{"b":1.0,"a":"<>&"}` {
		t.Errorf("the body is read back as %s", got)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte{0x1b}) {
		t.Errorf("a control character stands in the file, or it cannot be read: %v", err)
	}
	if digest := sha256.Sum256(raw); e.Digest != hex.EncodeToString(digest[:]) || e.File != filepath.Base(path) {
		t.Errorf("the digest of %s is read back as %s", e.File, e.Digest)
	}
	if err := j.EndScenario(Scenario{Name: "late"}); err == nil || j.Err() != nil {
		t.Errorf("a record after Close gives %v, and Err %v", err, j.Err())
	}
}

func TestConditionsAreReadBack(t *testing.T) {
	j, path := create(t)
	j.redactor.Know("secret", "hunter2hunter2")
	c := Conditions{OS: "linux", Arch: "amd64", Go: "go1.26", Concurrency: 32, Rate: 2.5, Addresses: []string{"192.0.2.1"},
		TLS: &TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Issuer: "CN=hunter2hunter2", Expires: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)}}
	if err := j.KeepConditions(c); err != nil {
		t.Fatal(err)
	}
	read := reread(t, j, path).Conditions
	if read == nil || strings.Contains(read.TLS.Issuer, "hunter2") || c.TLS.Issuer != "CN=hunter2hunter2" {
		t.Fatalf("read back %+v, of %+v", read, c.TLS)
	}
	read.TLS.Issuer = c.TLS.Issuer
	if !reflect.DeepEqual(*read, c) {
		t.Errorf("read back %+v", read)
	}
}

func TestEvidenceIsNotOverwritten(t *testing.T) {
	_, path := create(t)
	if _, err := Create(path, Run{}, NewRedactor()); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("a second journal in the same file gives %v", err)
	}
}

func TestAnInterruptedRunKeepsWhatCameBefore(t *testing.T) {
	j, path := create(t)
	for n := range 20 {
		j.keep(&Exchange{ID: fmt.Sprintf("e%d", n+1)})
	}
	raw, err := os.ReadFile(path) // nothing was closed, as after a kill
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(raw, '\n') + 1
	for cut := first; cut <= len(raw); cut += 7 {
		e, err := readFrom(bytes.NewReader(raw[:cut]), "evidence")
		if err != nil {
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		if whole := bytes.Count(raw[:cut], []byte("\n")) - 1; len(e.Exchanges) < whole || e.Ended != nil {
			t.Fatalf("cut after %d bytes: %d exchanges of %d, ended %v", cut, len(e.Exchanges), whole, e.Ended)
		}
	}
}

func TestAFullDiskStopsTheRun(t *testing.T) {
	j, _ := create(t)
	if err := j.file.Close(); err != nil { // stands for any failure to write
		t.Fatal(err)
	}
	select {
	case <-j.Failed():
		t.Fatal("it has failed before anything was written")
	default:
	}
	j.keep(&Exchange{ID: "e1"})
	select {
	case <-j.Failed():
	case <-soon(t).Done():
		t.Fatal("Failed is not closed")
	}
	first := j.Err()
	if first == nil || j.EndScenario(Scenario{Name: "a"}) != first {
		t.Errorf("Err is %v and later records do not return it", first)
	}
}

func TestReadNamesFileLineAndProblem(t *testing.T) {
	run := `{"record":"run","run":{"suite":"1"}}` + "\n"
	for file, want := range map[string]string{
		"":                                   "evidence:1: holds no record of a run",
		`{"record":"run"`:                    "evidence:1: holds no record of a run",
		`{"record":"end","end":{}}` + "\n":   "evidence:1: is a record of kind end before that of the run",
		run + "nonsense\n":                   "evidence:2: is no record of evidence",
		run + "nonsense\n" + run:             "evidence:2: is no record of evidence",
		run + `{"a":1}` + "\n":               `it has no member "record"`,
		run + `{"record":"x"}` + "\n":        `unknown kind "x"`,
		run + run:                            "second record of a run",
		run + `{"record":"exchange"}` + "\n": "without its content",
		run + `{"record":"exchange","exchange":{"id":"7"}}` + "\n":                    "not e and a number",
		run + strings.Repeat(`{"record":"exchange","exchange":{"id":"e7"}}`+"\n", 2):  "second exchange with the id e7",
		run + `{"record":"end","end":{}}` + "\n" + `{"record":"end","end":{}}` + "\n": "after the end of the run",
	} {
		if _, err := readFrom(strings.NewReader(file), "evidence"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives the error %v, want %q", file, err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file is no error")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"record":"run","run":{"suite":"1"}}` + "\n" + `{"record":"exchange","exchange":{"id":"e1","response":null}}` + "\n" + `{"record":"end","end":{}}`))
	f.Add([]byte("{\"record\":\"run\",\"run\":{}}\n\n"))
	f.Add([]byte("\x00\xff\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := readFrom(bytes.NewReader(raw), "evidence")
		if (e == nil) == (err == nil) {
			t.Fatalf("evidence %v and error %v", e, err)
		}
		if e == nil {
			return
		}
		for _, x := range e.Exchanges {
			if x == nil {
				t.Fatal("an exchange is nil")
			}
		}
	})
}

func TestClockNeverStandsAtZero(t *testing.T) {
	j, _ := create(t)
	before := j.Now()
	if e := j.begin(); before <= 0 || e.Times.RequestFirst < before || e.Started.Location() != time.UTC {
		t.Errorf("the clock tells %v, then %+v", before, e.Times)
	}
}

func BenchmarkExchange(b *testing.B) {
	j, _ := create(b)
	for i := range 50 {
		j.redactor.Know("token", fmt.Sprintf("known-value-number-%d-of-the-benchmark", i))
	}
	handler := j.Handler(contract.HIP, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	client := &http.Client{Transport: j.Transport(contract.CM, direct{handler})}
	ctx := WithScenario(b.Context(), "a", "step")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		if answer := post(b, ctx, client, "http://subject.example/v0.5/users/auth/on-confirm", grantBody(n), nil); answer.StatusCode != http.StatusAccepted {
			b.Fatal(answer.Status)
		}
		if n%1000 == 0 {
			b.StopTimer()
			j.observed = newInboxes()
			b.StartTimer()
		}
	}
}

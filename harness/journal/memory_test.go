package journal

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

// same compares what a journal keeps with what is read back of its file.
func same(t *testing.T, j *Journal, path string) {
	t.Helper()
	read := reread(t, j, path)
	kept, err := j.Evidence()
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Digest) != 64 || read.File != filepath.Base(path) || kept.Digest != "" || kept.File != "" {
		t.Errorf("read of file %q with digest %q, kept of file %q with digest %q", read.File, read.Digest, kept.File, kept.Digest)
	}
	read.File, read.Digest = "", ""
	if reflect.DeepEqual(read, kept) {
		return
	}
	if !reflect.DeepEqual(read.Run, kept.Run) || !reflect.DeepEqual(read.Ended, kept.Ended) || len(read.Exchanges) != len(kept.Exchanges) || len(read.Scenarios) != len(kept.Scenarios) {
		t.Fatalf("read %+v with %d exchanges, kept %+v with %d", read.Run, len(read.Exchanges), kept.Run, len(kept.Exchanges))
	}
	for i, x := range read.Exchanges {
		if !reflect.DeepEqual(x, kept.Exchanges[i]) {
			t.Fatalf("read %#v\nkept %#v", x, kept.Exchanges[i])
		}
	}
	t.Fatalf("read %+v\nkept %+v", read.Scenarios, kept.Scenarios)
}

// What was captured of odd and plain traffic is in memory what it is in the file.
func TestWhatIsKeptIsWhatIsReadBack(t *testing.T) {
	run := exampleRun()
	run.Started, run.Settings, run.Subject.Modes = time.Now(), []Setting{}, []string{}
	j, path := createBoth(t, run)
	subject := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Odd"] = []string{"\xff\xfe", "", "<&>\u2028"}
		switch r.URL.Path {
		case "/drop":
			panic(http.ErrAbortHandler)
		case "/text":
			_, _ = io.WriteString(w, "no \xff JSON \x00")
			return
		}
		w.WriteHeader(400)
		_, _ = io.WriteString(w, "{ \"error\" : {\n\"code\": 1.0e2,\t\"message\":\"a \\\" b\\\\\" , \"x\":[ ] } }")
	}))
	client := &http.Client{Transport: j.Transport(contract.HIP, nil)}
	ctx := WithScenario(soon(t), "a", "s\xff")
	post(t, ctx, client, subject+"/v0.5/users/auth/init?x=%ff", "{ \"requestId\" : \"<>&\u2029\", \"query\":{} }", http.Header{"Authorization": {"Bearer " + exampleJWT}, "X-None": {}})
	post(t, ctx, client, subject+"/text", "", nil)
	post(t, ctx, client, subject+"/v0.5/users/auth/confirm", strings.Repeat(`"`, 3), nil)
	post(t, ctx, client, subject+"/v0.5/users/auth/confirm", `{"credential":"`+strings.Repeat("é", MaxBody)+`"}`, nil)
	if _, err := client.Do(request(t, ctx, subject+"/drop", "{}", nil)); err == nil {
		t.Fatal("a dropped connection is no error")
	}
	player := serve(t, j.Handler(contract.HIU, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) })))
	post(t, ctx, http.DefaultClient, player+"/v0.5/users/auth/on-confirm", "\n"+grantBody(1)+"\n", nil)
	if _, err := j.Wait(ctx, any1); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Scenario{{Name: "b"}, {Name: "a", Status: Blocked, Reason: "\xff", Notes: map[string]string{"\xfe": "\xff"}}, {Name: "c", Notes: map[string]string{}}} {
		if err := j.EndScenario(s); err != nil {
			t.Fatal(err)
		}
	}
	same(t, j, path)
}

// Whatever a record holds, JSON does to it what memory does.
func TestAnyRecordIsKeptAsItIsReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	j, path := createBoth(t, exampleRun())
	for n := range 500 {
		x, s := Exchange{}, Scenario{}
		fill(random, reflect.ValueOf(&x).Elem())
		fill(random, reflect.ValueOf(&s).Elem())
		x.ID, s.Name = fmt.Sprintf("e%d", n+1), fmt.Sprintf("scenario %03d", n)
		j.keep(&x)
		if err := j.EndScenario(s); err != nil {
			t.Fatal(err)
		}
	}
	same(t, j, path)
}

// fill puts something at random into all that a value holds, and nothing into some of it.
func fill(random *rand.Rand, v reflect.Value) {
	texts := []string{"", "plain", "\xff\xfe", "a\xc3", "नमस्ते", "<&>\u2028", "\x00\x1b", `"\`}
	switch into := v.Addr().Interface().(type) {
	case *time.Time:
		zone := []*time.Location{time.UTC, time.Local, time.FixedZone("", 19800)}[random.IntN(3)]
		*into = time.Now().Add(time.Duration(random.Int64N(1e15))).In(zone)
		return
	case *json.RawMessage:
		*into = json.RawMessage([]string{"", "{}", " [1, 2]\n", "{\"a\" : \"b \\\" c\\\\\" , \"d\":[ ]}", "\"\u2028 <&>\""}[random.IntN(5)])
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[random.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(random.Int64N(3))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(random, v.Field(i))
		}
	case reflect.Pointer:
		if random.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem())
		}
	case reflect.Slice:
		if n := random.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
			for i := range n - 1 {
				fill(random, v.Index(i))
			}
		}
	case reflect.Map:
		if n := random.IntN(4); n > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n - 1 {
				name, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(random, name)
				fill(random, value)
				v.SetMapIndex(name, value)
			}
		}
	}
}

func TestEvidenceIsGivenOfAClosedJournalInMemory(t *testing.T) {
	j, err := Keep(exampleRun(), NewRedactor())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Evidence(); err == nil {
		t.Error("evidence is given of a journal that is not closed")
	}
	j.keep(&Exchange{ID: "e1"})
	if err := j.Close(End{}); err != nil {
		t.Fatal(err)
	}
	if e, err := j.Evidence(); err != nil || len(e.Exchanges) != 1 || e.Ended == nil || e.Run.Suite != "1" {
		t.Errorf("kept %+v: %v", e, err)
	}
	if err := j.Close(End{}); err == nil {
		t.Error("it can be closed twice")
	}
	written, _ := create(t)
	if err := written.Close(End{}); err != nil {
		t.Fatal(err)
	}
	if _, err := written.Evidence(); err == nil {
		t.Error("a journal that writes a file gives evidence from memory")
	}
}

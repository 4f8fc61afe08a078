package player

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"abdm.example/conformance/contract"
)

func never() *int { return new(int) }

func TestSandboxAnswersAsItIsTold(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	query := contract.Query{ID: "zero@sbx", Purpose: contract.KYC}
	for _, status := range []int{401, 429, 500, 503, 202} {
		s.orders(Behaviour{Do: doAnswer, At: contract.Init, Status: status})
		answer, err := s.hip.Send(ctx, s.hip.Init(query))
		if err != nil || answer.Status != status {
			t.Errorf("init was answered %d, not %d: %v", answer.Status, status, err)
		}
		if isError := strings.Contains(string(answer.Body), `"code":2`); isError != (status >= 400) {
			t.Errorf("the body of the %d was %s", status, answer.Body)
		}
	}
	if _, err := s.hip.Open(ctx, query.ID, query.Purpose, ""); err != nil {
		t.Errorf("what was ordered once was done twice: %v", err)
	}

	s.orders(Behaviour{Do: doAnswer, At: "sessions", Status: 500, Times: never()})
	login := &Login{Gateway: s.base, ClientID: "hip-client", ClientSecret: "hip-secret"}
	for range 3 {
		if _, err := login.Token(ctx); err == nil {
			t.Error("a login passed that was to be answered 500")
		}
	}
	var listed struct{ Behaviours []Behaviour }
	s.must("GET", "/behaviours", nil, &listed)
	if len(listed.Behaviours) != 1 {
		t.Fatalf("%d behaviours wait", len(listed.Behaviours))
	}
	s.must("DELETE", "/behaviours", nil, nil)
	if _, err := login.Token(ctx); err != nil {
		t.Errorf("after every behaviour was taken back: %v", err)
	}
}

func TestSandboxDropsAndDelaysAnswers(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	query := contract.Query{ID: "zero@sbx", Purpose: contract.KYC}
	s.orders(Behaviour{Do: doDrop, At: AnyEndpoint, Times: never()})
	if answer, err := s.hip.Send(ctx, s.hip.Init(query)); err == nil {
		t.Errorf("a dropped request was answered %d", answer.Status)
	}
	s.must("DELETE", "/behaviours", nil, nil)
	if _, err := s.hip.Open(ctx, query.ID, query.Purpose, ""); err != nil {
		t.Fatal(err)
	}
	s.orders(Behaviour{Do: doDelay, At: contract.Init, After: "150ms"})
	began := time.Now()
	answer, err := s.hip.Send(ctx, s.hip.Init(query))
	if took := time.Since(began); err != nil || answer.Status != http.StatusAccepted || took < 150*time.Millisecond {
		t.Errorf("init was answered %d after %s: %v", answer.Status, took, err)
	}
}

func TestSandboxWithholdsDelaysAndDuplicatesCallbacks(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	send := func() string {
		t.Helper()
		out := s.hip.Init(contract.Query{ID: "zero@sbx", Purpose: contract.KYC})
		if answer, err := s.hip.Send(ctx, out); err != nil || answer.Status != http.StatusAccepted {
			t.Fatalf("init was answered %d: %v", answer.Status, err)
		}
		return requestIDOf(out)
	}
	s.orders(Behaviour{Do: doWithhold, At: contract.OnInit})
	send()
	s.told(ctx, "withheld on-init for hip-1")
	asked := send()
	if got := s.next(ctx, contract.OnInit).string(t, "/resp/requestId"); got != asked {
		t.Errorf("the callback that was withheld came all the same: it answers %s, not %s", got, asked)
	}

	s.orders(Behaviour{Do: doDelay, At: contract.OnInit, After: "300ms"})
	began := time.Now()
	late := send()
	if got := s.next(ctx, contract.OnInit).string(t, "/resp/requestId"); got != late || time.Since(began) < 300*time.Millisecond {
		t.Errorf("the delayed callback answers %s, after %s", got, time.Since(began))
	}

	s.orders(Behaviour{Do: doDuplicate, At: contract.OnInit})
	send()
	first, second := s.next(ctx, contract.OnInit), s.next(ctx, contract.OnInit)
	if string(first.body) != string(second.body) {
		t.Error("the second copy is another message")
	}
}

func TestSandboxRefusesInTheCallback(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	request := AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.KYC, AuthCode: "012345", Mode: contract.MobileOTP}
	for _, at := range []string{contract.OnFetchModes, contract.OnInit, contract.OnConfirm, AnyEndpoint} {
		s.orders(Behaviour{Do: doError, At: at, Code: 1437, Message: "told so"})
		var refusal *Refusal
		if _, err := s.hip.Authenticate(ctx, request); !errors.As(err, &refusal) || refusal.Code != 1437 || refusal.Message != "told so" {
			t.Errorf("with an error at %s it ended: %v", at, err)
		}
	}
	if outcome, err := s.hip.Authenticate(ctx, request); err != nil || outcome.Status != contract.Granted {
		t.Errorf("after the refusals it ended %s: %v", outcome.Status, err)
	}
}

func TestSandboxSendsACallbackBeforeThe202(t *testing.T) {
	for _, endpoint := range []string{contract.FetchModes, contract.Init, AddContexts} {
		t.Run(endpoint, func(t *testing.T) {
			s, ctx := newSandboxStand(t, nil), sandboxContext(t)
			outcome, err := s.hip.Authenticate(ctx, AuthenticateRequest{PatientID: "zero@sbx", Purpose: contract.Link, AuthCode: "012345"})
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]Outgoing{contract.FetchModes: s.hip.FetchModes(contract.Query{ID: "zero@sbx", Purpose: contract.KYC}),
				contract.Init: s.hip.Init(contract.Query{ID: "zero@sbx", Purpose: contract.KYC}), AddContexts: s.hip.AddContexts(outcome.AccessToken)}[endpoint]
			for len(s.inbox) > 0 {
				<-s.inbox
			}
			s.orders(Behaviour{Do: doEarly, At: callbackOf(endpoint)})
			if answer, err := s.hip.Send(ctx, out); err != nil || answer.Status != http.StatusAccepted || len(answer.Body) != 0 {
				t.Fatalf("%s was answered %d: %v", endpoint, answer.Status, err)
			}
			if len(s.inbox) != 1 {
				t.Errorf("when the 202 came, %d callbacks had come", len(s.inbox))
			}
		})
	}
}

// What is refused has no callback that could come before: the refusal comes at once.
func TestSandboxRefusesAtOnceWhereACallbackWasToBeEarly(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	s.orders(Behaviour{Do: doEarly, At: contract.OnInit})
	began := time.Now()
	answer, err := s.hip.Send(ctx, s.hip.Init(contract.Query{Purpose: contract.KYC}))
	if err != nil || answer.Status != http.StatusBadRequest || len(answer.Body) == 0 || time.Since(began) >= earlyPatience {
		t.Errorf("a bad init was answered %d %s after %s: %v", answer.Status, answer.Body, time.Since(began), err)
	}
}

func TestSandboxWritesTheShapeOfTheField(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	s.orders(Behaviour{Do: doField, At: AnyEndpoint, Times: never()})
	for _, purpose := range contract.Purposes {
		for _, mode := range []string{contract.MobileOTP, contract.Direct} {
			auth, err := s.hip.Open(ctx, "hinapatel@sbx", purpose, mode)
			if err != nil {
				t.Fatal(err)
			}
			told := s.next(ctx, contract.OnInit)
			at, err := time.Parse(gwZoneLess, told.string(t, "/auth/meta/expiry"))
			if left := time.Until(at); err != nil || left < sandboxLife-time.Minute || left > sandboxLife {
				t.Errorf("the expiry is in %s: %v", left, err)
			}
			for _, want := range []string{`"hint":null`, `"error":null`} {
				if !strings.Contains(string(told.body), want) {
					t.Errorf("on-init has no %s: %s", want, told.body)
				}
			}
			callback := contract.OnConfirm
			if mode == contract.Direct {
				callback = contract.Notify
				s.must("POST", "/sessions/"+auth.TransactionID+"/approve", nil, nil)
			}
			outcome, err := s.hip.Finish(ctx, auth, "123456", nil)
			if err != nil || outcome.Status != contract.Granted {
				t.Errorf("%s for %s ended %s: %v", mode, purpose, outcome.Status, err)
			}
			told = s.next(ctx, callback)
			want := []string{`"monthOfBirth":2`, `"dayOfBirth":29`, `"HEALTH_NUMBER"`, `"line":null`}
			if purpose == contract.Link {
				want = []string{`"patient":null`}
			}
			for _, want := range want {
				if !strings.Contains(string(told.body), want) {
					t.Errorf("%s for %s has no %s: %s", callback, purpose, want, told.body)
				}
			}
			if _, err := time.Parse(gwZoneLess, told.string(t, "/timestamp")); err != nil || strings.Contains(string(told.body), "validity") ||
				strings.Contains(string(told.body), `"error":null`) == (callback == contract.Notify) {
				t.Errorf("%s is not in the shape of the field: %s", callback, told.body)
			}
		}
	}
	var refusal *Refusal
	if _, err := s.hip.Open(ctx, "nobody@sbx", contract.KYC, ""); !errors.As(err, &refusal) {
		t.Errorf("an unknown patient ended: %v", err)
	}
	if told := s.next(ctx, contract.OnInit); !strings.Contains(string(told.body), `"auth":null`) {
		t.Errorf("the refusal has no auth:null: %s", told.body)
	}
}

func TestSandboxTellsOfABridgeThatDoesNotAnswer(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	s, ctx := newSandboxStand(t, func(o *SandboxOptions) { o.Bridges[0].URL = gone.URL }), sandboxContext(t)
	if _, err := s.hip.Send(ctx, s.hip.Init(contract.Query{ID: "zero@sbx", Purpose: contract.KYC})); err != nil {
		t.Fatal(err)
	}
	s.told(ctx, "sent on-init to hip-1: no answer")
}

func TestSandboxRefusesBehavioursThatItCannotDo(t *testing.T) {
	s := newSandboxStand(t, nil)
	for _, c := range []struct {
		says string
		b    any
	}{
		{"do is \"forget\"", Behaviour{Do: "forget", At: contract.OnInit}},
		{"at is \"init\"", Behaviour{Do: doWithhold, At: contract.Init}},
		{"at is \"\"", Behaviour{Do: doWithhold}},
		{"at is \"on-init\"", Behaviour{Do: doAnswer, At: contract.OnInit, Status: 500}},
		{"answer needs status", Behaviour{Do: doAnswer, At: contract.Init}},
		{"status is 99", Behaviour{Do: doAnswer, At: contract.Init, Status: 99}},
		{"delay needs after", Behaviour{Do: doDelay, At: contract.Init}},
		{"after is \"soon\"", Behaviour{Do: doDelay, At: contract.Init, After: "soon"}},
		{"after is \"-1s\"", Behaviour{Do: doDelay, At: contract.Init, After: "-1s"}},
		{"after is \"11m\"", Behaviour{Do: doDelay, At: contract.Init, After: "11m"}},
		{"status belongs to answer", Behaviour{Do: doDelay, At: contract.Init, After: "1s", Status: 500}},
		{"code belongs to error", Behaviour{Do: doWithhold, At: contract.OnInit, Code: 1}},
		{"times is -1", map[string]any{"do": doWithhold, "at": contract.OnInit, "times": -1}},
		{"until", map[string]any{"do": doWithhold, "at": contract.OnInit, "until": "x"}},
	} {
		if status, why := s.ask("POST", "/behaviours", c.b, nil); status != http.StatusBadRequest || !strings.Contains(why, c.says) {
			t.Errorf("%+v was answered %d %q, which does not say %q", c.b, status, why, c.says)
		}
	}
	s.orders(Behaviour{Do: doWithhold, At: contract.OnInit})
	s.must("DELETE", "/behaviours/1", nil, nil)
	for _, id := range []string{"1", "x"} {
		if status, why := s.ask("DELETE", "/behaviours/"+id, nil, nil); status != http.StatusNotFound || why == "" {
			t.Errorf("behaviour %s was taken back: %d %q", id, status, why)
		}
	}
}

// Every kind of behaviour can be ordered at each of its endpoints, and is done there first.
func TestSandboxOrdersAreTakenWhereTheyBelong(t *testing.T) {
	for _, kind := range Behaviours {
		for _, at := range kind.At {
			var o orders
			b := Behaviour{Do: kind.Do, At: at}
			switch kind.Value {
			case "status":
				b.Status = 500
			case "after":
				b.After = "1s"
			}
			anywhere := b
			anywhere.At = AnyEndpoint
			for _, b := range []Behaviour{b, anywhere} {
				if _, err := o.add(b); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range []string{at, AnyEndpoint} {
				if got, ok := o.take(kind.Do, at); !ok || got.At != want {
					t.Errorf("%s at %s took that at %q", kind.Do, at, got.At)
				}
			}
			if _, ok := o.take(kind.Do, at); ok {
				t.Errorf("%s at %s was taken a third time", kind.Do, at)
			}
		}
	}
}

// An end of the sandbox does not wait for a callback that is held back.
func TestSandboxEndsWithCallbacksHeldBack(t *testing.T) {
	s, ctx := newSandboxStand(t, nil), sandboxContext(t)
	s.orders(Behaviour{Do: doDelay, At: contract.OnInit, After: "10m"})
	if _, err := s.hip.Send(ctx, s.hip.Init(contract.Query{ID: "zero@sbx", Purpose: contract.KYC})); err != nil {
		t.Fatal(err)
	}
	s.told(ctx, "holding on-init")
	closing, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.sandbox.Close(closing); err != nil {
		t.Errorf("the sandbox did not close: %v", err)
	}
}

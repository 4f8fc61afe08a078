package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/scenario"
)

// patience is how long a test waits for an event that must come.
const patience = 30 * time.Second

// forever is longer than any test waits.
const forever = 10 * time.Minute

// stand is a network of our players before a subject that a test plays.
type stand struct {
	network *scenario.Network
	journal *journal.Journal
	path    string
}

// newStand opens a network; change may alter its options before.
func newStand(t *testing.T, subject http.Handler, scenarios []scenario.Scenario, change func(*scenario.NetworkOptions)) *stand {
	t.Helper()
	server := httptest.NewServer(subject)
	t.Cleanup(server.Close)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Bundled(contract.Gateway)
	cfg.Subject.URL, cfg.Harness.PublicURL = server.URL, "http://"+listener.Addr().String()
	cfg.Timing = config.Timing{Callback: forever, Quiet: 10 * time.Millisecond, Ack: patience}
	cfg.Identities.HIP.Token, cfg.Identities.HIU.Token, cfg.Identities.CM.Token = "token-of-the-hip", "token-of-the-hiu", "token-of-the-cm"
	s := &stand{path: filepath.Join(t.TempDir(), "evidence.jsonl")}
	redactor := journal.NewRedactor()
	options := scenario.NetworkOptions{Config: cfg, Redactor: redactor, Listener: listener}
	if change != nil {
		change(&options)
	}
	s.journal, err = journal.Create(s.path, scenario.Header(cfg, scenarios, "strict", "test"), redactor)
	if err != nil {
		t.Fatal(err)
	}
	options.Journal = s.journal
	if s.network, err = scenario.OpenNetwork(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.network.Close(closing); err != nil {
			t.Errorf("the network does not close: %v", err)
		}
		_ = s.journal.Close(journal.End{})
	})
	return s
}

// play plays and returns the closing lines by name.
func (s *stand) play(t *testing.T, ctx context.Context, scenarios []scenario.Scenario) map[string]journal.Scenario {
	t.Helper()
	ended := map[string]journal.Scenario{}
	var calls atomic.Int32
	err := s.network.Play(ctx, scenarios, func(r journal.Scenario) {
		if calls.Add(1) != 1 {
			t.Error("two scenarios end at once in the eyes of the caller")
		}
		ended[r.Name] = r
		calls.Add(-1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(ended) != len(scenarios) {
		t.Errorf("%d of %d scenarios ended", len(ended), len(scenarios))
	}
	return ended
}

// many makes n scenarios with that play function.
func many(n int, play func(ctx context.Context, s *scenario.Stage) error) []scenario.Scenario {
	var all []scenario.Scenario
	for i := range n {
		all = append(all, scenario.Scenario{Name: fmt.Sprintf("many/%03d", i), Title: "One of many", Play: play})
	}
	return all
}

// asks sends one valid fetch-modes as the HIP.
func asks(ctx context.Context, s *scenario.Stage) error {
	hip := s.Bridge(contract.HIP)
	return s.Request(ctx, hip, hip.FetchModes(s.Query(contract.HIP, contract.KYC, "")))
}

// acknowledges answers everything with 202 and nothing more.
func acknowledges(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusAccepted)
}

func TestNoMoreRequestsAreInFlightThanAllowed(t *testing.T) {
	const bound, messages = 4, 40
	var mu sync.Mutex
	inFlight, most := 0, 0
	full := make(chan struct{}) // closed when the bound is reached
	subject := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		inFlight++
		if inFlight == bound && most < bound {
			close(full)
		}
		most = max(most, inFlight)
		mu.Unlock()
		select { // nobody is answered before the bound is reached
		case <-full:
		case <-time.After(patience):
		}
		acknowledges(w, r)
		mu.Lock()
		inFlight--
		mu.Unlock()
	})
	scenarios := many(messages, asks)
	s := newStand(t, subject, scenarios, func(o *scenario.NetworkOptions) { o.Concurrency, o.Begins = bound, make(chan struct{}, bound) })
	for _, r := range s.play(t, t.Context(), scenarios) {
		if r.Status != journal.Played {
			t.Errorf("%s is %s: %s", r.Name, r.Status, r.Reason)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	// A slot is free as soon as the answer is there, which may be before the subject's handler has counted itself out.
	if most < bound || most > 2*bound {
		t.Errorf("at most %d requests were in flight, want %d", most, bound)
	}
	if got := overlapping(t, s); got > bound {
		t.Errorf("the evidence shows %d requests in flight at once, want at most %d", got, bound)
	}
}

// overlapping is the most requests that the evidence shows in flight at once.
func overlapping(t *testing.T, s *stand) int {
	t.Helper()
	most := 0
	sent := s.evidence(t).Exchanges
	for _, x := range sent {
		n := 0
		for _, y := range sent {
			if y.Times.RequestFirst <= x.Times.RequestFirst && x.Times.RequestFirst < y.Times.ResponseLast {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// evidence reads back what is recorded so far.
func (s *stand) evidence(t *testing.T) *journal.Evidence {
	t.Helper()
	e, err := journal.Read(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTheRateIsKept(t *testing.T) {
	const messages, perSecond = 11, 40.0
	scenarios := many(messages, asks)
	s := newStand(t, http.HandlerFunc(acknowledges), scenarios, func(o *scenario.NetworkOptions) { o.Rate = perSecond })
	began := time.Now()
	s.play(t, t.Context(), scenarios)
	// However slow the machine is, the last message cannot have begun earlier than this.
	if least := time.Duration(float64(messages-1) / perSecond * float64(time.Second)); time.Since(began) < least {
		t.Errorf("%d messages took %s; at %v a second they take %s at least", messages, time.Since(began), perSecond, least)
	}
}

func TestNothingIsSentBeforeTheRateAllowsIt(t *testing.T) {
	var requests atomic.Int32
	first := make(chan struct{})
	subject := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			close(first)
		}
		acknowledges(w, r)
	})
	scenarios := many(10, asks)
	s := newStand(t, subject, scenarios, func(o *scenario.NetworkOptions) { o.Rate = 1.0 / forever.Seconds() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-first; cancel() }()
	ended := s.play(t, ctx, scenarios)
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests were sent, want the one that the rate allows", n)
	}
	if n := countOf(ended, journal.Cancelled); n < len(scenarios)-1 {
		t.Errorf("%d scenarios were cancelled, want all that waited for their turn", n)
	}
}

func countOf(ended map[string]journal.Scenario, status journal.Status) int {
	n := 0
	for _, r := range ended {
		if r.Status == status {
			n++
		}
	}
	return n
}

func TestQuietWindowsOverlap(t *testing.T) {
	const windows = 60
	scenarios := many(windows, func(ctx context.Context, s *scenario.Stage) error { return s.Quiet(ctx) })
	s := newStand(t, http.HandlerFunc(acknowledges), scenarios, func(o *scenario.NetworkOptions) {
		o.Config.Timing.Quiet = 2 * time.Second
		o.Concurrency = 1 // waiting needs no slot
	})
	ended := slices.Collect(maps.Values(s.play(t, t.Context(), scenarios)))
	lastBegan, firstEnded := ended[0].QuietFrom, ended[0].Ended
	for _, r := range ended {
		if r.QuietFrom == 0 || r.Ended-r.QuietFrom < 2*time.Second {
			t.Errorf("%s was quiet from %s to %s, want 2s", r.Name, r.QuietFrom, r.Ended)
		}
		lastBegan, firstEnded = max(lastBegan, r.QuietFrom), min(firstEnded, r.Ended)
	}
	if lastBegan >= firstEnded {
		t.Errorf("the last window began at %s, when the first had ended at %s: they must all overlap", lastBegan, firstEnded)
	}
	if longest := scenario.Longest(ended); longest < 2*time.Second {
		t.Errorf("the longest scenario took %s", longest)
	}
}

func TestAnInterruptedRunClosesEveryScenario(t *testing.T) {
	const waiting = 20
	var requests atomic.Int32
	all := make(chan struct{})
	subject := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == waiting {
			close(all)
		}
		acknowledges(w, r)
	})
	scenarios := many(waiting, func(ctx context.Context, s *scenario.Stage) error {
		if err := asks(ctx, s); err != nil {
			return err
		}
		_, err := s.Await(ctx, contract.HIP, contract.OnFetchModes)
		return err
	})
	s := newStand(t, subject, scenarios, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-all; cancel() }()
	ended := s.play(t, ctx, scenarios)
	if n := countOf(ended, journal.Cancelled); n != waiting {
		t.Errorf("%d scenarios are cancelled, want %d: %v", n, waiting, ended)
	}
	recorded := 0
	for _, r := range s.evidence(t).Scenarios {
		if r.Status == journal.Cancelled && r.Reason != "" {
			recorded++
		}
	}
	if recorded != waiting {
		t.Errorf("the evidence closes %d scenarios as cancelled with a reason, want %d", recorded, waiting)
	}
}

func TestHowScenariosEnd(t *testing.T) {
	named := func(name string, play func(context.Context, *scenario.Stage) error) scenario.Scenario {
		return scenario.Scenario{Name: name, Title: name, Play: play}
	}
	needy := named("needy", asks)
	needy.Needs.Mode = contract.Direct
	scenarios := []scenario.Scenario{
		named("good", asks), needy,
		named("blocked", func(context.Context, *scenario.Stage) error {
			return &scenario.BlockedError{At: contract.OnInit, Reason: "no on-init came"}
		}),
		named("refused", func(ctx context.Context, s *scenario.Stage) error {
			hip := s.Bridge(contract.HIP)
			return s.Request(ctx, hip, hip.Init(s.Query(contract.HIP, contract.KYC, contract.MobileOTP)))
		}),
		named("panics", func(context.Context, *scenario.Stage) error { panic("a defect with token-of-the-hip") }),
		named("fails", func(context.Context, *scenario.Stage) error {
			return errors.New("the disk is gone, said token-of-the-hip")
		}),
	}
	subject := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/init") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		acknowledges(w, r)
	})
	s := newStand(t, subject, scenarios, func(o *scenario.NetworkOptions) { o.Config.Subject.Modes = []string{contract.MobileOTP} })
	ended := s.play(t, t.Context(), scenarios)
	for name, want := range map[string]struct {
		status     journal.Status
		at, reason string
	}{
		"good":    {journal.Played, "", ""},
		"needy":   {journal.NotApplicable, "", "subject.modes does not list DIRECT"},
		"blocked": {journal.Blocked, contract.OnInit, "no on-init came"},
		"refused": {journal.Blocked, contract.Init, "the subject answered a valid init with 503"},
		"panics":  {journal.Failed, "", "scenario panics panicked: a defect"},
		"fails":   {journal.Failed, "", "the disk is gone"},
	} {
		got := ended[name]
		if got.Status != want.status || got.At != want.at || !strings.Contains(got.Reason, want.reason) {
			t.Errorf("%s ended %s at %q (%s), want %s at %q (%s)", name, got.Status, got.At, got.Reason, want.status, want.at, want.reason)
		}
		if strings.Contains(got.Reason, "token-of-the-hip") {
			t.Errorf("%s: the reason tells a token: %s", name, got.Reason)
		}
		if want.status == journal.Blocked && got.QuietFrom == 0 {
			t.Errorf("%s was blocked and nobody waited for what comes late", name)
		}
	}
}

func TestWhatReachesNoPlayerIsRecorded(t *testing.T) {
	s := newStand(t, http.HandlerFunc(acknowledges), nil, nil)
	public := "http://" + s.evidenceAddress(t)
	response, err := http.Post(public+"/v0.5/users/auth/on-init", "application/json", strings.NewReader(`{"requestId":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusNotFound || !strings.Contains(string(text), "/hip") {
		t.Errorf("answered %d %s, want 404 and where the players are", response.StatusCode, text)
	}
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := s.journal.WaitIn(waiting, "", func(o *journal.Observed) bool {
		return o.Exchange.Player == "" && o.Exchange.Endpoint == contract.OnInit
	}); err != nil {
		t.Errorf("it is not in the evidence: %v", err)
	}
}

// evidenceAddress is the address of our players, as the run's settings tell it.
func (s *stand) evidenceAddress(t *testing.T) string {
	t.Helper()
	for _, setting := range s.evidence(t).Run.Settings {
		if setting.Name == "harness.public-url" {
			return strings.TrimPrefix(setting.Value, "http://")
		}
	}
	t.Fatal("the evidence does not tell harness.public-url")
	return ""
}

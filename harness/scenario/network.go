package scenario

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
	"abdm.example/conformance/harness/journal"
	"abdm.example/conformance/harness/player"
)

// NetworkOptions are what a network of players needs.
type NetworkOptions struct {
	Config   *config.Config
	Journal  *journal.Journal
	Redactor *journal.Redactor
	// Listener is where the players are served; the network closes it.
	Listener net.Listener
	// Concurrency is the most requests that scenarios have in flight at once; 32 where it is 0.
	Concurrency int
	// Slots, where it is not nil, takes the place of Concurrency: networks that share it share its capacity.
	Slots chan struct{}
	// Begins bounds those of them that begin a conversation, so that one that has begun is not held up by those that have
	// not; half of the slots where it is nil.
	Begins chan struct{}
	// Rate is the most requests a second that scenarios begin; 0 for no limit.
	Rate float64
	Log  *slog.Logger
}

// Network is every party but the subject: our players on one listener. Towards a gateway they are the bridges and the
// CM, logged in there; towards a bridge they are one hub, the gateway with a CM behind it, and towards a CM another, the
// gateway with the bridges behind it.
type Network struct {
	cfg      *config.Config
	journal  *journal.Journal
	redactor *journal.Redactor
	server   *http.Server
	served   chan error
	client   map[contract.Role]*http.Client
	tokens   map[contract.Role]player.Tokens
	bridges  map[contract.Role]*player.Bridge
	cm       *player.CM  // nil towards a CM
	otherCM  *player.CM  // nil where the configuration names none
	hub      *player.Hub // nil but towards a bridge; its CM is cm
	turns    *turns      // of the one patient, in combined topology
	slots    chan struct{}
	begins   chan struct{}
	limiter  *rate.Limiter
	rate     float64 // of limiter, in requests a second; 0 for none
	run      string  // random, so that two runs against one subject never share a patient

	// encounters are the connections to the subject.
	encounters encounters

	// unattended says that nobody followed an instruction at the terminal: no other is shown.
	unattended atomic.Bool
	// beginnings say whether hooks.start makes the subject begin.
	beginnings beginnings

	certs  sync.Once // guards key and keyErr
	key    *rsa.PublicKey
	keyErr error

	mu     sync.Mutex
	stages map[string]*Stage // by scenario name
	count  int
}

// OpenNetwork starts serving the players for a subject. It speaks to the subject only when asked to.
func OpenNetwork(o NetworkOptions) (*Network, error) {
	var salt [3]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return nil, fmt.Errorf("no random bytes for patient ids: %w", err)
	}
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Slots == nil {
		o.Slots = make(chan struct{}, o.Concurrency)
	}
	if o.Begins == nil {
		o.Begins = make(chan struct{}, max(1, cap(o.Slots)/2))
	}
	n := &Network{
		cfg: o.Config, journal: o.Journal, redactor: o.Redactor,
		served:  make(chan error, 1),
		client:  map[contract.Role]*http.Client{},
		tokens:  map[contract.Role]player.Tokens{},
		bridges: map[contract.Role]*player.Bridge{},
		turns:   newTurns(),
		slots:   o.Slots,
		begins:  o.Begins,
		limiter: rate.NewLimiter(rate.Inf, 0),
		rate:    o.Rate,
		run:     hex.EncodeToString(salt[:]),
		stages:  map[string]*Stage{},
	}
	if o.Rate > 0 {
		n.limiter = rate.NewLimiter(rate.Limit(o.Rate), 1)
	}
	handler := n.playersOfGateway
	switch o.Config.Subject.Role {
	case contract.HIP, contract.HIU:
		handler = n.playersOfBridge
	case contract.CM:
		handler = n.playersOfCM
	}
	served, err := handler(o.Log)
	if err != nil {
		return nil, err
	}
	n.server = &http.Server{Handler: served, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	n.server.Protocols = new(http.Protocols)
	n.server.Protocols.SetHTTP1(true)
	n.server.Protocols.SetUnencryptedHTTP2(true)
	go func() { n.served <- n.server.Serve(o.Listener) }()
	return n, nil
}

// playersOfGateway makes the players around a gateway subject.
func (n *Network) playersOfGateway(log *slog.Logger) (http.Handler, error) {
	for _, role := range n.parties() {
		n.login(role)
	}
	for _, role := range contract.Bridges {
		n.bridges[role] = player.NewBridge(player.BridgeOptions{
			Role: role, ID: n.cfg.Identities.Of(role).ID, CMID: n.cfg.Identities.CM.ID,
			Gateway: n.cfg.Subject.URL, Tokens: n.tokens[role], Client: n.client[role],
			Answer: n.answer(role), Log: log,
		})
	}
	n.cm = n.newCM(contract.CM, log)
	if n.cfg.Identities.OtherCM.ID != "" {
		n.otherCM = n.newCM(config.OtherCM, log)
	}
	return n.handler(), nil
}

// parties are those of ours that log in at the subject.
func (n *Network) parties() []contract.Role {
	if n.cfg.Subject.Role != contract.Gateway {
		return nil
	}
	all := []contract.Role{contract.HIP, contract.HIU, contract.CM}
	if n.cfg.Identities.OtherCM.ID != "" {
		all = append(all, config.OtherCM)
	}
	return all
}

func (n *Network) newCM(party contract.Role, log *slog.Logger) *player.CM {
	return player.NewCM(player.CMOptions{
		ID: n.cfg.Identities.Of(party).ID, Gateway: n.cfg.Subject.URL, Tokens: n.tokens[party],
		Client: n.client[party], Answer: n.answer(party), Hold: n.hold, Log: log,
	})
}

// DefaultConcurrency is the most requests that scenarios have in flight at once where nothing else is asked for.
const DefaultConcurrency = 32

// connect makes the recorded client of one of our parties.
func (n *Network) connect(role contract.Role) *http.Client {
	n.client[role] = &http.Client{
		Transport:     n.journal.Transport(role, newTransport(cap(n.slots)*2, n.cfg.Subject.Roots(), &n.encounters)),
		Timeout:       n.cfg.Timing.Ack,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return n.client[role]
}

// login prepares the client and the tokens of one of our parties.
func (n *Network) login(role contract.Role) {
	n.connect(role)
	id := n.cfg.Identities.Of(role)
	n.redactor.Know("secret", id.ClientSecret)
	if id.Token != "" {
		n.redactor.KnowToken(id.Token, role)
		n.tokens[role] = player.StaticToken(id.Token)
		return
	}
	n.tokens[role] = &knownTokens{role: role, redactor: n.redactor, login: &player.Login{Gateway: n.cfg.Subject.URL,
		ClientID: id.ClientID, ClientSecret: id.ClientSecret, Role: role, Client: n.client[role]}}
}

// loginScenario is the name under which logins stand in the journal.
const loginScenario = "login"

// errLogin marks that a message was not sent because its sender could not log in.
var errLogin = errors.New("no access token")

// knownTokens logs in outside of any scenario and tells the redactor each token and whose it is.
type knownTokens struct {
	role     contract.Role
	login    *player.Login
	redactor *journal.Redactor
}

// Token implements player.Tokens.
func (k *knownTokens) Token(ctx context.Context) (string, error) {
	token, err := k.login.Token(journal.WithScenario(ctx, loginScenario, string(k.role)))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errLogin, err)
	}
	k.redactor.KnowToken(token, k.role)
	return token, nil
}

// Preflight logs in every party of ours that has an identity. The error says which login failed and what to check.
func (n *Network) Preflight(ctx context.Context) error {
	var failures []error
	for _, role := range n.parties() {
		if id := n.cfg.Identities.Of(role); id.ClientID == "" && id.Token == "" {
			continue
		}
		if _, err := n.tokens[role].Token(ctx); err != nil {
			failures = append(failures, fmt.Errorf("login as %s: %w", role, err))
		}
	}
	return errors.Join(failures...)
}

// pathPreflight is served below the public URL, outside of any player and of the evidence, so that we can look whether the
// public URL leads to us.
const pathPreflight = "/conformance-preflight"

// ReachSelf looks whether the public URL leads to our listener. That it does not do so from here does not prove that the
// subject cannot use it (an address may be reachable from outside only), so the error alone decides nothing.
func (n *Network) ReachSelf(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timing.Ack)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.cfg.Harness.PublicURL+pathPreflight, nil)
	if err != nil {
		return fmt.Errorf("harness.public-url: %w", err)
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("harness.public-url %s does not lead to us: %w", n.cfg.Harness.PublicURL, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("harness.public-url %s leads to somebody else, who answers %d", n.cfg.Harness.PublicURL, resp.StatusCode)
	}
	return nil
}

// Close stops serving and waits for what the players still send.
func (n *Network) Close(ctx context.Context) error {
	var errs []error
	for _, cm := range []*player.CM{n.cm, n.otherCM} {
		if cm != nil {
			errs = append(errs, cm.Close(ctx))
		}
	}
	for _, b := range n.bridges {
		errs = append(errs, b.Close(ctx))
	}
	errs = append(errs, n.server.Close()) // what the subject still sends comes after the last quiet window
	if err := <-n.served; !errors.Is(err, http.ErrServerClosed) {
		errs = append(errs, err)
	}
	for _, c := range n.client {
		c.CloseIdleConnections()
	}
	return errors.Join(errs...)
}

// Base paths of the players below the public URL.
var base = map[contract.Role]string{contract.HIP: "/hip", contract.HIU: "/hiu", contract.CM: "/cm", config.OtherCM: "/other-cm"}

// handler serves each player below its base path. What reaches no player is recorded too: it is often the missing callback.
func (n *Network) handler() http.Handler {
	players := map[contract.Role]http.Handler{contract.CM: http.StripPrefix(base[contract.CM], n.journal.Handler(contract.CM, n.cm))}
	for role, bridge := range n.bridges {
		players[role] = http.StripPrefix(base[role], n.journal.Handler(role, bridge))
	}
	if n.otherCM != nil {
		players[config.OtherCM] = http.StripPrefix(base[config.OtherCM], n.journal.Handler(config.OtherCM, n.otherCM))
	}
	nobody := n.journal.Handler("", http.HandlerFunc(n.nobody))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathPreflight {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		for role, handler := range players {
			if strings.HasPrefix(r.URL.Path, base[role]+"/") {
				handler.ServeHTTP(w, r)
				return
			}
		}
		nobody.ServeHTTP(w, r)
	})
}

func (n *Network) nobody(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(contract.ErrorResponse{Error: contract.Error{Code: 1000,
		Message: "No player is served at this path. The HIP is served below /hip, the HIU below /hiu, the CM below /cm of the public URL of the conformance suite."}})
}

// answer looks up how the scenario of a received message wants it to be answered.
func (n *Network) answer(role contract.Role) func(endpoint string, r *http.Request, body []byte) *player.ScriptedAnswer {
	return func(endpoint string, r *http.Request, body []byte) *player.ScriptedAnswer {
		s := n.stage(journal.ScenarioOf(r.Context()))
		if s == nil {
			return nil
		}
		s.runAhead(r.Context(), endpoint, body)
		if first := s.firstAnswer(endpoint); first != nil {
			return first
		}
		return s.scripted(role, endpoint)
	}
}

// hold says whether the scenario of a received message sends the answering message itself.
func (n *Network) hold(endpoint string, r *http.Request, _ []byte) bool {
	s := n.stage(journal.ScenarioOf(r.Context()))
	return s != nil && s.holds(endpoint)
}

func (n *Network) stage(scenario string) *Stage {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stages[scenario]
}

package player

import (
	"sync"
	"time"

	"abdm.example/conformance/contract"
)

const (
	// gwReplayWindow is how long a requestId is remembered: longer than a timestamp can stay in its window.
	gwReplayWindow = 11 * time.Minute
	// gwSessionLife is how long it is remembered whose authentication session a transactionId is. Sessions of the field last two hours.
	gwSessionLife = 3 * time.Hour
	// gwSweepEvery is how often what has run out is thrown away.
	gwSweepEvery = 30 * time.Second
	// gwShortCorrelation is the Correlation of the fault short-correlation.
	gwShortCorrelation = 2 * time.Second
)

// gwNonce is a requestId as the replay check knows it.
type gwNonce struct{ client, id string }

// gwPending is a request that was forwarded and may be answered.
type gwPending struct {
	id          string // requestId of the second hop
	endpoint    contract.Endpoint
	callerID    string      // requestId of the first hop, as it was written
	requesters  gwDirectory // parties to which the answer may be addressed; the first is the likeliest
	callee      Registration
	correlation string
	expires     time.Time
	state       gwState // guarded by the store
}

// gwState says how far the answer to a request has come.
type gwState int

const (
	gwOpen      gwState = iota // no answer yet
	gwAnswering                // an answer was accepted and is being delivered
	gwSettled                  // an answer was delivered, or the requester was told of a failure
)

// gwSessionKey names an authentication session; transactionIds are a CM's own.
type gwSessionKey struct{ cm, transaction string }

// gwAuthSession says whose a session is.
type gwAuthSession struct {
	requester Registration
	expires   time.Time
}

// gwStore is the memory of the gateway. All of it runs out.
type gwStore struct {
	mu       sync.Mutex
	pending  map[string]*gwPending // by lower-case requestId of the second hop
	nonces   map[gwNonce]time.Time // until when
	sessions map[gwSessionKey]gwAuthSession
	swept    time.Time
	window   time.Duration // how long a requestId is remembered
}

func newGwStore() *gwStore {
	return &gwStore{pending: map[string]*gwPending{}, nonces: map[gwNonce]time.Time{}, sessions: map[gwSessionKey]gwAuthSession{}, swept: time.Now(), window: gwReplayWindow}
}

// seen says whether a nonce was used within the window.
func (s *gwStore) seen(n gwNonce) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.nonces[n])
}

// gwAdmission is what happens to the store at once when a message is accepted.
type gwAdmission struct {
	nonce    gwNonce    // to take note of; none where it is the zero value
	made     *gwPending // to remember
	answered *gwPending // to close for any other answer
}

// admit takes a message in, wholly or not at all: of two that come at the
// same instant with one requestId, or as answers to one request, one is refused.
func (s *gwStore) admit(a gwAdmission) (replayed, answeredBefore bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.sweep(now)
	if a.nonce != (gwNonce{}) && now.Before(s.nonces[a.nonce]) {
		return true, false
	}
	if a.answered != nil {
		if a.answered.state != gwOpen {
			return false, true
		}
		a.answered.state = gwAnswering
	}
	if a.nonce != (gwNonce{}) {
		s.nonces[a.nonce] = now.Add(s.window)
	}
	if a.made != nil {
		s.pending[gwUUID(a.made.id)] = a.made
	}
	return false, false
}

// remember stores a request that waits for its answer.
func (s *gwStore) remember(p *gwPending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending[gwUUID(p.id)] = p
}

// find returns the request that was forwarded with this requestId, and whether it has not run out.
func (s *gwStore) find(id string) (p *gwPending, current bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p = s.pending[gwUUID(id)]
	return p, p != nil && time.Now().Before(p.expires)
}

// move changes the state of a request, if it is in state from, and says whether it was.
func (s *gwStore) move(p *gwPending, from, to gwState) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.state != from {
		return false
	}
	p.state = to
	return true
}

// isOpen says whether no answer to a request has been accepted.
func (s *gwStore) isOpen(p *gwPending) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p.state == gwOpen
}

// openSession remembers whose the session of a transactionId is.
func (s *gwStore) openSession(cm, transaction string, requester Registration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[gwSessionKey{cm, transaction}] = gwAuthSession{requester, time.Now().Add(gwSessionLife)}
}

// session says whose a session is.
func (s *gwStore) session(cm, transaction string) (Registration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.sessions[gwSessionKey{cm, transaction}]
	return found.requester, ok && time.Now().Before(found.expires)
}

// sweep throws away what has run out. The caller holds the lock.
func (s *gwStore) sweep(now time.Time) {
	if now.Sub(s.swept) < gwSweepEvery {
		return
	}
	s.swept = now
	for k, until := range s.nonces {
		if now.After(until) {
			delete(s.nonces, k)
		}
	}
	for k, p := range s.pending {
		if now.After(p.expires) {
			delete(s.pending, k)
		}
	}
	for k, session := range s.sessions {
		if now.After(session.expires) {
			delete(s.sessions, k)
		}
	}
}

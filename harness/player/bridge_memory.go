package player

import (
	"encoding/json"
	"net/http"
	"time"

	"abdm.example/conformance/contract"
)

// bridgeMemory is what faults know of earlier messages, and a conforming bridge forgets or never needed. It is in memory
// only and ends with its bridge.
type bridgeMemory struct {
	started time.Time
	// notes are ids and codes of earlier messages, by what they are: "init of <transaction>" is a requestId.
	notes map[string]string
	// asks are the requestIds of all questions, in lower case; afloat are those that the gateway has not answered yet.
	asks, afloat map[string]bool
	// tokens are the access tokens that were granted, in their order, with the patient of each.
	tokens []grantedToken
	busy   map[string]bool // the patients with an open conversation
}

// grantedToken is an access token and for whom it was granted.
type grantedToken struct{ token, patient string }

func newBridgeMemory() bridgeMemory {
	return bridgeMemory{started: time.Now(), notes: map[string]string{}, asks: map[string]bool{}, afloat: map[string]bool{}, busy: map[string]bool{}}
}

// recall is a note; "" where there is none.
func (m *mistakes) recall(note string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.memory.notes[note]
}

// asked says whether the bridge has ever asked a question with that requestId.
func (m *mistakes) asked(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.memory.asks[uuidKey(id)]
}

// early says whether the gateway has not yet answered the question itself; landed, that it has.
func (m *mistakes) early(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.memory.afloat[uuidKey(id)]
}

func (m *mistakes) landed(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.memory.afloat, uuidKey(id))
}

// occupy takes note of a conversation with a patient; false where there is one already.
func (m *mistakes) occupy(patient string) (leave func(), free bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.memory.busy[patient] {
		return nil, false
	}
	m.memory.busy[patient] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.memory.busy, patient)
	}, true
}

// earlierToken is an access token that was granted before: to the patient of the transaction, or else to anybody, and not
// the one given; where there is none, the id of the transaction.
func (m *mistakes) earlierToken(transactionID, not string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	patient, found := m.memory.notes["patient of "+transactionID], ""
	for _, t := range m.memory.tokens {
		if t.token == not {
			continue
		}
		if t.patient == patient {
			return t.token
		}
		found = t.token
	}
	if found == "" {
		return transactionID
	}
	return found
}

// told takes note of what a patient enters.
func (m *mistakes) told(a AuthenticateRequest) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.memory.notes["code of "+a.PatientID] = a.AuthCode
}

// composes takes note of a message that the bridge sends.
func (m *mistakes) composes(endpoint string, out Outgoing) {
	var said struct {
		RequestID     string
		TransactionID string
		Query         contract.Query
		Credential    contract.Credential
	}
	_ = json.Unmarshal(out.Body, &said) // it is our own
	m.mu.Lock()
	defer m.mu.Unlock()
	notes := m.memory.notes
	switch endpoint {
	case contract.FetchModes, contract.Init:
		notes["patient of "+said.RequestID] = said.Query.ID
		notes[endpoint+" of "+said.Query.ID] = said.RequestID
	case contract.Confirm:
		notes["transaction of "+said.RequestID] = said.TransactionID
		notes["code for "+said.TransactionID] = said.Credential.AuthCode
	}
}

// sends takes note of the requestId of a question as it goes out.
func (m *mistakes) sends(requestID string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.memory.asks[uuidKey(requestID)], m.memory.afloat[uuidKey(requestID)] = true, true
}

// hears takes note of a message with a good token.
func (m *mistakes) hears(e contract.Endpoint, header http.Header, body []byte) {
	var said struct {
		RequestID string
		Auth      struct{ TransactionID, AccessToken string }
		Resp      contract.Reference
	}
	_ = json.Unmarshal(body, &said) // what cannot be read is not there
	m.mu.Lock()
	defer m.mu.Unlock()
	notes, transaction := m.memory.notes, said.Auth.TransactionID
	notes["token of the gateway"] = bearerOf(header)
	switch e.Name {
	case contract.OnInit:
		if transaction == "" {
			return
		}
		patient := notes["patient of "+said.Resp.RequestID]
		notes["init of "+transaction], notes["patient of "+transaction] = said.Resp.RequestID, patient
		notes["latest transaction"], notes["latest transaction of "+patient] = transaction, transaction
	case contract.OnConfirm:
		transaction = notes["transaction of "+said.Resp.RequestID]
	case contract.Notify:
		notes["transaction of "+said.RequestID] = transaction
	}
	if token := said.Auth.AccessToken; token != "" {
		m.memory.tokens = append(m.memory.tokens, grantedToken{token, notes["patient of "+transaction]})
	}
}

package journal

import (
	"time"

	"abdm.example/conformance/config"
	"abdm.example/conformance/contract"
)

// EvidenceFile is the name of the journal in the directory of a run.
const EvidenceFile = "evidence.jsonl"

// Evidence is a whole journal, read back: what the judgement judges.
type Evidence struct {
	Run       Run
	Exchanges []*Exchange // in the order of their ids
	Scenarios []Scenario  // in the order of their names
	// Conditions are nil where the run was cut off before they could be recorded, or did not record any.
	Conditions *Conditions
	// Ended is nil where the run was cut off before it could say so.
	Ended *End
	// File is the name of the file, without its directory, that was read, and Digest the SHA-256 of all its bytes in hex;
	// both are "" for evidence that was only kept in memory.
	File, Digest string
}

// Run opens a journal. It holds no secret.
type Run struct {
	Suite    string    `json:"suite"` // version of the suite that played
	Subject  Subject   `json:"subject"`
	Profile  string    `json:"profile"` // strict or field
	Filter   string    `json:"filter,omitempty"`
	Started  time.Time `json:"started"`
	Timing   Timing    `json:"timing"`
	Identity Identity  `json:"identity"`
	Planned  []string  `json:"planned"` // names of all scenarios of the run
	Settings []Setting `json:"settings,omitempty"`
	Bundled  bool      `json:"bundled,omitempty"` // the subject is the bundled reference
	// Unredacted says that secrets and patient data stand in the evidence as they were; the journal sets it.
	Unredacted bool `json:"unredacted,omitempty"`
	// Operator is who ran the suite, as the configuration names them; "" where it names nobody.
	Operator string `json:"operator,omitempty"`
	// ValidFor is how long a certificate of this run is good after its end, in nanoseconds; 0 where that is not said.
	ValidFor time.Duration `json:"valid_for,omitempty"`
}

// Subject is the subject as the configuration declares it.
type Subject struct {
	Role     contract.Role   `json:"role"`
	URL      string          `json:"url"`
	Name     string          `json:"name"`
	Version  string          `json:"version,omitempty"`
	Topology config.Topology `json:"topology,omitempty"`
	Modes    []string        `json:"modes"`
	Purposes []string        `json:"purposes"`
}

// Identity are the ids under which our players act.
type Identity struct {
	HIP string `json:"hip,omitempty"`
	HIU string `json:"hiu,omitempty"`
	CM  string `json:"cm,omitempty"`
}

// Timing is the patience of the run, in nanoseconds.
type Timing struct {
	Callback time.Duration `json:"callback"`
	Quiet    time.Duration `json:"quiet"`
	Ack      time.Duration `json:"ack"`
}

// Setting is one fact about the environment that a reader of the result may need, for example the clock offset.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Status says how far a scenario came.
type Status string

// Played: to its end, whatever the subject did. Blocked: the subject did not do what the next step needs. NotApplicable: it
// needs what the subject does not declare. Failed: our own side failed. Cancelled: the run was interrupted.
const (
	Played        Status = "played"
	Blocked       Status = "blocked"
	NotApplicable Status = "not-applicable"
	Failed        Status = "failed"
	Cancelled     Status = "cancelled"
)

// Scenario closes one scenario in the journal.
type Scenario struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	// Reason is one sentence, for every status but played.
	Reason string `json:"reason,omitempty"`
	// At names the endpoint whose answer or callback was missing where the status is blocked.
	At string `json:"at,omitempty"`
	// Notes are the values with which it was played that judgement needs, for example "mode": "MOBILE_OTP" or "pointer": "/query/id". Never a secret.
	Notes map[string]string `json:"notes,omitempty"`
	// Began, Ended and QuietFrom are on the monotonic clock of the run; QuietFrom is when its quiet window began, 0 for none.
	Began     time.Duration `json:"began"`
	QuietFrom time.Duration `json:"quiet_from,omitempty"`
	Ended     time.Duration `json:"ended"`
}

// End closes a journal.
type End struct {
	Finished time.Time `json:"finished"`
	// Interrupted says that the run was stopped before all planned scenarios were played.
	Interrupted bool `json:"interrupted,omitempty"`
	// Error is a failure of the suite itself, "" for none.
	Error string `json:"error,omitempty"`
}
